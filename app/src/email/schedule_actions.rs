//! What can be done with a schedule at once: run, pause, resume, delete.

use leptos::prelude::*;
use model::{
    Problem,
    email::schedule::{ScheduleDetail, ScheduleStatus},
};
use ui::{Button, ConfirmDialog, Icon, Inline, LinkButton, Section, Toast, Variant, follow, use_ready, use_toaster};

use super::{
    schedule_api::{DeleteSchedule, RunSchedule, SetSchedulePaused},
    schedule_page::{DELETE, cannot_change},
};
use crate::shell::{FormState, PostButton, call};

/// What was asked for at the head of the page, and what came of it.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    run: FormState<RunSchedule>,
    pause: FormState<SetSchedulePaused>,
}

impl Asked {
    /// Nothing yet. `changes` grows with each success; `stop` is what the pause button does now.
    pub fn new(changes: RwSignal<u32>, stop: bool) -> Self {
        let toaster = use_toaster();
        let asked = Self { run: FormState::new(), pause: FormState::new() };
        asked.run.on_success(move |_| {
            toaster.show(Toast::good("Queued: the mail is stored and on its way."));
            changes.update(|count| *count += 1);
        });
        asked.pause.on_success(move |()| {
            toaster.show(Toast::good(if stop { "Paused" } else { "Resumed" }));
            changes.update(|count| *count += 1);
        });
        asked
    }

    /// Why the last press was refused; empty when it was not.
    pub fn refusal(self) -> String {
        let said = |problem: Option<Problem>| problem.map(|problem| problem.message()).unwrap_or_default();
        let run = said(self.run.problem().get());
        if run.is_empty() { said(self.pause.problem().get()) } else { run }
    }
}

/// The buttons at the head of the page.
#[component]
pub(super) fn Actions(
    /// The schedule.
    detail: ScheduleDetail,
    /// What was asked for.
    asked: Asked,
) -> impl IntoView {
    let Asked { run, pause } = asked;
    let status = detail.row.status;
    let stop = status == ScheduleStatus::Active;
    let because = cannot_change();
    let resume_because = match status {
        ScheduleStatus::Finished if because.is_empty() => "It is finished: give it a new time.",
        _ => because,
    };
    let id = detail.row.id.to_string();
    let here = format!("/email/schedules/{id}");
    let (icon, label) = if stop { (Icon::Pause, "Pause") } else { (Icon::Play, "Resume") };
    view! {
        <PostButton form=run next=here.clone() fields=vec![("id", id.clone())] icon=Icon::Send disabled_because=because>"Run now"</PostButton>
        <PostButton form=pause next=here fields=vec![("id", id.clone()), ("paused", stop.to_string())] icon=icon disabled_because=resume_because>{label}</PostButton>
        <Delete id=id because=because/>
    }
}

/// What goes with a schedule.
const GOES: &str = "Its history goes with it; the mails it sent stay.";

/// Asks first: with WASM in a dialog, before on a page of its own.
#[component]
fn Delete(id: String, because: &'static str) -> impl IntoView {
    let remove = Action::new(|id: &String| call(DeleteSchedule { id: id.clone() }));
    let toaster = use_toaster();
    Effect::new(move |_| match remove.value().get() {
        Some(Ok(())) => follow("/email/schedules"),
        Some(Err(problem)) => toaster.show(Toast::bad(problem.message())),
        None => {}
    });
    let (ready, asking) = (use_ready(), RwSignal::new(false));
    let confirmed = move || {
        remove.dispatch(id.clone());
    };
    view! {
        {move || if ready.get() {
            view! { <Button variant=Variant::Danger icon=Icon::Trash busy=remove.pending() disabled_because=because on_press=move |()| asking.set(true)>"Delete"</Button> }.into_any()
        } else {
            view! { <LinkButton href=format!("?tab={DELETE}") variant=Variant::Danger icon=Icon::Trash disabled_because=because>"Delete"</LinkButton> }.into_any()
        }}
        <ConfirmDialog id="delete-schedule" open=asking title="Delete this schedule?" sentence=GOES confirm="Delete" danger=true on_confirm=confirmed/>
    }
}

/// The question before deleting, as a part of the page.
#[component]
pub(super) fn Removal(
    /// The schedule.
    detail: ScheduleDetail,
) -> impl IntoView {
    let form = FormState::<DeleteSchedule>::new();
    form.on_success(|()| follow("/email/schedules"));
    let id = detail.row.id.to_string();
    view! {
        <Section title="Delete this schedule?" help=GOES>
            <Inline>
                <PostButton form=form next="/email/schedules" fields=vec![("id", id.clone())] variant=Variant::Danger icon=Icon::Trash>"Delete it"</PostButton>
                <LinkButton href=format!("/email/schedules/{id}")>"Keep it"</LinkButton>
            </Inline>
        </Section>
    }
}

//! When a mail leaves: now, later, or again and again, with the next runs shown while typing.

use leptos::prelude::*;
use model::{
    Problem,
    email::schedule::{Missed, RunTime, ScheduleForm, SchedulePreview, cron::Cron},
};
use ui::{
    Alert, Checkbox, Choice, Combobox, DateInput, FieldGroup, FormContext, RadioCards, Section, Select, ShownWhen, Step, TextInput, TimeInput,
    Timeline, Tone, use_ready,
};
use wasm_bindgen::JsCast;

use super::schedule_api::PreviewSchedule;
use crate::shell::{call, use_me};

/// How long typing has to rest before the next runs are asked for.
const REST: std::time::Duration = std::time::Duration::from_millis(250);

const DAYS: [(&str, &str); 7] =
    [("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"), ("thu", "Thursday"), ("fri", "Friday"), ("sat", "Saturday"), ("sun", "Sunday")];

/// What decides which fields are shown.
#[derive(Clone, Copy)]
pub(super) struct Chosen {
    /// `now`, `later` or `repeat`.
    pub when: RwSignal<String>,
    /// `daily`, `weekly`, `monthly` or `cron`.
    repeats: RwSignal<String>,
}

impl Chosen {
    /// As the form begins: what was typed before a refused post counts more than what is stored.
    pub fn new(start: &ScheduleForm, kept: &[(String, String)]) -> Self {
        let first = |name: &str, stored: &str| {
            let kept = kept.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
            RwSignal::new(kept.unwrap_or_else(|| stored.to_owned()))
        };
        let repeats = if start.repeats.is_empty() { "daily" } else { &start.repeats };
        Self { when: first("when", &start.when), repeats: first("repeats", repeats) }
    }

    fn follow(self, form: &ScheduleForm) {
        for (signal, value) in [(self.when, &form.when), (self.repeats, &form.repeats)] {
            if signal.with_untracked(|known| known != value) && !value.is_empty() {
                signal.set(value.clone());
            }
        }
    }
}

/// The fields of [`ScheduleForm`] and what they would do.
#[component]
pub(super) fn WhenFields(
    /// Id of the form around them.
    form_id: &'static str,
    /// What they begin with.
    start: ScheduleForm,
    /// Zones to choose from.
    zones: Vec<String>,
    /// Which of them show.
    chosen: Chosen,
    /// Sending at once is a choice too.
    #[prop(optional)]
    with_now: bool,
) -> impl IntoView {
    let preview = Action::new(|form: &ScheduleForm| call(PreviewSchedule { form: form.clone() }));
    let typings = StoredValue::new(0_u32);
    let look = move || {
        let Some(form) = typed(form_id) else { return };
        chosen.follow(&form);
        let mine = typings.with_value(|count| count.wrapping_add(1));
        typings.set_value(mine);
        if form.when == "now" {
            return;
        }
        let ask = move || {
            if typings.try_with_value(|count| *count == mine) == Some(true)
                && let Some(form) = typed(form_id)
            {
                preview.dispatch(form);
            }
        };
        set_timeout(ask, REST);
    };
    let ready = use_ready();
    let dirty = use_context::<FormContext>().map(|form| form.dirty()).unwrap_or_default();
    Effect::new(move |_| {
        // Once alive, and whenever what is stored has come back.
        if ready.get() && !dirty.get() {
            // After the fields, some of which put themselves in order when they come alive.
            set_timeout(look, std::time::Duration::ZERO);
        }
    });
    let later = Signal::derive(move || chosen.when.with(|when| when == "later"));
    let repeat = Signal::derive(move || chosen.when.with(|when| when == "repeat"));
    let timed = Signal::derive(move || later.get() || repeat.get());
    let repeats = move |word: &'static str| Signal::derive(move || repeat.get() && chosen.repeats.with(|repeats| repeats == word));
    let clock = Signal::derive(move || later.get() || (repeat.get() && chosen.repeats.with(|repeats| repeats != "cron")));
    let title = if with_now { "When" } else { "Time" };
    let week = start.clone();
    let ScheduleForm { when, date, time, zone, repeats: how, day, cron, missed, .. } = start;
    let time = if time.is_empty() { "09:30".to_owned() } else { time };
    view! {
        <div on:input=move |_| look() on:change=move |_| look()>
            <Section title=title help="Times are those of the clock on the wall: 09:30 stays 09:30 when the clocks change. A time that the clocks skip runs at the first moment after; one that comes twice runs the first time.">
                <RadioCards name="when" label="Send" value=when options=answers(with_now)/>
                <ShownWhen shown=repeat>
                    <Select name="repeats" label="Repeats" value=how options=vec![
                        Choice::new("daily", "Every day"), Choice::new("weekly", "On days of the week"),
                        Choice::new("monthly", "On a day of the month"), Choice::new("cron", "By a cron expression"),
                    ]/>
                </ShownWhen>
                <ShownWhen shown=later>
                    <DateInput name="date" label="Day" value=date/>
                </ShownWhen>
                <ShownWhen shown=repeats("weekly")><Weekdays start=week/></ShownWhen>
                <ShownWhen shown=repeats("monthly")>
                    <Select name="day" label="Day of the month" value=day options=month_days()
                        help="In a month that is too short for it, it runs on the last day."/>
                </ShownWhen>
                <ShownWhen shown=repeats("cron")>
                    <TextInput name="cron" label="Cron expression" value=cron mono=true max_length=200 placeholder="30 9 * * 1-5"
                        help="Minute, hour, day of month (L for the last), month, day of week. It matches the clock on the wall."
                        validate=check_cron/>
                </ShownWhen>
                <ShownWhen shown=clock>
                    <TimeInput name="time" label="Time" value=time help="24-hour."/>
                </ShownWhen>
                <ShownWhen shown=timed>
                    <Zone zones=zones value=zone/>
                    <Select name="missed" label="If the server was down at the time" value=missed
                        options=policies()
                        help="However many runs were missed, at most one mail is sent for them."/>
                    <Preview answer=Signal::derive(move || preview.value().get())/>
                </ShownWhen>
            </Section>
        </div>
    }
    .into_any()
}

/// What is wrong with a typed expression; an empty one is on its way.
fn check_cron(text: &str) -> Option<String> {
    if text.is_empty() { None } else { text.parse::<Cron>().err().map(|why| why.to_string()) }
}

fn answers(with_now: bool) -> Vec<Choice> {
    let now = with_now.then(|| Choice::new("now", "Send now").help("Leaves at once."));
    let rest = [
        Choice::new("later", if with_now { "Send later" } else { "Once" }).help("Once, at a time you choose."),
        Choice::new("repeat", "Repeat").help("Daily, weekly, monthly, or by a cron expression."),
    ];
    now.into_iter().chain(rest).collect()
}

fn policies() -> Vec<Choice> {
    Missed::ALL.iter().map(|missed| Choice::new(missed.word(), missed.label())).collect()
}

#[component]
fn Weekdays(start: ScheduleForm) -> impl IntoView {
    let stored = [start.mon, start.tue, start.wed, start.thu, start.fri, start.sat, start.sun];
    let boxes = DAYS
        .into_iter()
        .zip(stored)
        .map(|((name, label), stored)| view! { <Checkbox name=name label=label checked=!stored.is_empty()/> })
        .collect_view();
    view! { <FieldGroup label="Days">{boxes}</FieldGroup> }
}

fn month_days() -> Vec<Choice> {
    let numbers = (1..=31).map(|day| Choice::new(day.to_string(), day.to_string()));
    numbers.chain([Choice::new("last", "The last day")]).collect()
}

/// The tenant's zone unless another one is stored.
#[component]
fn Zone(zones: Vec<String>, value: String) -> impl IntoView {
    let own = use_me().get_untracked().map(|me| me.time_zone).unwrap_or_default();
    let chosen = if value.is_empty() { own.clone() } else { value };
    let mut options: Vec<_> = zones.into_iter().map(|zone| Choice::new(zone.clone(), zone)).collect();
    if !options.iter().any(|choice| choice.value == chosen) {
        options.insert(0, Choice::new(chosen.clone(), chosen.clone()));
    }
    view! { <Combobox name="zone" label="Time zone" value=chosen options=options help=format!("Your organisation is in {own}.")/> }
}

/// What the fields would do, or what is still missing.
#[component]
fn Preview(answer: Signal<Option<Result<SchedulePreview, Problem>>>) -> impl IntoView {
    move || match answer.get() {
        None => ().into_any(),
        Some(Ok(preview)) => view! {
            <Alert tone=Tone::Info title=preview.words><RunTimes runs=preview.runs/></Alert>
        }
        .into_any(),
        Some(Err(Problem::Invalid { fields })) => {
            let sentence = fields.into_iter().map(|field| field.message).collect::<Vec<_>>().join(" ");
            view! { <Alert tone=Tone::Caution title="No run yet" sentence=sentence/> }.into_any()
        }
        Some(Err(problem)) => view! { <Alert tone=Tone::Bad title=problem.message()/> }.into_any(),
    }
}

/// The next runs, each with its offset.
#[component]
pub(super) fn RunTimes(
    /// The runs.
    runs: Vec<RunTime>,
) -> impl IntoView {
    let steps: Vec<_> = runs.into_iter().map(|run| Step::new(Tone::Neutral, with_offset(&run)).detail(run.note)).collect();
    view! { <Timeline label="Next runs" steps=steps/> }
}

/// `2026-10-25 09:30:00 UTC+00:00`.
pub(super) fn with_offset(run: &RunTime) -> String {
    format!("{} {}", run.text, run.offset)
}

/// The fields as they stand in the form.
fn typed(form_id: &str) -> Option<ScheduleForm> {
    let form = document().get_element_by_id(form_id)?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    Some(ScheduleForm {
        when: text("when"),
        date: text("date"),
        time: text("time"),
        zone: text("zone"),
        repeats: text("repeats"),
        mon: text("mon"),
        tue: text("tue"),
        wed: text("wed"),
        thu: text("thu"),
        fri: text("fri"),
        sat: text("sat"),
        sun: text("sun"),
        day: text("day"),
        cron: text("cron"),
        missed: text("missed"),
    })
}

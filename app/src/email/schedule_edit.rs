//! Changing a schedule: its time, and the mail it sends.

use leptos::prelude::*;
use model::email::{asset::Asset, schedule::ScheduleDetail};
use server_fn::ServerFn;
use ui::{Alert, Checkbox, Form, Hidden, SaveBar, Toast, Tone, use_toaster};

use super::{
    compose::{ChangeScheduleMail, change_schedule_mail},
    mail::Files,
    mail_fields::{MailFields, Start},
    schedule_api::Reschedule,
    when_fields::{Chosen, WhenFields},
};
use crate::shell::{FormState, UploadState};

/// The timing, in a form of its own: it is kept as typed even when it is posted plainly and refused.
#[component]
pub(super) fn Timing(
    /// The schedule.
    detail: ScheduleDetail,
    /// Zones to choose from.
    zones: Vec<String>,
    /// Grows when something was changed.
    changes: RwSignal<u32>,
) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<Reschedule>::new();
    form.on_success(move |()| {
        toaster.show(Toast::good("Saved"));
        changes.update(|count| *count += 1);
    });
    let id = detail.row.id.to_string();
    let chosen = Chosen::new(&detail.form, &form.kept());
    view! {
        <Form id="timing" action=form.url() next=format!("/email/schedules/{id}") problems=form.problems() message=form.message()
            pending=form.pending() saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=id/>
            <Hidden name="version" value=detail.version.to_string()/>
            <WhenFields form_id="timing" start=detail.form zones=zones chosen=chosen/>
            <SaveBar/>
        </Form>
    }
}

/// Recipients, subject, text and files.
#[component]
pub(super) fn MailPart(
    /// The schedule.
    detail: ScheduleDetail,
    /// Addresses to choose from.
    assets: Vec<Asset>,
    /// Grows when something was changed.
    changes: RwSignal<u32>,
) -> impl IntoView {
    let toaster = use_toaster();
    let state = UploadState::<()>::new(ChangeScheduleMail::PATH, change_schedule_mail);
    state.on_success(move |()| {
        toaster.show(Toast::good("Saved"));
        changes.update(|count| *count += 1);
    });
    let id = detail.row.id.to_string();
    let action = format!("{}?_next=/email/schedules/{id}", ChangeScheduleMail::PATH);
    let start = Start {
        asset: detail.row.asset.to_string(),
        to: detail.row.to.clone(),
        cc: detail.cc.clone(),
        bcc: detail.bcc.clone(),
        subject: detail.row.subject.clone(),
        text: if detail.html.is_empty() { detail.text.clone() } else { detail.html.clone() },
        thread: String::new(),
    };
    let files = detail.attachments.clone();
    view! {
        <Form id="mail" action=action multipart=true problems=state.problems() message=state.message() pending=state.pending()
            saved=state.sent() kept=state.kept() on_submit=state.submit()>
            <Hidden name="id" value=id/>
            <Hidden name="version" value=detail.version.to_string()/>
            <Alert tone=Tone::Info title="Changes hold from the next run on. New files come beside the present ones."/>
            <MailFields start=start assets=assets/>
            {(!files.is_empty()).then(|| view! {
                <Files files=files/>
                <Checkbox name="remove_files" label="Remove the present files"/>
            })}
            {move || state.pending().get().then(|| view! { <Alert tone=Tone::Info title="Sending: files are on their way to the server."/> })}
            <SaveBar/>
        </Form>
    }
}

//! The security tab: password, authenticator app, passkeys, recovery codes.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{
    Problem,
    auth::{Security, TotpSetup},
};
use ui::{
    Alert, Button, CodeBlock, CodeSheet, Form, FormActions, LinkButton, PasswordInput, QrImage, Section, Skeleton, SkeletonKind, Stack, StatusChip,
    TextInput, TextLink, Tone, Variant,
};

use super::{
    passkeys::Passkeys,
    profile::PasswordForm,
    security_api::{ConfirmIdentity, ConfirmTotp, NewRecoveryCodes, RemovePasskey, RemoveTotp, RenamePasskey, StartTotp},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, leave_for, local_path, suspended, use_session};

/// Where every plain post of this tab leads back to.
pub(super) const HERE: &str = "/account?tab=security";

/// Why a button waits.
pub(super) const CONFIRM_FIRST: &str = "Confirm that it is you first.";

/// The forms of the tab: they outlive each new look at the data.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    confirm: FormState<ConfirmIdentity>,
    start: FormState<StartTotp>,
    check: FormState<ConfirmTotp>,
    remove: FormState<RemoveTotp>,
    codes: FormState<NewRecoveryCodes>,
    /// For one passkey each.
    pub rename: FormState<RenamePasskey>,
    /// The same.
    pub drop: FormState<RemovePasskey>,
    /// Recovery codes that came with a new passkey.
    pub first_codes: RwSignal<Vec<String>>,
    /// Grows with each change.
    pub changes: RwSignal<u32>,
}

impl Forms {
    fn new(changes: RwSignal<u32>) -> Self {
        let forms = Self {
            confirm: FormState::new(),
            start: FormState::new(),
            check: FormState::new(),
            remove: FormState::new(),
            codes: FormState::new(),
            rename: FormState::new(),
            drop: FormState::new(),
            first_codes: RwSignal::new(Vec::new()),
            changes,
        };
        let look = move || changes.update(|count| *count += 1);
        forms.confirm.on_success(move |()| look());
        forms.start.on_success(move |()| look());
        forms.check.on_success(move |_| look());
        forms.remove.on_success(move |()| look());
        forms.codes.on_success(move |_| look());
        forms.rename.on_success(move |()| look());
        forms.drop.on_success(move |()| look());
        forms
    }

    /// The codes that were just made, whatever made them.
    fn new_codes(self) -> Vec<String> {
        let lists = [self.codes.answer().get(), self.check.answer().get(), Some(self.first_codes.get())];
        lists.into_iter().flatten().find(|codes| !codes.is_empty()).unwrap_or_default()
    }
}

/// Everything about signing in as oneself.
#[component]
pub(super) fn SecurityTab(security: Loaded<Security>, changes: RwSignal<u32>) -> impl IntoView {
    let forms = Forms::new(changes);
    view! {
        <Stack>
            {move || Some(forms.new_codes()).filter(|codes| !codes.is_empty()).map(|codes| view! { <Codes codes=codes/> })}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match security.await {
                        Ok(security) => view! { <Parts security=security forms=forms/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
            <PasswordForm/>
        </Stack>
    }
}

/// The one moment in which they can be kept.
#[component]
fn Codes(codes: Vec<String>) -> impl IntoView {
    view! {
        <Alert tone=Tone::Good title="Keep your recovery codes" urgent=true>
            <p>"Each lets you in once when your phone or passkey is not at hand. They are not shown again."</p>
            <CodeSheet label="recovery codes" file_name="switchboard-recovery-codes.txt" codes=codes/>
        </Alert>
    }
}

#[component]
fn Parts(security: Security, forms: Forms) -> impl IntoView {
    let locked = if security.recent { "" } else { CONFIRM_FIRST };
    let has_factor = security.has_factor();
    view! {
        <Required security=security.clone()/>
        {(!security.recent).then(|| view! { <Confirm form=forms.confirm/> })}
        <App security=security.clone() forms=forms locked=locked/>
        <Passkeys passkeys=security.passkeys.clone() impossible=security.no_passkeys.clone() forms=forms locked=locked/>
        <Section title="Recovery codes" help="For the day your phone or passkey is lost. Each counts once.">
            <p>{match security.recovery_left {
                0 if has_factor => "There are none left.".to_owned(),
                0 => "They are made with your first app or passkey.".to_owned(),
                1 => "One is left.".to_owned(),
                left => format!("{left} are left."),
            }}</p>
            {
                let reason = if has_factor { locked } else { "Add an app or a passkey first." };
                view! { <PostButton form=forms.codes next=HERE disabled_because=reason>"Make new codes"</PostButton> }
            }
            <Refused problem=forms.codes.problem()/>
        </Section>
    }
}

/// A refusal of a button, which has no form to show it in.
#[component]
pub(crate) fn Refused(problem: Signal<Option<Problem>>) -> impl IntoView {
    move || problem.get().map(|problem| view! { <Alert tone=Tone::Bad title=problem.message() urgent=true/> })
}

/// What the organisation asks for; after signing in, the way on.
#[component]
fn Required(security: Security) -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    let next = local_path(&next).into_owned();
    // The frame knows what was open before; a full load brings the rest back.
    let waits = use_session().me.get_untracked().is_some_and(|me| me.must_enrol);
    match (security.due, security.overdue) {
        (Some(_), true) => view! {
            <Alert tone=Tone::Caution title="Set up a second factor to go on" urgent=true
                sentence="Your organisation requires one. Add an authenticator app or a passkey below; then everything opens again."/>
        }
        .into_any(),
        (Some(due), false) => view! {
            <Alert tone=Tone::Info title=format!("Your organisation requires a second factor from {}", due.text)
                sentence="Add an authenticator app or a passkey below; it takes a minute."
                action=move || view! { <LinkButton href=next>"Not now"</LinkButton> }/>
        }
        .into_any(),
        (None, _) if waits => view! {
            <Alert tone=Tone::Good title="Your second factor is set up" sentence="Keep the recovery codes, then go on."
                action=move || view! { <Button variant=Variant::Primary on_press=move || leave_for(&next)>"Go on"</Button> }/>
        }
        .into_any(),
        (None, _) => ().into_any(),
    }
}

/// Asks again who it is.
#[component]
fn Confirm(form: FormState<ConfirmIdentity>) -> impl IntoView {
    view! {
        <Form id="confirm" action=form.url() next=HERE problems=form.problems() message=form.message() pending=form.pending() saved=form.saved()
            on_submit=form.submit()>
            <Section title="Confirm that it is you" help="Before second factors are changed. It counts for ten minutes.">
                <PasswordInput name="password" label="Your password, or a code" autocomplete="current-password" required=true
                    help="A code of your app or a recovery code does too."/>
            </Section>
            <FormActions submit="Confirm" guard=false/>
        </Form>
    }
}

/// The authenticator app: none, being set up, or there.
#[component]
fn App(security: Security, forms: Forms, locked: &'static str) -> impl IntoView {
    const TITLE: &str = "Authenticator app";
    const HELP: &str = "An app on your phone shows a new code every 30 seconds, without a connection.";
    match (security.totp, security.pending) {
        (Some(since), _) => view! {
            <Section title=TITLE help=HELP>
                <p><StatusChip tone=Tone::Good label="On"/> {format!(" since {}", since.text)}</p>
                <PostButton form=forms.remove next=HERE variant=Variant::Danger disabled_because=locked>"Remove the app"</PostButton>
                <Refused problem=forms.remove.problem()/>
            </Section>
        }
        .into_any(),
        (None, Some(setup)) => view! { <SetUp setup=setup form=forms.check/> }.into_any(),
        (None, None) => view! {
            <Section title=TITLE help=HELP>
                <PostButton form=forms.start next=HERE variant=Variant::Primary disabled_because=locked>"Set up an app"</PostButton>
                <Refused problem=forms.start.problem()/>
            </Section>
        }
        .into_any(),
    }
}

/// The picture, the secret for typing, and the first code.
#[component]
fn SetUp(setup: TotpSetup, form: FormState<ConfirmTotp>) -> impl IntoView {
    view! {
        <Form id="totp" action=form.url() next=HERE problems=form.problems() message=form.message() pending=form.pending() saved=form.saved()
            on_submit=form.submit()>
            <Section title="Authenticator app" help="Photograph the picture with the app, then type the code it shows. Any app for time-based codes will do.">
                <QrImage label="Picture for the authenticator app" size=setup.qr.size path=setup.qr.path/>
                <CodeBlock label="Or type this secret" text=setup.secret wrap=true/>
                <p><TextLink href=setup.uri>"Open the app on this device"</TextLink></p>
                <TextInput name="code" label="Code" required=true mono=true autocomplete="one-time-code" max_length=12 help="Six digits."/>
            </Section>
            <FormActions submit="Turn on"/>
        </Form>
    }
}

//! `/sign-in/second`: the code after the password.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::auth::SecondStep;
use ui::{Alert, Form, FormActions, Hidden, LinkButton, Skeleton, SkeletonKind, TextInput, TextLink, Tone};

use super::{
    api::{FinishSecondStep, SecondStepOpen},
    passkeys::PasskeyButton,
};
use crate::shell::{BlankPage, FormState, Loaded, ProblemView, Screen, leave_for, local_path, suspended};

/// What may be asked for.
pub struct SecondStepPage {
    step: Loaded<Option<SecondStep>>,
}

impl Screen for SecondStepPage {
    fn data() -> Self {
        Self { step: Loaded::new(|| SecondStepOpen {}) }
    }

    fn view(this: Self) -> AnyView {
        let step = this.step;
        view! {
            <BlankPage title="Second step">
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                    {move || suspended(async move {
                        match step.await {
                            Ok(Some(step)) => view! { <Ask step=step/> }.into_any(),
                            Ok(None) => view! { <Over/> }.into_any(),
                            Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        }
                    })}
                </Suspense>
            </BlankPage>
        }
        .into_any()
    }
}

/// The first step is too long ago.
#[component]
fn Over() -> impl IntoView {
    view! {
        <Alert tone=Tone::Caution title="This sign-in is over" sentence="It took too long, had too many tries, or is done already. Start again with your password."/>
        <LinkButton href="/sign-in">"Start again"</LinkButton>
    }
}

/// One field for both kinds of code; a passkey where there is one.
#[component]
fn Ask(step: SecondStep) -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    let next = local_path(&next).into_owned();
    let form = FormState::<FinishSecondStep>::new();
    form.on_success(|path| leave_for(&path));
    let (label, help) = match (step.totp, step.recovery) {
        (true, true) => ("Code", "Six digits from your authenticator app, or one of your recovery codes."),
        (true, false) => ("Code", "Six digits from your authenticator app."),
        (false, _) => ("Recovery code", "One of the codes you kept; it counts once."),
    };
    let posted = next.clone();
    let typed = (step.totp || step.recovery).then(|| {
        view! {
            <Form id="second-step" action=form.url() next="{answer}" problems=form.problems() message=form.message() pending=form.pending()
                on_submit=form.submit()>
                <Hidden name="next" value=posted/>
                <TextInput name="code" label=label help=help required=true mono=true autocomplete="one-time-code" max_length=40/>
                <FormActions submit="Sign in" guard=false/>
            </Form>
        }
    });
    view! {
        <p class="text-quiet">{format!("Signing in as {}.", step.email)}</p>
        {step.passkey.then(|| view! { <PasskeyButton next=next/> })}
        {typed}
        <p class="text-quiet">
            <TextLink href="/sign-in">"Start again"</TextLink>
            " · Lost them all? An owner of your organisation can take your second factors off."
        </p>
    }
}

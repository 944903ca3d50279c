//! `/first-run/:token`: the link that the first start prints.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{
    Problem,
    auth::{PASSWORD_MIN_CHARS, check_name, check_password},
    email::address::check_email_address,
};
use ui::{EmailInput, Form, FormActions, Hidden, PasswordInput, Skeleton, SkeletonKind, TextInput};

use super::api::{FinishFirstRun, FirstRunOpen};
use crate::shell::{BlankPage, FormState, Loaded, ProblemView, Screen, leave_for, suspended};

/// Whether the link still opens.
pub struct FirstRunPage {
    token: String,
    open: Loaded<bool>,
}

impl Screen for FirstRunPage {
    fn data() -> Self {
        let token = use_params_map().read_untracked().get("token").unwrap_or_default();
        let asked = token.clone();
        Self { open: Loaded::new(move || FirstRunOpen { token: asked.clone() }), token }
    }

    fn view(this: Self) -> AnyView {
        let FirstRunPage { token, open } = this;
        view! {
            <BlankPage title="Set up Switchboard" sentence="Name your organisation and make the account that owns it. Everything can be changed later.">
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                    {move || {
                        let token = token.clone();
                        suspended(async move {
                            match open.await {
                                Ok(true) => view! { <SetUp token=token/> }.into_any(),
                                Ok(false) => view! { <ProblemView problem=Problem::NotFound/> }.into_any(),
                                Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                            }
                        })
                    }}
                </Suspense>
            </BlankPage>
        }
        .into_any()
    }
}

/// Tenant and owner in one form.
#[component]
fn SetUp(token: String) -> impl IntoView {
    let form = FormState::<FinishFirstRun>::new();
    form.on_success(|path| leave_for(&path));
    let named = |whose: &'static str| {
        move |text: &str| {
            let mut problems = Vec::new();
            check_name("", whose, text, &mut problems);
            problems.pop().map(|problem| problem.message)
        }
    };
    view! {
        <Form id="first-run" action=form.url() next="/" problems=form.problems() message=form.message() pending=form.pending()
            kept=form.kept() on_submit=form.submit()>
            <Hidden name="token" value=token/>
            <TextInput name="tenant_name" label="Organisation" required=true autocomplete="organization" validate=named("organisation")/>
            <TextInput name="time_zone" label="Time zone" value="UTC" placeholder="Europe/London"
                help="Every time in the console is shown in this zone. An IANA name."/>
            <TextInput name="name" label="Your name" required=true autocomplete="name" validate=named("owner")/>
            <EmailInput name="email" label="Your email address" required=true autocomplete="username"
                validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
            <PasswordInput name="password" label="Password" autocomplete="new-password" required=true
                help=format!("At least {PASSWORD_MIN_CHARS} characters; a short sentence works well.")
                validate=|text: &str| check_password(text, "")/>
            <FormActions submit="Create organisation"/>
        </Form>
    }
}

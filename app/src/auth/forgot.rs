//! `/forgot` and `/reset/:token`: a new password by a link.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{
    auth::{PASSWORD_MIN_CHARS, check_password},
    email::address::check_email_address,
};
use ui::{Alert, EmailInput, Form, FormActions, Hidden, LinkButton, PasswordInput, Skeleton, SkeletonKind, TextLink, Tone};

use super::reset_api::{ForgotPassword, ResetOpen, ResetPassword};
use crate::shell::{BlankPage, FormState, Loaded, ProblemView, Screen, leave_for, suspended, use_session};

/// Asks for an address, and says the same whatever it is.
pub struct ForgotPage;

impl Screen for ForgotPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let form = FormState::<ForgotPassword>::new();
        let posted = use_session().flash_of(form.url()).is_some_and(|flash| flash.problem.is_none());
        let saved = form.saved();
        view! {
            <BlankPage title="Forgot your password?" sentence="We send you a link to choose a new one.">
                {move || (posted || saved.get() > 0).then(|| view! {
                    <Alert tone=Tone::Info title="If there is an account with this address, a mail is on its way" urgent=true
                        sentence="The link in it works once, within half an hour. No mail after a few minutes? Look among the unwanted ones, or ask an owner of your organisation for a link."/>
                })}
                <Form id="forgot" action=form.url() next="/forgot" problems=form.problems() message=form.message() pending=form.pending()
                    saved=saved kept=form.kept() on_submit=form.submit()>
                    <EmailInput name="email" label="Email address" autocomplete="username" required=true
                        validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                    <FormActions submit="Send the link" guard=false/>
                </Form>
                <p class="text-quiet"><TextLink href="/sign-in">"Back to signing in"</TextLink></p>
            </BlankPage>
        }
        .into_any()
    }
}

/// For whom the link is.
pub struct ResetPage {
    token: String,
    open: Loaded<Option<String>>,
}

impl Screen for ResetPage {
    fn data() -> Self {
        let token = use_params_map().read_untracked().get("token").unwrap_or_default();
        let asked = token.clone();
        Self { open: Loaded::new(move || ResetOpen { token: asked.clone() }), token }
    }

    fn view(this: Self) -> AnyView {
        let ResetPage { token, open } = this;
        view! {
            <BlankPage title="Choose a new password">
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                    {move || {
                        let token = token.clone();
                        suspended(async move {
                            match open.await {
                                Ok(Some(email)) => view! { <Choose token=token email=email/> }.into_any(),
                                Ok(None) => view! {
                                    <Alert tone=Tone::Caution title="This link does not work any more" sentence="It was used, or it is older than half an hour."/>
                                    <LinkButton href="/forgot">"Ask for a new one"</LinkButton>
                                }.into_any(),
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

#[component]
fn Choose(token: String, email: String) -> impl IntoView {
    let form = FormState::<ResetPassword>::new();
    form.on_success(|path| leave_for(&path));
    let shown = email.clone();
    view! {
        <Form id="reset" action=form.url() next="{answer}" problems=form.problems() message=form.message() pending=form.pending() on_submit=form.submit()>
            <Hidden name="token" value=token/>
            <p class="text-quiet">{format!("For {shown}.")}</p>
            <PasswordInput name="password" label="New password" autocomplete="new-password" required=true
                help=format!("At least {PASSWORD_MIN_CHARS} characters; a short sentence works well. You are signed out everywhere.")
                validate=move |text: &str| check_password(text, &email)/>
            <FormActions submit="Set the password" guard=false/>
        </Form>
    }
}

//! `/sign-in`

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::{Alert, EmailInput, Form, FormActions, Hidden, LinkButton, ListUrl, PasswordInput, TextLink, Tone, Variant};

use super::{api::SignIn, passkeys::PasskeyButton};
use crate::shell::{BlankPage, FormState, Screen, leave_for, local_path};

/// The page needs nothing but its address.
pub struct SignInPage;

impl Screen for SignInPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let next = use_query_map().read_untracked().get("next").unwrap_or_default();
        let next = local_path(&next).into_owned();
        let posted = next.clone();
        // The start page of the console is where everybody goes anyway.
        let onward = if next == "/" { String::new() } else { next.clone() };
        let sso = ListUrl::new("/sign-in/sso", [("next", onward)]).href();
        let form = FormState::<SignIn>::new();
        form.on_success(|path| leave_for(&path));
        let reset = use_query_map().read_untracked().get("reset").is_some();
        view! {
            <BlankPage title="Sign in">
                {reset.then(|| view! { <Alert tone=Tone::Good title="The new password is set" sentence="Sign in with it."/> })}
                <Form id="sign-in" action=form.url() next="{answer}" problems=form.problems() message=form.message()
                    pending=form.pending() kept=form.kept() on_submit=form.submit()>
                    <Hidden name="next" value=posted/>
                    <EmailInput name="email" label="Email address" autocomplete="username" required=true/>
                    <PasswordInput name="password" label="Password" autocomplete="current-password" required=true/>
                    <FormActions submit="Sign in"/>
                </Form>
                <LinkButton href=sso variant=Variant::Ghost>"Single sign-on"</LinkButton>
                <PasskeyButton next=next/>
                <p class="text-quiet"><TextLink href="/forgot">"Forgot your password?"</TextLink></p>
            </BlankPage>
        }
        .into_any()
    }
}

//! `/sign-in`

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::{EmailInput, Form, FormActions, Hidden, PasswordInput};

use super::api::SignIn;
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
        let form = FormState::<SignIn>::new();
        form.on_success(|path| leave_for(&path));
        view! {
            <BlankPage title="Sign in">
                <Form id="sign-in" action=form.url() next=next.clone() problems=form.problems() message=form.message()
                    pending=form.pending() kept=form.kept() on_submit=form.submit()>
                    <Hidden name="next" value=next/>
                    <EmailInput name="email" label="Email address" autocomplete="username" required=true/>
                    <PasswordInput name="password" label="Password" autocomplete="current-password" required=true/>
                    <FormActions submit="Sign in"/>
                </Form>
            </BlankPage>
        }
        .into_any()
    }
}

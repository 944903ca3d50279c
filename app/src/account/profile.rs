//! Profile and password. The pattern for every form.

use leptos::prelude::*;
use model::auth::{PASSWORD_MIN_CHARS, check_name, check_password};
use ui::{EmailInput, Form, FormActions, PasswordInput, SaveBar, Section, TextInput, Toast, use_toaster};

use super::api::{ChangePassword, UpdateProfile};
use crate::shell::{FormState, use_session};

/// The own name.
#[component]
pub(super) fn ProfileForm() -> impl IntoView {
    let session = use_session();
    let toaster = use_toaster();
    let form = FormState::<UpdateProfile>::new();
    let me = session.me.get_untracked();
    let (name, email, role) = me.map(|me| (me.name, me.email, me.role_name)).unwrap_or_default();
    form.on_success(move |()| {
        // The frame shows the name too.
        if let Some(posted) = form.posted() {
            session.me.update(|me| {
                if let Some(me) = me {
                    me.name = posted.name.trim().to_owned();
                }
            });
        }
        toaster.show(Toast::good("Saved"));
    });
    view! {
        <Form id="profile" action=form.url() next="/account" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Profile" help=format!("You are signed in as {role}.")>
                <TextInput name="name" label="Name" value=name required=true autocomplete="name"
                    help="Others see it in lists and in the audit log."
                    validate=|text: &str| {
                        let mut problems = Vec::new();
                        check_name("name", "person", text, &mut problems);
                        problems.pop().map(|problem| problem.message)
                    }/>
                <EmailInput name="email" label="Email address" value=email disabled_because="Only somebody who manages people changes this."/>
            </Section>
            <SaveBar/>
        </Form>
    }
}

/// A new password.
#[component]
pub(super) fn PasswordForm() -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<ChangePassword>::new();
    form.on_success(move |()| toaster.show(Toast::good("Password changed. Your other sessions have ended.")));
    let email = use_session().me.get_untracked().map(|me| me.email).unwrap_or_default();
    view! {
        <Form id="password" action=form.url() next="/account?tab=security" problems=form.problems() message=form.message()
            pending=form.pending() saved=form.saved() on_submit=form.submit()>
            <Section title="Password" help="Changing it ends every other session of yours.">
                <PasswordInput name="old_password" label="Present password" autocomplete="current-password" required=true/>
                <PasswordInput name="new_password" label="New password" autocomplete="new-password" required=true
                    help=format!("At least {PASSWORD_MIN_CHARS} characters; a short sentence works well.")
                    validate=move |text: &str| check_password(text, &email)/>
            </Section>
            <FormActions submit="Change password"/>
        </Form>
    }
}

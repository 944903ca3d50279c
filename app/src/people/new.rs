//! `/people/new`

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    auth::{PASSWORD_MIN_CHARS, check_name, check_password},
    email::address::check_email_address,
    people::Role,
};
use ui::{Choice, Crumb, EmailInput, Form, FormActions, PageHeader, PasswordInput, Section, Select, TextInput, Toast, follow, use_toaster};

use super::api::CreateUser;
use crate::shell::{FormState, Screen};

/// A form needs nothing from the server.
pub struct NewUserPage;

impl Screen for NewUserPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let toaster = use_toaster();
        let form = FormState::<CreateUser>::new();
        form.on_success(move |_| {
            toaster.show(Toast::good("Person added"));
            follow("/people");
        });
        view! {
            <Title text="Add a person"/>
            <PageHeader title="Add a person" sentence="They sign in with this address and password, and can change the password."
                crumbs=vec![Crumb::new("People", "/people")]/>
            <Form id="new-user" action=form.url() next="/people" problems=form.problems() message=form.message() pending=form.pending()
                saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Section title="Person">
                    <TextInput name="name" label="Name" required=true validate=person_name/>
                    <EmailInput name="email" label="Email address" required=true
                        validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                    <Select name="role" label="Role" options=roles() value=Role::Agent.word() required=true/>
                    <PasswordInput name="password" label="Password" autocomplete="new-password" required=true
                        help=format!("At least {PASSWORD_MIN_CHARS} characters. Tell it to them in a safe way.")
                        validate=|text: &str| check_password(text, "")/>
                </Section>
                <FormActions submit="Add person" cancel="/people"/>
            </Form>
        }
        .into_any()
    }
}

/// What is wrong with a person's name.
pub(super) fn person_name(text: &str) -> Option<String> {
    let mut problems = Vec::new();
    check_name("name", "person", text, &mut problems);
    problems.pop().map(|problem| problem.message)
}

/// The roles, from most to least.
pub(super) fn roles() -> Vec<Choice> {
    Role::ALL.iter().map(|role| Choice::new(role.word(), role.label())).collect()
}

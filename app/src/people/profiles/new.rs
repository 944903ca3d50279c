//! `/people/profiles/new`

use leptos::prelude::*;
use leptos_meta::Title;
use model::{ids::ProfileId, people::profile::check_customer_id};
use ui::{Crumb, Form, FormActions, PageHeader, Section, TextInput, Toast, follow, use_toaster};

use super::{api::CreateProfile, form::CustomerFields};
use crate::shell::{FormState, Screen};

/// A form needs nothing from the server.
pub struct NewCustomerPage;

impl Screen for NewCustomerPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let toaster = use_toaster();
        let form = FormState::<CreateProfile>::new();
        form.on_success(move |id: ProfileId| {
            toaster.show(Toast::good("Customer added"));
            follow(&format!("/people/profiles/{id}"));
        });
        view! {
            <Title text="Add a customer"/>
            <PageHeader title="Add a customer" crumbs=vec![Crumb::new("Customers", "/people/profiles")]/>
            <Form id="new-customer" action=form.url() next="/people/profiles/{id}" problems=form.problems() message=form.message()
                pending=form.pending() saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Section title="Customer" help="The id by which your own systems know the customer. It cannot be changed later.">
                    <TextInput name="customer_id" label="Customer id" required=true mono=true max_length=128
                        validate=|text: &str| check_customer_id(text.trim()).err()/>
                </Section>
                <CustomerFields/>
                <FormActions submit="Add customer" cancel="/people/profiles"/>
            </Form>
        }
        .into_any()
    }
}

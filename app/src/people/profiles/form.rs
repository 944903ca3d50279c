//! The fields of a customer, for the page that adds one and the page that changes one.

use leptos::prelude::*;
use model::people::profile::{EMAIL, MSISDN, NAME, ProfileForm, check_attribute, from_lines};
use ui::{EmailInput, Section, TextArea, TextInput};

const LINES: &str = "Everything else you know, a line each: name: value. The profile API reads and writes the same attributes.";

/// Name, address, number and the rest.
#[component]
pub(super) fn CustomerFields(
    /// What is stored.
    #[prop(optional)]
    form: ProfileForm,
    /// A sentence when the person may only look.
    #[prop(optional)]
    locked: &'static str,
) -> impl IntoView {
    view! {
        <Section title="Contact" help="Mail from and to the address is shown with the customer.">
            <TextInput name="name" label="Name" value=form.name max_length=2000 disabled_because=locked
                validate=|text: &str| check_attribute(NAME, text).err()/>
            <EmailInput name="email" label="Email address" value=form.email disabled_because=locked
                validate=|text: &str| check_attribute(EMAIL, text).err()/>
            <TextInput name="msisdn" label="Telephone number" value=form.msisdn placeholder="+41 79 123 45 67" disabled_because=locked
                help="With the country's code." validate=|text: &str| check_attribute(MSISDN, text).err()/>
        </Section>
        <Section title="Attributes" help=LINES>
            <TextArea name="attributes" label="Other attributes" value=form.attributes rows=6 mono=true placeholder="plan: gold" disabled_because=locked
                validate=|text: &str| from_lines(text).err()/>
        </Section>
    }
}

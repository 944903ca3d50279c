//! Quick links of a partner: its customers' organisations.

use leptos::prelude::*;
use model::access::{Access, Customer};
use ui::{Card, Icon, Inline, Size, Stack, StatusChip, Tone, Variant};

use super::api::{LaunchCustomer, ListCustomers};
use crate::{
    account::Refused,
    shell::{FormState, Loaded, PostButton, leave_for, suspended},
};

/// A card with the customers' names; nothing for an organisation without customers.
#[component]
pub fn Customers() -> impl IntoView {
    let customers = Loaded::new(|| ListCustomers {});
    let form = FormState::<LaunchCustomer>::new();
    form.on_success(move |token| {
        if let Some(asked) = form.posted() {
            leave_for(&format!("/launch/{}/{token}", asked.tenant));
        }
    });
    view! {
        <Suspense fallback=|| ()>
            {move || suspended(async move {
                let list = customers.await.unwrap_or_default();
                (!list.is_empty()).then(|| view! {
                    <Card title="Your customers" sentence="Enter an organisation you look after. Its people see that you are there." id="customers">
                        <Refused problem=form.problem()/>
                        <Stack>{list.into_iter().map(|customer| view! { <Line customer=customer form=form/> }).collect_view()}</Stack>
                    </Card>
                })
                .into_any()
            })}
        </Suspense>
    }
}

#[component]
fn Line(customer: Customer, form: FormState<LaunchCustomer>) -> impl IntoView {
    let Customer { tenant, name, access, ready } = customer;
    let link = |level: Access| {
        let fields = vec![("tenant", tenant.to_string()), ("access", level.word().to_owned())];
        let variant = if level == access { Variant::Secondary } else { Variant::Ghost };
        view! {
            <PostButton form=form next=format!("/launch/{tenant}/{{id}}") fields=fields size=Size::Small variant=variant icon=Icon::External>
                {level.label()}
            </PostButton>
        }
    };
    // Before the customer can be served there is no link at all (spec tenant-settings, "Partner and Tenant User Cross Launch").
    let way_in = if ready {
        access.and_less().map(link).collect_view().into_any()
    } else {
        view! { <StatusChip tone=Tone::Neutral label="No channel is open yet"/> }.into_any()
    };
    view! {
        <Inline>
            <strong>{name}</strong>
            {way_in}
        </Inline>
    }
}

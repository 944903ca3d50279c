//! `/people/profiles`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{page::Page, people::profile::ProfileRow};
use ui::{Column, DataTable, EmptyState, FilterBar, Icon, LinkButton, ListUrl, PageHeader, Pager, Row, Skeleton, SkeletonKind, TimeText, Variant};

use super::{api::ListProfiles, cannot_write};
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended};

const HERE: &str = "/people/profiles";

/// The list that its address describes.
pub struct CustomersPage {
    search: Memo<String>,
    customers: Loaded<Page<ProfileRow>>,
}

impl Screen for CustomersPage {
    fn data() -> Self {
        let query = use_query_map();
        let part = move |name: &'static str| query.read().get(name).unwrap_or_default();
        let search = Memo::new(move |_| part("search"));
        let after = Memo::new(move |_| part("after"));
        Self { search, customers: Loaded::new(move || ListProfiles { after: after.get(), search: search.get() }) }
    }

    fn view(this: Self) -> AnyView {
        let CustomersPage { search, customers } = this;
        let export = move || ListUrl::new("/people/profiles/export.csv", [("search", search.get())]).href();
        view! {
            <Title text="Customers"/>
            <PageHeader title="Customers" sentence="Who writes to you and what you know about them, kept here or by your other systems."
                actions=move || view! {
                    // Another kind of answer than a page: the router leaves it to the browser.
                    <LinkButton href=untrack(export) icon=Icon::Download download=true>"Export CSV"</LinkButton>
                    <AddCustomer/>
                }/>
            {move || {
                let url = ListUrl::new(HERE, query_pairs());
                view! { <FilterBar url=url search_label="Search name, address, number or id"/> }
            }}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match customers.await {
                        Ok(page) => view! { <Customers page=page searched=!search.get_untracked().is_empty()/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn AddCustomer() -> impl IntoView {
    view! { <LinkButton href="/people/profiles/new" variant=Variant::Primary icon=Icon::Plus disabled_because=cannot_write()>"Add a customer"</LinkButton> }
}

#[component]
fn Customers(page: Page<ProfileRow>, searched: bool) -> impl IntoView {
    let url = ListUrl::new(HERE, query_pairs());
    let columns = vec![
        Column::new("name", "Name"),
        Column::new("customer_id", "Customer id"),
        Column::new("email", "Email address"),
        Column::new("msisdn", "Telephone number"),
        Column::new("updated", "Changed").narrow(),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    let empty = move || {
        if searched {
            view! { <EmptyState icon=Icon::Search title="Nobody fits" sentence="No name, address, number or id holds this. Clear the search to see everybody."/> }
                .into_any()
        } else {
            view! {
                <EmptyState icon=Icon::User title="No customer yet" sentence="Add one here, or let your other systems write them through the profile API: its key stands on the settings’ page Keys."
                    action=|| view! { <AddCustomer/> }/>
            }
            .into_any()
        }
    };
    view! {
        <DataTable id="customers" caption="Customers" url=url.clone() columns=columns rows=rows empty=empty/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(customer: ProfileRow) -> Row {
    let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    Row::new(customer.id.to_string())
        .href(format!("{HERE}/{}", customer.id))
        .cell(if customer.name.is_empty() { "(no name)".to_owned() } else { customer.name })
        .cell(view! { <code>{customer.customer_id}</code> })
        .cell(dash(customer.email))
        .cell(dash(customer.msisdn))
        .cell(view! { <TimeText iso=customer.updated.iso text=customer.updated.text/> })
}

//! `/people`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    page::{Page, PageRequest},
    people::{Capability, User},
};
use ui::{
    Column, DataTable, EmptyState, FilterBar, Icon, LinkButton, ListUrl, PageHeader, Pager, Row, Skeleton, SkeletonKind, StatusChip, TimeText, Tone,
    Variant,
};

use super::api::ListUsers;
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended, use_me};

/// The list that its address describes.
pub struct PeoplePage {
    users: Loaded<Page<User>>,
}

impl Screen for PeoplePage {
    fn data() -> Self {
        let query = use_query_map();
        let request = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            let descending = part("descending") == "true";
            PageRequest { after: part("after"), limit: 0, sort: part("sort"), descending, search: part("search") }
        });
        let users = Loaded::new(move || {
            let PageRequest { after, sort, descending, search, .. } = request.get();
            ListUsers { after, sort, descending, search }
        });
        Self { users }
    }

    fn view(this: Self) -> AnyView {
        let users = this.users;
        let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
        let reason = if may_write { "" } else { "Only people with full access add others." };
        view! {
            <Title text="People"/>
            <PageHeader title="People" sentence="Who may sign in to your organisation, and as what."
                actions=move || view! {
                    <LinkButton href="/people/new" variant=Variant::Primary icon=Icon::Plus disabled_because=reason>"Add a person"</LinkButton>
                }/>
            {move || {
                let url = ListUrl::new("/people", query_pairs());
                view! { <FilterBar url=url search_label="Search name or address"/> }
            }}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match users.await {
                        Ok(page) => view! { <Users page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Users(page: Page<User>) -> impl IntoView {
    let url = ListUrl::new("/people", query_pairs());
    let columns = vec![
        Column::new("name", "Name").sortable(),
        Column::new("email", "Email address").sortable(),
        Column::new("role", "Role"),
        Column::new("status", "Status"),
        Column::new("last_seen", "Last seen").sortable(),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <DataTable id="people" caption="People" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Users title="Nobody fits" sentence="No name or address holds these words. Clear the search to see everybody."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(user: User) -> Row {
    let status = if user.active {
        view! { <StatusChip tone=Tone::Good label="Active"/> }
    } else {
        view! { <StatusChip tone=Tone::Neutral label="Deactivated"/> }
    };
    let seen = match user.last_seen {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    Row::new(user.id.to_string())
        .href(format!("/people/{}", user.id))
        .cell(user.name)
        .cell(user.email)
        .cell(user.role.label())
        .cell(status)
        .cell(seen)
}

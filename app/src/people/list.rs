//! `/people`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Problem,
    page::Page,
    people::{Capability, Licence, LicenceCount, PeopleFilter, PersonStatus, RoleRow, Team, User},
};
use ui::{
    Badge, Choice, Column, DataTable, EmptyState, Filter, FilterBar, Icon, Inline, LinkButton, ListUrl, PageHeader, Pager, Row, Skeleton,
    SkeletonKind, Stack, StatusChip, TimeText, Tone, Variant,
};

use super::{
    PeopleTabs,
    api::{ListLicences, ListUsers},
    bulk::{BULK_FORM, BulkBar, bulk_state},
    roles::role_choices,
    roles_api::ListRoles,
    team_api::ListTeams,
};
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended, use_me};

/// The list that its address describes.
pub struct PeoplePage {
    filter: Memo<PeopleFilter>,
    changes: RwSignal<u32>,
    users: Loaded<Page<User>>,
    teams: Loaded<Vec<Team>>,
    counts: Loaded<Vec<LicenceCount>>,
    roles: Loaded<Vec<RoleRow>>,
}

impl Screen for PeoplePage {
    fn data() -> Self {
        let query = use_query_map();
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            PeopleFilter {
                after: part("after"),
                sort: part("sort"),
                descending: part("descending"),
                search: part("search"),
                role: part("role"),
                status: part("status"),
                team: part("team"),
                licence: part("licence"),
            }
        });
        let changes = RwSignal::new(0);
        let users = Loaded::renewed(changes, move || ListUsers { filter: filter.get() });
        let (teams, counts) = (Loaded::renewed(changes, || ListTeams {}), Loaded::renewed(changes, || ListLicences {}));
        let roles = Loaded::new(|| ListRoles {});
        Self { filter, changes, users, teams, counts, roles }
    }

    fn view(this: Self) -> AnyView {
        let PeoplePage { filter, changes, users, teams, counts, roles } = this;
        let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
        let reason = if may_write { "" } else { "Only people with full access add others." };
        let export = move || export_address(&filter.read());
        let bulk = bulk_state(changes);
        view! {
            <Title text="People"/>
            <PageHeader title="People" sentence="Who may sign in to your organisation, and as what."
                actions=move || view! {
                    <LinkButton href=untrack(export) icon=Icon::Download download=true>"Export CSV"</LinkButton>
                    <LinkButton href="/people/import" icon=Icon::Upload disabled_because=reason>"Import"</LinkButton>
                    <LinkButton href="/people/new" variant=Variant::Primary icon=Icon::Plus disabled_because=reason>"Invite somebody"</LinkButton>
                }/>
            <PeopleTabs current="/people"/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    let all = async { Ok::<_, Problem>((users.await?, teams.await?, counts.await?, roles.await?)) };
                    match all.await {
                        Ok((page, teams, counts, roles)) => view! {
                            <Stack>
                                <Counts counts=counts/>
                                <FilterBar url=ListUrl::new("/people", query_pairs()) search_label="Search name or address" filters=filters(&teams, &roles)/>
                                {(may_write && !page.items.is_empty()).then(|| view! { <BulkBar state=bulk teams=teams/> })}
                                <Users page=page ticks=may_write kept=bulk.kept()/>
                            </Stack>
                        }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// How many licences are given out.
#[component]
fn Counts(counts: Vec<LicenceCount>) -> impl IntoView {
    let badges = counts
        .into_iter()
        .map(|count| {
            let words = format!("{} licences: {}", count.licence.label(), count.words());
            if count.is_free() {
                view! { <Badge label=words/> }.into_any()
            } else {
                view! { <StatusChip tone=Tone::Caution label=words/> }.into_any()
            }
        })
        .collect_view();
    view! { <Inline>{badges}</Inline> }
}

fn filters(teams: &[Team], roles: &[RoleRow]) -> Vec<Filter> {
    let mut licences: Vec<_> = Licence::ALL.iter().map(|one| Choice::new(one.word(), one.label())).collect();
    licences.push(Choice::new("none", "None"));
    vec![
        Filter::new("role", "Role", role_choices(roles)),
        Filter::new("status", "Status", PersonStatus::ALL.iter().map(|status| Choice::new(status.word(), status.label())).collect()),
        Filter::new("team", "Team", teams.iter().map(|team| Choice::new(team.id.to_string(), team.name.clone())).collect()),
        Filter::new("licence", "Licence", licences),
    ]
}

/// The same list as a file, without the cursor: an export holds all pages.
fn export_address(filter: &PeopleFilter) -> String {
    let pairs = [
        ("sort", &filter.sort),
        ("descending", &filter.descending),
        ("search", &filter.search),
        ("role", &filter.role),
        ("status", &filter.status),
        ("team", &filter.team),
        ("licence", &filter.licence),
    ];
    ListUrl::new("/people/export.csv", pairs.into_iter().map(|(name, value)| (name.to_owned(), value.clone()))).href()
}

#[component]
fn Users(
    page: Page<User>,
    /// Rows can be ticked.
    ticks: bool,
    /// What was ticked before a refused plain post.
    kept: Vec<(String, String)>,
) -> impl IntoView {
    let url = ListUrl::new("/people", query_pairs());
    let columns = vec![
        Column::new("name", "Name").sortable(),
        Column::new("email", "Email address").sortable(),
        Column::new("role", "Role").sortable(),
        Column::new("status", "Status"),
        Column::new("teams", "Teams"),
        Column::new("licences", "Licences"),
        Column::new("last_seen", "Last seen").sortable(),
    ];
    let rows = page
        .items
        .into_iter()
        .enumerate()
        .map(|(index, user)| {
            let (id, label) = (user.id.to_string(), format!("Tick {}", user.name));
            let ticked = kept.iter().any(|(_, value)| *value == id);
            let row = row(user);
            if ticks { row.tick(BULK_FORM, format!("ids[{index}]"), id, label, ticked) } else { row }
        })
        .collect::<Vec<_>>();
    view! {
        <DataTable id="people" caption="People" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Users title="Nobody fits" sentence="Nobody fits this search and these filters. Clear them to see everybody."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

/// The status as icon, word and colour.
pub(super) fn status_chip(status: PersonStatus) -> AnyView {
    let tone = match status {
        PersonStatus::Active => Tone::Good,
        PersonStatus::Invited => Tone::Info,
        PersonStatus::Inactive => Tone::Neutral,
    };
    view! { <StatusChip tone=tone label=status.label()/> }.into_any()
}

fn row(user: User) -> Row {
    let role = user.position().label().to_owned();
    let seen = match user.last_seen {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    let teams = user.teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>().join(", ");
    Row::new(user.id.to_string())
        .href(format!("/people/{}", user.id))
        .cell(user.name)
        .cell(user.email)
        .cell(role)
        .cell(status_chip(user.status))
        .cell(if teams.is_empty() { "–".to_owned() } else { teams })
        .cell(if user.licences.words().is_empty() { "–".to_owned() } else { user.licences.words() })
        .cell(seen)
}

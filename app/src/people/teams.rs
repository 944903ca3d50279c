//! `/people/teams` and `/people/teams/:team`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    auth::check_name,
    email::address::check_email_address,
    ids::TeamId,
    people::{Capability, Team, TeamDetail, User},
};
use ui::{
    Button, Choice, Column, ConfirmDialog, Crumb, DataTable, EmailInput, EmptyState, Form, FormActions, Hidden, Icon, LinkButton, ListUrl,
    PageHeader, Row, SaveBar, Section, Select, Size, Skeleton, SkeletonKind, Stack, TextInput, Toast, Variant, follow, use_toaster,
};

use super::{
    PeopleTabs,
    list::status_chip,
    team_api::{AddMember, CreateTeam, DeleteTeam, GetTeam, ListTeams, RemoveMember, UpdateTeam},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, call, suspended, use_me};

/// Why teams cannot be changed; empty when they can.
fn locked() -> &'static str {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
    if may_write { "" } else { "Only people with full access change teams." }
}

fn team_name(text: &str) -> Option<String> {
    let mut problems = Vec::new();
    check_name("name", "team", text, &mut problems);
    problems.pop().map(|problem| problem.message)
}

/// Every team.
pub struct TeamsPage {
    changes: RwSignal<u32>,
    teams: Loaded<Vec<Team>>,
}

impl Screen for TeamsPage {
    fn data() -> Self {
        let changes = RwSignal::new(0);
        Self { changes, teams: Loaded::renewed(changes, || ListTeams {}) }
    }

    fn view(this: Self) -> AnyView {
        let TeamsPage { changes, teams } = this;
        let toaster = use_toaster();
        let form = FormState::<CreateTeam>::new();
        form.on_success(move |id: TeamId| {
            toaster.show(Toast::good("Team added"));
            changes.update(|count| *count += 1);
            follow(&format!("/people/teams/{id}"));
        });
        let locked = locked();
        view! {
            <Title text="Teams"/>
            <PageHeader title="Teams" sentence="People who work together, and who leads them."/>
            <PeopleTabs current="/people/teams"/>
            <Stack>
                <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                    {move || suspended(async move {
                        match teams.await {
                            Ok(teams) => view! { <Teams teams=teams/> }.into_any(),
                            Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        }
                    })}
                </Transition>
                <Form id="new-team" action=form.url() next="/people/teams/{id}" problems=form.problems() message=form.message() pending=form.pending()
                    saved=form.saved() kept=form.kept() on_submit=form.submit()>
                    <Section title="New team">
                        <TextInput name="name" label="Name" required=true placeholder="Billing" disabled_because=locked validate=team_name/>
                        <FormActions submit="Add team" guard=false disabled_because=locked/>
                    </Section>
                </Form>
            </Stack>
        }
        .into_any()
    }
}

#[component]
fn Teams(teams: Vec<Team>) -> impl IntoView {
    let columns = vec![Column::new("name", "Name"), Column::new("lead", "Lead"), Column::new("members", "Members").number()];
    let rows = teams
        .into_iter()
        .map(|team| {
            Row::new(team.id.to_string())
                .href(format!("/people/teams/{}", team.id))
                .cell(team.name)
                .cell(if team.lead_name.is_empty() { "–".to_owned() } else { team.lead_name })
                .cell(team.members.to_string())
        })
        .collect::<Vec<_>>();
    view! {
        <DataTable id="teams" caption="Teams" columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Users title="No team yet" sentence="A team groups people, to find them and to change them together."/> }/>
    }
}

/// One team with its members.
pub struct TeamPage {
    changes: RwSignal<u32>,
    team: Loaded<TeamDetail>,
}

impl Screen for TeamPage {
    fn data() -> Self {
        let params = use_params_map();
        let changes = RwSignal::new(0);
        let team = Loaded::named(changes, move || Some(GetTeam { id: params.read().get("team")?.parse().ok()? }));
        Self { changes, team }
    }

    fn view(this: Self) -> AnyView {
        let TeamPage { changes, team } = this;
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match team.await {
                        Ok(detail) => view! { <Detail detail=detail changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Detail(detail: TeamDetail, changes: RwSignal<u32>) -> impl IntoView {
    let TeamDetail { team, members } = detail;
    let (locked, toaster, id) = (locked(), use_toaster(), team.id);
    let here = format!("/people/teams/{id}");
    let (update, add) = (FormState::<UpdateTeam>::new(), FormState::<AddMember>::new());
    update.on_success(move |()| toaster.show(Toast::good("Saved")));
    add.on_success(move |()| changes.update(|count| *count += 1));
    let removing = RwSignal::new(false);
    let leads: Vec<_> = members.iter().map(|user| Choice::new(user.id.to_string(), user.name.clone())).collect();
    let lead = team.lead.map(|lead| lead.to_string()).unwrap_or_default();
    let people = ListUrl::new("/people", [("team", id.to_string())]).href();
    let gone = team.name.clone();
    let delete = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            match call(DeleteTeam { id }).await {
                Ok(()) => {
                    toaster.show(Toast::good("The team was deleted; its members stay"));
                    follow("/people/teams");
                }
                Err(problem) => toaster.show(Toast::bad(problem.message())),
            }
        });
    });
    view! {
        <Title text=team.name.clone()/>
        <PageHeader title=team.name.clone() crumbs=vec![Crumb::new("People", "/people"), Crumb::new("Teams", "/people/teams")]
            actions=move || view! {
                <LinkButton href=people.clone()>"See them in the list"</LinkButton>
                <Button variant=Variant::Danger disabled_because=locked on_press=move || removing.set(true)>"Delete"</Button>
            }/>
        <Stack>
            <Form id="team" action=update.url() next=here.clone() problems=update.problems() message=update.message() pending=update.pending()
                saved=update.saved() kept=update.kept() on_submit=update.submit()>
                <Hidden name="id" value=id.to_string()/>
                <Section title="Team">
                    <TextInput name="name" label="Name" value=team.name required=true disabled_because=locked validate=team_name/>
                    <Select name="lead" label="Lead" prompt="Nobody" value=lead options=leads disabled_because=locked/>
                </Section>
                {locked.is_empty().then(|| view! { <SaveBar/> })}
            </Form>
            <Members team=id members=members total=team.members changes=changes/>
            <Form id="member" action=add.url() next=here problems=add.problems() message=add.message() pending=add.pending()
                saved=add.saved() kept=add.kept() on_submit=add.submit()>
                <Hidden name="id" value=id.to_string()/>
                <Section title="Add somebody" help="To add many at once, tick them in the list of people.">
                    <EmailInput name="email" label="Email address" required=true disabled_because=locked
                        validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                    <FormActions submit="Add to the team" guard=false disabled_because=locked/>
                </Section>
            </Form>
        </Stack>
        <ConfirmDialog id="delete-team" open=removing title=format!("Delete {gone}?") sentence="Its members stay people. This cannot be undone."
            confirm="Delete" danger=true on_confirm=delete/>
    }
}

#[component]
fn Members(team: TeamId, members: Vec<User>, total: i64, changes: RwSignal<u32>) -> impl IntoView {
    let locked = locked();
    let form = FormState::<RemoveMember>::new();
    form.on_success(move |()| changes.update(|count| *count += 1));
    let listed = members.len();
    let columns = vec![
        Column::new("name", "Name"),
        Column::new("email", "Email address"),
        Column::new("status", "Status"),
        Column::new("remove", "Remove").narrow(),
    ];
    let rows = members
        .into_iter()
        .map(|user| {
            let fields = vec![("id", team.to_string()), ("user", user.id.to_string())];
            Row::new(user.id.to_string())
                .href(format!("/people/{}", user.id))
                .cell(user.name)
                .cell(user.email)
                .cell(status_chip(user.status))
                .cell(view! {
                    <PostButton form=form next=format!("/people/teams/{team}") size=Size::Small fields=fields disabled_because=locked>"Remove"</PostButton>
                })
        })
        .collect::<Vec<_>>();
    let more = usize::try_from(total).unwrap_or_default() > listed;
    view! {
        <DataTable id="members" caption="Members" columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Users title="Nobody is in this team yet" sentence="Add somebody below, or tick people in the list."/> }/>
        {more.then(|| view! { <p class="text-quiet">{format!("The first {listed} of {total}.")}</p> })}
    }
}

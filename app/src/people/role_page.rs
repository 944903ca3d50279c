//! `/people/roles/new` and `/people/roles/:role`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    auth::check_name,
    people::{ALWAYS, Capability, CapabilitySet, RESERVED, Role, RoleRow, RoleTemplate},
};
use ui::{
    Checkbox, Crumb, Form, FormActions, Hidden, Inline, LinkButton, PageHeader, SaveBar, Section, Select, Size, Skeleton, SkeletonKind, Stack,
    TextInput, Toast, follow, use_toaster,
};

use super::{
    roles::{locked, role_choices},
    roles_api::{CreateRole, DeleteRole, GetRole, ListRoles, UpdateRole},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended, use_me};

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("People", "/people"), Crumb::new("Roles", "/people/roles")]
}

/// Begins empty, or with an administrator role of spec contact-center-connector that the address names.
pub struct NewRolePage;

impl Screen for NewRolePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let toaster = use_toaster();
        let form = FormState::<CreateRole>::new();
        form.on_success(move |_| {
            toaster.show(Toast::good("Role made"));
            follow("/people/roles");
        });
        let query = use_query_map();
        let start = Memo::new(move |_| query.read().get("from").and_then(|word| RoleTemplate::find(&word)));
        let templates = RoleTemplate::ALL
            .iter()
            .map(|one| view! { <LinkButton href=format!("/people/roles/new?from={}", one.word) size=Size::Small>{one.name}</LinkButton> });
        let templates = templates.collect_view();
        view! {
            <Title text="New role"/>
            <PageHeader title="New role" sentence="A name, and what its people may do." crumbs=crumbs()/>
            <Section title="Begin with" help="An administrator role of the contact centre, to be changed as you like. Or tick below what you need.">
                <Inline>{templates}</Inline>
            </Section>
            {move || {
                let (name, held) = start.get().map_or((String::new(), CapabilitySet::EMPTY), |one| (one.name.to_owned(), one.capabilities()));
                view! {
                    <Form id="new-role" action=form.url() next="/people/roles" problems=form.problems() message=form.message() pending=form.pending()
                        saved=form.saved() kept=form.kept() on_submit=form.submit()>
                        <Fields name=name held=held/>
                        <FormActions submit="Make role" cancel="/people/roles" disabled_because=locked()/>
                    </Form>
                }
            }}
        }
        .into_any()
    }
}

/// The role as stored, and where its people could go.
pub struct RolePage {
    role: Loaded<RoleRow>,
    all: Loaded<Vec<RoleRow>>,
}

impl Screen for RolePage {
    fn data() -> Self {
        let params = use_params_map();
        let role = Loaded::named(RwSignal::new(0), move || params.read().get("role")?.parse().ok().map(|id| GetRole { id }));
        Self { role, all: Loaded::new(|| ListRoles {}) }
    }

    fn view(this: Self) -> AnyView {
        let RolePage { role, all } = this;
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match (role.await, all.await) {
                        (Ok(role), Ok(all)) => view! { <Stored role=role all=all/> }.into_any(),
                        (Err(problem), _) | (_, Err(problem)) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Stored(role: RoleRow, all: Vec<RoleRow>) -> impl IntoView {
    let toaster = use_toaster();
    let RoleRow { role, people } = role;
    let here = format!("/people/roles/{}", role.id);
    let form = FormState::<UpdateRole>::new();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    let sentence = match people {
        0 => "Nobody has this role.".to_owned(),
        1 => "One person has this role; a change counts from their next request on.".to_owned(),
        many => format!("{many} people have this role; a change counts from their next request on."),
    };
    let others = all.into_iter().filter(|row| row.role.id != role.id).collect::<Vec<_>>();
    view! {
        <Title text=role.name.clone()/>
        <PageHeader title=role.name.clone() sentence=sentence crumbs=crumbs()/>
        <Form id="role" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=role.id.to_string()/>
            <Fields name=role.name.clone() held=role.capabilities/>
            {locked().is_empty().then(|| view! { <SaveBar/> })}
        </Form>
        <Delete id=role.id.to_string() people=people others=others/>
    }
}

/// Deleting asks where the people of the role go.
#[component]
fn Delete(id: String, people: i64, others: Vec<RoleRow>) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<DeleteRole>::new();
    form.on_success(move |()| {
        toaster.show(Toast::good("Role deleted"));
        follow("/people/roles");
    });
    // Owners are made one by one.
    let choices = role_choices(&others).into_iter().filter(|choice| choice.value != Role::Owner.word()).collect();
    view! {
        <Form id="delete-role" action=form.url() next="/people/roles" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=id/>
            <Section title="Delete" help="The role goes; its people stay and get another one.">
                {(people > 0).then(|| view! {
                    <Select name="move_to" label="Its people get" options=choices prompt="Choose\u{2026}" required=true disabled_because=locked()/>
                })}
            </Section>
            <FormActions submit="Delete role" cancel="/people/roles" disabled_because=locked()/>
        </Form>
    }
}

/// The name and a tick for everything there is, room by room.
#[component]
fn Fields(name: String, held: CapabilitySet) -> impl IntoView {
    let mine = use_me().get_untracked().map(|me| me.capabilities).unwrap_or_default();
    let room = move |(heading, capabilities): (&'static str, Vec<Capability>)| {
        let ticks = capabilities.into_iter().map(move |one| view! { <Tick one=one held=held mine=mine/> }).collect_view();
        view! { <Section title=heading>{ticks}</Section> }
    };
    view! {
        <Stack>
            <Section title="Role" help="What something needs comes with it: who manages people also sees them.">
                <TextInput name="name" label="Name" value=name required=true disabled_because=locked() validate=|text: &str| {
                    let mut problems = Vec::new();
                    check_name("name", "role", text, &mut problems);
                    problems.pop().map(|problem| problem.message)
                }/>
            </Section>
            {Capability::by_room().into_iter().map(room).collect_view()}
        </Stack>
    }
}

#[component]
fn Tick(one: Capability, held: CapabilitySet, mine: CapabilitySet) -> impl IntoView {
    let locked = if one == ALWAYS {
        "Every role allows this."
    } else if !locked().is_empty() {
        locked()
    } else if RESERVED.contains(&one) {
        "Only owners may; no role of your own can."
    } else if !mine.has(one) {
        "You do not hold this yourself."
    } else {
        ""
    };
    // The place in the list of all keeps a tick its name, whatever is locked.
    let place = Capability::ALL.iter().position(|other| *other == one).unwrap_or_default();
    let checked = one == ALWAYS || held.has(one);
    view! { <Checkbox name=format!("capabilities[{place}]") label=one.label() value=one.word() checked=checked disabled_because=locked/> }
}

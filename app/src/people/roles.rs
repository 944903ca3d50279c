//! `/people/roles`: who may do what, as a table made of what the checks go by.

use leptos::prelude::*;
use leptos_meta::Title;
use model::people::{Capability, Position, Role, RoleChoice, RoleRow};
use ui::{
    Choice, Column, DataTable, EmptyState, Icon, LinkButton, Matrix, MatrixColumn, MatrixGroup, PageHeader, Row, Skeleton, SkeletonKind, Stack,
    Variant,
};

use super::{PeopleTabs, roles_api::ListRoles};
use crate::shell::{Loaded, ProblemView, Screen, suspended, use_me};

/// The organisation's own roles; the built-in ones are known everywhere.
pub struct RolesPage {
    roles: Loaded<Vec<RoleRow>>,
}

impl Screen for RolesPage {
    fn data() -> Self {
        Self { roles: Loaded::new(|| ListRoles {}) }
    }

    fn view(this: Self) -> AnyView {
        let roles = this.roles;
        let locked = locked();
        view! {
            <Title text="Roles"/>
            <PageHeader title="Roles" sentence="What each role may do. A change counts from a person's next request on."
                actions=move || view! {
                    <LinkButton href="/people/roles/new" variant=Variant::Primary icon=Icon::Plus disabled_because=locked>"New role"</LinkButton>
                }/>
            <PeopleTabs current="/people/roles"/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match roles.await {
                        Ok(roles) => view! { <Stack><Own roles=roles.clone()/><Everything roles=roles/></Stack> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// Why roles cannot be changed; empty when they can.
pub(super) fn locked() -> &'static str {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleRoles));
    if may { "" } else { "Your role does not change roles." }
}

/// The organisation's own roles, to open one.
#[component]
fn Own(roles: Vec<RoleRow>) -> impl IntoView {
    let row = |RoleRow { role, people }: RoleRow| {
        let count = role.capabilities.iter().count();
        Row::new(role.id.to_string()).href(format!("/people/roles/{}", role.id)).cell(role.name).cell(people.to_string()).cell(count.to_string())
    };
    let rows = roles.into_iter().map(row).collect::<Vec<_>>();
    let columns = vec![Column::new("name", "Own role"), Column::new("people", "People").number(), Column::new("may", "Things it may do").number()];
    view! {
        <DataTable id="own-roles" caption="The organisation's own roles" columns=columns rows=rows
            empty=|| view! {
                <EmptyState icon=Icon::Users title="No role of your own yet" sentence="The built-in roles below suit most teams. Make your own when somebody needs less, or something in between."/>
            }/>
    }
}

/// Roles against capabilities.
#[component]
fn Everything(roles: Vec<RoleRow>) -> impl IntoView {
    let built_in = Role::ALL.iter().map(|role| (MatrixColumn::new(role.label()), Position::from(*role).capabilities()));
    let own = roles.into_iter().map(|RoleRow { role, .. }| {
        let column = MatrixColumn::new(role.name.clone()).href(format!("/people/roles/{}", role.id));
        (column, Position { role: Role::ReadOnly, own: Some(role) }.capabilities())
    });
    let (columns, held): (Vec<_>, Vec<_>) = built_in.chain(own).unzip();
    let group = |(room, capabilities): (&'static str, Vec<Capability>)| {
        let rows = capabilities.into_iter().map(|one| (one.label(), held.iter().map(|set| set.has(one)).collect::<Vec<_>>()));
        rows.fold(MatrixGroup::new(room), |group, (label, answers)| group.row(label, answers))
    };
    let groups = Capability::by_room().into_iter().map(group).collect::<Vec<_>>();
    view! { <Matrix id="roles" caption="Roles and what they may do" corner="May" columns=columns groups=groups/> }
}

/// Every role that can be given, built-in ones first.
pub(super) fn role_choices(own: &[RoleRow]) -> Vec<Choice> {
    let built_in = Role::ALL.iter().map(|role| Choice::new(role.word(), role.label()));
    built_in.chain(own.iter().map(|row| Choice::new(RoleChoice::Own(row.role.id).to_string(), row.role.name.clone()))).collect()
}

//! Room `people`: who may sign in, and as what; how they come and go; teams and licences.

mod api;
mod bulk;
mod delete;
mod edit;
mod import;
mod import_api;
mod import_run;
mod invitation_api;
mod invited;
mod list;
mod new;
mod profiles;
mod role_page;
mod roles;
mod roles_api;
mod team_api;
mod teams;
mod why;

pub use api::{AssignUser, ChangeMany, CreateUser, DeleteUser, GetUser, GetWork, ListLicences, ListUsers, SetActive, UpdateUser};
pub use delete::DeleteUserPage;
pub use edit::UserPage;
pub use import::ImportPage;
pub use import_api::{CheckImport, DiscardImport, GetImport, ListImports, StartImport};
pub use import_run::ImportRunPage;
pub use invitation_api::{AcceptInvitation, GetInvitation, InvitationOpen, Invite, RenewInvitation, RevokeInvitation};
pub use invited::InvitationPage;
pub use list::PeoplePage;
pub use new::NewUserPage;
pub use profiles::{CUSTOMERS, CreateProfile, CustomerPage, CustomersPage, DeleteProfile, GetProfile, ListProfiles, NewCustomerPage, UpdateProfile};
pub use role_page::{NewRolePage, RolePage};
pub use roles::RolesPage;
pub use roles_api::{CreateRole, DeleteRole, ExplainUser, GetRole, ListRoles, UpdateRole};
pub use team_api::{AddMember, CreateTeam, DeleteTeam, GetTeam, ListTeams, RemoveMember, UpdateTeam};
pub use teams::{TeamPage, TeamsPage};

use leptos::prelude::*;
use model::people::Capability;
use ui::{Icon, Tab, Tabs};

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room, use_me};

const READ: Guard = Guard::Capability(Capability::PeopleRead);
const WRITE: Guard = Guard::Capability(Capability::PeopleWrite);
const ROLES: Guard = Guard::Capability(Capability::PeopleRoles);

/// The room.
pub const ROOM: Room = Room {
    word: "people",
    navigation: Some(Navigation { section: "Organisation", href: "/people", label: "People", icon: Icon::Users, keys: "g p", guard: READ }),
    pages: &[
        PageEntry::new("/people", READ),
        PageEntry::new("/people/new", WRITE),
        PageEntry::new("/people/import", WRITE),
        PageEntry::new("/people/import/:import", WRITE),
        PageEntry::new("/people/teams", READ),
        PageEntry::new("/people/teams/:team", READ),
        PageEntry::new("/people/:user", READ),
        PageEntry::new("/people/:user/delete", WRITE),
        PageEntry::new("/invitation/:token", Guard::Public),
        PageEntry::new("/people/roles", ROLES),
        PageEntry::new("/people/roles/new", ROLES),
        PageEntry::new("/people/roles/:role", ROLES),
        PageEntry::new("/people/:user", READ),
    ],
    endpoints: &[
        Endpoint::new("/api/people/list", READ),
        Endpoint::new("/api/people/get", READ),
        Endpoint::new("/api/people/create", WRITE),
        Endpoint::new("/api/people/update", WRITE),
        Endpoint::new("/api/people/assign", WRITE),
        Endpoint::new("/api/people/set_active", WRITE),
        Endpoint::new("/api/people/bulk", WRITE),
        Endpoint::new("/api/people/work", WRITE),
        Endpoint::new("/api/people/delete", WRITE),
        Endpoint::new("/api/people/licences", READ),
        Endpoint::new("/api/people/invite", WRITE),
        Endpoint::new("/api/people/invitation", READ),
        Endpoint::new("/api/people/renew_invitation", WRITE),
        Endpoint::new("/api/people/revoke_invitation", WRITE),
        Endpoint::new("/api/people/invitation_open", Guard::Public),
        Endpoint::new("/api/people/accept_invitation", Guard::Public),
        Endpoint::new("/api/people/list_teams", READ),
        Endpoint::new("/api/people/get_team", READ),
        Endpoint::new("/api/people/create_team", WRITE),
        Endpoint::new("/api/people/update_team", WRITE),
        Endpoint::new("/api/people/delete_team", WRITE),
        Endpoint::new("/api/people/add_member", WRITE),
        Endpoint::new("/api/people/remove_member", WRITE),
        Endpoint::new("/api/people/check_import", WRITE),
        Endpoint::new("/api/people/list_imports", WRITE),
        Endpoint::new("/api/people/get_import", WRITE),
        Endpoint::new("/api/people/start_import", WRITE),
        Endpoint::new("/api/people/discard_import", WRITE),
        Endpoint::new("/api/people/explain", READ),
        Endpoint::new("/api/people/list_roles", READ),
        Endpoint::new("/api/people/get_role", ROLES),
        Endpoint::new("/api/people/create_role", ROLES),
        Endpoint::new("/api/people/update_role", ROLES),
        Endpoint::new("/api/people/delete_role", ROLES),
    ],
};

/// The pages of the room, as tabs: address, label and who sees it.
const TABS: &[(&str, &str, Guard)] = &[("/people", "Users", READ), ("/people/teams", "Teams", READ), ("/people/roles", "Roles", ROLES)];

/// The tabs at the head of every list of the room; `current` is the page's own address.
#[component]
fn PeopleTabs(current: &'static str) -> impl IntoView {
    let held = use_me().get_untracked().map(|me| me.capabilities);
    let items =
        TABS.iter().filter(|(_, _, guard)| guard.admits(held)).map(|(href, label, _)| Tab::new(*label, *href, *href == current)).collect::<Vec<_>>();
    view! { <Tabs label="Parts of people" items=items/> }
}

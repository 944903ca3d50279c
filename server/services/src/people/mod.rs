//! People: the accounts of a tenant, how they come and go, their teams, licences and API tokens.

pub mod post_office;
pub mod profiles;
pub(crate) mod roles;
pub(crate) mod store;

mod bulk;
mod delete;
mod import;
mod invitations;
mod licences;
mod list;
mod own;
pub(crate) mod rules;
mod teams;
mod tokens;
mod users;
mod worker;

#[cfg(test)]
mod tests;

pub use bulk::{BulkChange, bulk};
pub use delete::{delete_user, work_of};
pub use import::{
    Upload, check as check_import, discard as discard_import, export_problems as export_import_problems, get as get_import, list as list_imports,
    start as start_import,
};
pub use invitations::{AcceptForm, InviteForm, accept_invitation, invitation_of, invitation_state, invite, renew_invitation, revoke_invitation};
pub use licences::{LicenceTotal, licence_counts, set_licence_totals};
pub use list::{export_users, list_users};
pub use own::rename_self;
pub use roles::{RoleForm, create_role, delete_role, explain_user, get_role, list_roles, update_role};
pub use teams::{add_member, create_team, delete_team, get_team, list_teams, remove_member, update_team};
pub use tokens::{create_token, create_token_for, list_tokens, revoke_token};
pub use users::{UserForm, assign, create_user, get_user, set_active, update_user};
pub use worker::{Worker, sweep};

pub(crate) use users::{NewUser, insert_user};

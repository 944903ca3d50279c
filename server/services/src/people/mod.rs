//! People: the accounts of a tenant and their API tokens.

pub mod profiles;
pub(crate) mod store;

mod own;
mod rules;
mod tokens;
mod users;

#[cfg(test)]
mod tests;

pub use own::rename_self;
pub use tokens::{create_token, create_token_for, list_tokens, revoke_token};
pub use users::{UserForm, create_user, get_user, list_users, set_active, update_user};

pub(crate) use users::{NewUser, insert_user};

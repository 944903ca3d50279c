//! Signing in: forms and what the console knows about the person in front of it.

mod password;
mod policy;
mod second_factor;
pub mod sso;

pub use password::{PASSWORD_MAX_BYTES, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, check_password};
pub use policy::{GRACE_DAYS_MAX, SecurityPolicy, Unprotected};
pub use second_factor::{
    PASSKEY_NAME_MAX_CHARS, Passkey, QrPicture, RECOVERY_CODES, SecondStep, Security, SignInEvent, SignInMethod, TotpSetup, UnknownMethod,
};

use serde::{Deserialize, Serialize};

use crate::{
    FieldProblem,
    access::Visiting,
    email::address::check_email_address,
    ids::{SessionId, TenantId, UserId},
    people::{CapabilitySet, Role},
    time::Stamp,
};

/// Who is signed in, as pages need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Built-in role; without meaning for somebody with a role of the tenant's own.
    pub role: Role,
    /// Name of the role, whichever kind it is.
    pub role_name: String,
    /// What pages may offer; the server checks again.
    pub capabilities: CapabilitySet,
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// IANA zone every time is shown in.
    pub time_zone: String,
    /// The organisation requires a second factor and the time to set one up is over: until then there is nothing but the own account.
    #[serde(default)]
    pub must_enrol: bool,
    /// The visit, when it is a visitor: they have no account here, and `user` is nobody's.
    pub visit: Option<Visiting>,
    /// The operator has switched secure media handling on for the tenant: its settings have a page.
    #[serde(default)]
    pub secure_media: bool,
}

/// One signed-in browser in the list of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// The one this page is shown in.
    pub current: bool,
    /// Network address it was last used from.
    pub remote_address: String,
    /// Browser, as it names itself, shortened.
    pub user_agent: String,
    /// Sign-in.
    pub created: Stamp,
    /// Last request.
    pub last_seen: Stamp,
    /// Ends at the latest.
    pub expires: Stamp,
}

/// What the first-run page asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirstRun {
    /// Name of the organisation.
    pub tenant_name: String,
    /// IANA zone; empty means UTC.
    pub time_zone: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

impl FirstRun {
    /// What is wrong with it, in the order of the form; whether the zone exists is for the server to say.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        check_name("tenant_name", "organisation", &self.tenant_name, &mut problems);
        check_name("name", "owner", &self.name, &mut problems);
        if let Err(why) = check_email_address(&self.email) {
            problems.push(FieldProblem { field: "email".into(), message: why.to_string() });
        }
        if let Some(message) = check_password(&self.password, &self.email) {
            problems.push(FieldProblem { field: "password".into(), message });
        }
        problems
    }
}

/// A name is 1 to 120 characters with no control characters.
pub fn check_name(field: &str, whose: &str, name: &str, problems: &mut Vec<FieldProblem>) {
    let trimmed = name.trim();
    let message = if trimmed.is_empty() {
        format!("Enter a name for the {whose}.")
    } else if trimmed.chars().count() > 120 {
        format!("The name of the {whose} is longer than 120 characters; shorten it.")
    } else if trimmed.chars().any(char::is_control) {
        format!("The name of the {whose} holds control characters; type it again.")
    } else {
        return;
    };
    problems.push(FieldProblem { field: field.to_owned(), message });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_run_names_every_bad_field_at_once() {
        let fields: Vec<_> = FirstRun::default().check().into_iter().map(|p| p.field).collect();
        assert_eq!(fields, ["tenant_name", "name", "email", "password"]);
    }
}

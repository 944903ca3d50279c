//! Signing in: forms and what the console knows about the person in front of it.

use serde::{Deserialize, Serialize};

use crate::{
    FieldProblem,
    email::address::check_email_address,
    ids::{SessionId, TenantId, UserId},
    people::{CapabilitySet, Role},
    time::Stamp,
};

/// Shortest password accepted (NIST SP 800-63B rev. 4: at least 15 characters when it is the only factor).
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Longest password accepted; bounds the hashing work.
pub const PASSWORD_MAX_BYTES: usize = 256;

/// Who is signed in, as pages need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role.
    pub role: Role,
    /// What pages may offer; the server checks again.
    pub capabilities: CapabilitySet,
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// IANA zone every time is shown in.
    pub time_zone: String,
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

/// Length and sameness only: composition rules make passwords worse (NIST SP 800-63B section 3.1.1.2).
pub fn check_password(password: &str, email: &str) -> Option<String> {
    let chars = password.chars().count();
    if chars < PASSWORD_MIN_CHARS {
        return Some(format!("Use at least {PASSWORD_MIN_CHARS} characters; a short sentence works well."));
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return Some(format!("Use at most {PASSWORD_MAX_BYTES} bytes."));
    }
    if !email.is_empty() && password.to_lowercase().contains(&email.to_lowercase()) {
        return Some("The password holds your email address; choose another one.".into());
    }
    let first = password.chars().next()?;
    password.chars().all(|c| c == first).then(|| "The password repeats one character; choose another one.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_judged_by_length_and_sameness() {
        let check = |password: &str, refused: bool| assert_eq!(check_password(password, "ann@acme.example").is_some(), refused, "{password}");
        check("short", true);
        check("correct horse battery", false);
        check("aaaaaaaaaaaaaaaaaaaa", true);
        check("my ann@acme.example pass", true);
        check(&"x1".repeat(200), true);
    }

    #[test]
    fn first_run_names_every_bad_field_at_once() {
        let fields: Vec<_> = FirstRun::default().check().into_iter().map(|p| p.field).collect();
        assert_eq!(fields, ["tenant_name", "name", "email", "password"]);
    }
}

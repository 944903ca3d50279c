//! Single sign-on of a tenant: what owners set (OpenID Connect Core 1.0).

use serde::{Deserialize, Serialize};

use crate::{FieldProblem, people::Role, time::Stamp};

/// Scopes asked for when none are given.
pub const DEFAULT_SCOPES: &str = "openid email profile";
/// Words on the button when none are given.
pub const DEFAULT_LABEL: &str = "Single sign-on";
/// Groups listed for one role at most.
pub const MOST_GROUPS: usize = 50;

/// The settings as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sso {
    /// People may sign in this way.
    pub active: bool,
    /// Stands in the tenant's sign-in address.
    pub slug: String,
    /// The provider's issuer identifier, exactly as it calls itself.
    pub issuer: String,
    /// Client id at the provider.
    pub client: String,
    /// When the client secret was set; `None` for a public client.
    pub client_secret_set: Option<Stamp>,
    /// Parted by spaces.
    pub scopes: String,
    /// Words on the button.
    pub label: String,
    /// Name of the claim that lists groups; empty when roles are given here by hand.
    pub group_claim: String,
    /// Groups of each role.
    pub groups: Vec<RoleGroups>,
    /// Role of whoever is in none of these groups; `None` refuses them.
    pub default_role: Option<Role>,
    /// Whoever the provider vouches for gets an account at the first sign-in.
    pub makes_users: bool,
    /// Passwords are for owners alone.
    pub only_sso: bool,
    /// What the last test found.
    pub last_test: Option<SsoTest>,
}

/// What the page needs to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoPageData {
    /// The settings; `None` before there are any.
    pub sso: Option<Sso>,
    /// A sign-in name to begin with, made of the tenant's name.
    pub suggested_slug: String,
    /// Where the console is reached, without a slash at the end.
    pub public_url: String,
}

/// Groups whose members have a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGroups {
    /// The role.
    pub role: Role,
    /// As the provider names them.
    pub groups: Vec<String>,
}

/// What a test sign-in found. Nobody was signed in by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoTest {
    /// When.
    pub at: Stamp,
    /// It would have let the person in.
    pub good: bool,
    /// What happened, or would have.
    pub sentence: String,
    /// Whom the provider vouched for; empty when it did not come that far.
    pub email: String,
    /// The groups it told.
    pub groups: Vec<String>,
}

/// The form, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SsoForm {
    /// `true` when people may sign in this way.
    pub active: String,
    /// 2 to 40 lower-case letters, digits and hyphens.
    pub slug: String,
    /// https address.
    pub issuer: String,
    /// Client id.
    pub client: String,
    /// Empty keeps the stored one.
    pub client_secret: String,
    /// Parted by spaces; must hold `openid`.
    pub scopes: String,
    /// Words on the button.
    pub label: String,
    /// Name of the claim that lists groups.
    pub group_claim: String,
    /// Groups parted by commas or line breaks.
    pub owner_groups: String,
    /// Groups parted by commas or line breaks.
    pub full_access_groups: String,
    /// Groups parted by commas or line breaks.
    pub limited_access_groups: String,
    /// Groups parted by commas or line breaks.
    pub supervisor_groups: String,
    /// Groups parted by commas or line breaks.
    pub agent_groups: String,
    /// Groups parted by commas or line breaks.
    pub read_only_groups: String,
    /// A role's word; empty refuses whoever is in no listed group.
    pub default_role: String,
    /// `true` when accounts are made at the first sign-in.
    pub makes_users: String,
    /// `true` when passwords are for owners alone.
    pub only_sso: String,
}

/// The form after [`SsoForm::check`]; the client secret stays in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSso {
    /// See [`Sso::active`].
    pub active: bool,
    /// See [`Sso::slug`].
    pub slug: String,
    /// See [`Sso::issuer`].
    pub issuer: String,
    /// See [`Sso::client`].
    pub client: String,
    /// See [`Sso::scopes`].
    pub scopes: String,
    /// See [`Sso::label`].
    pub label: String,
    /// See [`Sso::group_claim`].
    pub group_claim: String,
    /// See [`Sso::groups`]; roles without groups are left out.
    pub groups: Vec<RoleGroups>,
    /// See [`Sso::default_role`].
    pub default_role: Option<Role>,
    /// See [`Sso::makes_users`].
    pub makes_users: bool,
    /// See [`Sso::only_sso`].
    pub only_sso: bool,
}

/// Name of the form field with a role's groups.
pub const fn groups_field(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner_groups",
        Role::FullAccess => "full_access_groups",
        Role::LimitedAccess => "limited_access_groups",
        Role::Supervisor => "supervisor_groups",
        Role::Agent => "agent_groups",
        Role::ReadOnly => "read_only_groups",
    }
}

impl SsoForm {
    fn groups_of(&self, role: Role) -> &str {
        match role {
            Role::Owner => &self.owner_groups,
            Role::FullAccess => &self.full_access_groups,
            Role::LimitedAccess => &self.limited_access_groups,
            Role::Supervisor => &self.supervisor_groups,
            Role::Agent => &self.agent_groups,
            Role::ReadOnly => &self.read_only_groups,
        }
    }

    /// What can be told without asking the provider.
    ///
    /// # Errors
    /// Every field that does not fit, in the order of the form.
    pub fn check(&self) -> Result<CheckedSso, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut refuse = |field: &str, message: Option<String>| problems.extend(message.map(|message| FieldProblem { field: field.into(), message }));
        let issuer = self.issuer.trim();
        refuse("issuer", check_issuer(issuer));
        let client = self.client.trim();
        refuse("client", bounded(client, 1, 200, "Enter the client id that the provider gave you."));
        refuse("client_secret", bounded(self.client_secret.trim(), 0, 1000, "This is longer than a client secret can be; copy it again."));
        let scopes = filled(&self.scopes, DEFAULT_SCOPES);
        refuse("scopes", check_scopes(&scopes));
        let slug = self.slug.trim();
        refuse("slug", check_slug(slug));
        let label = filled(&self.label, DEFAULT_LABEL);
        refuse("label", bounded(&label, 1, 60, "The words on the button have at most 60 characters."));
        let group_claim = self.group_claim.trim();
        refuse("group_claim", bounded(group_claim, 0, 200, "Enter the name of one claim, such as groups."));
        let groups: Vec<RoleGroups> = Role::ALL
            .iter()
            .map(|role| RoleGroups { role: *role, groups: split_groups(self.groups_of(*role)) })
            .filter(|one| !one.groups.is_empty())
            .collect();
        for one in &groups {
            refuse(groups_field(one.role), check_groups(&one.groups, group_claim));
        }
        let default_role = match self.default_role.trim() {
            "" => None,
            word => match word.parse() {
                Ok(role) => Some(role),
                Err(_) => {
                    refuse("default_role", Some("Choose a role from the list.".into()));
                    None
                }
            },
        };
        let everybody = default_role == Some(Role::Owner);
        refuse(
            "default_role",
            everybody.then(|| "Not everybody can be an owner: list a group of owners instead, and choose another role here.".into()),
        );
        let no_role = default_role.is_none() && groups.is_empty();
        let needed = no_role.then(|| "List the groups of a role above, or choose a role here: else nobody new could sign in.".to_owned());
        refuse("default_role", needed.filter(|_| !group_claim.is_empty() || is_on(&self.makes_users)));
        let (active, only_sso) = (is_on(&self.active), is_on(&self.only_sso));
        refuse("only_sso", (only_sso && !active).then(|| "Switch single sign-on on before it becomes the only way in.".into()));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(CheckedSso {
            active,
            slug: slug.to_owned(),
            issuer: issuer.to_owned(),
            client: client.to_owned(),
            scopes,
            label,
            group_claim: group_claim.to_owned(),
            groups,
            default_role,
            makes_users: is_on(&self.makes_users),
            only_sso,
        })
    }
}

fn is_on(text: &str) -> bool {
    matches!(text, "true" | "on" | "1")
}

fn filled(text: &str, otherwise: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { otherwise.to_owned() } else { text }
}

fn bounded(text: &str, least: usize, most: usize, sentence: &str) -> Option<String> {
    let chars = text.chars().count();
    (chars < least || chars > most || text.chars().any(char::is_control)).then(|| sentence.to_owned())
}

/// What is wrong with an issuer, as far as a browser can tell.
pub fn check_issuer(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        _ if text.is_empty() => Some("Enter the issuer, such as https://login.example.com.".into()),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Some("The issuer has no host; it looks like https://login.example.com.".into()),
        Some(_) if text.contains(['?', '#']) => Some("The issuer has no ? and no #; copy it from the provider's settings.".into()),
        Some(_) if text.len() > 500 || text.contains(|sign: char| sign.is_whitespace() || sign.is_control()) => {
            Some("The issuer is an address without spaces, of at most 500 characters.".into())
        }
        Some(_) if text.ends_with("/.well-known/openid-configuration") => {
            Some("Leave out /.well-known/openid-configuration: the issuer is what stands before it.".into())
        }
        Some(_) => None,
        None => Some("The issuer begins with https://.".into()),
    }
}

/// What is wrong with a sign-in name.
pub fn check_slug(text: &str) -> Option<String> {
    let fits = (2..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    (!fits).then(|| "Use 2 to 40 lower-case letters, digits and hyphens, such as acme-clinic.".into())
}

fn check_scopes(text: &str) -> Option<String> {
    // RFC 6749 section 3.3.
    let scope = |scope: &str| scope.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\');
    if text.len() > 500 || !text.split(' ').all(scope) {
        return Some("Scopes are words parted by spaces, such as openid email profile.".into());
    }
    (!text.split(' ').any(|scope| scope == "openid"))
        .then(|| "The scopes must hold openid; without it the provider does not tell who signs in.".into())
}

fn check_groups(groups: &[String], claim: &str) -> Option<String> {
    if claim.is_empty() {
        return Some("Enter the group claim above: without it groups are not told.".into());
    }
    let fits = groups.len() <= MOST_GROUPS && groups.iter().all(|group| group.chars().count() <= 200);
    (!fits).then(|| format!("List at most {MOST_GROUPS} groups of at most 200 characters each."))
}

/// Groups parted by commas or line breaks: their names may hold spaces.
pub fn split_groups(text: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for group in text.split([',', ';', '\n', '\r']).map(str::trim).filter(|group| !group.is_empty()) {
        if !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    groups
}

/// The role for somebody in these groups: of all that fit, the one that may do most; else the default.
pub fn role_of(mapping: &[RoleGroups], default: Option<Role>, held: &[String]) -> Option<Role> {
    let fits = |one: &&RoleGroups| one.groups.iter().any(|group| held.contains(group));
    Role::ALL.iter().find(|role| mapping.iter().filter(fits).any(|one| one.role == **role)).copied().or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> SsoForm {
        SsoForm {
            active: "true".into(),
            slug: "acme".into(),
            issuer: "https://login.acme.example".into(),
            client: "switchboard".into(),
            default_role: "agent".into(),
            ..SsoForm::default()
        }
    }

    #[test]
    fn a_good_form_fills_in_what_was_left_out() {
        let checked = good().check().unwrap();
        assert_eq!((checked.scopes.as_str(), checked.label.as_str()), (DEFAULT_SCOPES, DEFAULT_LABEL));
        assert_eq!((checked.active, checked.makes_users, checked.only_sso), (true, false, false));
    }

    #[test]
    fn every_bad_field_is_named() {
        let check = |change: fn(&mut SsoForm), field: &str| {
            let mut form = good();
            change(&mut form);
            let fields: Vec<_> = form.check().expect_err(field).into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, [field]);
        };
        check(|form| form.issuer = String::new(), "issuer");
        check(|form| form.issuer = "login.acme.example".into(), "issuer");
        check(|form| form.issuer = "https://".into(), "issuer");
        check(|form| form.issuer = "https://a.example/?x=1".into(), "issuer");
        check(|form| form.issuer = "https://a.example/.well-known/openid-configuration".into(), "issuer");
        check(|form| form.client = " ".into(), "client");
        check(|form| form.scopes = "email".into(), "scopes");
        check(|form| form.scopes = "openid \"x\"".into(), "scopes");
        check(|form| form.slug = "Acme".into(), "slug");
        check(|form| form.slug = "-acme".into(), "slug");
        check(|form| form.slug = "a".into(), "slug");
        check(|form| form.label = "x".repeat(61), "label");
        check(|form| form.agent_groups = "desk".into(), "agent_groups");
        check(|form| form.default_role = "king".into(), "default_role");
        check(|form| form.default_role = "owner".into(), "default_role");
        check(|form| (form.default_role, form.makes_users) = (String::new(), "true".into()), "default_role");
        check(|form| (form.active, form.only_sso) = (String::new(), "true".into()), "only_sso");
    }

    #[test]
    fn groups_hold_spaces_and_stand_once() {
        assert_eq!(split_groups(" Desk one, Leads\nDesk one;,"), ["Desk one", "Leads"]);
    }

    #[test]
    fn the_role_that_may_do_most_wins() {
        let mapping = [
            RoleGroups { role: Role::Agent, groups: vec!["desk".into(), "all".into()] },
            RoleGroups { role: Role::Supervisor, groups: vec!["leads".into()] },
        ];
        let check = |held: &[&str], default, expected| {
            let held: Vec<String> = held.iter().map(|group| (*group).to_owned()).collect();
            assert_eq!(role_of(&mapping, default, &held), expected, "{held:?}");
        };
        check(&["desk"], None, Some(Role::Agent));
        check(&["desk", "leads"], None, Some(Role::Supervisor));
        check(&["Desk"], None, None);
        check(&[], Some(Role::ReadOnly), Some(Role::ReadOnly));
        check(&["all"], Some(Role::FullAccess), Some(Role::Agent));
    }
}

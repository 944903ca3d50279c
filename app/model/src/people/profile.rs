//! Customers as the tenant's own systems know them, and what may be kept about one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    FieldProblem, Problem,
    email::address::{check_email_address, normalise},
    ids::ProfileId,
    time::Stamp,
};

/// Longest customer id, in characters.
pub const MAX_ID_CHARS: usize = 128;
/// Longest name of an attribute, in characters.
pub const MAX_ATTRIBUTE_CHARS: usize = 64;
/// Longest value of an attribute, in characters.
pub const MAX_VALUE_CHARS: usize = 2000;
/// Most attributes of one customer.
pub const MAX_ATTRIBUTES: usize = 100;

/// The attribute that names the customer; it is set with the profile and never changes.
pub const CUSTOMER_ID: &str = "customerId";
/// The attribute with the customer's name.
pub const NAME: &str = "name";
/// The attribute with the email address.
pub const EMAIL: &str = "email";
/// The attribute with the telephone number (MSISDN, ITU-T E.164: digits with the country's code).
pub const MSISDN: &str = "msisdn";

/// Attributes by name, each value in the form in which it is stored.
pub type Attributes = BTreeMap<String, String>;

/// A customer as lists show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// Id.
    pub id: ProfileId,
    /// The tenant's own id of the customer, unique within the tenant.
    pub customer_id: String,
    /// Name; empty when none is known, as the next two.
    pub name: String,
    /// Email address, lower-cased.
    pub email: String,
    /// Telephone number, digits only.
    pub msisdn: String,
    /// Last change.
    pub updated: Stamp,
}

/// A customer with everything that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What lists show too.
    pub row: ProfileRow,
    /// Attributes besides those of the row.
    pub attributes: Attributes,
    /// Grows with each change; a save from an older page is refused.
    pub version: i64,
    /// When it was made.
    pub created: Stamp,
    /// Mail from and to the customer, newest first; `None` for readers who may not read email.
    pub interactions: Option<Vec<Interaction>>,
}

/// A contact with the customer, with the page that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// Address of its page.
    pub href: String,
    /// Which way it went.
    pub direction: Direction,
    /// Subject.
    pub subject: String,
    /// The beginning of its text, or what became of it.
    pub detail: String,
    /// When.
    pub at: Stamp,
}

/// Which way a contact went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer: a conversation.
    Received,
    /// To the customer: a mail.
    Sent,
}

/// What the form of a customer holds, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    /// Name.
    pub name: String,
    /// Email address.
    pub email: String,
    /// Telephone number.
    pub msisdn: String,
    /// Other attributes, a line each: `name: value`.
    pub attributes: String,
}

impl ProfileForm {
    /// What a form shows of a stored profile.
    pub fn of(profile: &Profile) -> Self {
        let row = profile.row.clone();
        Self { name: row.name, email: row.email, msisdn: row.msisdn, attributes: to_lines(&profile.attributes) }
    }

    /// The attributes in stored form; empty ones are left out.
    ///
    /// # Errors
    /// [`Problem::Invalid`] on `name`, `email`, `msisdn` or `attributes`.
    pub fn read(&self) -> Result<Attributes, Problem> {
        let mut problems = Vec::new();
        let mut attributes = from_lines(&self.attributes).unwrap_or_else(|message| {
            problems.push(FieldProblem { field: "attributes".into(), message });
            Attributes::new()
        });
        if let Some(own) = [NAME, EMAIL, MSISDN, CUSTOMER_ID].iter().find(|own| attributes.contains_key(**own)) {
            problems.push(FieldProblem { field: "attributes".into(), message: format!("{own} has a field of its own above; take its line out.") });
        }
        for (name, typed) in [(NAME, &self.name), (EMAIL, &self.email), (MSISDN, &self.msisdn)] {
            match check_attribute(name, typed) {
                Ok((name, value)) => drop(attributes.insert(name, value)),
                Err(message) => problems.push(FieldProblem { field: name.into(), message }),
            }
        }
        attributes.retain(|_, value| !value.is_empty());
        Problem::unless_empty(problems)?;
        Ok(attributes)
    }
}

/// Checks a customer id.
///
/// # Errors
/// A sentence.
pub fn check_customer_id(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("Give the customer an id.".into())
    } else if text.chars().count() > MAX_ID_CHARS {
        Err(format!("A customer id has at most {MAX_ID_CHARS} characters."))
    } else if text.chars().any(char::is_control) || text.trim() != text {
        Err("A customer id has no control characters, and no blank at its beginning or end.".into())
    } else {
        Ok(())
    }
}

/// Checks one attribute and gives its name and value as they are stored: the names of the fields that every customer has are
/// taken in any case, addresses are lower-cased, numbers lose all but their digits. An empty value stands for none.
///
/// # Errors
/// A sentence.
pub fn check_attribute(name: &str, value: &str) -> Result<(String, String), String> {
    let name = match [NAME, EMAIL, MSISDN, CUSTOMER_ID].into_iter().find(|own| own.eq_ignore_ascii_case(name)) {
        Some(own) => own,
        None => name,
    };
    if name.is_empty() || name.trim() != name || name.chars().count() > MAX_ATTRIBUTE_CHARS {
        return Err(format!("The name of an attribute has 1 to {MAX_ATTRIBUTE_CHARS} characters and no blank at its beginning or end."));
    }
    if name.chars().any(|c| c.is_control() || matches!(c, ':' | '\u{fffd}')) {
        return Err("The name of an attribute has no colon and no control characters.".into());
    }
    if value.chars().count() > MAX_VALUE_CHARS {
        return Err(format!("The value of {name} is longer than {MAX_VALUE_CHARS} characters."));
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(format!("The value of {name} holds control characters."));
    }
    let value = match name {
        _ if value.trim().is_empty() => String::new(),
        NAME => one_line(value),
        EMAIL => {
            check_email_address(value).map_err(|why| why.to_string())?;
            normalise(value)
        }
        MSISDN => digits_of(value).ok_or("A telephone number has 3 to 15 digits, beginning with the country's code, as in +41 79 123 45 67.")?,
        _ => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

/// A telephone number without the signs that people write between its digits; `None` when it is none.
pub fn digits_of(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let bare = typed.strip_prefix('+').unwrap_or(typed);
    let digits: String = bare.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}')).collect();
    ((3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Attributes as lines; a line break inside a value is written `\n`.
pub fn to_lines(attributes: &Attributes) -> String {
    let line = |(name, value): (&String, &String)| format!("{name}: {}", value.replace('\\', "\\\\").replace('\r', "").replace('\n', "\\n"));
    attributes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads what [`to_lines`] wrote, or a person typed.
///
/// # Errors
/// A sentence that names the line.
pub fn from_lines(text: &str) -> Result<Attributes, String> {
    let mut attributes = Attributes::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("Line {number} is not of the form name: value."))?;
        let (name, value) = check_attribute(name.trim(), unescaped(value.trim()).trim()).map_err(|why| format!("Line {number}: {why}"))?;
        if attributes.insert(name, value).is_some() {
            return Err(format!("Line {number} has a name that stands above already."));
        }
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(format!("A customer has at most {MAX_ATTRIBUTES} attributes."));
        }
    }
    Ok(attributes)
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_as_they_are_or_refused() {
        let check = |id: &str, fine: bool| assert_eq!(check_customer_id(id).is_ok(), fine, "{id:?}");
        check("54321", true);
        check("CRN/2024 ü", true);
        check("", false);
        check(" 1", false);
        check("a\nb", false);
        check(&"x".repeat(128), true);
        check(&"x".repeat(129), false);
    }

    #[test]
    fn attributes_take_their_stored_form() {
        let check = |name: &str, value: &str, expected: Option<(&str, &str)>| {
            let read = check_attribute(name, value).ok();
            assert_eq!(read.as_ref().map(|(name, value)| (name.as_str(), value.as_str())), expected, "{name:?} {value:?}");
        };
        check("email", " Ann@X.tld ", Some(("email", "ann@x.tld")));
        check("Email", "Ann@X.example", Some(("email", "ann@x.example")));
        check("email", "nobody", None);
        check("email", "", Some(("email", "")));
        check("MSISDN", "+41 (79) 123-45.67", Some(("msisdn", "41791234567")));
        check("msisdn", "12", None);
        check("msisdn", "1234567890123456", None);
        check("msisdn", "call me", None);
        check("name", " Ann \n Archer ", Some(("name", "Ann Archer")));
        check("favourite colour", "blue\ngreen", Some(("favourite colour", "blue\ngreen")));
        check("a:b", "x", None);
        check("", "x", None);
        check(" a", "x", None);
        check("a", "\u{0}", None);
        check(&"n".repeat(65), "x", None);
        check("a", &"x".repeat(2001), None);
    }

    #[test]
    fn lines_read_back_what_they_say() {
        let attributes = Attributes::from([("colour".into(), "blue\\green".into()), ("note".into(), "one\ntwo: three".into())]);
        assert_eq!(from_lines(&to_lines(&attributes)), Ok(attributes));
        assert_eq!(from_lines("\n a: b \n"), Ok(Attributes::from([("a".into(), "b".into())])));
        for bad in ["colour", "a: 1\na: 2", ": x"] {
            assert!(from_lines(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_form_names_every_bad_field() {
        let form = ProfileForm { name: "x".repeat(2001), email: "x".into(), msisdn: "x".into(), attributes: "email: a@b.example".into() };
        let problem = form.read().expect_err("four fields are bad");
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["attributes", "name", "email", "msisdn"]);
        let form = ProfileForm { name: " Ann ".into(), attributes: "plan: gold".into(), ..Default::default() };
        assert_eq!(form.read(), Ok(Attributes::from([("name".into(), "Ann".into()), ("plan".into(), "gold".into())])));
    }
}

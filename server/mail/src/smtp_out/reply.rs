use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;

use super::Credentials;

/// Longest text kept of a reply, in characters.
const MAX_TEXT_CHARS: usize = 1000;
const REDACTED: &str = "[redacted]";

/// A server's answer to one command (RFC 5321 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits, e.g. 250.
    pub code: u16,
    /// The enhanced status code at the start of the text (RFC 2034), e.g. `5.1.1`.
    pub enhanced: Option<String>,
    /// The lines without their codes, joined by a space, at most 1,000 characters, never holding the password.
    pub text: String,
}

impl Reply {
    pub(crate) fn new<'a>(code: u16, lines: impl IntoIterator<Item = &'a str>, redactor: &Redactor) -> Self {
        let mut text = String::new();
        for line in lines {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line.trim());
        }
        let (enhanced, text) = match split_enhanced(code, &text) {
            Some((enhanced, rest)) => (Some(enhanced.to_owned()), rest.to_owned()),
            None => (None, text),
        };
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { code, enhanced, text: redactor.scrub(&clean).chars().take(MAX_TEXT_CHARS).collect() }
    }

    /// 2xx or 3xx.
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// 4xx: the same command may succeed later.
    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = &self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

/// Splits `5.1.1 No such user` when the class agrees with the reply code (RFC 2034 section 4).
fn split_enhanced(code: u16, text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut digits = word.split('.');
    let class = digits.next()?;
    let (subject, detail) = (digits.next()?, digits.next()?);
    let number = |s: &str| (1..=3).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let agrees = class.parse::<u16>().ok()? == code / 100 && matches!(code / 100, 2 | 4 | 5);
    (agrees && number(subject) && number(detail) && digits.next().is_none()).then_some((word, rest.trim_start()))
}

/// Takes a password, in every form AUTH writes it, out of text a server sent back.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    forms: Vec<String>,
}

impl Redactor {
    pub(crate) fn new(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self::default() };
        let password = credentials.password.expose_secret();
        if password.is_empty() {
            return Self::default();
        }
        let plain = format!("\0{}\0{password}", credentials.username);
        let mut forms = vec![STANDARD.encode(&plain), STANDARD.encode(password), password.to_owned()];
        for form in forms.clone() {
            let unpadded = form.trim_end_matches('=');
            if unpadded.len() > 3 && unpadded.len() < form.len() {
                forms.push(unpadded.to_owned());
            }
        }
        // The longest first, so that a short form cannot break up a long one before it is recognised.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms }
    }

    pub(crate) fn scrub(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), REDACTED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_split_only_when_they_agree() {
        let check = |code, text: &str, enhanced: Option<&str>, rest: &str| {
            let reply = Reply::new(code, [text], &Redactor::default());
            assert_eq!((reply.enhanced.as_deref(), reply.text.as_str()), (enhanced, rest), "{text}");
        };
        check(550, "5.1.1 No such user", Some("5.1.1"), "No such user");
        check(250, "2.0.0", Some("2.0.0"), "");
        check(250, "5.1.1 odd", None, "5.1.1 odd");
        check(450, "4.1000.1 odd", None, "4.1000.1 odd");
        check(354, "3.0.0 go on", None, "3.0.0 go on");
        check(550, "5.1.1.2 odd", None, "5.1.1.2 odd");
        check(550, "5", None, "5");
    }

    #[test]
    fn the_password_is_taken_out_in_every_form() {
        let credentials = Credentials { username: "ann".into(), password: "s3cret-pä".to_owned().into() };
        let redactor = Redactor::new(Some(&credentials));
        for form in [
            "s3cret-pä".to_owned(),
            STANDARD.encode("s3cret-pä"),
            STANDARD.encode("\0ann\0s3cret-pä"),
            STANDARD.encode("\0ann\0s3cret-pä").trim_end_matches('=').to_owned(),
        ] {
            let reply = Reply::new(535, [format!("bad: {form}!").as_str()], &redactor);
            assert!(!reply.text.contains(&form), "{}", reply.text);
            assert!(reply.text.contains(REDACTED));
        }
    }

    #[test]
    fn text_is_bounded_and_has_no_control_characters() {
        let long = "x\u{7}".repeat(5000);
        let reply = Reply::new(250, [long.as_str()], &Redactor::default());
        assert_eq!(reply.text.chars().count(), MAX_TEXT_CHARS);
        assert!(!reply.text.contains('\u{7}'));
    }
}

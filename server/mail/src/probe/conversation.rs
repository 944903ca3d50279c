//! EHLO, AUTH and MAIL FROM.
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::{Finding, Outcome, Probe};
use crate::smtp_out::{
    Security,
    dialogue::{Dialogue, Verbatim},
};

impl Probe<'_> {
    pub(super) async fn greet(&mut self) -> Finding {
        let Some(mut dialogue) = self.dialogue.take() else {
            return Finding::failed("There is no connection to speak over.");
        };
        let mut words = Vec::new();
        if self.greeting_words.is_empty() {
            match dialogue.reply().await {
                Ok(greeting) if greeting.is_positive() => words.extend(greeting.lines),
                Ok(greeting) => {
                    return Finding::failed("The server turns us away in its greeting. It may block this machine's address; its words tell.")
                        .words(greeting.lines);
                }
                Err(error) => return Finding::failed(no_smtp(&error)),
            }
        }
        let hello = match self.hello() {
            Ok(hello) => hello,
            Err(words) => return Finding::failed(words),
        };
        let ehlo = match dialogue.command(&format!("EHLO {hello}")).await {
            Ok(ehlo) => ehlo,
            Err(error) => return Finding::failed(no_smtp(&error)).words(words),
        };
        words.extend(ehlo.lines.iter().cloned());
        if !ehlo.is_positive() {
            return Finding::failed(format!("The server refuses to talk to \"{hello}\".")).words(words);
        }
        self.dialogue = Some(dialogue);
        self.describe(&ehlo).words(words)
    }

    fn describe(&mut self, ehlo: &Verbatim) -> Finding {
        let keywords: Vec<&str> = ehlo.texts().skip(1).map(str::trim).collect();
        self.mechanisms = keywords.iter().flat_map(|keyword| auth_mechanisms(keyword)).collect();
        let mut detail = match keywords.iter().find_map(|keyword| size_limit(keyword)) {
            Some(bytes) if bytes > 0 => format!("The server takes mails up to {} MB.", bytes / 1_000_000),
            _ => "The server names no size limit.".to_owned(),
        };
        if self.mechanisms.is_empty() {
            detail.push_str(" It offers no sign-in.");
        } else {
            detail.push_str(&format!(" It offers sign-in by {}.", self.mechanisms.join(", ")));
        }
        if !self.encrypted && !self.mechanisms.is_empty() {
            detail.push_str(" It does so without encryption, where anyone on the way can read the password. Choose STARTTLS or SSL/TLS.");
            return Finding::new(Outcome::Warning, detail);
        }
        Finding::ok(detail)
    }

    pub(super) async fn sign_in(&mut self) -> Finding {
        let Some(credentials) = &self.route.credentials else {
            return Finding::skipped("No user name is set, so there is nothing to sign in with.");
        };
        let Some(mut dialogue) = self.dialogue.take() else {
            return Finding::failed("There is no connection to sign in over.");
        };
        if !self.encrypted && self.route.security != Security::None {
            return Finding::failed("The connection is not encrypted; the password was not sent.");
        }
        let offers = |name: &str| self.mechanisms.iter().any(|mechanism| mechanism == name);
        let (mechanism, answer) = if offers("PLAIN") {
            ("PLAIN", plain(&mut dialogue, &credentials.username, &credentials.password).await)
        } else if offers("LOGIN") {
            ("LOGIN", login(&mut dialogue, &credentials.username, &credentials.password).await)
        } else {
            return Finding::failed(if self.mechanisms.is_empty() {
                "The server offers no sign-in here. Check the port (587 or 465), or remove the user name.".to_owned()
            } else {
                format!(
                    "The server offers sign-in only by {}; this program knows PLAIN and LOGIN. Many providers have \
                     application passwords that work with those.",
                    self.mechanisms.join(", ")
                )
            });
        };
        match answer {
            Ok(answer) if answer.code == 235 => {
                self.dialogue = Some(dialogue);
                let plain = if self.encrypted { "" } else { " The password travelled unencrypted." };
                let outcome = if self.encrypted { Outcome::Ok } else { Outcome::Warning };
                Finding::new(outcome, format!("Signed in by {mechanism}.{plain}")).words(answer.lines)
            }
            Ok(answer) => Finding::failed(auth_refusal(answer.code)).words(answer.lines),
            Err(error) => Finding::failed(format!("The server broke off during sign-in: {error}.")),
        }
    }

    pub(super) async fn offer_mail(&mut self) -> Finding {
        let Some(mut dialogue) = self.dialogue.take() else {
            return Finding::failed("There is no connection to speak over.");
        };
        let from = self.mail_from;
        if !crate::smtp_out::is_writable(from) || !from.is_ascii() {
            return Finding::failed(format!("\"{}\" is not an address SMTP can carry.", super::printable(from)));
        }
        let answer = match dialogue.command(&format!("MAIL FROM:<{from}>")).await {
            Ok(answer) => answer,
            Err(error) => return Finding::failed(format!("The server broke off after MAIL FROM: {error}.")),
        };
        let finding = if answer.is_positive() {
            Finding::ok(format!("The server takes mail from {from}."))
        } else {
            Finding::failed(sender_refusal(answer.code, from))
        };
        // The verdict is in; what the server says to the goodbye does not matter, nor whether it says anything.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), async {
            dialogue.command("RSET").await?;
            dialogue.command("QUIT").await
        })
        .await;
        finding.words(answer.lines)
    }
}

async fn plain(dialogue: &mut Dialogue, username: &str, password: &SecretString) -> std::io::Result<Verbatim> {
    let response = STANDARD.encode(format!("\0{username}\0{}", password.expose_secret()));
    dialogue.command(&format!("AUTH PLAIN {response}")).await
}

async fn login(dialogue: &mut Dialogue, username: &str, password: &SecretString) -> std::io::Result<Verbatim> {
    let mut answer = dialogue.command("AUTH LOGIN").await?;
    for response in [STANDARD.encode(username), STANDARD.encode(password.expose_secret())] {
        if answer.code != 334 {
            return Ok(answer);
        }
        answer = dialogue.command(&response).await?;
    }
    Ok(answer)
}

fn auth_mechanisms(keyword: &str) -> Vec<String> {
    // "AUTH=LOGIN" is how servers older than RFC 2554 wrote it.
    let spaced = keyword.replacen('=', " ", 1);
    let mut words = spaced.split_ascii_whitespace();
    match words.next() {
        Some(first) if first.eq_ignore_ascii_case("AUTH") => words.map(str::to_ascii_uppercase).collect(),
        _ => Vec::new(),
    }
}

fn size_limit(keyword: &str) -> Option<u64> {
    let mut words = keyword.split_ascii_whitespace();
    words.next().filter(|first| first.eq_ignore_ascii_case("SIZE"))?;
    words.next()?.parse().ok()
}

fn no_smtp(error: &std::io::Error) -> String {
    format!("No SMTP conversation: {error}. Check whether the security setting fits the port.")
}

fn auth_refusal(code: u16) -> &'static str {
    match code {
        534 => "The server wants another way to sign in. Many providers need an application password here.",
        538 => "The server wants encryption before the password. Choose STARTTLS or SSL/TLS.",
        400..=499 => "The server cannot check the password now. Try again later.",
        _ => "The server refused the user name or password. Check both; many providers need an application password.",
    }
}

fn sender_refusal(code: u16, from: &str) -> String {
    match code {
        530 => format!("The server wants a sign-in before it takes mail from {from}. Set the user name and password."),
        400..=499 => format!("The server does not take mail from {from} at the moment. Try again later."),
        _ => format!("The server does not take mail from {from}. Sign in as an account that may use this address, or change it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ehlo_keywords() {
        assert_eq!(auth_mechanisms("AUTH PLAIN login"), ["PLAIN", "LOGIN"]);
        assert_eq!(auth_mechanisms("AUTH=LOGIN"), ["LOGIN"]);
        assert!(auth_mechanisms("AUTHX PLAIN").is_empty());
        assert_eq!(size_limit("SIZE 35882577"), Some(35_882_577));
        assert_eq!(size_limit("SIZE"), None);
        assert_eq!(size_limit("RESIZE 4"), None);
    }
}

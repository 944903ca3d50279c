//! What an attempt means for the mail, for each recipient, and for the server it was offered to.

use mail::smtp_out::{Reply, SendError, Sent};

use super::schedule::Hold;

/// Receipt codes of the reference, section 7.4.
pub const CODE_SUBMITTED: &str = "7501";
/// The address is not valid.
pub const CODE_INVALID: &str = "7523";
/// Too large.
pub const CODE_TOO_LARGE: &str = "7535";
/// Refused by the SMTP server for another reason, or never taken by it.
pub const CODE_SMTP: &str = "7553";

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Address.
    pub recipient: String,
    /// Taken by the server; otherwise refused for good.
    pub submitted: bool,
    /// Receipt code.
    pub code: &'static str,
    /// The server's words, or ours.
    pub reply: String,
}

/// What an attempt means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Recipients whose case is closed.
    pub fates: Vec<Fate>,
    /// Recipients to try again; empty when the mail is done.
    pub again: Vec<String>,
    /// One line for the message's page and the log.
    pub words: String,
    /// The server is to be left alone for a while.
    pub hold: Option<Hold>,
}

/// Reads the answer to an offered mail.
pub fn of_send(result: Result<Sent, SendError>, offered: &[String]) -> Verdict {
    match result {
        Ok(sent) => of_sent(sent, offered),
        Err(error) => of_error(&error, offered),
    }
}

fn of_sent(sent: Sent, offered: &[String]) -> Verdict {
    let words = sent.reply.to_string();
    let mut verdict = Verdict { fates: Vec::with_capacity(offered.len()), again: Vec::new(), words: words.clone(), hold: None };
    for recipient in offered {
        match sent.refused.iter().find(|(refused, _)| refused == recipient) {
            None => verdict.fates.push(Fate { recipient: recipient.clone(), submitted: true, code: CODE_SUBMITTED, reply: words.clone() }),
            Some((_, reply)) if reply.is_temporary() => verdict.again.push(recipient.clone()),
            Some((_, reply)) => verdict.fates.push(refused_for_good(recipient, reply)),
        }
    }
    if let Some((recipient, reply)) = sent.refused.first() {
        verdict.words = format!("{recipient}: {reply}");
    }
    verdict
}

fn of_error(error: &SendError, offered: &[String]) -> Verdict {
    let words = error.to_string();
    let hold = match error {
        SendError::Temporary { reply } if matches!(reply.code, 421 | 454) => Some(Hold::Throttled),
        SendError::Auth { .. } => Some(Hold::Credentials),
        SendError::Connect { .. } | SendError::Tls { .. } | SendError::Timeout { .. } | SendError::Lost { .. } => Some(Hold::Connection),
        SendError::Temporary { .. } | SendError::Permanent { .. } | SendError::Unsupported { .. } => None,
    };
    let for_good = matches!(error, SendError::Permanent { .. } | SendError::Unsupported { .. });
    let fates = offered.iter().filter(|_| for_good).map(|recipient| match error.reply() {
        Some(reply) => refused_for_good(recipient, reply),
        None => Fate { recipient: recipient.clone(), submitted: false, code: CODE_SMTP, reply: words.clone() },
    });
    Verdict { fates: fates.collect(), again: if for_good { Vec::new() } else { offered.to_vec() }, words: words.clone(), hold }
}

/// The server could not be used at all: nobody refused this mail, so it is always tried again.
pub fn of_no_connection(error: &SendError, offered: &[String]) -> Verdict {
    let mut verdict = of_error(error, offered);
    verdict.fates.clear();
    verdict.again = offered.to_vec();
    verdict.hold = verdict.hold.or(Some(Hold::Connection));
    verdict
}

/// Everybody who is still waiting gets the last words as the reason of the failure.
pub fn give_up(again: &[String], words: &str) -> Vec<Fate> {
    again.iter().map(|recipient| Fate { recipient: recipient.clone(), submitted: false, code: CODE_SMTP, reply: words.to_owned() }).collect()
}

fn refused_for_good(recipient: &str, reply: &Reply) -> Fate {
    Fate { recipient: recipient.to_owned(), submitted: false, code: code_of(reply), reply: reply.to_string() }
}

/// RFC 3463: 5.1.x is about the address, 5.2.3 and 5.3.4 about the size. Without an enhanced code, RFC 5321 section 4.2.3.
fn code_of(reply: &Reply) -> &'static str {
    match reply.enhanced.as_deref() {
        Some(enhanced) if enhanced.starts_with("5.1.") => CODE_INVALID,
        Some("5.2.3" | "5.3.4") => CODE_TOO_LARGE,
        Some(_) => CODE_SMTP,
        None if matches!(reply.code, 550 | 551 | 553) => CODE_INVALID,
        None if reply.code == 552 => CODE_TOO_LARGE,
        None => CODE_SMTP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::smtp_out::Phase;

    fn reply(code: u16, enhanced: &str, text: &str) -> Reply {
        Reply { code, enhanced: (!enhanced.is_empty()).then(|| enhanced.to_owned()), text: text.to_owned() }
    }

    fn offered() -> Vec<String> {
        vec!["a@x.example".into(), "b@x.example".into()]
    }

    #[test]
    fn each_recipient_gets_what_the_server_said_about_it() {
        let sent = Sent { reply: reply(250, "2.0.0", "queued as 1"), refused: vec![("b@x.example".into(), reply(550, "5.1.1", "no such user"))] };
        let verdict = of_send(Ok(sent), &offered());
        let fates: Vec<_> = verdict.fates.iter().map(|fate| (fate.recipient.as_str(), fate.submitted, fate.code)).collect();
        assert_eq!(fates, [("a@x.example", true, CODE_SUBMITTED), ("b@x.example", false, CODE_INVALID)]);
        assert!(verdict.again.is_empty());
    }

    #[test]
    fn a_greylisted_recipient_is_tried_again_alone() {
        let sent = Sent { reply: reply(250, "", "ok"), refused: vec![("b@x.example".into(), reply(451, "4.7.1", "greylisted"))] };
        let verdict = of_send(Ok(sent), &offered());
        assert_eq!(verdict.again, ["b@x.example"]);
        assert_eq!(verdict.fates.len(), 1);
        assert_eq!(verdict.hold, None);
    }

    #[test]
    fn errors_are_sorted_into_again_and_for_good() {
        let check = |error: SendError, again: bool, hold| {
            let verdict = of_send(Err(error.clone()), &offered());
            assert_eq!((verdict.again.len() == 2, verdict.fates.len() == 2, verdict.hold), (again, !again, hold), "{error}");
        };
        check(SendError::Temporary { reply: reply(450, "", "later") }, true, None);
        check(SendError::Temporary { reply: reply(421, "4.7.0", "too many") }, true, Some(Hold::Throttled));
        check(SendError::Temporary { reply: reply(454, "", "slow down") }, true, Some(Hold::Throttled));
        check(SendError::Permanent { reply: reply(554, "5.7.1", "spam") }, false, None);
        check(SendError::Unsupported { what: "too large".into() }, false, None);
        check(SendError::Lost { step: Phase::Message, what: "eof".into() }, true, Some(Hold::Connection));
        check(SendError::Timeout { step: Phase::Message, seconds: 1 }, true, Some(Hold::Connection));
        check(SendError::Auth { reply: reply(535, "5.7.8", "no") }, true, Some(Hold::Credentials));
    }

    #[test]
    fn a_server_that_turns_us_away_refuses_no_mail() {
        for error in [
            SendError::Permanent { reply: reply(554, "", "no service") },
            SendError::Unsupported { what: "no AUTH".into() },
            SendError::Connect { what: "refused".into() },
        ] {
            let verdict = of_no_connection(&error, &offered());
            assert!(verdict.fates.is_empty() && verdict.again.len() == 2 && verdict.hold.is_some(), "{error}");
        }
    }

    #[test]
    fn codes_follow_the_reply() {
        let check = |code, enhanced, expected| assert_eq!(code_of(&reply(code, enhanced, "")), expected, "{code} {enhanced}");
        check(550, "5.1.1", CODE_INVALID);
        check(550, "", CODE_INVALID);
        check(550, "5.7.1", CODE_SMTP);
        check(552, "5.3.4", CODE_TOO_LARGE);
        check(552, "", CODE_TOO_LARGE);
        check(554, "", CODE_SMTP);
    }
}

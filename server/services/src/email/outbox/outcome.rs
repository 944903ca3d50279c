//! From a verdict to the row it makes of a mail.

use model::email::send::MessageStatus;

use super::{
    claim::Claimed,
    schedule::retry_after,
    verdict::{self, Fate, Verdict},
};
use crate::email::content::Recipients;

/// What is to be committed about one mail.
#[derive(Debug)]
pub(super) struct Outcome {
    pub mail: Claimed,
    pub status: MessageStatus,
    /// Of a mail that is queued again.
    pub next_attempt_micros: i64,
    /// New value of the column, when it changed.
    pub recipients: Option<Recipients>,
    pub last_reply: String,
    /// Attempts to add: −1 for a mail that was never offered.
    pub attempts_change: i64,
    pub fates: Vec<Fate>,
    /// `None` when nothing happened that the log should tell.
    pub log: Option<(&'static str, String)>,
    pub at_micros: i64,
}

/// What an attempt made of a mail.
pub(super) fn conclude(mail: Claimed, verdict: Verdict, now: i64, chance: u64, server: &str) -> Outcome {
    let Verdict { mut fates, mut again, words, .. } = verdict;
    let wait = if again.is_empty() { None } else { retry_after(mail.attempts, chance) };
    if wait.is_none() && !again.is_empty() {
        fates.extend(verdict::give_up(&again, &words));
        again.clear();
    }
    let mut recipients = mail.recipients.clone();
    recipients.refused.extend(fates.iter().filter(|fate| !fate.submitted).map(|fate| fate.recipient.clone()));
    let whole = recipients.envelope(&mail.body.content).len();
    recipients.remaining = (!again.is_empty() && again.len() < whole || recipients.remaining.is_some()).then(|| again.clone());
    let status = match wait {
        Some(_) => MessageStatus::Queued,
        None if recipients.refused.is_empty() => MessageStatus::Submitted,
        None => MessageStatus::Failed,
    };
    let step = match status {
        MessageStatus::Queued => "retry",
        MessageStatus::Submitted => "submitted",
        _ => "failed",
    };
    let after = wait.map(|wait| format!(" Next attempt in {} seconds.", wait / crate::clock::SECOND)).unwrap_or_default();
    let detail = format!("Attempt {} over {server}: {words}{after}", mail.attempts);
    Outcome {
        status,
        next_attempt_micros: now + wait.unwrap_or(0),
        recipients: (recipients != mail.recipients).then_some(recipients),
        last_reply: words,
        attempts_change: 0,
        fates,
        log: Some((step, detail)),
        at_micros: now,
        mail,
    }
}

/// A mail that was claimed and not offered: queued again at `at`, its attempt not counted.
pub(super) fn give_back(mail: Claimed, reason: &str, at: i64, now: i64) -> Outcome {
    Outcome {
        status: MessageStatus::Queued,
        next_attempt_micros: at,
        recipients: None,
        last_reply: reason.to_owned(),
        attempts_change: -1,
        fates: Vec::new(),
        log: None,
        at_micros: now,
        mail,
    }
}

//! The protocol as a state machine: bytes in, replies and actions out. No socket, no clock, no waiting.
//!
//! Whoever drives a [`Session`] calls [`Session::advance`] with the bytes it has, does what the returned [`Action`] asks,
//! and calls again. How the bytes were cut up on their way changes nothing about the replies.

mod body;
mod commands;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use super::config::Limits;
use super::data::DotDecoder;
use super::replies::{self, Reply};
use super::trace::Trace;
use super::transaction::Transaction;
use super::{Envelope, Refusal, Verdict};

/// What all sessions of a listener share: limits and the replies that are the same every time.
#[derive(Debug)]
pub struct Settings {
    limits: Limits,
    host_name: String,
    greeting: String,
    helo: String,
    ehlo: String,
    ehlo_offering_tls: String,
    tls_offered: bool,
}

impl Settings {
    /// Prepares the replies of a server of this name. The command line limit is held between 512 and 2048 bytes.
    pub fn new(host_name: &str, mut limits: Limits, tls_offered: bool) -> Self {
        limits.command_bytes = limits.command_bytes.clamp(512, 2048);
        Self {
            greeting: replies::greeting(host_name),
            helo: replies::helo(host_name),
            ehlo: replies::ehlo(host_name, limits.message_bytes, false),
            ehlo_offering_tls: replies::ehlo(host_name, limits.message_bytes, true),
            host_name: host_name.to_owned(),
            limits,
            tls_offered,
        }
    }

    /// The first line the client gets.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }
}

/// What the driver does before it calls [`Session::advance`] again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send the replies and read more; what was not consumed is given again, in front.
    NeedInput,
    /// Ask the intake about [`Session::pending_recipient`] and call [`Session::recipient_checked`].
    CheckRecipient,
    /// A body begins: empty the sink, put [`Session::write_received`] into it.
    BeginBody,
    /// The body in the sink is complete: take [`Session::envelope`], ask the intake, call [`Session::delivered`] or
    /// [`Session::delivery_failed`].
    Deliver,
    /// Send the replies, forget all input not consumed (it came before TLS, from whomever), do the handshake, call
    /// [`Session::tls_started`].
    StartTls,
    /// Send the replies and close.
    Close,
}

/// What one call of [`Session::advance`] did.
#[derive(Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that are used up.
    pub consumed: usize,
    /// What is to be done now.
    pub action: Action,
}

/// What a session did, for its log line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Command lines read.
    pub commands: u32,
    /// Messages answered 250.
    pub accepted: u32,
    /// Senders, recipients and messages refused.
    pub refused: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Command,
    SkipLine {
        skipped: usize,
        after_cr: bool,
    },
    Data,
    /// Inside a BDAT chunk; `refusal` is its answer when it belongs to no transaction.
    Chunk {
        left: u64,
        last: bool,
        refusal: Option<Reply>,
    },
    AwaitVerdict,
    AwaitDelivery,
    AwaitTls,
    Closed,
}

/// One client's session, from the greeting to the end.
#[derive(Debug)]
pub struct Session<'s> {
    settings: &'s Settings,
    remote: SocketAddr,
    mode: Mode,
    helo: String,
    extended: bool,
    tls: bool,
    transaction: Option<Transaction>,
    pending_recipient: String,
    decoder: DotDecoder,
    counts: Counts,
    errors_in_a_row: u32,
    refusals: Vec<u16>,
}

impl<'s> Session<'s> {
    /// A session before its first command; the driver has sent [`Settings::greeting`].
    pub fn new(settings: &'s Settings, remote: SocketAddr) -> Self {
        Self {
            settings,
            remote,
            mode: Mode::Command,
            helo: String::new(),
            extended: false,
            tls: false,
            transaction: None,
            pending_recipient: String::new(),
            decoder: DotDecoder::default(),
            counts: Counts::default(),
            errors_in_a_row: 0,
            refusals: Vec::new(),
        }
    }

    /// Works through `input` until it is used up or something is to be done outside. Replies are appended to `replies`;
    /// body bytes, decoded, to `sink`, at most one more than the input has (a CR whose meaning was open until now).
    pub fn advance(&mut self, input: &[u8], replies: &mut Vec<u8>, sink: &mut Vec<u8>) -> Progress {
        let mut rest = input;
        let action = loop {
            let step = match self.mode {
                Mode::Command => self.take_line(&mut rest, replies),
                Mode::SkipLine { skipped, after_cr } => self.skip_line(&mut rest, replies, skipped, after_cr),
                Mode::Data => self.take_data(&mut rest, replies, sink),
                Mode::Chunk { left, last, refusal } => self.take_chunk(&mut rest, replies, sink, (left, last, refusal)),
                Mode::AwaitVerdict => Some(Action::CheckRecipient),
                Mode::AwaitDelivery => Some(Action::Deliver),
                Mode::AwaitTls => Some(Action::StartTls),
                Mode::Closed => Some(Action::Close),
            };
            if let Some(action) = step {
                break action;
            }
        };
        Progress { consumed: input.len() - rest.len(), action }
    }

    /// The address to ask the intake about after [`Action::CheckRecipient`].
    pub fn pending_recipient(&self) -> &str {
        &self.pending_recipient
    }

    /// Answers the RCPT that waits. Without one, nothing happens.
    pub fn recipient_checked(&mut self, verdict: Verdict, replies: &mut Vec<u8>) {
        if self.mode != Mode::AwaitVerdict {
            return;
        }
        self.mode = Mode::Command;
        match (verdict, &mut self.transaction) {
            (Verdict::Accept, Some(transaction)) => {
                transaction.recipients.push(std::mem::take(&mut self.pending_recipient));
                self.succeed(replies::RECIPIENT_OK, replies);
            }
            (Verdict::Unknown, _) => self.refuse(replies::UNKNOWN_RECIPIENT, replies),
            (Verdict::Accept | Verdict::Busy, _) => self.refuse_for_now(replies::TRY_LATER, replies),
        }
    }

    /// Appends the `Received` header of the message that begins (RFC 5321 §4.4).
    pub fn write_received(&self, timestamp: &str, sink: &mut Vec<u8>) {
        let Some(transaction) = &self.transaction else {
            return;
        };
        Trace {
            helo: &self.helo,
            remote: self.remote,
            host_name: &self.settings.host_name,
            extended: self.extended,
            tls: self.tls,
            smtputf8: transaction.smtputf8,
            recipients: &transaction.recipients,
            timestamp,
        }
        .write(sink);
    }

    /// SIZE= of the current MAIL in bytes, as a hint for buffers; 0 when unknown.
    pub fn declared_bytes(&self) -> u64 {
        self.transaction.as_ref().map_or(0, |transaction| transaction.declared_bytes)
    }

    /// Takes the envelope of the message that is complete; once per [`Action::Deliver`].
    pub fn envelope(&mut self) -> Option<Envelope> {
        let transaction = match self.mode {
            Mode::AwaitDelivery => self.transaction.take()?,
            _ => return None,
        };
        Some(Envelope {
            from: transaction.from,
            recipients: transaction.recipients,
            remote: self.remote,
            helo: self.helo.clone(),
            tls: self.tls,
            smtputf8: transaction.smtputf8,
        })
    }

    /// Answers the message that waits with what the intake said.
    pub fn delivered(&mut self, outcome: &Result<String, Refusal>, replies: &mut Vec<u8>) {
        if self.mode != Mode::AwaitDelivery {
            return;
        }
        self.end_transaction();
        match outcome {
            Ok(queue_id) => {
                self.counts.accepted += 1;
                self.errors_in_a_row = 0;
                replies::queued(replies, queue_id);
            }
            Err(Refusal::Busy) => self.refuse_for_now(replies::NO_STORAGE, replies),
            Err(Refusal::TooLarge) => self.refuse(replies::TOO_LARGE, replies),
            Err(Refusal::Rejected(reason)) => {
                self.count_refusal(550);
                replies::rejected(replies, reason);
                self.count_error(replies);
            }
        }
    }

    /// Answers the message that waits with 451: the intake did not answer in time.
    pub fn delivery_failed(&mut self, replies: &mut Vec<u8>) {
        if self.mode == Mode::AwaitDelivery {
            self.end_transaction();
            self.refuse_for_now(replies::TRY_LATER, replies);
        }
    }

    /// The driver could not keep the body: the rest is read and dropped, then answered 452.
    pub fn body_lost(&mut self) {
        if let Some(body) = self.transaction.as_mut().and_then(|transaction| transaction.body.as_mut()) {
            body.lose();
        }
    }

    /// Whether what is in the sink may still become a message.
    pub fn wants_body(&self) -> bool {
        let body = self.transaction.as_ref().and_then(|transaction| transaction.body.as_ref());
        body.is_some_and(|body| body.fault().is_none())
    }

    /// Whether a message is on its way, wanted or not.
    pub fn is_in_body(&self) -> bool {
        matches!(self.mode, Mode::Data | Mode::Chunk { .. }) || self.transaction.as_ref().is_some_and(|transaction| transaction.body.is_some())
    }

    /// The handshake is done; the client starts over with EHLO (RFC 3207 §4.2).
    pub fn tls_started(&mut self) {
        self.mode = Mode::Command;
        self.tls = true;
        self.helo.clear();
        self.transaction = None;
    }

    /// What the session did so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes the codes of refusals since the last call.
    pub fn take_refusals(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.refusals)
    }

    fn end_transaction(&mut self) {
        self.transaction = None;
        self.mode = Mode::Command;
    }

    fn succeed(&mut self, reply: Reply, replies: &mut Vec<u8>) {
        self.errors_in_a_row = 0;
        replies.extend_from_slice(reply.as_bytes());
    }

    /// A refusal of a sender, recipient or message that counts as an error of the client.
    fn refuse(&mut self, reply: Reply, replies: &mut Vec<u8>) {
        self.count_refusal(reply.code());
        self.error(reply, replies);
    }

    /// A refusal that is no fault of the client.
    fn refuse_for_now(&mut self, reply: Reply, replies: &mut Vec<u8>) {
        self.count_refusal(reply.code());
        replies.extend_from_slice(reply.as_bytes());
    }

    fn count_refusal(&mut self, code: u16) {
        self.counts.refused += 1;
        self.refusals.push(code);
    }

    fn error(&mut self, reply: Reply, replies: &mut Vec<u8>) {
        replies.extend_from_slice(reply.as_bytes());
        self.count_error(replies);
    }

    fn count_error(&mut self, replies: &mut Vec<u8>) {
        self.errors_in_a_row += 1;
        if self.errors_in_a_row >= self.settings.limits.errors_in_a_row {
            self.close(replies::TOO_MANY_ERRORS, replies);
        }
    }

    fn close(&mut self, reply: Reply, replies: &mut Vec<u8>) -> Option<Action> {
        replies.extend_from_slice(reply.as_bytes());
        self.transaction = None;
        self.mode = Mode::Closed;
        None
    }
}

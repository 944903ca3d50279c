//! Command lines: cutting them out of the bytes, judging them, answering.

use std::borrow::Cow;

use memchr::memchr;
use smtp_proto::{Error, RcptTo, Request};

use super::super::replies;
use super::super::transaction::Transaction;
use super::{Action, Mode, Session};

/// An overlong line is skipped up to this many bytes; after that the connection is closed.
const MAX_SKIPPED_BYTES: usize = 64 * 1024;

/// As in any number below 2^59; what is longer is refused unread.
const MAX_DIGITS: usize = 18;

impl Session<'_> {
    pub(super) fn take_line(&mut self, rest: &mut &[u8], replies: &mut Vec<u8>) -> Option<Action> {
        let limit = self.settings.limits.command_bytes;
        let window = rest.get(..limit).unwrap_or(rest);
        let line_bytes = match memchr(b'\n', window) {
            Some(end) => end + 1,
            None if window.len() < limit => return Some(Action::NeedInput),
            None => {
                self.mode = Mode::SkipLine { skipped: limit, after_cr: window.last() == Some(&b'\r') };
                *rest = rest.get(limit..).unwrap_or_default();
                return None;
            }
        };
        let (line, tail) = rest.split_at_checked(line_bytes)?;
        *rest = tail;
        self.command(line, replies)
    }

    pub(super) fn skip_line(&mut self, rest: &mut &[u8], replies: &mut Vec<u8>, skipped: usize, after_cr: bool) -> Option<Action> {
        if rest.is_empty() {
            return Some(Action::NeedInput);
        }
        let window = rest.get(..MAX_SKIPPED_BYTES - skipped).unwrap_or(rest);
        let (used, ended) = memchr(b'\n', window).map_or((window.len(), false), |end| (end + 1, true));
        let before_end = if ended { used.checked_sub(2) } else { used.checked_sub(1) };
        let after_cr = before_end.map_or(after_cr, |at| window.get(at) == Some(&b'\r'));
        let skipped = skipped + used;
        *rest = rest.get(used..).unwrap_or_default();
        self.mode = if ended { Mode::Command } else { Mode::SkipLine { skipped, after_cr } };
        if ended && after_cr {
            self.error(replies::LINE_TOO_LONG, replies);
        } else if ended {
            self.close(replies::BARE_LINE_END, replies);
        } else if skipped >= MAX_SKIPPED_BYTES {
            self.close(replies::LINE_TOO_LONG, replies);
        }
        None
    }

    fn command(&mut self, line: &[u8], replies: &mut Vec<u8>) -> Option<Action> {
        self.counts.commands += 1;
        if self.counts.commands > self.settings.limits.commands {
            return self.close(replies::TOO_MANY_COMMANDS, replies);
        }
        let Some(text) = line.strip_suffix(b"\r\n").filter(|text| memchr(b'\r', text).is_none()) else {
            return self.close(replies::BARE_LINE_END, replies);
        };
        if text.iter().any(u8::is_ascii_control) || std::str::from_utf8(text).is_err() {
            self.error(replies::BAD_CHARACTERS, replies);
            return None;
        }
        match Request::parse(&mut line.iter()) {
            Ok(request) => self.request(request, text, replies),
            Err(error) => {
                let reply = match error {
                    Error::UnknownCommand => replies::UNKNOWN_COMMAND,
                    Error::InvalidSenderAddress => replies::BAD_SENDER,
                    Error::InvalidRecipientAddress => replies::BAD_RECIPIENT,
                    Error::UnsupportedParameter { .. } => replies::UNKNOWN_PARAMETER,
                    _ => replies::BAD_SYNTAX,
                };
                self.error(reply, replies);
                None
            }
        }
    }

    fn request(&mut self, request: Request<Cow<'_, str>>, text: &[u8], replies: &mut Vec<u8>) -> Option<Action> {
        let bare_verb = matches!(request, Request::Data | Request::Rset | Request::Quit | Request::StartTls);
        if bare_verb && text.trim_ascii().len() != request.name().len() {
            self.error(replies::NO_ARGUMENT, replies);
            return None;
        }
        if has_endless_number(&request, text) {
            self.error(replies::BAD_SYNTAX, replies);
            return None;
        }
        match request {
            Request::Ehlo { host } => self.hello(&host, true, replies),
            Request::Helo { host } => self.hello(&host, false, replies),
            Request::Mail { .. } if self.helo.is_empty() => self.error(replies::HELLO_FIRST, replies),
            Request::Mail { .. } if self.transaction.is_some() => self.error(replies::NESTED_MAIL, replies),
            Request::Mail { from } => match Transaction::begin(&from, text, &self.settings.limits) {
                Ok(transaction) => {
                    self.transaction = Some(transaction);
                    self.succeed(replies::SENDER_OK, replies);
                }
                Err(reply) => self.refuse(reply, replies),
            },
            Request::Rcpt { to } => self.rcpt(&to, text, replies),
            Request::Data => return self.data(replies),
            Request::Bdat { chunk_size, is_last } => return self.bdat(chunk_size as u64, is_last, replies),
            Request::Rset => {
                self.transaction = None;
                replies.extend_from_slice(replies::RESET.as_bytes());
            }
            Request::Noop { .. } => replies.extend_from_slice(replies::NOTHING_DONE.as_bytes()),
            Request::Help { .. } => replies.extend_from_slice(replies::HELP.as_bytes()),
            Request::Vrfy { .. } => replies.extend_from_slice(replies::CANNOT_VERIFY.as_bytes()),
            Request::Quit => return self.close(replies::GOODBYE, replies),
            Request::StartTls if self.tls => self.error(replies::ALREADY_TLS, replies),
            Request::StartTls if self.settings.tls_offered => {
                replies.extend_from_slice(replies::START_TLS.as_bytes());
                self.mode = Mode::AwaitTls;
            }
            Request::StartTls
            | Request::Auth { .. }
            | Request::Expn { .. }
            | Request::Etrn { .. }
            | Request::Atrn { .. }
            | Request::Burl { .. }
            | Request::Lhlo { .. } => self.error(replies::NOT_IMPLEMENTED, replies),
        }
        None
    }

    /// EHLO and HELO, which also end a transaction (RFC 5321 §4.1.4).
    fn hello(&mut self, host: &str, extended: bool, replies: &mut Vec<u8>) {
        self.transaction = None;
        self.helo.clear();
        self.helo.push_str(host);
        self.extended = extended;
        let settings = self.settings;
        let answer = match (extended, settings.tls_offered && !self.tls) {
            (false, _) => &settings.helo,
            (true, false) => &settings.ehlo,
            (true, true) => &settings.ehlo_offering_tls,
        };
        replies.extend_from_slice(answer.as_bytes());
    }

    fn rcpt(&mut self, to: &RcptTo<Cow<'_, str>>, text: &[u8], replies: &mut Vec<u8>) {
        let Some(transaction) = &self.transaction else {
            return self.error(replies::MAIL_FIRST, replies);
        };
        match transaction.recipient(to, text, &self.settings.limits) {
            Ok(Some(address)) => {
                self.pending_recipient.clear();
                self.pending_recipient.push_str(address);
                self.mode = Mode::AwaitVerdict;
            }
            Ok(None) => self.succeed(replies::RECIPIENT_OK, replies),
            Err(reply) if reply.code() < 500 => self.refuse_for_now(reply, replies),
            Err(reply) => self.refuse(reply, replies),
        }
    }
}

/// Whether SIZE= or a chunk length has more digits than any real one: the parser starts such numbers over at their overflow,
/// and a chunk whose length the two sides read differently would let its content pass for commands.
fn has_endless_number(request: &Request<Cow<'_, str>>, text: &[u8]) -> bool {
    let numbers = match request {
        Request::Bdat { .. } => text,
        // An address may have as many digits as it likes.
        Request::Mail { .. } => text.rsplit(|byte| *byte == b'>').next().unwrap_or(text),
        _ => return false,
    };
    numbers.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > MAX_DIGITS)
}

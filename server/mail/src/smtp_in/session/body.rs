//! Message bodies: DATA and BDAT, measured while they pass.

use super::super::data::DotDecoder;
use super::super::replies::{self, Reply};
use super::super::transaction::BodyMeter;
use super::{Action, Mode, Session};

impl Session<'_> {
    pub(super) fn data(&mut self, replies: &mut Vec<u8>) -> Option<Action> {
        let refusal = match &mut self.transaction {
            None => replies::MAIL_FIRST,
            Some(transaction) if transaction.body.is_some() => replies::CHUNKS_UNDER_WAY,
            Some(transaction) if transaction.recipients.is_empty() => replies::NO_RECIPIENTS,
            Some(transaction) => {
                transaction.body = Some(BodyMeter::default());
                self.decoder = DotDecoder::default();
                self.mode = Mode::Data;
                replies.extend_from_slice(replies::GO_AHEAD.as_bytes());
                return Some(Action::BeginBody);
            }
        };
        self.error(refusal, replies);
        None
    }

    /// BDAT (RFC 3030 §2): the chunk follows at once, so that even a refused one must be read.
    pub(super) fn bdat(&mut self, chunk_bytes: u64, last: bool, replies: &mut Vec<u8>) -> Option<Action> {
        let limits = &self.settings.limits;
        let (refusal, begins) = match &mut self.transaction {
            None => (Some(replies::MAIL_FIRST), false),
            Some(transaction) if transaction.recipients.is_empty() => (Some(replies::NO_RECIPIENTS), false),
            Some(transaction) => (None, transaction.body.is_none()),
        };
        let meter = match (&mut self.transaction, refusal) {
            (Some(transaction), None) => transaction.body.get_or_insert_default(),
            _ => &mut BodyMeter::default(),
        };
        if meter.would_be_hopeless(chunk_bytes, limits) {
            self.count_refusal(replies::TOO_LARGE.code());
            return self.close(replies::TOO_LARGE, replies);
        }
        self.mode = Mode::Chunk { left: chunk_bytes, last, refusal };
        begins.then_some(Action::BeginBody)
    }

    pub(super) fn take_data(&mut self, rest: &mut &[u8], replies: &mut Vec<u8>, sink: &mut Vec<u8>) -> Option<Action> {
        if rest.is_empty() {
            return Some(Action::NeedInput);
        }
        let start = sink.len();
        let decoded = self.decoder.decode(rest, sink);
        *rest = rest.get(decoded.consumed..).unwrap_or_default();
        let bare_line_end = self.decoder.saw_bare_line_end();
        self.measure(start, sink, bare_line_end, replies);
        if decoded.ended && self.mode == Mode::Data {
            self.finish_body(replies);
        }
        None
    }

    pub(super) fn take_chunk(
        &mut self,
        rest: &mut &[u8],
        replies: &mut Vec<u8>,
        sink: &mut Vec<u8>,
        (left, last, refusal): (u64, bool, Option<Reply>),
    ) -> Option<Action> {
        if rest.is_empty() && left > 0 {
            return Some(Action::NeedInput);
        }
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let (chunk, tail) = rest.split_at_checked(used)?;
        *rest = tail;
        let left = left - used as u64;
        self.mode = Mode::Chunk { left, last, refusal };
        if refusal.is_none() {
            let start = sink.len();
            sink.extend_from_slice(chunk);
            self.measure(start, sink, false, replies);
        }
        if left > 0 || self.mode == Mode::Closed {
            return None;
        }
        self.mode = Mode::Command;
        match refusal {
            Some(refusal) => self.refuse(refusal, replies),
            None if last || !self.wants_body() => self.finish_body(replies),
            None => self.succeed(replies::CHUNK_OK, replies),
        }
        None
    }

    /// Counts what was just put into the sink and takes it out again when the message is refused anyway.
    pub(super) fn measure(&mut self, start: usize, sink: &mut Vec<u8>, bare_line_end: bool, replies: &mut Vec<u8>) {
        let limits = &self.settings.limits;
        let Some(body) = self.transaction.as_mut().and_then(|transaction| transaction.body.as_mut()) else {
            return;
        };
        body.measure(sink.get(start..).unwrap_or_default(), limits);
        if bare_line_end {
            body.note_bare_line_end();
        }
        if body.fault().is_some() {
            sink.truncate(start);
        }
        if body.is_hopeless(limits) {
            self.count_refusal(replies::TOO_LARGE.code());
            self.close(replies::TOO_LARGE, replies);
        }
    }

    /// The message is there as a whole: it goes to the intake, or is refused for what was wrong with it.
    pub(super) fn finish_body(&mut self, replies: &mut Vec<u8>) {
        let fault = self.transaction.as_ref().and_then(|transaction| transaction.body.as_ref()?.fault());
        match fault {
            None => self.mode = Mode::AwaitDelivery,
            Some(fault) => {
                self.end_transaction();
                self.refuse(fault, replies);
            }
        }
    }
}

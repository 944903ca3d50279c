use std::{borrow::Cow, fmt::Display};

use super::{
    Phase, Reply, SendError,
    connection::{Connection, explain, reply_of, within},
};

/// Commands written before their replies are read: few enough that the replies fit any socket buffer, so that
/// neither side waits for the other (RFC 2920 section 3.1).
const PIPELINE_WINDOW: usize = 100;
/// The message is given to the socket in pieces of this size, so that a large one is never held twice.
const CHUNK_BYTES: usize = 64 * 1024;

/// Who sends and who receives, apart from what the headers say (RFC 5321 section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendEnvelope {
    /// The return path; `None` is the null sender `<>` of bounces and automatic replies.
    pub from: Option<String>,
    /// At least one address.
    pub to: Vec<String>,
}

/// A mail the server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The reply to the message: usually holds the server's queue id.
    pub reply: Reply,
    /// The recipients it will not deliver to, each with its reply; the others are its responsibility now.
    pub refused: Vec<(String, Reply)>,
}

impl Connection {
    /// Hands one mail over. `message` is an RFC 5322 text; line ends that are not CRLF are made so.
    ///
    /// When some recipients are refused the others are still served (see [`Sent::refused`]). When all are, the error
    /// is `Temporary` if any refusal was, else `Permanent`. `Unsupported`: no recipient, SMTPUTF8 or 8BITMIME needed
    /// and not offered, or larger than the server's SIZE.
    pub async fn send(&mut self, envelope: &SendEnvelope, message: &[u8]) -> Result<Sent, SendError> {
        if !self.is_reusable() {
            return Err(SendError::Lost { step: Phase::Envelope, what: "the connection is closed".into() });
        }
        let message = with_crlf(message);
        let mail = self.mail_command(envelope, &message)?;
        let (accepted, mut refused) = split_recipients(&envelope.to);
        if accepted.is_empty() {
            return Err(match refused.into_iter().next() {
                Some((_, reply)) => SendError::Permanent { reply },
                None => SendError::Unsupported { what: "the mail has no recipient".into() },
            });
        }
        // Until the last reply is read the state of the line is unknown, also when this future is dropped midway.
        self.broken = true;
        let envelope_replies = self.announce(mail, &accepted).await?;
        let verdict = judge(&accepted, envelope_replies, &mut refused);
        let result = match verdict {
            Verdict::Go => self.transfer(&message).await.map(|reply| Sent { reply, refused }),
            Verdict::Stop { error, data_open } => {
                if data_open {
                    // RFC 2920 section 3.1: a server may open DATA although it refused every recipient.
                    if let Err(lost @ (SendError::Lost { .. } | SendError::Timeout { .. })) = self.transfer(b"").await {
                        return Err(lost);
                    }
                }
                self.needs_reset = !data_open;
                Err(error)
            }
        };
        self.broken = match &result {
            Ok(_) => false,
            Err(SendError::Lost { .. } | SendError::Timeout { .. }) => true,
            Err(error) => error.reply().is_some_and(|reply| reply.code == 421),
        };
        result
    }

    fn mail_command(&self, envelope: &SendEnvelope, message: &[u8]) -> Result<String, SendError> {
        let unsupported = |what: String| Err(SendError::Unsupported { what });
        let from = envelope.from.as_deref().unwrap_or_default();
        if !from.is_empty() && !is_writable(from) {
            return unsupported(format!("the sender address {from:?} cannot be written in SMTP"));
        }
        let mut command = format!("MAIL FROM:<{from}>");
        if let Some(limit) = self.capabilities.size {
            if limit > 0 && message.len() as u64 > limit {
                return unsupported(format!("it has {} bytes and the server takes at most {limit}", message.len()));
            }
            command.push_str(&format!(" SIZE={}", message.len()));
        }
        if !message.is_ascii() {
            if !self.capabilities.eight_bit_mime {
                return unsupported("it holds 8-bit text and the server does not offer 8BITMIME".into());
            }
            command.push_str(" BODY=8BITMIME");
        }
        if !from.is_ascii() || envelope.to.iter().any(|to| !to.is_ascii()) {
            if !self.capabilities.smtp_utf8 {
                return unsupported("an address holds letters outside ASCII and the server does not offer SMTPUTF8".into());
            }
            command.push_str(" SMTPUTF8");
        }
        Ok(command)
    }

    /// RSET when the last transaction was left open, MAIL, every RCPT, DATA.
    async fn announce(&mut self, mail: String, recipients: &[String]) -> Result<Envelope, SendError> {
        let reset = std::mem::take(&mut self.needs_reset);
        let recipients = recipients.iter().map(|to| format!("RCPT TO:<{to}>"));
        if self.capabilities.pipelining {
            let commands: Vec<String> =
                reset.then(|| "RSET".to_owned()).into_iter().chain([mail]).chain(recipients).chain(["DATA".to_owned()]).collect();
            let mut replies = Vec::with_capacity(commands.len());
            for window in commands.chunks(PIPELINE_WINDOW) {
                replies.extend(self.exchange(window).await?);
            }
            let mut replies = replies.into_iter().skip(usize::from(reset));
            let mail = replies.next();
            let mut recipients: Vec<Reply> = replies.collect();
            let data = recipients.pop();
            return match (mail, data) {
                (Some(mail), Some(data)) => Ok(Envelope { mail, recipients, data: Some(data) }),
                _ => Err(SendError::Lost { step: Phase::Envelope, what: "a reply is missing".into() }),
            };
        }
        if reset {
            self.one("RSET".into()).await?;
        }
        let mail = self.one(mail).await?;
        let mut replies = Vec::new();
        if mail.is_positive() {
            for command in recipients {
                replies.push(self.one(command).await?);
            }
        }
        let data = if replies.iter().any(Reply::is_positive) { Some(self.one("DATA".into()).await?) } else { None };
        Ok(Envelope { mail, recipients: replies, data })
    }

    async fn one(&mut self, command: String) -> Result<Reply, SendError> {
        let mut replies = self.exchange(&[command]).await?;
        replies.pop().ok_or(SendError::Lost { step: Phase::Envelope, what: "a reply is missing".into() })
    }

    /// Writes the commands in one go and reads as many replies.
    async fn exchange(&mut self, commands: &[String]) -> Result<Vec<Reply>, SendError> {
        let (inner, redactor) = (&mut self.inner, &self.redactor);
        within(self.timeouts.command, Phase::Envelope, async {
            let mut replies = Vec::with_capacity(commands.len());
            for index in 0..commands.len() {
                let answer = if index == 0 { inner.command(Lines(commands)).await } else { inner.read_response().await };
                replies.push(match answer {
                    Ok(response) => reply_of(&response, redactor),
                    Err(error) => match explain(&error, Phase::Envelope, redactor) {
                        SendError::Temporary { reply } | SendError::Permanent { reply } => reply,
                        // 421 announces that the line is about to be closed: it, not the closing, is the reason.
                        other => {
                            return Err(match replies.pop() {
                                Some(reply @ Reply { code: 421, .. }) => SendError::refused(reply),
                                _ => other,
                            });
                        }
                    },
                });
            }
            Ok(replies)
        })
        .await
    }

    /// The message after 354. lettre adds the leading dots and the closing one.
    async fn transfer(&mut self, message: &[u8]) -> Result<Reply, SendError> {
        // lettre writes CRLF "." CRLF whatever the message ends with; its own last line end would become an empty line.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        let (inner, redactor) = (&mut self.inner, &self.redactor);
        within(self.timeouts.data, Phase::Message, async {
            match inner.message_iter(message.chunks(CHUNK_BYTES)).await {
                Ok(response) => Ok(reply_of(&response, redactor)),
                Err(error) => Err(explain(&error, Phase::Message, redactor)),
            }
        })
        .await
    }
}

struct Envelope {
    mail: Reply,
    recipients: Vec<Reply>,
    data: Option<Reply>,
}

enum Verdict {
    Go,
    Stop { error: SendError, data_open: bool },
}

fn judge(recipients: &[String], envelope: Envelope, refused: &mut Vec<(String, Reply)>) -> Verdict {
    let data_open = envelope.data.as_ref().is_some_and(Reply::is_positive);
    if !envelope.mail.is_positive() {
        return Verdict::Stop { error: SendError::refused(envelope.mail), data_open };
    }
    let mut taken = 0;
    for (recipient, reply) in recipients.iter().zip(envelope.recipients) {
        if reply.is_positive() {
            taken += 1;
        } else {
            refused.push((recipient.clone(), reply));
        }
    }
    if taken == 0 {
        let telling = refused.iter().find(|(_, reply)| reply.is_temporary()).or_else(|| refused.first());
        let error = match telling {
            Some((_, reply)) => SendError::refused(reply.clone()),
            None => SendError::Lost { step: Phase::Envelope, what: "a reply is missing".into() },
        };
        return Verdict::Stop { error, data_open };
    }
    match envelope.data {
        Some(reply) if reply.code == 354 => Verdict::Go,
        Some(reply) if reply.is_positive() => {
            Verdict::Stop { error: SendError::Lost { step: Phase::Envelope, what: format!("unexpected reply to DATA: {reply}") }, data_open: false }
        }
        Some(reply) => Verdict::Stop { error: SendError::refused(reply), data_open: false },
        None => Verdict::Stop { error: SendError::Lost { step: Phase::Envelope, what: "a reply is missing".into() }, data_open: false },
    }
}

/// The commands as they go over the wire, one after another.
struct Lines<'a>(&'a [String]);

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|command| write!(f, "{command}\r\n"))
    }
}

/// Recipients an SMTP command can carry, and those it cannot, with the reply a server would give them.
fn split_recipients(recipients: &[String]) -> (Vec<String>, Vec<(String, Reply)>) {
    let (good, bad): (Vec<_>, Vec<_>) = recipients.iter().cloned().partition(|to| is_writable(to));
    let reply =
        || Reply { code: 553, enhanced: Some("5.1.3".into()), text: "This address cannot be written in SMTP; it was not sent to the server.".into() };
    (good, bad.into_iter().map(|to| (to, reply())).collect())
}

/// An address between angle brackets cannot leave them: no space, control character or bracket (RFC 5321 4.1.2;
/// quoted local parts with spaces are not supported).
pub(crate) fn is_writable(address: &str) -> bool {
    let fits = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>');
    let parts = address.rsplit_once('@');
    address.len() <= 320 && address.chars().all(fits) && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// CRLF everywhere: a bare CR or LF could be read as a line end by one server and not by the next, and so smuggle a
/// second mail through (RFC 5321 section 2.3.8).
fn with_crlf(message: &[u8]) -> Cow<'_, [u8]> {
    let clean = memchr::memchr2_iter(b'\r', b'\n', message).all(|at| match message.get(at) {
        Some(b'\r') => message.get(at + 1) == Some(&b'\n'),
        _ => at > 0 && message.get(at - 1) == Some(&b'\r'),
    });
    if clean {
        return Cow::Borrowed(message);
    }
    let mut fixed = Vec::with_capacity(message.len() + message.len() / 32);
    let mut bytes = message.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                fixed.extend_from_slice(b"\r\n");
            }
            b'\n' => fixed.extend_from_slice(b"\r\n"),
            other => fixed.push(other),
        }
    }
    Cow::Owned(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_crlf() {
        let check = |input: &str, expected: &str| assert_eq!(with_crlf(input.as_bytes()), expected.as_bytes());
        check("a\r\nb\r\n", "a\r\nb\r\n");
        check("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd");
        check("\n.\n", "\r\n.\r\n");
        check("\r\r\n\n", "\r\n\r\n\r\n");
        check("", "");
        assert!(matches!(with_crlf(b"a\r\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn addresses_stay_inside_their_brackets() {
        for good in ["a@b.example", "ä@ü.example", "\"q\"@b", "a+b=c@[127.0.0.1]"] {
            assert!(is_writable(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b>\r\nRSET", "a b@c", "a@b\n", "<a@b>", "a@b SIZE=1"] {
            assert!(!is_writable(bad), "{bad}");
        }
    }
}

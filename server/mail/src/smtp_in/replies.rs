//! Everything the server says, in one table. Enhanced codes are those of RFC 3463; as RFC 2034 §4 has it, the greeting,
//! the answers to HELO and EHLO and 354 carry none.

/// One reply line with its CRLF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply(&'static str);

impl Reply {
    /// The bytes for the wire.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }

    /// The three-digit code.
    pub fn code(self) -> u16 {
        self.0.bytes().take(3).fold(0, |code, digit| code * 10 + u16::from(digit.wrapping_sub(b'0')))
    }
}

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Reply = Reply(concat!($text, "\r\n"));)*
        #[cfg(test)]
        const ALL: &[Reply] = &[$($name),*];
    };
}

replies! {
    /// Before the TLS handshake (RFC 3207 §4).
    START_TLS = "220 2.0.0 Ready to start TLS";
    /// QUIT.
    GOODBYE = "221 2.0.0 Bye";
    /// RSET.
    RESET = "250 2.0.0 Ok";
    /// NOOP.
    NOTHING_DONE = "250 2.0.0 Ok";
    /// MAIL.
    SENDER_OK = "250 2.1.0 Sender ok";
    /// RCPT.
    RECIPIENT_OK = "250 2.1.5 Recipient ok";
    /// A BDAT chunk that is not the last (RFC 3030 §2).
    CHUNK_OK = "250 2.0.0 Chunk ok";
    /// VRFY: no address is ever confirmed, so that nobody can list them (RFC 5321 §7.3).
    CANNOT_VERIFY = "252 2.5.2 Send some mail, it will be tried";
    /// HELP.
    HELP = "214 2.0.0 See RFC 5321: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS";
    /// DATA.
    GO_AHEAD = "354 End data with <CR><LF>.<CR><LF>";

    /// Too many connections, in all or from one address.
    OVERLOADED = "421 4.3.2 Too many connections, try again later";
    /// The listener is stopping.
    STOPPING = "421 4.3.2 Service shutting down, try again later";
    /// No bytes for too long, or too long in all.
    TIMED_OUT = "421 4.4.2 Timeout, closing the connection";
    /// Too many errors in a row.
    TOO_MANY_ERRORS = "421 4.7.0 Too many errors, closing the connection";
    /// Too many commands in one session.
    TOO_MANY_COMMANDS = "421 4.7.0 Too many commands, closing the connection";
    /// The intake cannot tell about a recipient, or did not answer in time.
    TRY_LATER = "451 4.3.0 Temporary problem, try again later";
    /// No room for the message now.
    NO_STORAGE = "452 4.3.1 Message cannot be stored now, try again later";
    /// Recipients above the limit.
    TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients, send the rest in another mail";

    /// A verb nobody knows.
    UNKNOWN_COMMAND = "500 5.5.2 Command not recognised";
    /// A command line above the limit.
    LINE_TOO_LONG = "500 5.5.2 Line too long";
    /// CR or LF alone in a command (RFC 5321 §2.3.8): whoever sends it and whoever reads it may see different lines.
    BARE_LINE_END = "500 5.5.2 Lines must end with <CR><LF>";
    /// Control characters, or bytes that are no UTF-8, in a command.
    BAD_CHARACTERS = "500 5.5.2 Command contains invalid characters";
    /// A known verb in a wrong form.
    BAD_SYNTAX = "501 5.5.4 Syntax error in parameters";
    /// An argument after a verb that takes none.
    NO_ARGUMENT = "501 5.5.4 This command takes no argument";
    /// A recipient that is no address.
    BAD_RECIPIENT = "501 5.1.3 Bad recipient address syntax";
    /// A sender that is no address.
    BAD_SENDER = "501 5.1.7 Bad sender address syntax";
    /// AUTH, EXPN, ETRN and whatever else is known and not offered.
    NOT_IMPLEMENTED = "502 5.5.1 Command not implemented";
    /// MAIL before EHLO or HELO.
    HELLO_FIRST = "503 5.5.1 Send EHLO or HELO first";
    /// RCPT, DATA or BDAT before MAIL.
    MAIL_FIRST = "503 5.5.1 Send MAIL first";
    /// MAIL inside a transaction.
    NESTED_MAIL = "503 5.5.1 A mail is already under way, send RSET first";
    /// RCPT or DATA between BDAT chunks (RFC 3030 §2).
    CHUNKS_UNDER_WAY = "503 5.5.1 Message chunks are under way, send BDAT or RSET";
    /// STARTTLS inside TLS.
    ALREADY_TLS = "503 5.5.1 TLS is already active";
    /// Mailbox nobody has.
    UNKNOWN_RECIPIENT = "550 5.1.1 No such recipient here";
    /// CR or LF alone in a DATA message (RFC 5321 §2.3.8, §4.1.1.4).
    BARE_LINE_END_IN_DATA = "550 5.6.0 Message contains a bare <CR> or <LF>, lines must end with <CR><LF>";
    /// Declared or counted size above the limit.
    TOO_LARGE = "552 5.3.4 Message is larger than this server takes";
    /// A non-ASCII address without SMTPUTF8 (RFC 6531 §3.5).
    NEEDS_SMTPUTF8 = "553 5.6.7 Address needs SMTPUTF8";
    /// DATA or BDAT while no recipient was accepted.
    NO_RECIPIENTS = "554 5.5.1 No valid recipients";
    /// More Received headers than any honest way has.
    MAIL_LOOP = "554 5.4.6 Too many hops, this mail is in a loop";
    /// A MAIL or RCPT parameter of an extension that was not advertised.
    UNKNOWN_PARAMETER = "555 5.5.4 Parameter not supported";
}

/// Longest text of ours or the intake's after the codes; RFC 5321 §4.5.3.1.5 allows lines of 512 bytes.
const MAX_TEXT_BYTES: usize = 400;

/// Appends the 250 for a message the intake took. `queue_id` is the intake's name for it.
pub fn queued(replies: &mut Vec<u8>, queue_id: &str) {
    line(replies, "250 2.0.0 Ok: queued as ", queue_id);
}

/// Appends the 550 for a message the intake never takes, with its reason.
pub fn rejected(replies: &mut Vec<u8>, reason: &str) {
    line(replies, "550 5.7.1 ", reason);
}

/// The greeting of a server of this name, with CRLF.
pub fn greeting(host_name: &str) -> String {
    format!("220 {host_name} ESMTP ready\r\n")
}

/// The answer to HELO, with CRLF.
pub fn helo(host_name: &str) -> String {
    format!("250 {host_name}\r\n")
}

/// The answer to EHLO: our name, then one extension a line.
pub fn ehlo(host_name: &str, message_bytes: u64, start_tls: bool) -> String {
    let start_tls = if start_tls { "250-STARTTLS\r\n" } else { "" };
    format!(
        "250-{host_name}\r\n250-PIPELINING\r\n250-SIZE {message_bytes}\r\n{start_tls}250-8BITMIME\r\n\
         250-SMTPUTF8\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n"
    )
}

/// One line whose text comes from elsewhere: no line break can be planted in it.
fn line(replies: &mut Vec<u8>, start: &str, text: &str) {
    replies.extend_from_slice(start.as_bytes());
    let printable = |c: char| match c {
        ' '..='~' => c as u8,
        c if c.is_control() => b' ',
        _ => b'?',
    };
    replies.extend(text.chars().take(MAX_TEXT_BYTES).map(printable));
    replies.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reply_is_one_line_with_matching_codes() {
        for reply in ALL {
            let text = reply.0.strip_suffix("\r\n").expect("ends with CRLF");
            assert!(text.is_ascii() && !text.contains(['\r', '\n']), "{text}");
            assert!(text.len() <= 510, "{text}");
            let (code, rest) = text.split_once(' ').expect("a code and a text");
            assert_eq!(code.parse(), Ok(reply.code()), "{text}");
            if code == "354" {
                continue;
            }
            let enhanced: Vec<&str> = rest.split(' ').next().unwrap().split('.').collect();
            assert_eq!(enhanced.len(), 3, "{text}");
            assert_eq!(enhanced[0], &code[..1], "{text}");
            assert!(enhanced.iter().all(|part| part.parse::<u16>().is_ok()), "{text}");
        }
    }

    #[test]
    fn foreign_text_stays_on_its_line() {
        let check = |reason: &str, expected: &str| {
            let mut replies = Vec::new();
            rejected(&mut replies, reason);
            assert_eq!(String::from_utf8(replies).unwrap(), expected);
        };
        check("Closed for today.", "550 5.7.1 Closed for today.\r\n");
        check("a\r\n250 ok", "550 5.7.1 a  250 ok\r\n");
        check("Gr\u{fc}\u{df}e", "550 5.7.1 Gr??e\r\n");
        check(&"x".repeat(5000), &format!("550 5.7.1 {}\r\n", "x".repeat(400)));
    }

    #[test]
    fn ehlo_offers_starttls_only_when_it_can() {
        assert!(ehlo("mx.test", 1000, true).contains("\r\n250-STARTTLS\r\n"));
        let plain = ehlo("mx.test", 1000, false);
        assert!(!plain.contains("STARTTLS"));
        assert!(plain.starts_with("250-mx.test\r\n") && plain.contains("250-SIZE 1000\r\n"));
        let lines: Vec<&str> = plain.trim_end().split("\r\n").collect();
        assert!(lines[..lines.len() - 1].iter().all(|line| line.starts_with("250-")));
        assert!(lines.last().unwrap().starts_with("250 "));
    }
}

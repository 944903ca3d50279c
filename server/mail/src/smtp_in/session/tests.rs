mod messages;

use std::net::SocketAddr;

use super::super::{Envelope, Limits, Refusal, Verdict};
use super::{Action, Session, Settings};

/// Plays the driver without a socket. Recipients starting with `no` are unknown, with `busy` undecided; a body with the
/// word `refuse` is refused. The message bodies come without the Received header.
struct Run {
    replies: String,
    messages: Vec<(Envelope, String)>,
    closed: bool,
}

fn run(settings: &Settings, pieces: &[&[u8]]) -> Run {
    let remote = SocketAddr::from(([192, 0, 2, 1], 2525));
    let mut session = Session::new(settings, remote);
    let (mut replies, mut sink, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let mut input = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let progress = session.advance(&input, &mut replies, &mut sink);
            input.drain(..progress.consumed);
            match progress.action {
                Action::NeedInput => break,
                Action::CheckRecipient => {
                    let verdict = match session.pending_recipient() {
                        address if address.starts_with("no") => Verdict::Unknown,
                        address if address.starts_with("busy") => Verdict::Busy,
                        _ => Verdict::Accept,
                    };
                    session.recipient_checked(verdict, &mut replies);
                }
                Action::BeginBody => sink.clear(),
                Action::Deliver => {
                    let body = String::from_utf8_lossy(&sink).into_owned();
                    let outcome = match () {
                        () if body.contains("refuse") => Err(Refusal::Rejected("Not wanted".to_owned())),
                        () if body.contains("full") => Err(Refusal::Busy),
                        () if body.contains("huge") => Err(Refusal::TooLarge),
                        () => Ok(format!("Q{}", messages.len() + 1)),
                    };
                    let envelope = session.envelope().expect("an envelope");
                    if outcome.is_ok() {
                        messages.push((envelope, body));
                    }
                    session.delivered(&outcome, &mut replies);
                }
                Action::StartTls => {
                    input.clear();
                    session.tls_started();
                }
                Action::Close => {
                    return Run { replies: String::from_utf8(replies).unwrap(), messages, closed: true };
                }
            }
        }
    }
    Run { replies: String::from_utf8(replies).unwrap(), messages, closed: false }
}

fn settings() -> Settings {
    Settings::new("mx.test", Limits { message_bytes: 1000, recipients: 3, errors_in_a_row: 5, ..Limits::default() }, true)
}

/// The codes of the replies, basic and enhanced, one a reply.
fn codes(replies: &str) -> Vec<String> {
    let last_lines = replies.split_terminator("\r\n").filter(|line| line.as_bytes().get(3) == Some(&b' '));
    let codes = last_lines.map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        [code, enhanced, ..] if enhanced.contains('.') && code != "250" => {
            format!("{code} {enhanced}")
        }
        [code, ..] => code.to_owned(),
        [] => String::new(),
    });
    codes.collect()
}

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    let settings = settings();
    let run = run(&settings, &[input.as_bytes()]);
    assert_eq!(codes(&run.replies), expected, "{input:?}\n{}", run.replies);
}

/// After EHLO and MAIL, which are answered 250.
#[track_caller]
fn check_in_mail(input: &str, expected: &[&str]) {
    let expected = [&["250", "250"], expected].concat();
    check(&format!("EHLO a.test\r\nMAIL FROM:<a@x.test>\r\n{input}"), &expected);
}

#[test]
fn commands_are_answered() {
    check("EHLO a.test\r\nNOOP\r\nRSET\r\nHELP\r\nQUIT\r\n", &["250", "250", "250", "214 2.0.0", "221 2.0.0"]);
    check("HELO a.test\r\nnoop x\r\nhElP mail\r\n", &["250", "250", "214 2.0.0"]);
    check("VRFY a@x.test\r\nEXPN list\r\n", &["252 2.5.2", "502 5.5.1"]);
    check("AUTH PLAIN AGEAYg==\r\nETRN x\r\nLHLO a\r\n", &["502 5.5.1", "502 5.5.1", "502 5.5.1"]);
    check("EHLO\r\nHELO\r\nFOO\r\n\r\n", &["501 5.5.4", "501 5.5.4", "500 5.5.2", "500 5.5.2"]);
    check("RSET x\r\nDATA x\r\nQUIT x\r\nSTARTTLS x\r\n", &["501 5.5.4"; 4]);
    check("DATAX\r\nSTARTTLSX\r\n", &["500 5.5.2"; 2]);
    check("QUIT\r\nNOOP\r\n", &["221 2.0.0"]);
}

#[test]
fn senders_are_judged() {
    let check = |mail: &str, expected: &str| check(&format!("EHLO a.test\r\n{mail}\r\n"), &["250", expected]);
    check("MAIL FROM:<a@x.test>", "250");
    check("mail from:<a@x.test> size=1000 body=8bitmime smtputf8", "250");
    check("MAIL FROM:<>", "250");
    check("MAIL FROM:<12345678901234567890123@x.test> SIZE=10", "250");
    check("MAIL FROM: <a@x.test>", "250");
    check("MAIL FROM:<@relay.test:a@x.test>", "250");
    check("MAIL FROM:<\u{e9}@x.test> SMTPUTF8", "250");
    check("MAIL FROM:<\u{e9}@x.test>", "553 5.6.7");
    check("MAIL FROM:<a@x.test> SIZE=1001", "552 5.3.4");
    check("MAIL FROM:<a@x.test> SIZE=99999999999999999999999", "501 5.5.4");
    check("MAIL FROM:<a@x.test> SIZE=ten", "501 5.5.4");
    check("MAIL FROM:<a@x.test> BODY=BINARYMIME", "555 5.5.4");
    check("MAIL FROM:<a@x.test> RET=FULL", "555 5.5.4");
    check("MAIL FROM:<a@x.test> AUTH=<>", "555 5.5.4");
    check("MAIL FROM:<a@x.test> REQUIRETLS", "555 5.5.4");
    check("MAIL FROM:<a@x.test> NONSENSE=1", "555 5.5.4");
    check("MAIL FROM:<postmaster>", "501 5.1.7");
    check("MAIL FROM:<a>", "501 5.1.7");
    check("MAIL FROM:a@x.test", "501 5.5.4");
    check("MAIL FROM:<\"a@x.test>", "501 5.1.7");
    check("MAIL", "501 5.5.4");
}

#[test]
fn recipients_are_judged() {
    let check = |rcpt: &str, expected: &str| check_in_mail(&format!("{rcpt}\r\n"), &[expected]);
    check("RCPT TO:<b@y.test>", "250");
    check("rcpt to:<Postmaster>", "250");
    check("RCPT TO:<>", "501 5.1.3");
    check("RCPT TO:<b>", "501 5.1.3");
    check("RCPT TO:b@y.test", "501 5.5.4");
    check("RCPT TO:<no@y.test>", "550 5.1.1");
    check("RCPT TO:<busy@y.test>", "451 4.3.0");
    check("RCPT TO:<\u{e9}@y.test>", "553 5.6.7");
    check("RCPT TO:<b@y.test> NOTIFY=NEVER", "555 5.5.4");
    check("RCPT TO:<b@y.test> ORCPT=rfc822;b@y.test", "555 5.5.4");
}

#[test]
fn the_order_of_commands_is_kept() {
    check("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n", &["503 5.5.1"; 3]);
    check_in_mail("MAIL FROM:<a@x.test>\r\n", &["503 5.5.1"]);
    check_in_mail("DATA\r\n", &["554 5.5.1"]);
    check_in_mail("RCPT TO:<no@y.test>\r\nDATA\r\n", &["550 5.1.1", "554 5.5.1"]);
    check_in_mail("RSET\r\nRCPT TO:<b@y.test>\r\n", &["250", "503 5.5.1"]);
    check_in_mail("EHLO a.test\r\nRCPT TO:<b@y.test>\r\n", &["250", "503 5.5.1"]);
    check_in_mail("RCPT TO:<b@y.test>\r\nBDAT 3\r\nabcDATA\r\n", &["250", "250", "503 5.5.1"]);
    check_in_mail("RCPT TO:<b@y.test>\r\nBDAT 3\r\nabcRCPT TO:<c@y.test>\r\n", &["250", "250", "503 5.5.1"]);
}

#[test]
fn limits_hold() {
    let recipients: String = (0..5).map(|number| format!("RCPT TO:<b{number}@y.test>\r\n")).collect();
    check_in_mail(&recipients, &["250", "250", "250", "452 4.5.3", "452 4.5.3"]);
    check_in_mail(&"RCPT TO:<b@y.test>\r\n".repeat(5), &["250"; 5]);
    check(&"FOO\r\n".repeat(9), &["500 5.5.2", "500 5.5.2", "500 5.5.2", "500 5.5.2", "500 5.5.2", "421 4.7.0"]);
    check(
        &"FOO\r\nFOO\r\nFOO\r\nEHLO a\r\nRSET\r\n".repeat(2),
        &["500 5.5.2", "500 5.5.2", "500 5.5.2", "250", "250", "500 5.5.2", "500 5.5.2", "421 4.7.0"],
    );
    let few = Settings::new("mx.test", Limits { commands: 2, ..Limits::default() }, false);
    assert_eq!(codes(&run(&few, &[b"NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n"]).replies), ["250", "250", "421 4.7.0"]);

    let noop = |bytes: usize| format!("NOOP {}\r\nQUIT\r\n", "x".repeat(bytes - 7));
    check(&noop(2048), &["250", "221 2.0.0"]);
    check(&noop(2049), &["500 5.5.2", "221 2.0.0"]);
    check(&noop(65_535), &["500 5.5.2", "221 2.0.0"]);
    check(&noop(70_000), &["500 5.5.2"]);
    let strict = Settings::new("mx.test", Limits { command_bytes: 1, ..Limits::default() }, false);
    assert_eq!(codes(&run(&strict, &[noop(512).as_bytes()]).replies), ["250", "221 2.0.0"]);
    assert_eq!(codes(&run(&strict, &[noop(513).as_bytes()]).replies), ["500 5.5.2", "221 2.0.0"]);
}

#[test]
fn line_ends_of_commands_are_strict() {
    check("NOOP\nQUIT\r\n", &["500 5.5.2"]);
    check("NO\rOP\r\nQUIT\r\n", &["500 5.5.2"]);
    check("NOOP\r\r\nQUIT\r\n", &["500 5.5.2"]);
    check(&format!("{}\nQUIT\r\n", "x".repeat(3000)), &["500 5.5.2"]);
    check("NOOP\r", &[]);
    check("NOOP \0\r\nNOOP \t\r\nQUIT\r\n", &["500 5.5.2", "500 5.5.2", "221 2.0.0"]);
    let settings = settings();
    assert_eq!(codes(&run(&settings, &[b"NOOP \xff\r\nQUIT\r\n"]).replies), ["500 5.5.2", "221 2.0.0"]);
    assert!(run(&settings, &[b"NOOP\n"]).closed);
}

#[test]
fn envelopes_tell_what_the_client_said() {
    let settings = settings();
    let input = "EHLO a.test\r\nSTARTTLS\r\nMAIL FROM:<evil@x.test>\r\n";
    let after = "EHLO b.test\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<no@y.test>\r\nRCPT TO:<\u{e9}@y.test>\r\n\
                 RCPT TO:<c@y.test>\r\nDATA\r\nx\r\n.\r\n";
    let run = run(&settings, &[input.as_bytes(), after.as_bytes()]);
    assert_eq!(codes(&run.replies), ["250", "220 2.0.0", "250", "250", "550 5.1.1", "250", "250", "354", "250"]);
    assert_eq!(run.replies.matches("STARTTLS").count(), 1, "offered before, not after");
    let [(envelope, _)] = &run.messages[..] else { panic!("one message") };
    assert_eq!(
        *envelope,
        Envelope {
            from: String::new(),
            recipients: vec!["\u{e9}@y.test".to_owned(), "c@y.test".to_owned()],
            remote: "192.0.2.1:2525".parse().unwrap(),
            helo: "b.test".to_owned(),
            tls: true,
            smtputf8: true,
        }
    );
}

#[test]
fn starttls_needs_an_offer() {
    let plain = Settings::new("mx.test", Limits::default(), false);
    let run = run(&plain, &[b"EHLO a.test\r\nSTARTTLS\r\n"]);
    assert_eq!(codes(&run.replies), ["250", "502 5.5.1"]);
    assert!(!run.replies.contains("STARTTLS"));
    check("STARTTLS\r\n", &["220 2.0.0"]);
}

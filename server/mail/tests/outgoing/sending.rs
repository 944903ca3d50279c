use base64::{Engine, engine::general_purpose::STANDARD};
use mail::smtp_out::{Connection, Phase, Security, SendEnvelope, SendError};

use crate::server::{CLOSE, STALL, Script, Server, certificates, credentials, distrusting};

fn envelope(to: &[&str]) -> SendEnvelope {
    SendEnvelope { from: Some("me@here.example".into()), to: to.iter().map(|to| (*to).to_owned()).collect() }
}

const MESSAGE: &[u8] = b"Subject: x\r\n\r\nfirst\r\n.second\r\n";

async fn send(script: Script, to: &[&str]) -> (Server, Result<mail::smtp_out::Sent, SendError>, bool) {
    let server = Server::start(script).await;
    let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
    let result = connection.send(&envelope(to), MESSAGE).await;
    let reusable = connection.is_reusable();
    (server, result, reusable)
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_and_the_connection_is_used_again() {
    for ehlo in [vec!["PIPELINING", "SIZE 1000000"], vec!["HELP"]] {
        let pipelined = ehlo.contains(&"PIPELINING");
        let server = Server::start(Script { ehlo, ..Script::default() }).await;
        let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
        for _ in 0..2 {
            let sent = connection.send(&envelope(&["a@there.example", "b@there.example"]), MESSAGE).await.unwrap();
            assert_eq!((sent.reply.code, sent.reply.text.as_str()), (250, "queued as Q1"));
            assert!(sent.refused.is_empty() && connection.is_reusable());
        }
        connection.quit().await;
        let heard = server.heard();
        let size = if pipelined { " SIZE=30" } else { "" };
        assert!(heard.contains(&format!("MAIL FROM:<me@here.example>{size}")), "{heard:?}");
        // The leading dot is doubled, nothing else is added.
        let message = "Subject: x\r\n\r\nfirst\r\n..second\r\n.\r\n";
        assert_eq!(heard.iter().filter(|line| *line == message).count(), 2, "{heard:?}");
        assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
    }
}

#[tokio::test]
async fn line_ends_cannot_smuggle_a_second_mail() {
    let server = Server::start(Script::default()).await;
    let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
    connection.send(&envelope(&["a@there.example"]), b"Subject: x\n\na\n.\nMAIL FROM:<evil@x>\r.\rb").await.unwrap();
    assert!(server.heard().contains(&"Subject: x\r\n\r\na\r\n..\r\nMAIL FROM:<evil@x>\r\n..\r\nb\r\n.\r\n".to_owned()));
    assert!(!server.heard().iter().any(|line| line == "MAIL FROM:<evil@x>"));
}

#[tokio::test]
async fn one_refused_recipient_does_not_hold_the_others_back() {
    for ehlo in [vec!["PIPELINING"], vec!["HELP"]] {
        let script = Script { ehlo, replies: vec![("RCPT TO:<b@", "550 5.1.1 unknown")], ..Script::default() };
        let (server, result, reusable) = send(script, &["a@x.example", "b@x.example", "c d@x.example", "e@x.example"]).await;
        let refused: Vec<(String, u16)> = result.unwrap().refused.into_iter().map(|(to, reply)| (to, reply.code)).collect();
        assert_eq!(refused, [("c d@x.example".to_owned(), 553), ("b@x.example".to_owned(), 550)]);
        assert!(reusable && server.heard_any("Subject: x"));
    }
}

#[tokio::test]
async fn refusals_tell_whether_to_try_again_and_leave_the_connection_usable() {
    let check = async |command: &'static str, reply: &'static str, retryable: bool, reusable_expected: bool| {
        for ehlo in [vec!["PIPELINING"], vec!["HELP"]] {
            let script = Script { ehlo, replies: vec![(command, reply)], ..Script::default() };
            let server = Server::start(script).await;
            let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
            let error = connection.send(&envelope(&["a@x.example"]), MESSAGE).await.unwrap_err();
            assert_eq!(error.retryable(), retryable, "{command} {reply}: {error}");
            let got = error.reply().unwrap();
            assert_eq!(got.code.to_string(), reply[..3], "{command} {reply}");
            assert!(error.to_string().contains(&got.text), "{error}");
            assert_eq!(connection.is_reusable(), reusable_expected, "{command} {reply}");
        }
    };
    check("MAIL", "450 4.7.1 greylisted, come back", true, true).await;
    check("MAIL", "550 5.7.1 not you", false, true).await;
    check("RCPT", "451 4.3.0 later", true, true).await;
    check("RCPT", "550 5.1.1 unknown", false, true).await;
    check("DATA", "554 5.5.1 no", false, true).await;
    check("BODY", "452 4.2.2 full", true, true).await;
    check("BODY", "552 5.3.4 too large", false, true).await;
    check("MAIL", "421 4.3.2 closing", true, false).await;
}

#[tokio::test]
async fn after_a_refusal_the_next_mail_starts_clean() {
    for ehlo in [vec!["PIPELINING"], vec!["HELP"]] {
        let script = Script { ehlo, replies: vec![("RCPT TO:<bad@", "550 no")], ..Script::default() };
        let server = Server::start(script).await;
        let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
        connection.send(&envelope(&["bad@x.example"]), MESSAGE).await.unwrap_err();
        connection.send(&envelope(&["good@x.example"]), MESSAGE).await.unwrap();
    }
}

#[tokio::test]
async fn stalls_and_lost_lines_end_in_time() {
    let check = async |command: &'static str, reply: &'static str, step: Phase| {
        let script = Script { replies: vec![(command, reply)], ..Script::default() };
        let (_server, result, reusable) = send(script, &["a@x.example"]).await;
        let error = result.unwrap_err();
        match &error {
            SendError::Timeout { step: found, .. } => assert!(reply == STALL && *found == step, "{error}"),
            SendError::Lost { step: found, .. } => assert!(reply == CLOSE && *found == step, "{error}"),
            other => panic!("{command}: {other:?}"),
        }
        assert!(error.retryable() && !reusable);
    };
    check("MAIL", STALL, Phase::Envelope).await;
    check("RCPT", CLOSE, Phase::Envelope).await;
    check("DATA", CLOSE, Phase::Envelope).await;
    check("BODY", STALL, Phase::Message).await;
    check("BODY", CLOSE, Phase::Message).await;
}

#[tokio::test]
async fn opening_fails_with_the_cause() {
    let check = async |script: Script, expected: &str| {
        let server = Server::start(script).await;
        let error = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
    };
    check(Script { greeting: "554 5.7.1 blocked", ..Script::default() }, "Permanent").await;
    check(Script { greeting: "421 busy", ..Script::default() }, "Temporary").await;
    check(Script { greeting: STALL, ..Script::default() }, "Timeout { step: Greeting").await;
    check(Script { greeting: CLOSE, ..Script::default() }, "Lost { step: Greeting").await;
    check(Script { greeting: "HTTP/1.1 400 Bad Request", ..Script::default() }, "Lost { step: Greeting").await;
    check(Script { replies: vec![("EHLO", STALL)], ..Script::default() }, "Timeout { step: Greeting").await;
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::start(Script::default()).await;
    let mut route = server.route(Security::None);
    route.port = unused.port();
    let error = Connection::open(&route, &distrusting()).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }) && error.retryable(), "{error:?}");
}

#[tokio::test]
async fn tls_is_used_and_credentials_go_only_through_it() {
    for (security, implicit_tls) in [(Security::Tls, true), (Security::StartTls, false)] {
        let certificates = certificates(&["127.0.0.1"], (2020, 2090));
        let mut script = Script { tls: Some(certificates.server), implicit_tls, ..Script::default() };
        script.ehlo.push("STARTTLS");
        let server = Server::start(script).await;
        let mut route = server.route(security);
        route.credentials = Some(credentials());
        let mut connection = Connection::open(&route, &certificates.trusting).await.unwrap();
        connection.send(&envelope(&["a@x.example"]), MESSAGE).await.unwrap();
        connection.quit().await;
        let secret = STANDARD.encode("\0ann\0correct horse");
        assert!(server.heard().contains(&format!("AUTH PLAIN {secret}")), "{:?}", server.heard());

        let error = Connection::open(&route, &distrusting()).await.unwrap_err();
        assert!(matches!(&error, SendError::Tls { what } if what.contains("authority")), "{error:?}");
        assert_eq!(server.heard().iter().filter(|line| line.starts_with("AUTH")).count(), 1);
    }
}

#[tokio::test]
async fn a_stripped_starttls_sends_nothing() {
    let server = Server::start(Script { ehlo: vec!["SIZE 1", "AUTH PLAIN"], ..Script::default() }).await;
    let mut route = server.route(Security::StartTls);
    route.credentials = Some(credentials());
    let error = Connection::open(&route, &distrusting()).await.unwrap_err();
    assert!(matches!(&error, SendError::Tls { what } if what.contains("STARTTLS")), "{error:?}");
    assert!(!server.heard_any("AUTH") && !server.heard_any("MAIL"));
}

#[tokio::test]
async fn text_sent_ahead_of_tls_is_not_taken_for_the_servers() {
    let certificates = certificates(&["127.0.0.1"], (2020, 2090));
    let script = Script {
        tls: Some(certificates.server),
        ehlo: vec!["STARTTLS"],
        replies: vec![("STARTTLS", "220 go on\r\n250-injected\r\n250 AUTH PLAIN")],
        ..Script::default()
    };
    let server = Server::start(script).await;
    let error = Connection::open(&server.route(Security::StartTls), &certificates.trusting).await.unwrap_err();
    assert!(matches!(&error, SendError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_refused_password_is_told_without_the_password() {
    let secret = "535 5.7.8 bad password AGFubgBjb3JyZWN0IGhvcnNl or correct horse";
    for mechanism in ["AUTH PLAIN", "AUTH LOGIN"] {
        let script = Script {
            ehlo: vec![mechanism],
            replies: vec![("AUTH PLAIN", secret), ("AUTH LOGIN", "334 VXNlcm5hbWU6"), ("YW5u", "334 UGFzc3dvcmQ6"), ("Y29ycmVjdCBob3JzZQ", secret)],
            ..Script::default()
        };
        let server = Server::start(script).await;
        let mut route = server.route(Security::None);
        route.credentials = Some(credentials());
        let error = Connection::open(&route, &distrusting()).await.unwrap_err();
        assert!(matches!(&error, SendError::Auth { reply } if reply.code == 535), "{error:?}");
        assert!(!error.retryable());
        for said in [error.to_string(), format!("{error:?}"), format!("{route:?}")] {
            assert!(!said.contains("correct horse") && !said.contains("AGFubgBjb3JyZWN0IGhvcnNl"), "{said}");
        }
    }
}

#[tokio::test]
async fn what_the_server_cannot_do_is_refused_before_it_is_asked() {
    let (server, result, reusable) = {
        let server = Server::start(Script { ehlo: vec!["SIZE 20"], ..Script::default() }).await;
        let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
        let result = connection.send(&envelope(&["a@x.example"]), MESSAGE).await;
        (server, result, connection.is_reusable())
    };
    assert!(matches!(result, Err(SendError::Unsupported { .. })) && reusable && !server.heard_any("MAIL"));
    let server = Server::start(Script { ehlo: vec!["HELP"], ..Script::default() }).await;
    let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
    for (to, message) in [(vec!["ä@x.example"], MESSAGE), (vec!["a@x.example"], "ä".as_bytes()), (vec![], MESSAGE)] {
        let error = connection.send(&envelope(&to), message).await.unwrap_err();
        assert!(matches!(error, SendError::Unsupported { .. }) && !error.retryable(), "{error:?}");
    }
    assert!(connection.is_reusable() && !server.heard_any("MAIL"));
}

#[tokio::test]
async fn a_send_that_is_dropped_midway_spoils_the_connection() {
    let server = Server::start(Script { replies: vec![("BODY", STALL)], ..Script::default() }).await;
    let mut connection = Connection::open(&server.route(Security::None), &distrusting()).await.unwrap();
    let envelope = envelope(&["a@x.example"]);
    let cut = tokio::time::timeout(std::time::Duration::from_millis(200), connection.send(&envelope, MESSAGE)).await;
    assert!(cut.is_err() && !connection.is_reusable());
    assert!(matches!(connection.send(&envelope, MESSAGE).await, Err(SendError::Lost { .. })));
}

#[tokio::test]
async fn many_recipients_and_a_large_message_pass() {
    let server = Server::start(Script { ehlo: vec!["PIPELINING", "SIZE 40000000"], ..Script::default() }).await;
    let mut route = server.route(Security::None);
    route.timeouts.data = std::time::Duration::from_secs(30);
    route.timeouts.command = std::time::Duration::from_secs(10);
    let mut connection = Connection::open(&route, &distrusting()).await.unwrap();
    let many: Vec<String> = (0..950).map(|n| format!("r{n}@x.example")).collect();
    let envelope = SendEnvelope { from: None, to: many };
    let message = format!("Subject: x\r\n\r\n{}", "0123456789abcdef\r\n".repeat(300_000));
    let sent = connection.send(&envelope, message.as_bytes()).await.unwrap();
    assert!(sent.refused.is_empty() && server.heard_any("MAIL FROM:<> SIZE="));
    assert!(server.heard().iter().any(|line| line.len() == message.len() + 3));
}

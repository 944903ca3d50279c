use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use mail::smtp_in::Event;

use crate::support::Server;

const MEBIBYTE: usize = 1024 * 1024;

#[tokio::test]
async fn a_pipelined_mail_arrives_with_its_trace() {
    let server = Server::start(|_| {}).await;
    let mut client = server.greeted().await;
    client.send("MAIL FROM:<> SIZE=20\r\nRCPT TO:<unknown@y.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n").await;
    for start in ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354 "] {
        client.expect(start).await;
    }
    client.send("Subject: x\r\n\r\n..dot\r\n.\r\nNOOP\r\nQUIT\r\n").await;
    for start in ["250 2.0.0 Ok: queued as Q1", "250 2.0.0", "221 2.0.0", ""] {
        client.expect(start).await;
    }
    {
        let taken = server.intake.taken.lock().unwrap();
        let [mail] = &taken[..] else { panic!("one mail") };
        assert_eq!((mail.envelope.from.as_str(), mail.envelope.recipients.join(" ").as_str()), ("", "b@y.test"));
        assert!(!mail.was_file && !mail.envelope.tls && mail.envelope.remote.ip().is_loopback());
        assert_eq!(
            String::from_utf8(mail.head.clone()).unwrap(),
            "Received: from client.test ([127.0.0.1])\r\n\tby mx.test with ESMTP\r\n\tfor <b@y.test>;\r\n\t\
             Wed, 25 Sep 2019 13:33:00 +0100\r\nSubject: x\r\n\r\n.dot\r\n"
        );
    }
    server.eventually(|server| server.count(Event::Disconnected) == 1).await;
    let bytes = server.intake.taken.lock().unwrap()[0].len;
    assert_eq!((server.count(Event::Refused { code: 550 }), server.count(Event::Accepted { bytes })), (1, 1));
}

#[tokio::test]
async fn a_library_client_is_understood() {
    let server = Server::start(|_| {}).await;
    let hello = ClientId::Domain("client.test".to_owned());
    let mut connection = AsyncSmtpConnection::connect_tokio1(server.address, None, &hello, None, None).await.unwrap();
    let envelope = |from: &str, to: &str| lettre::address::Envelope::new(Some(from.parse().unwrap()), vec![to.parse().unwrap()]).unwrap();
    let body = b"Subject: x\r\n\r\n.\r\n..\r\nbye\r\n";
    let reply = connection.send(&envelope("a@x.test", "b@y.test"), body).await.unwrap();
    assert_eq!(reply.first_line(), Some("2.0.0 Ok: queued as Q1"));
    let error = connection.send(&envelope("a@x.test", "unknown@y.test"), body).await.unwrap_err();
    assert!(error.is_permanent(), "{error}");
    let head = server.intake.taken.lock().unwrap()[0].head.clone();
    // The library ends every message with a line end of its own.
    assert!(head.ends_with(&[body, &b"\r\n"[..]].concat()));
}

#[tokio::test]
async fn refusals_reach_the_client() {
    let server = Server::start(|config| config.timeouts.intake = std::time::Duration::from_millis(200)).await;
    let mut client = server.greeted().await;
    client.begin_data("refused@x.test").await;
    client.send("x\r\n.\r\n").await;
    client.expect("550 5.7.1 Not from you.").await;
    client.begin_data("stuck@x.test").await;
    client.send("x\r\n.\r\n").await;
    client.expect("451 4.3.0").await;
    client.begin_data("a@x.test").await;
    client.send("a\n.\r\nQUIT\r\n.\r\n").await;
    client.expect("550 5.6.0").await;
    client.send("NOOP\nQUIT\r\n").await;
    client.expect("500 5.5.2").await;
    client.expect("").await;
    assert!(server.intake.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn chunks_arrive_in_memory_and_on_disk() {
    let server = Server::start(|_| {}).await;
    let mut client = server.greeted().await;
    let start = "MAIL FROM:<a@x.test> BODY=8BITMIME\r\nRCPT TO:<b@y.test>\r\n";
    client.send(format!("{start}BDAT 5\r\n.\r\n.\nBDAT 0 LAST\r\n")).await;
    for start in ["250 2.1.0", "250 2.1.5", "250 2.0.0 Chunk", "250 2.0.0 Ok"] {
        client.expect(start).await;
    }
    let chunk = vec![b'x'; MEBIBYTE];
    client.send(start).await;
    client.send(format!("BDAT {MEBIBYTE}\r\n")).await;
    client.send(&chunk).await;
    client.send(format!("BDAT {MEBIBYTE} LAST\r\n")).await;
    client.send(&chunk).await;
    for start in ["250 2.1.0", "250 2.1.5", "250 2.0.0 Chunk", "250 2.0.0 Ok: queued as Q2"] {
        client.expect(start).await;
    }
    let taken = server.intake.taken.lock().unwrap();
    assert!(taken[0].head.ends_with(b"\r\n.\r\n.\n") && !taken[0].was_file);
    let header = taken[1].head.windows(5).position(|window| window == b"xxxxx").unwrap() as u64;
    assert_eq!((taken[1].was_file, taken[1].len - header), (true, 2 * MEBIBYTE as u64));
    assert_eq!(server.spooled_files(), 0);
}

#[tokio::test]
async fn forty_megabytes_pass_through_little_memory() {
    let server = Server::start(|_| {}).await;
    let mut client = server.greeted().await;
    let before = peak_memory_bytes();
    client.begin_data("a@x.test").await;
    let lines = format!("{}\r\n", "x".repeat(78)).repeat(1000);
    let size = 40 * MEBIBYTE;
    for _ in 0..size / lines.len() {
        client.send(&lines).await;
    }
    assert_eq!(server.spooled_files(), 1);
    client.send(&lines[..size % lines.len() / 80 * 80]).await;
    client.send(".\r\n").await;
    client.expect("250 2.0.0").await;
    let grown = peak_memory_bytes() - before;
    assert!(grown < 16 * MEBIBYTE, "{grown} bytes");
    let taken = server.intake.taken.lock().unwrap();
    assert!(taken[0].was_file && taken[0].len > (size - 80) as u64);
    assert_eq!(server.spooled_files(), 0);
}

/// The most memory this process ever had.
fn peak_memory_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn too_large_is_told_at_once_or_at_the_end() {
    let server = Server::start(|config| config.limits.message_bytes = MEBIBYTE as u64).await;
    let mut client = server.greeted().await;
    client.send(format!("MAIL FROM:<a@x.test> SIZE={}\r\n", MEBIBYTE + 1)).await;
    client.expect("552 5.3.4").await;
    client.begin_data("a@x.test").await;
    client.send(format!("{}\r\n", "x".repeat(998)).repeat(1200)).await;
    client.send(".\r\n").await;
    client.expect("552 5.3.4").await;
    assert_eq!(server.spooled_files(), 0);
    client.begin_data("a@x.test").await;
    client.send("small\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    // Without an end it is not read for ever.
    client.begin_data("a@x.test").await;
    client.send(format!("{}\r\n", "x".repeat(998)).repeat(2200)).await;
    client.expect("552 5.3.4").await;
    client.expect("").await;
    assert_eq!(server.spooled_files(), 0);
}

#[tokio::test]
async fn a_full_disk_is_a_452() {
    let server = Server::start(|config| config.spool_dir = "/nonexistent/spool".into()).await;
    let mut client = server.greeted().await;
    client.begin_data("a@x.test").await;
    client.send(format!("{}\r\n", "x".repeat(998)).repeat(1000)).await;
    client.send(".\r\n").await;
    client.expect("452 4.3.1").await;
    client.begin_data("a@x.test").await;
    client.send("small\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
}

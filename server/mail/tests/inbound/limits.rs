use std::time::Duration;

use mail::smtp_in::Event;

use crate::support::Server;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let server = Server::start(|config| config.timeouts.idle = millis(200)).await;
    let mut client = server.greeted().await;
    client.expect("421 4.4.2").await;
    client.expect("").await;
    let mut client = server.greeted().await;
    client.begin_data("a@x.test").await;
    client.send("x".repeat(300_000)).await;
    server.eventually(|server| server.spooled_files() == 1).await;
    client.expect("421 4.4.2").await;
    client.expect("").await;
    server.eventually(|server| server.spooled_files() == 0).await;
}

#[tokio::test]
async fn a_trickling_client_is_let_go() {
    let server = Server::start(|config| config.timeouts.data = millis(300)).await;
    let mut client = server.greeted().await;
    client.begin_data("a@x.test").await;
    let trickle = async {
        for _ in 0..1000 {
            client.send("x").await;
            tokio::time::sleep(millis(20)).await;
            if server.count(Event::Disconnected) == 1 {
                return;
            }
        }
        panic!("never let go");
    };
    trickle.await;
    client.expect("421 4.4.2").await;

    let server = Server::start(|config| config.timeouts.session = millis(300)).await;
    let mut client = server.greeted().await;
    let mut answers = 0;
    loop {
        client.send("NOOP\r\n").await;
        let reply = client.reply().await;
        if reply.starts_with("421 4.4.2") {
            break;
        }
        assert!(reply.starts_with("250") && answers < 100, "{reply}");
        answers += 1;
        tokio::time::sleep(millis(20)).await;
    }
    assert!(answers > 2);
}

#[tokio::test]
async fn a_client_that_leaves_leaves_nothing() {
    let server = Server::start(|_| {}).await;
    let mut client = server.greeted().await;
    client.begin_data("a@x.test").await;
    client.send("x".repeat(300_000)).await;
    server.eventually(|server| server.spooled_files() == 1).await;
    drop(client);
    server.eventually(|server| server.spooled_files() == 0 && server.count(Event::Disconnected) == 1).await;
    assert!(server.intake.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn connections_are_counted() {
    let server = Server::start(|config| config.limits.connections_per_remote = 2).await;
    let first = server.greeted().await;
    let mut second = server.greeted().await;
    let mut third = server.connect().await;
    third.expect("421 4.3.2").await;
    third.expect("").await;
    assert_eq!(server.count(Event::Overloaded), 1);
    drop(first);
    server.eventually(|server| server.count(Event::Disconnected) == 1).await;
    // The slot is free a moment after the event.
    tokio::time::sleep(millis(50)).await;
    server.greeted().await;
    second.send("NOOP\r\n").await;
    second.expect("250").await;
}

#[tokio::test]
async fn errors_in_a_row_end_the_session() {
    let server = Server::start(|config| config.limits.errors_in_a_row = 3).await;
    let mut client = server.greeted().await;
    client.send("FOO\r\n".repeat(1000)).await;
    for start in ["500 5.5.2", "500 5.5.2", "500 5.5.2", "421 4.7.0", ""] {
        client.expect(start).await;
    }
}

#[tokio::test]
async fn stopping_lets_messages_finish_and_sends_the_others_home() {
    let mut server = Server::start(|_| {}).await;
    let mut idle = server.greeted().await;
    let mut in_data = server.greeted().await;
    in_data.begin_data("slow@x.test").await;
    let mut in_mail = server.greeted().await;
    in_mail.send("MAIL FROM:<a@x.test>\r\n").await;
    in_mail.expect("250").await;
    server.stop();
    for client in [&mut idle, &mut in_mail] {
        client.expect("421 4.3.2").await;
        client.expect("").await;
    }
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "nobody new");
    in_data.send("x\r\n.\r\n").await;
    in_data.expect("250 2.0.0").await;
    in_data.expect("421 4.3.2").await;
    in_data.expect("").await;
    server.stopped().await;
    assert_eq!(server.intake.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let mut server = Server::start(|config| config.timeouts.drain = millis(200)).await;
    let mut client = server.greeted().await;
    client.begin_data("a@x.test").await;
    client.send("x".repeat(300_000)).await;
    server.eventually(|server| server.spooled_files() == 1).await;
    server.stop();
    server.stopped().await;
    client.expect("").await;
    assert_eq!((server.spooled_files(), server.intake.taken.lock().unwrap().len()), (0, 0));
}

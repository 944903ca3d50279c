//! How many mails a second leave through `smtp_out`: `send_rate HOST:PORT CONNECTIONS MAILS [BYTES]`.
//!
//! Run it against Postfix's `smtp-sink -c 127.0.0.1:2526 1000`.
#![forbid(unsafe_code)]

use std::{error::Error, sync::Arc, time::Instant};

use mail::{
    compose::{Mailbox, OutgoingMail, build},
    smtp_out::{Connection, Route, Security, SendEnvelope, Timeouts, TlsSettings},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(server), Some(connections), Some(mails)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: send_rate HOST:PORT CONNECTIONS MAILS [BYTES]".into());
    };
    let (host, port) = server.split_once(':').ok_or("the server is HOST:PORT")?;
    let (connections, mails): (usize, usize) = (connections.parse()?, mails.parse()?);
    let bytes: usize = arguments.next().map_or(Ok(4096), |bytes| bytes.parse())?;
    let route = Arc::new(Route {
        host: host.to_owned(),
        port: port.parse()?,
        security: Security::None,
        credentials: None,
        helo_name: "localhost".into(),
        timeouts: Timeouts::default(),
    });
    let message = Arc::new(build(&OutgoingMail {
        from: Mailbox { name: None, address: "bench@here.example".into() },
        to: vec![Mailbox { name: None, address: "sink@there.example".into() }],
        subject: "Rate".into(),
        text: Some("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\n".repeat(bytes / 63)),
        message_id: "rate@here.example".into(),
        ..OutgoingMail::default()
    })?);
    let tls = TlsSettings::from_system()?;
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (route, message, tls) = (Arc::clone(&route), Arc::clone(&message), tls.clone());
        tasks.push(tokio::spawn(async move {
            let envelope = SendEnvelope { from: Some("bench@here.example".into()), to: vec!["sink@there.example".into()] };
            let mut connection = Connection::open(&route, &tls).await?;
            for _ in 0..mails / connections {
                connection.send(&envelope, &message).await?;
            }
            connection.quit().await;
            Ok::<_, mail::smtp_out::SendError>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let sent = mails / connections * connections;
    println!("{sent} mails of {} bytes over {connections} connections in {seconds:.2} s: {:.0} a second", message.len(), sent as f64 / seconds);
    Ok(())
}

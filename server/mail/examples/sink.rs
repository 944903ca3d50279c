//! An inbound server that counts messages and keeps none: for measuring the protocol alone.
//! `cargo run -p mail --release --example sink -- 127.0.0.1:2526`

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use mail::smtp_in::{Body, Envelope, Intake, Listener, ListenerConfig, Refusal, Verdict};

#[derive(Default)]
struct Count {
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl Intake for Count {
    fn recipient<'a>(&'a self, _address: &'a str) -> BoxFuture<'a, Verdict> {
        ready(Verdict::Accept).boxed()
    }

    fn accept(&self, _envelope: Envelope, body: Body) -> BoxFuture<'_, Result<String, Refusal>> {
        self.bytes.fetch_add(body.len(), Ordering::Relaxed);
        let number = self.messages.fetch_add(1, Ordering::Relaxed) + 1;
        ready(Ok(number.to_string())).boxed()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:2526").parse()?;
    let intake = Arc::new(Count::default());
    let timestamp = Arc::new(|| "Thu, 1 Jan 1970 00:00:00 +0000".to_owned());
    let config = ListenerConfig::new(address, "sink.test", std::env::temp_dir(), timestamp);
    let listener = Listener::bind(config, Arc::clone(&intake) as Arc<dyn Intake>).await?;
    println!("listening on {}", listener.local_address()?);
    let stop = async {
        // Without the signal there is nothing to wait for.
        let _ = tokio::signal::ctrl_c().await;
    };
    tokio::spawn(listener.run(stop)).await?;
    let (messages, bytes) = (intake.messages.load(Ordering::Relaxed), intake.bytes.load(Ordering::Relaxed));
    println!("{messages} messages, {bytes} bytes");
    Ok(())
}

//! Waiting for something outside to come true.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// Ports below those that the system hands out for outgoing connections: no client of another test can take one before its server does.
const FIRST_PORT: u16 = 10_000;
const PORTS: u16 = 22_000;

/// A loopback port that nobody listens on, and that no other test of this process gets.
///
/// # Errors
/// When the machine has none.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Processes that run side by side begin in different places.
    let start = (std::process::id() % 691) * 31;
    for _ in 0..PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST_PORT + u16::try_from((start + u32::from(step)) % u32::from(PORTS))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST_PORT} on is free")
}

/// Waits until something accepts connections.
///
/// # Errors
/// A sentence with the address after `patience`.
pub fn port_answers(port: u16, patience: Duration) -> Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    bail!("nothing listens on {address} after {patience:?}")
}

/// Asks again every 50 ms until there is an answer.
///
/// # Errors
/// A sentence with `what` after `patience`.
pub async fn until<T, F, W>(what: &str, patience: Duration, mut ask: F) -> Result<T>
where
    F: FnMut() -> W,
    W: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {patience:?} for {what}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

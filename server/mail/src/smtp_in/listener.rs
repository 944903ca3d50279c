//! The accept loop, and the stop that loses nothing.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Intake;
use super::config::{Event, ListenerConfig};
use super::connection::{Shared, serve};
use super::limits::ConnectionCounter;
use super::replies;
use super::session::Settings;

/// Pause after a failed accept: mostly the process is out of file descriptors, and trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound socket that becomes an SMTP server with [`Listener::run`].
pub struct Listener {
    socket: TcpListener,
    counter: ConnectionCounter,
    shared: Arc<Shared>,
}

impl Listener {
    /// Binds the socket; clients queue up from now on. Refuses with the operating system's error when the address cannot
    /// be had.
    pub async fn bind(config: ListenerConfig, intake: Arc<dyn Intake>) -> io::Result<Self> {
        let socket = TcpListener::bind(config.address).await?;
        let acceptor = config.tls.clone().map(TlsAcceptor::from);
        let settings = Settings::new(&config.host_name, config.limits.clone(), acceptor.is_some());
        let counter = ConnectionCounter::new(config.limits.connections, config.limits.connections_per_remote);
        Ok(Self { socket, counter, shared: Arc::new(Shared { config, settings, intake, acceptor }) })
    }

    /// The address that was bound.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `shutdown` is ready. Then the socket is closed; sessions between messages are told 421 4.3.2; those in
    /// the middle of one may finish it within [`Timeouts::drain`](super::Timeouts::drain), after which they are cut off
    /// without a 250. Returns when none is left. Best spawned, so that accepting does not share the main thread.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (stop, stopping) = watch::channel(false);
        let mut sessions = JoinSet::new();
        {
            let mut shutdown = pin!(shutdown);
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = &mut shutdown => break,
                    accepted = self.socket.accept() => accepted,
                };
                // Reaped here rather than awaited: an ended session need not wake this task.
                while sessions.try_join_next().is_some() {}
                match accepted {
                    Ok((stream, remote)) => self.admit(stream, remote, &stopping, &mut sessions),
                    Err(error) => {
                        tracing::warn!(%error, "accepting a connection failed");
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
        drop(self.socket);
        stop.send_replace(true);
        let all_done = async { while sessions.join_next().await.is_some() {} };
        if timeout(self.shared.config.timeouts.drain, all_done).await.is_err() {
            tracing::warn!(sessions = sessions.len(), "sessions cut off in the middle of a message");
            sessions.shutdown().await;
        }
    }

    fn admit(&self, stream: TcpStream, remote: SocketAddr, stopping: &watch::Receiver<bool>, sessions: &mut JoinSet<()>) {
        let Some(counted) = self.counter.enter(remote.ip()) else {
            // One try: a client that is not ready for 50 bytes gets none.
            let _ = stream.try_write(replies::OVERLOADED.as_bytes());
            self.shared.observe(Event::Overloaded);
            return;
        };
        // Replies are written once per batch, so that waiting to fill a segment would only delay them.
        let _ = stream.set_nodelay(true);
        let (shared, stopping) = (Arc::clone(&self.shared), stopping.clone());
        sessions.spawn(async move {
            serve(shared, stream, remote, stopping).await;
            drop(counted);
        });
    }
}

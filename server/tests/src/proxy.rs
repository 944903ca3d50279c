//! A TCP proxy that a test can take away and bring back: the network between us and somebody else.

use anyhow::Result;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Carries connections from its port to a target.
pub struct Proxy {
    /// Its port; the same after [`Proxy::open`].
    pub port: u16,
    target: String,
    work: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port.
    ///
    /// # Errors
    /// From the operating system.
    pub async fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut proxy = Self { port: listener.local_addr()?.port(), target: target.to_owned(), work: None };
        proxy.carry(listener);
        Ok(proxy)
    }

    fn carry(&mut self, listener: TcpListener) {
        let target = self.target.clone();
        self.work = Some(tokio::spawn(async move {
            // Dropping the set ends every connection in it.
            let mut connections = JoinSet::new();
            while let Ok((mut inner, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    if let Ok(mut outer) = TcpStream::connect(target).await {
                        // However it ends, both sides are closed with it.
                        let _ended = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                    }
                });
            }
        }));
    }

    /// Cuts every connection and refuses new ones.
    pub async fn close(&mut self) {
        if let Some(work) = self.work.take() {
            work.abort();
            // The port is free once the task is gone.
            let _cancelled = work.await;
        }
    }

    /// Carries again, at the same port.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn open(&mut self) -> Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        self.carry(listener);
        Ok(())
    }
}

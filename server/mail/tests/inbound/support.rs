//! A listener on a free port with an intake that remembers, and a client that speaks line by line.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use mail::smtp_in::{Body, Envelope, Event, Intake, Listener, ListenerConfig, Refusal, Verdict};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No step of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Taken {
    pub envelope: Envelope,
    pub head: Vec<u8>,
    pub len: u64,
    pub was_file: bool,
}

/// Knows every recipient but `unknown@…`. A sender `slow@…` makes it wait, `stuck@…` for ever, `refused@…` is refused.
#[derive(Default)]
pub struct Memory {
    pub taken: Mutex<Vec<Taken>>,
}

impl Intake for Memory {
    fn recipient<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Verdict> {
        async move {
            tokio::task::yield_now().await;
            if address.starts_with("unknown@") { Verdict::Unknown } else { Verdict::Accept }
        }
        .boxed()
    }

    fn accept(&self, envelope: Envelope, body: Body) -> BoxFuture<'_, Result<String, Refusal>> {
        async move {
            match envelope.from.split('@').next() {
                Some("slow") => tokio::time::sleep(Duration::from_millis(300)).await,
                Some("stuck") => std::future::pending().await,
                Some("refused") => return Err(Refusal::Rejected("Not from you.".to_owned())),
                _ => {}
            }
            let len = body.len();
            let (head, was_file) = match body {
                Body::Memory(bytes) => (bytes, false),
                Body::File { path, .. } => {
                    assert_eq!(std::fs::metadata(&path).unwrap().len(), len);
                    let mut head = vec![0; 2048];
                    let mut file = tokio::fs::File::open(&path).await.unwrap();
                    let read = file.read(&mut head).await.unwrap();
                    head.truncate(read);
                    (head, true)
                }
            };
            let mut taken = self.taken.lock().unwrap();
            taken.push(Taken { envelope, head, len, was_file });
            Ok(format!("Q{}", taken.len()))
        }
        .boxed()
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub intake: Arc<Memory>,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub spool: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Server {
    pub async fn start(change: impl FnOnce(&mut ListenerConfig)) -> Self {
        let spool = tempfile::tempdir().unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let timestamp = Arc::new(|| "Wed, 25 Sep 2019 13:33:00 +0100".to_owned());
        let mut config = ListenerConfig::new(([127, 0, 0, 1], 0).into(), "mx.test", spool.path(), timestamp);
        config.observer = Some(Arc::new(move |event| seen.lock().unwrap().push(event)));
        change(&mut config);
        let intake = Arc::new(Memory::default());
        let listener = Listener::bind(config, Arc::clone(&intake) as Arc<dyn Intake>).await.unwrap();
        let address = listener.local_address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(listener.run(async move {
            let _ = stopped.await;
        }));
        Self { address, intake, events, spool, stop: Some(stop), running }
    }

    pub async fn connect(&self) -> Client<TcpStream> {
        Client::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// Connected, greeted and after EHLO.
    pub async fn greeted(&self) -> Client<TcpStream> {
        let mut client = self.connect().await;
        client.expect("220 mx.test ESMTP ready").await;
        client.ehlo().await;
        client
    }

    pub fn stop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }

    /// Waits until [`Self::stop`] has led to the end.
    pub async fn stopped(&mut self) {
        timeout(PATIENCE, &mut self.running).await.unwrap().unwrap();
    }

    pub fn spooled_files(&self) -> usize {
        files_in(self.spool.path())
    }

    pub fn count(&self, event: Event) -> usize {
        self.events.lock().unwrap().iter().filter(|seen| **seen == event).count()
    }

    /// Waits until something that happens behind the client's back is so.
    pub async fn eventually(&self, so: impl Fn(&Self) -> bool) {
        let wait = async {
            while !so(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }
}

fn files_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

pub struct Client<S> {
    stream: BufReader<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub fn into_inner(self) -> S {
        assert!(self.stream.buffer().is_empty(), "nothing more was said");
        self.stream.into_inner()
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.unwrap().unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The last line of the next reply; empty when the connection is closed.
    pub async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            // A reset is an end too: what matters is that nothing more is said.
            let read = timeout(PATIENCE, self.stream.read_line(&mut line)).await.unwrap();
            if read.unwrap_or(0) == 0 || line.as_bytes().get(3) == Some(&b' ') {
                return line.trim_end().to_owned();
            }
        }
    }

    #[track_caller]
    pub fn expect(&mut self, start: &'static str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let reply = self.reply().await;
            assert!(reply.starts_with(start) && reply.is_empty() == start.is_empty(), "{caller}: {reply:?}, not {start:?}");
        }
    }

    pub async fn ehlo(&mut self) {
        self.send("EHLO client.test\r\n").await;
        self.expect("250 ").await;
    }

    /// MAIL, RCPT and DATA in one go.
    pub async fn begin_data(&mut self, from: &str) {
        self.send(format!("MAIL FROM:<{from}>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n")).await;
        for start in ["250 2.1.0", "250 2.1.5", "354 "] {
            self.expect(start).await;
        }
    }
}

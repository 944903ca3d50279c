use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Redactor, Reply, transport::Socket};

/// Most bytes of one reply; EHLO replies of real servers stay under 2 KiB.
const MAX_REPLY_BYTES: usize = 32 * 1024;

/// The bare conversation, line by line: for the steps before STARTTLS, and for the probe, which shows every word.
pub(crate) struct Dialogue {
    socket: Socket,
    received: Vec<u8>,
}

/// A reply as it came: the code and the lines, codes included.
#[derive(Clone, Debug)]
pub(crate) struct Verbatim {
    pub(crate) code: u16,
    pub(crate) lines: Vec<String>,
}

impl Verbatim {
    /// The lines without their codes.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.get(4..).unwrap_or_default())
    }

    pub(crate) fn to_reply(&self, redactor: &Redactor) -> Reply {
        Reply::new(self.code, self.texts(), redactor)
    }

    pub(crate) fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }
}

impl Dialogue {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket, received: Vec::new() }
    }

    /// Reads one whole reply (RFC 5321 section 4.2.1).
    pub(crate) async fn reply(&mut self) -> io::Result<Verbatim> {
        let mut lines = Vec::new();
        let mut total = 0;
        loop {
            let line = self.line().await?;
            total += line.len() + 2;
            if total > MAX_REPLY_BYTES {
                return Err(io::Error::other("the server's answer has no end"));
            }
            let bytes = line.as_bytes();
            let code = bytes
                .get(..3)
                .filter(|digits| digits.iter().all(u8::is_ascii_digit))
                .and_then(|_| line.get(..3)?.parse::<u16>().ok())
                .filter(|code| (200..600).contains(code));
            let (Some(code), separator) = (code, bytes.get(3).copied()) else {
                return Err(not_smtp(&line));
            };
            let last = match separator {
                Some(b'-') => false,
                None | Some(b' ') => true,
                Some(_) => return Err(not_smtp(&line)),
            };
            lines.push(line);
            if last {
                return Ok(Verbatim { code, lines });
            }
        }
    }

    /// Sends a command (without line end) and reads its reply.
    pub(crate) async fn command(&mut self, command: &str) -> io::Result<Verbatim> {
        self.socket.write_all(format!("{command}\r\n").as_bytes()).await?;
        self.socket.flush().await?;
        self.reply().await
    }

    /// The TCP stream, to put TLS over it. Refuses when bytes arrived after the reply to STARTTLS: they came
    /// unencrypted and must not be taken for the server's words inside TLS (RFC 3207 section 6).
    pub(crate) fn into_tcp(self) -> io::Result<TcpStream> {
        match self.socket {
            Socket::Plain(stream) if self.received.is_empty() => Ok(stream),
            Socket::Plain(_) => Err(io::Error::other("the server sent text ahead of the TLS handshake")),
            Socket::Tls(_) => Err(io::Error::other("the connection is encrypted already")),
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.received) {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.received.len() > MAX_REPLY_BYTES {
                return Err(io::Error::other("the server's answer has no end"));
            }
            if self.socket.read_buf(&mut self.received).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
        }
    }
}

fn not_smtp(line: &str) -> io::Error {
    let start: String = line.chars().filter(|c| !c.is_control()).take(60).collect();
    io::Error::other(format!("the server answered \"{start}\", which is not SMTP"))
}

/// Tries the addresses in turn; `Err` tells the last one's failure.
pub(crate) async fn connect_tcp(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small commands must not wait for the acknowledgement of the packet before.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

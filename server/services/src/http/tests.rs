//! The guard against a name server that changes its mind, redirects, and answers without end.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use mail::{dns::Dns, smtp_out::TlsSettings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

use super::{Call, Http, HttpError, Url};

/// Answers every question for an IPv4 address with the next of a list (the last one stays), lifetime 0, and counts the questions.
async fn name_server(answers: &[[u8; 4]]) -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let (asked, counter) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(answers.to_vec())));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut packet = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut packet).await {
            let question = &packet[12..length];
            let end = question.iter().position(|byte| *byte == 0).unwrap() + 5;
            let is_a = question[end - 3] == 1;
            let mut answer = packet[..2].to_vec();
            answer.extend_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
            answer.extend_from_slice(&question[..end]);
            if is_a {
                count.fetch_add(1, Ordering::SeqCst);
                let mut list = counter.lock().unwrap();
                let next = if list.len() > 1 { list.remove(0) } else { list[0] };
                answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
                answer.extend_from_slice(&next);
            }
            let _ = socket.send_to(&answer, peer).await;
        }
    });
    (address, asked)
}

/// Answers every connection with the same bytes, and counts them.
async fn web_server(answer: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (port, seen)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn client(dns: SocketAddr, allowed: &[&str]) -> Http {
    let authority = rcgen::generate_simple_self_signed(["authority.example".to_owned()]).unwrap();
    let tls = TlsSettings::with_roots([authority.cert.der().clone()]).unwrap();
    let allowed = allowed.iter().map(|one| one.parse().unwrap()).collect();
    Http::new(&Dns::with_name_servers(&[dns]).unwrap(), &tls, allowed).unwrap()
}

async fn get(http: &Http, url: &str) -> Result<String, HttpError> {
    let answer = http.send(Call { redirects: 3, ..Call::get(Url::parse(url).unwrap(), 1000) }).await?;
    Ok(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_nothing_inside() {
    let (port, seen) = web_server(ok("inside")).await;
    for answers in [&[[127, 0, 0, 1]][..], &[[169, 254, 169, 254], [127, 0, 0, 1]], &[[10, 0, 0, 1], [0, 0, 0, 0], [127, 0, 0, 1]]] {
        let (dns, asked) = name_server(answers).await;
        let http = client(dns, &[]);
        for _ in 0..answers.len() + 1 {
            let url = format!("https://rebind.example:{port}/");
            assert_eq!(get(&http, &url).await, Err(HttpError::Private("rebind.example".into())), "{answers:?}");
        }
        assert!(asked.load(Ordering::SeqCst) >= 1);
    }
    // A first answer that would pass is not remembered for the second connection: each one asks and is judged by what it got.
    let (dns, _) = name_server(&[[127, 0, 0, 1], [127, 0, 0, 2]]).await;
    let http = client(dns, &["127.0.0.1"]);
    assert_eq!(get(&http, &format!("http://rebind.example:{port}/")).await, Ok("200 inside".into()));
    let before = seen.load(Ordering::SeqCst);
    assert_eq!(get(&http, &format!("http://rebind.example:{port}/")).await, Err(HttpError::Private("rebind.example".into())));
    assert_eq!(seen.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn addresses_in_the_place_of_names_are_judged_too() {
    let (port, seen) = web_server(ok("inside")).await;
    let (dns, _) = name_server(&[[127, 0, 0, 1]]).await;
    let http = client(dns, &[]);
    for host in
        ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0"]
    {
        for scheme in ["https", "http"] {
            let refused = get(&http, &format!("{scheme}://{host}:{port}/")).await;
            assert!(matches!(refused, Err(HttpError::Private(_))), "{scheme} {host}: {refused:?}");
        }
    }
    assert_eq!(get(&http, "http://8.8.8.8/").await, Err(HttpError::Plain("8.8.8.8".into())));
    assert_eq!(get(&http, "ftp://acme.example/").await, Err(HttpError::Address));
    assert_eq!(get(&http, "https://ann:secret@acme.example/").await, Err(HttpError::Address));
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn plain_http_is_for_exceptions() {
    let (port, _) = web_server(ok("inside")).await;
    let (dns, _) = name_server(&[[8, 8, 8, 8]]).await;
    assert_eq!(get(&client(dns, &[]), &format!("http://public.example:{port}/")).await, Err(HttpError::Plain("public.example".into())));
    let (dns, _) = name_server(&[[127, 0, 0, 1]]).await;
    for allowed in ["login.example", "127.0.0.0/8"] {
        assert_eq!(get(&client(dns, &[allowed]), &format!("http://login.example:{port}/")).await, Ok("200 inside".into()), "{allowed}");
    }
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_judged() {
    let (inside, seen) = web_server(ok("inside")).await;
    let (dns, _) = name_server(&[[127, 0, 0, 1]]).await;
    let http = client(dns, &["login.example"]);
    let redirect = |target: String| format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    for target in [format!("http://127.0.0.1:{inside}/"), format!("https://[::1]:{inside}/"), format!("//other.example:{inside}/")] {
        let (port, _) = web_server(redirect(target.clone())).await;
        let refused = get(&http, &format!("http://login.example:{port}/")).await;
        assert!(matches!(refused, Err(HttpError::Private(_))), "{target}: {refused:?}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    let (port, _) = web_server(redirect(format!("http://login.example:{inside}/"))).await;
    assert_eq!(get(&http, &format!("http://login.example:{port}/")).await, Ok("200 inside".into()));
    let (port, hops) = web_server(redirect("/again".into())).await;
    assert_eq!(get(&http, &format!("http://login.example:{port}/")).await, Err(HttpError::Redirects("login.example".into())));
    assert_eq!(hops.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn long_answers_and_silence_are_given_up() {
    let (dns, _) = name_server(&[[127, 0, 0, 1]]).await;
    let http = client(dns, &["login.example"]);
    let too_large = Err(HttpError::TooLarge("login.example".into(), 1000));
    let (port, _) = web_server(ok(&"x".repeat(1001))).await;
    assert_eq!(get(&http, &format!("http://login.example:{port}/")).await, too_large);
    let (port, _) = web_server(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(5000))).await;
    assert_eq!(get(&http, &format!("http://login.example:{port}/")).await, too_large);
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = Url::parse(&format!("http://login.example:{}/", silent.local_addr().unwrap().port())).unwrap();
    let call = Call { patience: std::time::Duration::from_millis(200), ..Call::get(url, 1000) };
    assert_eq!(http.send(call).await.unwrap_err(), HttpError::Timeout("login.example".into()));
}

#[test]
fn a_form_is_encoded() {
    let call = Call::form(Url::parse("https://x.example/token?a=1").unwrap(), &[("code", "a b&c"), ("ü", "=")], 10);
    assert_eq!(String::from_utf8(call.body.unwrap()).unwrap(), "code=a+b%26c&%C3%BC=%3D");
    assert_eq!(call.url.as_str(), "https://x.example/token?a=1");
}

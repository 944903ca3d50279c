use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::{Dns, DnsError, MxRecord};

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// The zone of the test's own name server. `None` means no answer at all.
fn answers(question: &str, kind: RecordType) -> Option<Result<Vec<RData>, ResponseCode>> {
    let txt = |strings: &[&str]| RData::TXT(TXT::new(strings.iter().map(ToString::to_string).collect()));
    Some(match (question, kind) {
        ("silent.test.", _) => return None,
        ("broken.test.", _) => Err(ResponseCode::ServFail),
        ("y.test.", RecordType::MX) => Ok(vec![RData::MX(MX::new(20, name("b.y.test."))), RData::MX(MX::new(10, name("a.y.test.")))]),
        ("none.test.", RecordType::MX) => Ok(vec![RData::MX(MX::new(0, Name::root()))]),
        ("y.test.", RecordType::TXT) => Ok(vec![txt(&["v=spf1 ", "-all"]), txt(&["other"])]),
        ("alias.y.test.", RecordType::CNAME) => Ok(vec![RData::CNAME(CNAME(name("target.y.test.")))]),
        ("host.y.test.", RecordType::A) => Ok(vec![RData::A(A::new(192, 0, 2, 7))]),
        ("host.y.test.", RecordType::AAAA) => Ok(vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7))]),
        ("y.test." | "host.y.test.", _) => Ok(Vec::new()),
        _ => Err(ResponseCode::NXDomain),
    })
}

async fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        loop {
            let (len, client) = socket.recv_from(&mut buffer).await.unwrap();
            let mut message = Message::from_vec(&buffer[..len]).unwrap().into_response();
            let query = message.queries[0].clone();
            match answers(&query.name().to_lowercase().to_ascii(), query.query_type()) {
                None => continue,
                Some(Err(code)) => message.metadata.response_code = code,
                Some(Ok(records)) => {
                    message.add_answers(records.into_iter().map(|data| Record::from_rdata(query.name().clone(), 300, data)));
                }
            }
            socket.send_to(&message.to_vec().unwrap(), client).await.unwrap();
        }
    });
    address
}

async fn dns() -> Dns {
    Dns::with_name_servers(&[name_server().await]).unwrap().with_timeout(Duration::from_secs(2))
}

#[tokio::test]
async fn answers_come_sorted_and_joined() {
    let dns = dns().await;
    let exchanger = |preference, exchange: &str| MxRecord { preference, exchange: exchange.to_owned() };
    assert_eq!(dns.mx("y.test").await, Ok(vec![exchanger(10, "a.y.test"), exchanger(20, "b.y.test")]));
    assert_eq!(dns.mx("none.test").await, Ok(vec![exchanger(0, "")]));
    assert_eq!(dns.txt("y.test.").await, Ok(vec!["v=spf1 -all".to_owned(), "other".to_owned()]));
    assert_eq!(dns.cname("alias.y.test").await, Ok("target.y.test".to_owned()));
    let both: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    assert_eq!(dns.lookup_ip("host.y.test").await, Ok(both));
}

#[tokio::test]
async fn failures_are_told_apart() {
    let dns = dns().await;
    assert_eq!(dns.mx("absent.test").await, Err(DnsError::NotFound));
    assert_eq!(dns.cname("y.test").await, Err(DnsError::NotFound));
    assert_eq!(dns.lookup_ip("absent.test.").await, Err(DnsError::NotFound));
    assert!(matches!(dns.txt("broken.test").await, Err(DnsError::Resolver(_))));
    assert!(matches!(dns.txt("a..b").await, Err(DnsError::Resolver(_))));
    let hasty = dns.with_timeout(Duration::from_millis(100));
    assert_eq!(hasty.txt("silent.test").await, Err(DnsError::Timeout));
    assert!(matches!(Dns::with_name_servers(&[]), Err(DnsError::Resolver(_))));
}

#[tokio::test]
async fn addresses_and_hosts_file_need_no_server() {
    let unreachable = Dns::with_name_servers(&["127.0.0.1:9".parse().unwrap()]).unwrap();
    let check = async |host: &str, expected: &str| {
        let found = unreachable.lookup_ip(host).await.unwrap();
        assert!(found.contains(&expected.parse().unwrap()), "{host}: {found:?}");
    };
    check("127.0.0.9", "127.0.0.9").await;
    check("[127.0.0.9]", "127.0.0.9").await;
    check("2001:db8::9", "2001:db8::9").await;
    check("localhost", "127.0.0.1").await;
    assert!(Dns::system().unwrap().lookup_ip("localhost").await.unwrap().iter().all(IpAddr::is_loopback));
}

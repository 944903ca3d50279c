use std::net::SocketAddr;

use mail::{
    dns::Dns,
    probe::{Outcome, STEPS, Step, StepKind, run},
    smtp_out::{Route, Security, TlsSettings},
};

use crate::server::{CLOSE, STALL, Script, Server, certificates, credentials, distrusting};

/// 2026-11-21.
const NOW: i64 = 1_795_219_200;

async fn probe(route: &Route, tls: &TlsSettings) -> Vec<Step> {
    let nowhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let dns = Dns::with_name_servers(&[nowhere]).unwrap();
    let mut told = Vec::new();
    let steps = run(route, "me@here.example", &dns, tls, NOW, |step| told.push(step)).await;
    assert_eq!(steps, told);
    assert_eq!(steps.iter().map(|step| step.kind).collect::<Vec<_>>(), STEPS);
    for said in [format!("{steps:?}"), serde_json::to_string(&steps).unwrap()] {
        assert!(!said.contains("correct horse") && !said.contains("AGFubgBjb3JyZWN0IGhvcnNl"), "{said}");
    }
    steps
}

fn outcomes(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step.outcome {
            Outcome::Ok => 'o',
            Outcome::Warning => 'w',
            Outcome::Failed => 'F',
            Outcome::Skipped => '-',
        })
        .collect()
}

fn detail(steps: &[Step], kind: StepKind) -> &Step {
    steps.iter().find(|step| step.kind == kind).unwrap()
}

#[tokio::test]
async fn a_sound_route_passes_every_step() {
    for (security, implicit_tls) in [(Security::Tls, true), (Security::StartTls, false)] {
        let certificates = certificates(&["127.0.0.1", "smtp.test.example"], (2020, 2090));
        let mut script = Script { tls: Some(certificates.server), implicit_tls, ..Script::default() };
        script.ehlo.push("STARTTLS");
        let server = Server::start(script).await;
        let mut route = server.route(security);
        route.credentials = Some(credentials());
        let steps = probe(&route, &certificates.trusting).await;
        assert_eq!(outcomes(&steps), "oooooo", "{steps:?}");
        let certificate = detail(&steps, StepKind::Tls).certificate.clone().unwrap();
        assert_eq!(certificate.names, ["127.0.0.1", "smtp.test.example"]);
        assert_eq!((certificate.issuer.as_str(), certificate.protocol.as_str()), ("Test Authority", "TLS 1.3"));
        assert!(certificate.trusted && certificate.name_matches);
        assert_eq!(certificate.expires_unix_seconds, 3_786_912_000);
        let ehlo = detail(&steps, StepKind::Ehlo);
        assert!(ehlo.detail.contains("1 MB") && ehlo.detail.contains("PLAIN, LOGIN"), "{}", ehlo.detail);
        assert!(ehlo.server_words.contains(&"250 AUTH PLAIN LOGIN".to_owned()), "{:?}", ehlo.server_words);
        let heard = server.heard();
        assert_eq!(&heard[heard.len() - 3..], ["MAIL FROM:<me@here.example>", "RSET", "QUIT"]);
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_shown_and_gets_no_password() {
    let check = async |names: &[&str], years: (i32, i32), trust: bool, words: &[&str]| {
        let certificates = certificates(names, years);
        let script = Script { tls: Some(certificates.server), ehlo: vec!["STARTTLS"], ..Script::default() };
        let server = Server::start(script).await;
        let mut route = server.route(Security::StartTls);
        route.credentials = Some(credentials());
        let tls = if trust { certificates.trusting } else { distrusting() };
        let steps = probe(&route, &tls).await;
        assert_eq!(outcomes(&steps), "ooF---", "{steps:?}");
        let step = detail(&steps, StepKind::Tls);
        for word in words {
            assert!(step.detail.contains(word), "{}", step.detail);
        }
        let shown = step.certificate.clone().unwrap();
        assert!(!shown.trusted);
        assert_eq!(shown.names, names);
        assert!(!server.heard_any("AUTH") && !server.heard_any("MAIL"), "{:?}", server.heard());
    };
    check(&["mail.other.example"], (2020, 2090), true, &["mail.other.example", "not for 127.0.0.1"]).await;
    check(&["127.0.0.1"], (2020, 2021), true, &["has expired"]).await;
    check(&["127.0.0.1"], (2080, 2090), true, &["not valid yet"]).await;
    check(&["127.0.0.1"], (2020, 2090), false, &["Test Authority", "does not trust"]).await;
}

#[tokio::test]
async fn a_certificate_about_to_end_is_a_warning() {
    let certificates = certificates(&["127.0.0.1"], (2020, 2090));
    let script = Script { tls: Some(certificates.server), implicit_tls: true, ..Script::default() };
    let server = Server::start(script).await;
    let route = server.route(Security::Tls);
    let dns = Dns::with_name_servers(&["127.0.0.1:9".parse().unwrap()]).unwrap();
    let ten_days_before = 3_786_912_000 - 10 * 86_400;
    let steps = run(&route, "me@here.example", &dns, &certificates.trusting, ten_days_before, |_| {}).await;
    assert_eq!(outcomes(&steps), "oowo-o", "{steps:?}");
    assert!(detail(&steps, StepKind::Tls).detail.contains("ends in 10 days"));
}

#[tokio::test]
async fn each_failure_stops_at_its_step_with_the_servers_words() {
    let check = async |script: Script, security: Security, sign_in: bool, expected: &str, words: &str| {
        let server = Server::start(script).await;
        let mut route = server.route(security);
        route.credentials = sign_in.then(credentials);
        let started = std::time::Instant::now();
        let steps = probe(&route, &distrusting()).await;
        assert_eq!(outcomes(&steps), expected, "{steps:?}");
        let all = format!("{steps:?}");
        assert!(all.contains(words), "{words} not in {all}");
        assert!(started.elapsed() < std::time::Duration::from_secs(6));
    };
    let with = |command: &'static str, reply: &'static str| Script { ehlo: vec!["AUTH PLAIN"], replies: vec![(command, reply)], ..Script::default() };
    let plain = Security::None;
    check(Script { greeting: STALL, ..Script::default() }, plain, false, "oowF--", "No answer within").await;
    check(Script { greeting: "554 blocked by list", ..Script::default() }, plain, false, "oowF--", "554 blocked by list").await;
    check(Script { greeting: "SSH-2.0-x", ..Script::default() }, plain, false, "oowF--", "not SMTP").await;
    check(with("EHLO", STALL), plain, false, "oowF--", "No answer within").await;
    check(with("EHLO", CLOSE), plain, false, "oowF--", "closed the connection").await;
    check(with("AUTH", "535 5.7.8 no: AGFubgBjb3JyZWN0IGhvcnNl"), plain, true, "oowwF-", "535 5.7.8 no: [redacted]").await;
    check(with("AUTH", STALL), plain, true, "oowwF-", "No answer within").await;
    check(with("MAIL", "550 5.7.60 not your address"), plain, true, "oowwwF", "550 5.7.60 not your address").await;
    check(with("MAIL", "451 greylisted"), plain, false, "ooww-F", "Try again later").await;
    check(Script::default(), Security::StartTls, true, "ooF---", "does not offer STARTTLS").await;
    check(Script::default(), Security::Tls, true, "ooF---", "did not answer with TLS").await;
}

#[tokio::test]
async fn unreachable_servers_are_told_apart() {
    let server = Server::start(Script::default()).await;
    let mut route = server.route(Security::None);
    route.port = {
        let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        unused.local_addr().unwrap().port()
    };
    let steps = probe(&route, &distrusting()).await;
    assert_eq!(outcomes(&steps), "oF----");
    assert!(detail(&steps, StepKind::Tcp).detail.contains("refuses connections"));
    route.host = "no-such-host.invalid".into();
    let steps = probe(&route, &distrusting()).await;
    assert_eq!(outcomes(&steps), "F-----");
}

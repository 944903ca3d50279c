//! The peers themselves: when these fail, look at the machine, not at Switchboard.

use anyhow::Result;
use tests::peers::{Authority, Dovecot, Postfix, PostfixSettings, Sink, swaks};

#[tokio::test]
async fn postfix_relays_to_the_sink() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sink = Sink::keeping(folder.path())?;
    let postfix = Postfix::start(folder.path(), &PostfixSettings { relay_to: Some(sink.port), ..PostfixSettings::default() })?;
    let mail = folder.path().join("mail.eml");
    std::fs::write(&mail, "Subject: Hello\n\nA line.\n")?;
    swaks::inject(postfix.port, "ann@acme.example", "bob@else.example", &mail)?;
    let kept = tests::wait::until("the mail in the sink", std::time::Duration::from_secs(20), async || {
        let mails = sink.mails()?;
        Ok(mails.into_iter().find(|mail| mail.contains("Subject: Hello")))
    })
    .await?;
    assert!(kept.contains("A line."));
    Ok(())
}

#[tokio::test]
async fn dovecot_answers_for_postfix() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::create(folder.path())?;
    let certificate = authority.issue("localhost")?;
    let dovecot = Dovecot::start(folder.path(), "support", "right horse")?;
    let postfix = Postfix::start(
        folder.path(),
        &PostfixSettings { certificate: Some(&certificate), sasl: Some(dovecot.socket()), ..PostfixSettings::default() },
    )?;
    let swaks = |password: &str| {
        std::process::Command::new("/usr/bin/swaks")
            .args(["--server", "127.0.0.1", "--port", &postfix.port.to_string(), "--tls", "--auth", "PLAIN", "--auth-user", "support"])
            .args(["--auth-password", password, "--quit-after", "AUTH"])
            .output()
    };
    assert!(swaks("right horse")?.status.success(), "{}\n{}", postfix.log(), dovecot.log());
    assert!(!swaks("wrong horse")?.status.success());
    Ok(())
}

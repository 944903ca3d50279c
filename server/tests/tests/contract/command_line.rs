//! Subcommands.

use std::net::{TcpListener, UdpSocket};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{
    rows::Peek,
    switchboard::{Database, PASSWORD},
};

use crate::fresh;

#[test]
fn every_subcommand_explains_itself() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let check = |line: &str, expected: &[&str]| -> Result<()> {
        let arguments: Vec<_> = line.split_whitespace().chain(["--help"]).collect();
        let help = setup.run(&arguments, "")?;
        for word in expected {
            ensure!(help.contains(word), "`{line} --help` does not speak of {word}:\n{help}");
        }
        Ok(())
    };
    check("", &["contact-centre", "serve", "migrate", "doctor", "demo", "backup", "restore", "config", "owner", "operator", "partner", "token"])?;
    check("serve", &["Usage: switchboard serve", "--config"])?;
    check("migrate", &["Usage: switchboard migrate"])?;
    check("doctor", &["database", "key file", "ports", "disk", "DNS", "clock"])?;
    check("demo", &["--folder"])?;
    check("backup", &["<FOLDER>"])?;
    check("restore", &["<FOLDER>"])?;
    check("config", &["schema"])?;
    check("config schema", &["Usage: switchboard config schema"])?;
    check("owner create", &["--tenant", "--email", "--password-stdin", "--launch-link"])?;
    check("operator create", &["--email", "--access", "full-with-decrypt", "--password-stdin"])?;
    check("operator set-access", &["--email", "--access"])?;
    check("operator disable", &["--email"])?;
    check("operator enable", &["--email"])?;
    check("partner link", &["--partner", "--customer", "--access", "--accepted"])?;
    check("partner end", &["--partner", "--customer"])?;
    check("token create", &["--user", "--name", "--capability"])?;
    // Help makes nothing.
    ensure!(std::fs::read_dir(&setup.folder)?.next().is_none(), "asking for help left files behind");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() -> Result<()> {
    for database in Database::both("migrate").await? {
        let (_folder, setup) = fresh(database)?;
        let first = setup.run(&["migrate"], "")?;
        let before = Peek::open(&setup).await?.everything().await?;
        let second = setup.run(&["migrate"], "")?;
        ensure!(first == second && first.contains("schema version"), "{first} and then {second}");
        assert_eq!(before, Peek::open(&setup).await?.everything().await?);
        ensure!(before.keys().any(|table| table == "email_message"), "no tables: {:?}", before.keys());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_and_tokens_are_made_and_work() -> Result<()> {
    for database in Database::both("owner").await? {
        let (_folder, setup) = fresh(database)?;
        let owner = |tenant: &'static str, email: &'static str| ["owner", "create", "--tenant", tenant, "--email", email, "--password-stdin"];
        setup.run(&owner("Acme", "ann@acme.example"), &format!("{PASSWORD}\nnot part of it\n"))?;
        // Another owner of the same tenant, then one of another.
        setup.run(&owner("Acme", "bob@acme.example"), PASSWORD)?;
        setup.run(&owner("Other", "cy@other.example"), PASSWORD)?;
        let token = |arguments: &[&str]| -> Result<String> {
            let printed = setup.run(&[&["token", "create"], arguments].concat(), "")?;
            let token = printed.trim();
            ensure!(token.starts_with("sbt_") && !token.contains(char::is_whitespace), "a script reads the token alone: {printed:?}");
            Ok(token.to_owned())
        };
        let all = token(&["--user", "ann@acme.example", "--name", "all"])?;
        let few = token(&["--user", "bob@acme.example", "--name", "few", "--capability", "email.read", "--capability", "tenant.read"])?;
        let server = setup.serve().await?;
        let tenant = server.script(&all)?.call("/api/tenant/get", &json!({})).await?;
        ensure!(tenant["name"] == "Acme", "{tenant}");
        let people = server.script(&all)?.call("/api/people/list", &json!({})).await?;
        let emails: Vec<_> = people["items"].as_array().context("items")?.iter().filter_map(|user| user["email"].as_str()).collect();
        assert_eq!(emails, ["ann@acme.example", "bob@acme.example"]);
        let few = server.script(&few)?;
        few.call("/api/tenant/get", &json!({})).await?;
        ensure!(few.post("/api/people/list", &json!({})).await?.status() == 404, "the token may more than it was given");
        server.browser()?.sign_in("bob@acme.example", PASSWORD).await?;
    }
    Ok(())
}

#[test]
fn what_cannot_be_made_is_refused_with_a_sentence() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    setup.run(&["owner", "create", "--tenant", "Acme", "--email", "ann@acme.example", "--password-stdin"], PASSWORD)?;
    let check = |line: &[&str], input: &str, expected: &str| -> Result<()> {
        let printed = setup.refused(line, input)?;
        ensure!(printed.contains(expected), "{line:?} does not speak of {expected}:\n{printed}");
        ensure!(!printed.contains("short secret"), "the password is repeated:\n{printed}");
        Ok(())
    };
    let owner = |tenant: &'static str, email: &'static str| ["owner", "create", "--tenant", tenant, "--email", email, "--password-stdin"];
    check(&owner("Acme", "ann@acme.example"), PASSWORD, "email:")?;
    check(&owner("Other", "ANN@acme.example"), PASSWORD, "email:")?;
    check(&owner("Acme", "no address"), PASSWORD, "email:")?;
    check(&owner("Acme", "new@acme.example"), "short secret", "password:")?;
    check(&owner("Acme", "new@acme.example"), "", "no password")?;
    check(&["owner", "create", "--tenant", "Acme", "--email", "new@acme.example"], PASSWORD, "--password-stdin")?;
    check(&["token", "create", "--user", "nobody@acme.example", "--name", "n"], "", "user:")?;
    check(&["token", "create", "--user", "ann@acme.example", "--name", ""], "", "name:")?;
    check(&["token", "create", "--user", "ann@acme.example", "--name", "n", "--capability", "email.fly"], "", "email.fly")?;
    check(&["fly"], "", "fly")?;
    Ok(())
}

/// Answers every question with "there is no such name", so that the doctor's look-up stays on this machine.
fn name_server() -> Result<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let port = socket.local_addr()?.port();
    std::thread::spawn(move || {
        let mut packet = [0_u8; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut packet) {
            // RFC 1035 section 4.1: 12 bytes of header, then the name in labels, type and class.
            let mut end = 12;
            while end < length && packet[end] != 0 {
                end += usize::from(packet[end]) + 1;
            }
            let mut answer = packet.get(..end + 5).unwrap_or_default().to_vec();
            if answer.len() > 12 {
                answer[2] = 0x81;
                answer[3] = 0x83;
                answer[6..12].fill(0);
                // A client that has gone needs no answer.
                let _gone = socket.send_to(&answer, peer);
            }
        }
    });
    Ok(port)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_a_line_each_and_fails_when_something_is_wrong() -> Result<()> {
    for database in Database::both("doctor").await? {
        let (_folder, setup) = fresh(database)?;
        let setup = setup.with("SWITCHBOARD_DNS_SERVERS", format!("127.0.0.1:{}", name_server()?));
        let before = setup.run(&["doctor"], "")?;
        ensure!(!setup.folder.join("switchboard.db").exists(), "the doctor makes a database");
        let subjects: Vec<_> = before.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
        assert_eq!(subjects, ["✓ database", "✓ key file", "✓ http port", "✓ smtp port", "✓ disk", "✓ dns", "✓ clock"], "{before}");
        setup.owner_token("Acme", "ann@acme.example")?;
        ensure!(setup.run(&["doctor"], "")?.contains("database: reached, schema version"), "a made database is reached");

        let taken = TcpListener::bind(("127.0.0.1", setup.http_port))?;
        let sick = setup.refused(&["doctor"], "")?;
        ensure!(sick.contains("✗ http port") && sick.contains("SWITCHBOARD_HTTP_ADDR") && sick.contains("✓ smtp port"), "{sick}");
        drop(taken);
        std::fs::set_permissions(setup.folder.join("secret.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        let sick = setup.refused(&["doctor"], "")?;
        ensure!(sick.contains("✗ key file") && sick.contains("chmod 600"), "{sick}");
        std::fs::set_permissions(setup.folder.join("secret.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let silent = setup.with("SWITCHBOARD_DNS_SERVERS", "127.0.0.1:1").refused(&["doctor"], "")?;
        ensure!(silent.contains("✗ dns") && silent.contains("SWITCHBOARD_DNS_SERVERS"), "{silent}");
    }
    Ok(())
}

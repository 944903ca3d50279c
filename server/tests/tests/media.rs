//! Links to received files over HTTP (spec tenant-settings, "Secure handling of Inbound media files"): parts, caching, the expiry, the key.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    office::{Office, RouteFields},
    peers::swaks,
    rows::Peek,
    switchboard::{Database, Setup, Switchboard},
};

const HEADER: &str = "x-imi-connect-media-api-key";
const SIZE: usize = 300_000;

fn content() -> Vec<u8> {
    (0..SIZE).map(|n| u8::try_from(n * 7 % 251).unwrap_or(0)).collect()
}

/// A server on which one file was received, and somebody who is not signed in.
struct Desk {
    server: Switchboard,
    office: Office,
    stranger: Browser,
    peek: Peek,
}

impl Desk {
    async fn open(folder: &Path, database: Database) -> Result<Self> {
        let setup = Setup::new(folder, database)?;
        let token = setup.owner_token("Acme", "owner@acme.example")?;
        setup.run(&["tenant", "feature", "--tenant", "Acme", "--secure-media", "on"], "")?;
        let server = setup.serve().await?;
        let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(1)).await?;
        let (stranger, peek) = (server.browser()?, Peek::open(&setup).await?);
        Ok(Self { server, office, stranger, peek })
    }

    /// Brings a mail with two files, a plain one and a page that would act if it were shown; their links, as `/media/…`.
    async fn receive(&self, folder: &Path, subject: &str) -> Result<[Value; 2]> {
        let file = STANDARD.encode(content()).as_bytes().chunks(76).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
        let path = folder.join("mail.eml");
        std::fs::write(
            &path,
            format!(
                "From: ann@customer.example\nTo: support@acme.example\nSubject: {subject}\nMIME-Version: 1.0\n\
                 Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nSee the files.\n\
                 --b\nContent-Type: image/png\nContent-Disposition: attachment; filename=\"photo of \u{fc}.png\"\nContent-Transfer-Encoding: base64\n\n{file}\n\
                 --b\nContent-Type: text/html\nContent-Disposition: attachment; filename=\"page.html\"\n\n<script>alert(1)</script>\n--b--\n"
            ),
        )?;
        swaks::inject(self.server.smtp_port, "ann@customer.example", &self.office.forwarding_address, &path)?;
        let thread = self.office.thread(subject, Duration::from_secs(30)).await?;
        let files = thread["mails"][0]["attachments"].as_array().context("files")?.clone();
        let link = |place: usize| files.get(place).map(|file| file["link"].clone()).context("a file has a link");
        Ok([link(0)?, link(1)?])
    }

    async fn get(&self, link: &Value, headers: &[(&str, &str)]) -> Result<Response> {
        self.ask(Method::GET, link, headers).await
    }

    async fn ask(&self, method: Method, link: &Value, headers: &[(&str, &str)]) -> Result<Response> {
        let url = link["url"].as_str().context("a link has an address")?;
        let path = url.strip_prefix(self.server.url.as_str()).with_context(|| format!("{url} is elsewhere"))?;
        let request = headers.iter().fold(self.stranger.request(method, path), |request, (name, value)| request.header(*name, *value));
        Ok(request.send().await?)
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_whole_in_part_and_not_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let [photo, page] = desk.receive(folder.path(), "Photo").await?;
    ensure!(photo["expires"].is_null() && photo["expired"] == false, "off: a persistent link: {photo}");
    let whole = desk.get(&photo, &[("accept-encoding", "br, gzip")]).await?;
    assert_eq!(whole.status(), 200);
    let etag = header(&whole, "etag");
    for (name, expected) in [
        ("content-type", "image/png"),
        ("content-length", "300000"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("x-content-type-options", "nosniff"),
        ("content-encoding", ""),
        ("content-disposition", "inline; filename=\"photo of _.png\"; filename*=UTF-8''photo%20of%20%C3%BC.png"),
    ] {
        assert_eq!(header(&whole, name), expected, "{name}");
    }
    assert!(header(&whole, "content-security-policy").contains("sandbox"));
    ensure!(whole.bytes().await?.as_ref() == content(), "the whole file");

    let check = async |range: &str, more: &[(&str, &str)], status: u16, shown: &str, expected: &[u8]| -> Result<()> {
        let headers: Vec<_> = [("range", range)].into_iter().chain(more.iter().copied()).collect();
        let answer = desk.get(&photo, &headers).await?;
        ensure!((answer.status().as_u16(), header(&answer, "content-range").as_str()) == (status, shown), "{range}: {answer:?}");
        ensure!(answer.bytes().await?.as_ref() == expected, "{range}: other bytes");
        Ok(())
    };
    let bytes = content();
    check("bytes=1000-1999", &[], 206, "bytes 1000-1999/300000", &bytes[1000..2000]).await?;
    check("bytes=299990-", &[], 206, "bytes 299990-299999/300000", &bytes[299_990..]).await?;
    check("bytes=-5", &[], 206, "bytes 299995-299999/300000", &bytes[299_995..]).await?;
    check("bytes=300000-", &[], 416, "bytes */300000", &[]).await?;
    check("bytes=0-1,5-6", &[], 200, "", &bytes).await?;
    check("bytes=0-1", &[("if-range", &etag)], 206, "bytes 0-1/300000", &bytes[..2]).await?;
    check("bytes=0-1", &[("if-range", "\"another\"")], 200, "", &bytes).await?;
    check("bytes=0-1", &[("if-none-match", &etag)], 304, "", &[]).await?;

    let head = desk.ask(Method::HEAD, &photo, &[("range", "bytes=0-1")]).await?;
    assert_eq!((head.status().as_u16(), header(&head, "content-length").as_str(), header(&head, "etag")), (200, "300000", etag));
    assert!(head.bytes().await?.is_empty());

    // What could act in a browser is a file to keep.
    let kept = desk.get(&page, &[]).await?;
    assert_eq!(header(&kept, "content-type"), "application/octet-stream");
    assert!(header(&kept, "content-disposition").starts_with("attachment; "), "{kept:?}");
    for path in ["/media/x", "/media/", "/media/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(desk.stranger.get(path).await?.status(), 404, "{path}");
    }
    let posted = desk.ask(Method::POST, &photo, &[]).await?;
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_asks_for_the_key() -> Result<()> {
    for database in Database::both("media_key").await? {
        let folder = tempfile::tempdir()?;
        let mut desk = Desk::open(folder.path(), database).await?;
        let on = json!({ "enabled": true, "expiry": "4", "unit": "hours" });
        desk.office.script.call("/api/tenant/update_media", &on).await?;
        let [photo, _] = desk.receive(folder.path(), "Photo").await?;
        let fresh = desk.get(&photo, &[]).await?;
        let age: u32 = header(&fresh, "cache-control").strip_prefix("private, max-age=").context("a life")?.parse()?;
        assert_eq!(fresh.status(), 200);
        ensure!((14_000..=14_400).contains(&age), "no copy outlives the link: {age}");

        assert_eq!(desk.peek.change("UPDATE media_link SET expires_micros = 1").await?, 2);
        let asked = desk.get(&photo, &[("accept", "application/json")]).await?;
        assert_eq!((asked.status().as_u16(), header(&asked, "cache-control").as_str()), (401, "no-store"));
        assert!(header(&asked, "www-authenticate").contains(HEADER));
        let problem: Value = asked.json().await?;
        assert_eq!(problem["header"], HEADER);
        ensure!(problem["message"].as_str().is_some_and(|message| message.contains(HEADER)), "{problem}");
        let people = desk.get(&photo, &[("accept", "text/html")]).await?;
        assert_eq!(people.status(), 401);
        assert!(people.text().await?.contains(HEADER), "people are told too");

        let key = desk.office.script.call("/api/tenant/reveal_profile_key", &json!({})).await?;
        let key = key.as_str().context("the profile key")?.to_owned();
        let opened = desk.get(&photo, &[(HEADER, &key), ("range", "bytes=0-9")]).await?;
        assert_eq!((opened.status().as_u16(), header(&opened, "cache-control").as_str()), (206, "no-store"));
        assert_eq!(opened.bytes().await?.as_ref(), &content()[..10]);

        // Guessing ends in waiting, for this caller, with the right key too.
        let mut seen = Vec::new();
        for _ in 0..21 {
            seen.push(desk.get(&photo, &[(HEADER, "guess")]).await?.status().as_u16());
        }
        assert_eq!((seen.iter().filter(|status| **status == 401).count(), seen.last().copied()), (20, Some(429)));
        let blocked = desk.get(&photo, &[(HEADER, &key)]).await?;
        assert_eq!(blocked.status(), 429);
        assert!(!header(&blocked, "retry-after").is_empty());

        // The setting is about new links: these stay what they are, and what comes now is public.
        desk.office.script.call("/api/tenant/update_media", &json!({ "enabled": false, "expiry": "4", "unit": "hours" })).await?;
        let [later, _] = desk.receive(folder.path(), "Later").await?;
        assert_eq!(desk.get(&later, &[]).await?.status(), 200);
        assert_eq!(desk.get(&photo, &[]).await?.status(), 401);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_taken_back_and_one_of_a_deleted_mail_are_gone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let [photo, page] = desk.receive(folder.path(), "Photo").await?;
    let thread = desk.office.thread("Photo", Duration::from_secs(5)).await?;
    let id = &thread["mails"][0]["attachments"][0]["id"];
    desk.office.script.call("/api/email/revoke_link", &json!({ "id": id })).await?;
    assert_eq!(desk.get(&photo, &[]).await?.status(), 404);
    assert_eq!(desk.get(&page, &[]).await?.status(), 200);
    desk.office.script.call("/api/email/delete_asset", &json!({ "id": desk.office.asset, "cancel_queued": true })).await?;
    assert_eq!(desk.get(&page, &[]).await?.status(), 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_decides_who_has_the_section() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    assert_eq!(setup.run(&["tenant", "feature"], "")?, "Acme: secure-media off\n");
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    assert_eq!(script.post("/api/tenant/get_media", &json!({})).await?.status(), 404);
    let browser = server.browser()?;
    browser.sign_in("owner@acme.example", tests::switchboard::PASSWORD).await?;
    let html = async |path: &str| -> Result<(u16, String)> {
        let answer = browser.request(Method::GET, path).header("accept", "text/html").send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    ensure!(!html("/tenant").await?.1.contains("/tenant/media"), "no tab without the feature");
    assert_eq!(html("/tenant/media").await?.0, 404);
    // It counts at once, for the running server too.
    assert_eq!(setup.run(&["tenant", "feature", "--tenant", "Acme", "--secure-media", "on"], "")?, "Acme: secure-media on\n");
    assert_eq!(script.call("/api/tenant/get_media", &json!({})).await?, json!({ "enabled": false, "expiry": { "amount": 12, "unit": "hours" } }));
    ensure!(html("/tenant").await?.1.contains("/tenant/media"), "the tab is there");
    assert_eq!(html("/tenant/media").await?.0, 200);
    for (expiry, unit) in [("3", "hours"), ("8", "days")] {
        let answer = script.post("/api/tenant/update_media", &json!({ "enabled": true, "expiry": expiry, "unit": unit })).await?;
        assert_eq!((answer.status().as_u16(), answer.json::<Value>().await?["field"].as_str()), (400, Some("expiry")), "{expiry} {unit}");
    }
    let unknown = setup.refused(&["tenant", "feature", "--tenant", "Nobody", "--secure-media", "on"], "")?;
    ensure!(unknown.contains("no organisation called Nobody"), "{unknown}");
    setup.refused(&["tenant", "feature", "--secure-media", "on"], "")?;
    Ok(())
}

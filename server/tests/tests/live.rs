//! Live events over HTTP: who hears what, in every process, and when a connection ends.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Response;
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    switchboard::{Database, PASSWORD, Setup, Switchboard},
};

const PATIENCE: Duration = Duration::from_secs(15);
/// A listener on PostgreSQL that has just begun says everything once.
const SETTLING: Duration = Duration::from_millis(1500);

/// An open page.
struct Page {
    stream: Response,
    read: String,
}

impl Page {
    async fn open(browser: &Browser) -> Result<Self> {
        let stream = browser.get("/events").await?;
        ensure!(stream.status() == 200, "{}", stream.status());
        let kind = stream.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        ensure!(kind == "text/event-stream", "{kind}");
        ensure!(stream.headers().get("cache-control").is_some_and(|value| value == "no-store"));
        Ok(Self { stream, read: String::new() })
    }

    /// The next event as (word, data); `None` when the stream ended.
    async fn next(&mut self) -> Result<Option<(String, String)>> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let event = event.to_owned();
                self.read = rest.to_owned();
                let part = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
                if let Some(word) = part("event:") {
                    return Ok(Some((word, part("data:").unwrap_or_default())));
                }
                continue;
            }
            match self.stream.chunk().await? {
                Some(chunk) => self.read.push_str(std::str::from_utf8(&chunk)?),
                None => return Ok(None),
            }
        }
    }

    /// Reads on until this word.
    async fn until(&mut self, word: &str) -> Result<String> {
        let reading = async {
            loop {
                match self.next().await? {
                    Some((heard, data)) if heard == word => return Ok(data),
                    Some(_) => {}
                    None => bail!("the stream ended before {word}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.with_context(|| format!("waited for {word}"))?
    }

    /// What came within a time.
    async fn within(&mut self, time: Duration) -> Result<Vec<String>> {
        let mut heard = Vec::new();
        let until = tokio::time::Instant::now() + time;
        while let Ok(event) = tokio::time::timeout_at(until, self.next()).await {
            match event? {
                Some((word, _)) => heard.push(word),
                None => break,
            }
        }
        Ok(heard)
    }
}

async fn signed_in(server: &Switchboard, email: &str) -> Result<Browser> {
    let browser = server.browser()?;
    browser.sign_in(email, PASSWORD).await?;
    Ok(browser)
}

async fn change_zone(script: &Browser, zone: &str) -> Result<()> {
    script.call("/api/tenant/update", &json!({ "name": "Acme", "time_zone": zone })).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_the_pages_of_its_tenant_in_every_process() -> Result<()> {
    for database in Database::both("live").await? {
        let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let first = Setup::new(first_folder.path(), database.clone())?;
        let acme = first.owner_token("Acme", "owner@acme.example")?;
        first.owner_token("Zenith", "owner@zenith.example")?;
        let one = first.serve().await?;
        // A file is one process's own.
        let two = match &database {
            Database::Sqlite => None,
            Database::Postgres(_) => Some(first.beside(second_folder.path())?.serve().await?),
        };
        let there = two.as_ref().unwrap_or(&one);
        let mut page = Page::open(&signed_in(there, "owner@acme.example").await?).await?;
        let mut stranger = Page::open(&signed_in(there, "owner@zenith.example").await?).await?;
        page.within(SETTLING).await?;
        stranger.within(SETTLING).await?;
        let script = one.script(&acme)?;
        let changed = Instant::now();
        change_zone(&script, "America/New_York").await?;
        let tenant = page.until("tenant.changed").await?;
        ensure!(changed.elapsed() < Duration::from_secs(3), "{:?}", changed.elapsed());
        let me = script.call("/api/account/me", &json!({})).await?;
        ensure!(me["tenant"] == Value::String(tenant) && me["time_zone"] == "America/New_York", "{me}");
        change_zone(&script, "America/New_York").await?;
        ensure!(page.within(Duration::from_secs(1)).await?.is_empty(), "a save that changes nothing tells nothing");
        ensure!(stranger.within(Duration::from_secs(1)).await?.is_empty(), "another tenant heard it");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_sessions_listen_and_only_while_they_last() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    ensure!(server.browser()?.get("/events").await?.status() == 401);
    ensure!(server.script(&token)?.get("/events").await?.status() == 409);
    let (leaving, staying) = (signed_in(&server, "owner@acme.example").await?, signed_in(&server, "owner@acme.example").await?);
    let (mut left, mut stays) = (Page::open(&leaving).await?, Page::open(&staying).await?);
    leaving.call("/api/auth/sign_out", &json!({})).await?;
    left.until("session.ended").await?;
    ensure!(left.next().await?.is_none(), "nothing follows the last word");
    ensure!(leaving.get("/events").await?.status() == 401, "it does not come back");
    change_zone(&server.script(&token)?, "Asia/Tokyo").await?;
    stays.until("tenant.changed").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_page_too_many_takes_the_place_of_the_oldest() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let browser = signed_in(&server, "owner@acme.example").await?;
    let mut pages = Vec::new();
    for _ in 0..9 {
        pages.push(Page::open(&browser).await?);
    }
    pages[0].until("superseded").await?;
    ensure!(pages[0].next().await?.is_none());
    change_zone(&server.script(&token)?, "Asia/Tokyo").await?;
    for page in &mut pages[1..] {
        page.until("tenant.changed").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn open_pages_hold_no_shutdown_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    setup.owner_token("Acme", "owner@acme.example")?;
    let mut server = setup.serve().await?;
    let mut page = Page::open(&signed_in(&server, "owner@acme.example").await?).await?;
    let told = Instant::now();
    server.process.ask_to_end();
    ensure!(page.next().await?.is_none(), "the page is told nothing: it comes back by itself");
    let status = server.process.terminate(Duration::from_secs(9))?;
    ensure!(status.success() && told.elapsed() < Duration::from_secs(4), "{status} after {:?}", told.elapsed());
    Ok(())
}

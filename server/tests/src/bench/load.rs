//! People and scripts under load: signing in, looking a customer up, a change with its audit entry. On one process over SQLite, and on two over
//! one PostgreSQL.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;

use super::{Bar, Line, real};
use crate::{
    browserless::Browser,
    switchboard::{Database, PASSWORD, Setup, Switchboard},
    wait,
};

/// Callers at once, each waiting for its answer before it asks again.
const CALLERS: usize = 8;
/// Calls of each, without those that warm up.
const CALLS: usize = 150;
/// Calls of each before the clock runs.
const WARM_UP: usize = 5;
/// Sign-ins of each: a hash takes its time on purpose.
const SIGN_INS: usize = 25;
/// Customers among whom one is looked up.
const CUSTOMERS: usize = 10_000;
/// Customers in one request of the profile API, the most it takes.
const BATCH: usize = 100;
/// Password hashes that one process makes at once; a core each.
const HASHES_AT_ONCE: usize = 2;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// `POST /api/auth/sign_in`: throttle, Argon2id, session, audit entry.
    SignIn,
    /// `GET /resources/v2/customerprofile/{customer_id}` with the profile key.
    Profile,
    /// `POST /api/account/update_profile`: a row and its audit entry, durable.
    Audit,
}

/// Servers on one database, with somebody for each caller.
struct Office {
    servers: Vec<Switchboard>,
    key: Option<String>,
}

/// Somebody who calls one of the servers.
struct Caller {
    what: What,
    number: usize,
    browser: Browser,
    email: String,
    key: String,
}

/// Measures one thing on both databases.
///
/// # Errors
/// When a server does not start or refuses a call.
pub async fn measure(folder: &Path, what: What) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for database in Database::both(&format!("bench_{what:?}").to_lowercase()).await? {
        let shared = database != Database::Sqlite;
        let home = folder.join(format!("load-{what:?}-{shared}"));
        std::fs::create_dir_all(&home)?;
        let office = Office::open(&home, database, what).await?;
        let p95 = office.run(what).await?;
        lines.push(line(what, shared, p95, office.alone(what).await?));
    }
    Ok(lines)
}

fn line(what: What, shared: bool, p95: Duration, alone: Duration) -> Line {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let (name, yardstick, bar) = match (what, shared) {
        (What::SignIn, false) => ("sign-in, p95 of 8 callers, SQLite", fair_share(alone, 1), 2.0),
        (What::SignIn, true) => ("sign-in, p95, PostgreSQL, two processes", fair_share(alone, 2), 2.0),
        (What::Profile, false) => ("profile lookup, p95 of 8, SQLite", Duration::from_millis(50), 1.0),
        (What::Profile, true) => ("profile lookup, p95, PostgreSQL, two", Duration::from_millis(50), 1.0),
        (What::Audit, false) => ("audited change, p95 of 8, SQLite", Duration::from_millis(50), 1.0),
        (What::Audit, true) => ("audited change, p95, PostgreSQL, two", Duration::from_millis(50), 1.0),
    };
    let explained = if what == What::SignIn { "a fair share of hashing" } else { "p95" };
    Line {
        name,
        ours: format!("{:.1} ms", milliseconds(p95)),
        yardstick: format!("{explained} {:.0} ms", milliseconds(yardstick)),
        ratio: p95.as_secs_f64() / yardstick.as_secs_f64(),
        bar: Bar::AtMost(bar),
    }
}

/// How long a sign-in takes when all callers share the cores that hash, and nothing else is in the way.
fn fair_share(alone: Duration, processes: usize) -> Duration {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(HASHES_AT_ONCE * processes);
    alone.mul_f64(real(CALLERS as u64) / real(cores as u64))
}

impl Office {
    async fn open(home: &Path, database: Database, what: What) -> Result<Self> {
        let processes = if database == Database::Sqlite { 1 } else { 2 };
        let first = Setup::new(home, database.clone())?;
        let token = first.owner_token("Bench", "owner@bench.example")?;
        let key_file = home.join("switchboard.key").to_string_lossy().into_owned();
        let mut servers = vec![first.with("SWITCHBOARD_KEY_FILE", &key_file).serve().await?];
        if processes == 2 {
            let beside = home.join("second");
            std::fs::create_dir_all(&beside)?;
            servers.push(Setup::new(&beside, database)?.with("SWITCHBOARD_KEY_FILE", &key_file).serve().await?);
        }
        let script = servers.first().context("a server")?.script(&token)?;
        for number in 0..CALLERS {
            let person = json!({ "name": format!("Caller {number}"), "email": email(number), "role": "agent", "password": PASSWORD });
            script.call("/api/people/create", &person).await?;
        }
        let key = if what == What::Profile { Some(fill(&script).await?) } else { None };
        Ok(Self { servers, key })
    }

    async fn caller(&self, what: What, number: usize) -> Result<Caller> {
        let server = self.servers.get(number % self.servers.len()).context("a server")?;
        let browser = server.browser()?;
        let email = email(number);
        if what == What::Audit {
            browser.sign_in(&email, PASSWORD).await?;
        }
        Ok(Caller { what, number, browser, email, key: self.key.clone().unwrap_or_default() })
    }

    /// The 95th percentile over all calls of all callers.
    async fn run(&self, what: What) -> Result<Duration> {
        let calls = if what == What::SignIn { SIGN_INS } else { CALLS };
        let start = Arc::new(tokio::sync::Barrier::new(CALLERS));
        let mut running = Vec::new();
        for number in 0..CALLERS {
            let (caller, start) = (self.caller(what, number).await?, Arc::clone(&start));
            running.push(tokio::spawn(async move {
                start.wait().await;
                caller.times(calls).await
            }));
        }
        let mut times = Vec::new();
        for one in running {
            times.extend(one.await??);
        }
        percentile(times, 95)
    }

    /// The median of one caller who has the servers alone.
    async fn alone(&self, what: What) -> Result<Duration> {
        percentile(self.caller(what, 0).await?.times(SIGN_INS).await?, 50)
    }
}

impl Caller {
    async fn times(&self, calls: usize) -> Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(calls);
        for round in 0..WARM_UP + calls {
            let began = Instant::now();
            self.call(round).await?;
            if round >= WARM_UP {
                times.push(began.elapsed());
            }
        }
        Ok(times)
    }

    async fn call(&self, round: usize) -> Result<()> {
        match self.what {
            What::SignIn => drop(self.browser.sign_in(&self.email, PASSWORD).await?),
            What::Audit => {
                let name = format!("Caller {} for the {round}th time", self.number);
                self.browser.call("/api/account/update_profile", &json!({ "name": name })).await?;
            }
            What::Profile => {
                // Far apart from one call to the next, and the same in every run.
                let customer = (self.number * 7919 + round * 104_729) % CUSTOMERS;
                let request = self.browser.request(Method::GET, &format!("/resources/v2/customerprofile/{customer}"));
                let answer = request.header("key", &self.key).send().await?;
                let (status, text) = (answer.status(), answer.text().await?);
                ensure!(status == 200 && text.contains(&format!("person{customer}@peer.example")), "looking {customer} up answered {status}: {text}");
            }
        }
        Ok(())
    }
}

fn email(number: usize) -> String {
    format!("caller{number}@bench.example")
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Result<Duration> {
    times.sort();
    times.get(times.len().saturating_sub(1) * percent / 100).copied().context("nothing was measured")
}

/// Adds the customers by the profile API and waits until the last of them can be looked up; the profile key.
async fn fill(script: &Browser) -> Result<String> {
    let key = script.call("/api/tenant/reveal_profile_key", &json!({})).await?;
    let key = key.as_str().context("the profile key is a text")?.to_owned();
    for first in (0..CUSTOMERS).step_by(BATCH) {
        let records: Vec<_> = (first..first + BATCH)
            .map(|n| json!({ "customerId": n.to_string(), "Attributes": { "name": format!("Person {n}"), "email": format!("person{n}@peer.example") } }))
            .collect();
        let request = script.request(Method::POST, "/resources/v2/customerprofile").header("key", &key);
        let answer = request.json(&json!({ "Records": records })).send().await?;
        ensure!(answer.status().is_success(), "adding customers answered {}: {}", answer.status(), answer.text().await?);
    }
    wait::until("every customer to be stored", Duration::from_secs(120), async || {
        // Requests are worked off in their order, but two processes may finish the last ones side by side.
        for customer in (0..CUSTOMERS).rev().step_by(BATCH) {
            let request = script.request(Method::GET, &format!("/resources/v2/customerprofile/{customer}")).header("key", &key);
            let answer = request.send().await?;
            if answer.status() != 200 || !answer.text().await?.contains("@peer.example") {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await?;
    Ok(key)
}

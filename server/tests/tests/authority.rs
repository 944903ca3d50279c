//! Invariant 1: who may call what. Every server function, REST route and page against every kind of caller; what a caller may not use does not
//! exist for them, and what nobody has listed fails the test.

#[path = "authority/cast.rs"]
mod cast;
#[path = "authority/cross_site.rs"]
mod cross_site;
#[path = "authority/listed.rs"]
mod listed;
#[path = "authority/visitors.rs"]
mod visitors;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use app::shell::{Guard, ROOMS, pages};

use model::people::{ALWAYS, Capability, CapabilitySet, RESERVED, Role};
use reqwest::Method;
use serde_json::{Value, json};
use server::http::routes::REST;
use tests::{
    browserless::Browser,
    organisation::{Kind, Organisation},
    peers::Sink,
    switchboard::{Database, Setup, Switchboard},
};

use cast::Cast;

/// Which roles hold a capability, in the order of `Role::ALL`: Owner, Full access, Limited access, Supervisor, Agent, Read-only. Written out a
/// second time on purpose: whoever changes what a role may do says so here too.
const GRANTED: &[(Capability, &str)] = &[
    (Capability::AccountOwn, "OFLSAR"),
    (Capability::TenantRead, "OFL--R"),
    (Capability::TenantWrite, "O-----"),
    (Capability::TenantProfileKey, "OFL---"),
    (Capability::TenantHelpDesk, "O-----"),
    (Capability::PeopleRead, "OFLS-R"),
    (Capability::PeopleWrite, "OF----"),
    (Capability::PeopleRoles, "O-----"),
    (Capability::ProfileRead, "OFLSAR"),
    (Capability::ProfileWrite, "OFLS--"),
    (Capability::TokenOwn, "OFL---"),
    (Capability::EmailRead, "OFLSAR"),
    (Capability::EmailManage, "OFL---"),
    (Capability::EmailSend, "OFLSA-"),
    (Capability::EmailInbox, "OFLSAR"),
    (Capability::DebugLogRead, "OFLS--"),
    (Capability::DebugLogDecrypt, "OF----"),
    (Capability::AuditRead, "OF----"),
    (Capability::AccessCustomers, "OF----"),
];

/// Called after everything else with a session: they end it or others.
const LAST_WITH_A_SESSION: &[&str] = &["/api/account/revoke_other_sessions", "/api/auth/sign_out"];

/// Asked of a browser in which the person proved who they are a moment ago: a token is told that it cannot do this.
const NOT_BY_TOKEN: &[&str] = &[
    "/api/auth/sign_out",
    "/api/account/start_totp",
    "/api/account/remove_totp",
    "/api/account/new_recovery_codes",
    "/api/account/passkey_options",
    "/api/tenant/set_security",
];

/// Read as uploads, not as fields.
const UPLOADS: &[&str] = &["/api/email/compose", "/api/email/change_schedule_mail", "/api/people/check_import"];

/// Owner of the organisation that looks after the one of the matrix.
const PARTNERS_OWNER: &str = "owner@helper.example";

/// Live events.
const EVENTS: &str = "/events";

/// One thing that can be called, with the guard it is listed with.
struct Call {
    method: Method,
    /// With real ids in it.
    path: String,
    guard: Guard,
    upload: bool,
}

#[test]
fn roles_hold_exactly_these_capabilities() {
    assert_eq!(GRANTED.len(), Capability::ALL.len(), "a capability is missing here");
    for (capability, granted) in GRANTED {
        for (role, letter) in Role::ALL.iter().zip(granted.chars()) {
            assert_eq!(role.capabilities().has(*capability), letter != '-', "{role} and {capability}");
        }
    }
}

/// An address with the organisation's ids in place of its parameters. A parameter that is not known here fails.
fn with_ids(pattern: &str, organisation: &Organisation) -> Result<String> {
    let known = BTreeMap::from([
        ("asset", Kind::Asset),
        ("message", Kind::Message),
        ("thread", Kind::Thread),
        ("schedule", Kind::Schedule),
        ("mail", Kind::Inbound),
        ("attachment", Kind::Attachment),
        ("user", Kind::User),
        ("profile", Kind::Profile),
        // Whoever asks has no key, so it does not matter whom they ask for.
        ("customer_id", Kind::Profile),
        ("transid", Kind::Profile),
        ("team", Kind::Team),
        ("import", Kind::Import),
        ("link", Kind::MediaLink),
        ("role", Kind::Role),
    ]);
    let segment = |segment: &str| -> Result<String> {
        let name = segment.strip_prefix(':').or_else(|| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')));
        match name {
            None => Ok(segment.to_owned()),
            // A page of its own for whoever is not signed in.
            Some("token" | "tenant" | "organisation") => Ok("no-such-token".to_owned()),
            Some(name) => known
                .get(name)
                .map(|kind| organisation.id(*kind).to_owned())
                .with_context(|| format!("{pattern} has a parameter that this test does not know")),
        }
    };
    Ok(pattern.split('/').map(segment).collect::<Result<Vec<_>>>()?.join("/"))
}

/// Every endpoint and every REST route.
fn calls(organisation: &Organisation) -> Result<Vec<Call>> {
    let endpoints = ROOMS.iter().flat_map(|room| room.endpoints);
    let mut calls: Vec<_> = endpoints
        .map(|endpoint| Call {
            method: Method::POST,
            path: endpoint.path.to_owned(),
            guard: endpoint.guard,
            upload: UPLOADS.contains(&endpoint.path),
        })
        .collect();
    for route in REST {
        calls.push(Call { method: route.method.clone(), path: with_ids(route.path, organisation)?, guard: route.guard, upload: false });
    }
    calls.sort_by_key(|call| LAST_WITH_A_SESSION.iter().position(|path| *path == call.path).map_or(0, |place| place + 1));
    Ok(calls)
}

/// Calls with nothing in the body: (status, the whole answer).
async fn try_call(browser: &Browser, call: &Call) -> Result<(u16, String)> {
    let request = browser.request(call.method.clone(), &call.path).header("accept", "application/json");
    let request = match (&call.method, call.upload) {
        (&Method::GET, _) => request,
        (_, true) => request.multipart(reqwest::multipart::Form::new().text("asset", "")),
        (_, false) => request.json(&json!({})),
    };
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    // The stream of live events has no end.
    let body = if call.path == EVENTS && status == 200 { String::new() } else { answer.text().await? };
    Ok((status, body))
}

/// Whether the answer is what a caller with these capabilities has to get.
fn check(who: &str, held: Option<CapabilitySet>, call: &Call, status: u16, body: &str) -> Result<()> {
    let what = format!("{who}: {} {} answered {status}: {body}", call.method, call.path);
    let code = || serde_json::from_str::<Value>(body).ok().and_then(|answer| answer["code"].as_str().map(str::to_owned)).unwrap_or_default();
    if call.guard == Guard::ProfileKey {
        ensure!((status, code().as_str()) == (401, "7002"), "neither a session nor a token is a profile key: {what}");
        return Ok(());
    }
    if !call.guard.admits(held) {
        let expected = if held.is_none() { (401, "unauthenticated") } else { (404, "not_found") };
        ensure!((status, code().as_str()) == expected, "refused expected: {what}");
        return Ok(());
    }
    match status {
        200 => Ok(()),
        400 => {
            let answer: Value = serde_json::from_str(body).with_context(|| what.clone())?;
            ensure!(answer["field"].as_str().is_some_and(|field| !field.is_empty()), "a refusal names its field: {what}");
            Ok(())
        }
        // A token has no session; and without a second factor there is nothing for recovery codes to stand in for.
        409 if NOT_BY_TOKEN.contains(&call.path.as_str()) => Ok(()),
        // A token has no session to end, and no page to tell.
        409 if ["/api/auth/sign_out", EVENTS].contains(&call.path.as_str()) => Ok(()),
        _ => anyhow::bail!("admitted expected: {what}"),
    }
}

/// Every call by one caller.
async fn run(who: &str, held: Option<CapabilitySet>, browser: &Browser, calls: &[Call]) -> Result<()> {
    for call in calls {
        let (status, body) = try_call(browser, call).await?;
        check(who, held, call, status, &body)?;
    }
    Ok(())
}

/// Every page by one caller.
async fn open_pages(who: &str, held: Option<CapabilitySet>, browser: &Browser, organisation: &Organisation) -> Result<()> {
    for page in pages() {
        let path = with_ids(page.pattern, organisation)?;
        let answer = browser.request(Method::GET, &path).header("accept", "text/html").send().await?;
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let expected = match (page.guard, held) {
            // There is nothing to sign in to any more.
            (Guard::Public, Some(_)) if path == "/sign-in" => status == 303 && location == "/",
            (Guard::Public, _) => [200, 404].contains(&status),
            (_, None) => status == 303 && (location.starts_with("/sign-in?next=") || (path == "/" && location == "/sign-in")),
            (guard, held) if guard.admits(held) => status == 200,
            _ => status == 404,
        };
        ensure!(expected, "{who}: the page {path} ({:?}) answered {status} {location}", page.guard);
    }
    Ok(())
}

async fn start(folder: &std::path::Path, database: Database) -> Result<(Switchboard, Organisation, Sink, Cast)> {
    let sink = Sink::counting(folder)?;
    let setup = Setup::new(folder, database)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    tests::visits::add_operator(&setup)?;
    setup.owner_token("Helper", PARTNERS_OWNER)?;
    setup.run(&["partner", "link", "--partner", "Helper", "--customer", "Acme", "--access", "full-with-decrypt", "--accepted"], "")?;
    // Its page exists only where the operator switched it on.
    setup.run(&["tenant", "feature", "--tenant", "Acme", "--secure-media", "on"], "")?;
    let server = setup.serve().await?;
    let organisation = Organisation::fill(folder, &server, &token, "acme", sink.port).await?;
    let cast = Cast::gather(&server, &organisation).await?;
    Ok((server, organisation, sink, cast))
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reaches_what_their_role_holds_and_nothing_else() -> Result<()> {
    for database in Database::both("authority").await? {
        let folder = tempfile::tempdir()?;
        let (server, organisation, _sink, cast) = start(folder.path(), database).await?;
        let calls = calls(&organisation)?;
        run("nobody", None, &server.browser()?, &calls).await?;
        open_pages("nobody", None, &server.browser()?, &organisation).await?;
        for gone in &cast.gone {
            run(&gone.who, None, &gone.browser, &calls).await?;
            open_pages(&gone.who, None, &gone.browser, &organisation).await?;
        }
        for actor in &cast.actors {
            let held = Some(actor.role.capabilities());
            open_pages(&format!("{} in a browser", actor.role), held, &actor.browser, &organisation).await?;
            run(&format!("{} with a token", actor.role), held, &actor.script, &calls).await?;
        }
        // A token's `revoke_other_sessions` has ended every session: they are opened again.
        for actor in &cast.actors {
            actor.browser.sign_in(&actor.email, tests::switchboard::PASSWORD).await?;
            let by_session: Vec<_> = calls.iter().filter(|call| call.path != server::http::CSRF_EXEMPT[0]).collect();
            for call in by_session {
                let (status, body) = try_call(&actor.browser, call).await?;
                check(&format!("{} with a session", actor.role), Some(actor.role.capabilities()), call, status, &body)?;
            }
            let after = actor.browser.post("/api/account/list_sessions", &json!({})).await?;
            ensure!(after.status() == 401, "{}: signed out, and still {}", actor.role, after.status());
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_reaches_what_it_was_given_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, organisation, _sink, _cast) = start(folder.path(), Database::Sqlite).await?;
    let calls = calls(&organisation)?;
    for capability in Capability::ALL {
        let asked = json!({ "name": format!("only {capability}"), "capabilities": [capability] });
        let made = organisation.office.script.call("/api/account/create_token", &asked).await?;
        let script = server.script(made["secret"].as_str().context("a new token has a secret")?)?;
        let held = CapabilitySet::EMPTY.with(*capability);
        run(&format!("a token for {capability}"), Some(held), &script, &calls).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_the_tenants_own_reaches_what_it_holds_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, organisation, _sink, _cast) = start(folder.path(), Database::Sqlite).await?;
    let (owner, calls) = (&organisation.office.script, calls(&organisation)?);
    for capability in Capability::ALL {
        let asked = json!({ "name": format!("Only {capability}"), "capabilities": [capability] });
        let answer = owner.post("/api/people/create_role", &asked).await?;
        if RESERVED.contains(capability) {
            ensure!(answer.status() == 400, "{capability} is the owners' alone, and still {}", answer.status());
            continue;
        }
        let role: Value = answer.error_for_status()?.json().await?;
        let email = format!("only-{}@acme.example", capability.word().replace(['.', '_'], "-"));
        let form = json!({ "name": format!("Only {capability}"), "email": email, "role": role, "password": tests::switchboard::PASSWORD });
        owner.call("/api/people/create", &form).await?;
        let browser = server.browser()?;
        browser.sign_in(&email, tests::switchboard::PASSWORD).await?;
        let (who, held) = (format!("somebody with a role for {capability}"), CapabilitySet::EMPTY.with(ALWAYS).with(*capability).with_needs());
        open_pages(&who, Some(held), &browser, &organisation).await?;
        for call in calls.iter().filter(|call| call.path != server::http::CSRF_EXEMPT[0]) {
            let (status, body) = try_call(&browser, call).await?;
            check(&who, Some(held), call, status, &body)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hands_out_more_than_they_hold() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_server, _organisation, _sink, cast) = start(folder.path(), Database::Sqlite).await?;
    for actor in &cast.actors {
        let held = actor.role.capabilities();
        for capability in Capability::ALL {
            let asked = json!({ "name": "wish", "capabilities": [capability] });
            let answer = actor.browser.post("/api/account/create_token", &asked).await?;
            let expected = match (held.has(Capability::TokenOwn), held.has(*capability)) {
                (false, _) => 404,
                (true, false) => 400,
                (true, true) => 200,
            };
            ensure!(answer.status() == expected, "{} asked for a token with {capability}: {}", actor.role, answer.status());
        }
        for role in Role::ALL {
            let wished = json!({ "name": "Wish", "email": format!("{}-{}@acme.example", actor.role.word(), role.word()), "role": role, "password": tests::switchboard::PASSWORD });
            let answer = actor.browser.post("/api/people/create", &wished).await?;
            let within = role.capabilities().and(held) == role.capabilities();
            let expected = match (held.has(Capability::PeopleWrite), within) {
                (false, _) => 404,
                (true, false) => 400,
                (true, true) => 200,
            };
            ensure!(answer.status() == expected, "{} made somebody {role}: {}", actor.role, answer.status());
        }
    }
    Ok(())
}

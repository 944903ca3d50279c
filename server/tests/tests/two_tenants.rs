//! Invariant 2: two tenants on one installation. The owner of one hands every endpoint the other's identifiers; nothing is found, nothing
//! changes, and no answer holds a trace of the other.

#[path = "two_tenants/arguments.rs"]
mod arguments;
#[path = "two_tenants/call.rs"]
mod call;
#[path = "two_tenants/calls.rs"]
mod calls;
#[path = "two_tenants/mail.rs"]
mod mail;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result, ensure};
use app::shell::Guard;
use model::access::Access;
use reqwest::Method;
use serde_json::{Value, json};
use server::http::routes::{REST, RestRoute};
use tests::{
    browserless::Browser,
    organisation::{Kind, Organisation},
    peers::Sink,
    rows::{Peek, Rows},
    switchboard::{Database, Setup, Switchboard},
    visits,
};

use call::{Call, Field};
use calls::calls;

/// Tables that belong to the installation, not to a tenant, and why that is right.
const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("tenant", "is the tenant"),
    ("job", "queue of the installation; its payloads name the tenant"),
    ("email_raw_waiting", "points at email_raw, which has one"),
    ("auth_throttle", "counts sign-ins before anybody is known"),
    ("auth_challenge", "handed to browsers before anybody is known"),
    ("auth_first_run", "exists only before the first tenant"),
    ("operator_account", "is of the installation"),
    ("operator_session", "is an operator's, who is of the installation"),
];

/// Both tenants on one server, and a look at their rows.
struct Town {
    _server: Switchboard,
    _sink: Sink,
    alpha: Organisation,
    beta: Organisation,
    peek: Peek,
    alpha_tenant: String,
    /// Every id in alpha's rows.
    alpha_ids: BTreeSet<String>,
}

impl Town {
    async fn build(folder: &Path, database: Database) -> Result<Self> {
        let sink = Sink::counting(folder)?;
        let setup = Setup::new(folder, database)?;
        let alpha = setup.owner_token("Tenant alphaville", "owner@alphaville.example")?;
        let beta = setup.owner_token("Tenant betatown", "owner@betatown.example")?;
        setup.owner_token("Tenant helper", "owner@helper.example")?;
        visits::add_operator(&setup)?;
        for tenant in ["Tenant alphaville", "Tenant betatown"] {
            setup.run(&["tenant", "feature", "--tenant", tenant, "--secure-media", "on"], "")?;
        }
        let server = setup.serve().await?;
        let mut alpha = Organisation::fill(folder, &server, &alpha, "alphaville", sink.port).await?;
        let mut beta = Organisation::fill(folder, &server, &beta, "betatown", sink.port).await?;
        let operator = visits::operator(&server).await?;
        for (organisation, name) in [(&mut alpha, "Tenant alphaville"), (&mut beta, "Tenant betatown")] {
            visited(&setup, &server, &operator, organisation, name).await?;
        }
        let mut peek = Peek::open(&setup).await?;
        let alpha_tenant = peek.tenant("Tenant alphaville").await?;
        let alpha_ids = peek.ids_of_tenant(&alpha_tenant).await?;
        ensure!(alpha_ids.len() > 20, "alpha is not filled: {alpha_ids:?}");
        Ok(Self { _server: server, _sink: sink, alpha, beta, peek, alpha_tenant, alpha_ids })
    }

    async fn alpha_rows(&mut self) -> Result<Rows> {
        self.peek.of_tenant(&self.alpha_tenant).await
    }

    /// Fails when an answer to beta holds an id or a word of alpha.
    fn ensure_no_trace(&self, what: &str, answer: &str) -> Result<()> {
        let lower = answer.to_lowercase();
        ensure!(!lower.contains(&self.alpha.marker), "{what} tells beta of alpha: {answer}");
        if let Some(id) = self.alpha_ids.iter().find(|id| lower.contains(id.as_str())) {
            anyhow::bail!("{what} tells beta alpha's id {id}: {answer}");
        }
        Ok(())
    }
}

/// A visit that lasts and a partner that is offered.
async fn visited(setup: &Setup, server: &Switchboard, operator: &Browser, organisation: &mut Organisation, name: &str) -> Result<()> {
    setup.run(&["partner", "link", "--partner", "Tenant helper", "--customer", name, "--access", "full"], "")?;
    visits::enter(server, operator, &organisation.tenant().await?, Access::ReadOnly).await?;
    let visit = visits::present(&organisation.browser).await?.first().map(|visit| visit["id"].clone());
    let settings = organisation.browser.call("/api/access/get", &json!({})).await?;
    for (kind, id) in [(Kind::Visit, visit.unwrap_or_default()), (Kind::Partner, settings["partners"][0]["id"].clone())] {
        organisation.ids.insert(kind, id.as_str().with_context(|| format!("no id of a {kind:?}"))?.to_owned());
    }
    Ok(())
}

/// Puts a value at `page.after` or `id` of a request.
fn put(body: &mut Value, field: &str, value: Value) {
    match field.split_once('.') {
        Some((outer, inner)) => body[outer][inner] = value,
        None => body[field] = value,
    }
}

/// The request with the caller's own ids, but for the field named, which gets `foreign`'s.
fn body(call: &Call, own: &Organisation, crossed: Option<(&str, &Organisation)>) -> Value {
    let mut body = json!({});
    for (name, field) in call.fields {
        let value = match (field, crossed) {
            (Field::Id(kind) | Field::Filter(kind), Some((crossed, foreign))) if crossed == *name => json!(foreign.id(*kind)),
            (Field::Id(kind), _) => json!(own.id(*kind)),
            (Field::Ids(kind), Some((crossed, foreign))) if crossed == *name => json!([foreign.id(*kind)]),
            (Field::Ids(kind), _) => json!([own.id(*kind)]),
            (Field::Value(value), _) => json!(value),
            (Field::Filter(_) | Field::Empty, _) => continue,
        };
        put(&mut body, name, value);
    }
    body
}

async fn send(browser: &Browser, call: &Call, body: &Value) -> Result<(u16, String)> {
    let request = browser.request(Method::POST, call.path).header("accept", "application/json");
    let request = if call.upload {
        let fields = body.as_object().context("a form")?.iter();
        request.multipart(
            fields
                .fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(name.clone(), value.as_str().unwrap_or_default().to_owned())),
        )
    } else {
        request.json(body)
    };
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

/// The address of a download with the organisation's ids in it; `None` when it takes none.
fn download(pattern: &str, organisation: &Organisation, attachment: Kind) -> Result<Option<String>> {
    // A sign-in name holds nothing of a tenant; its crossings stand in oidc.rs. Whoever has a media link may follow it, whatever tenant they are
    // of; nothing but having it leads there.
    if !pattern.contains('{') || pattern.contains("{organisation}") || pattern == "/media/{link}" {
        return Ok(None);
    }
    let path = pattern
        .replace("{asset}", organisation.id(Kind::Asset))
        .replace("{mail}", organisation.id(Kind::Inbound))
        .replace("{message}", organisation.id(Kind::Message))
        .replace("{import}", organisation.id(Kind::Import))
        .replace("{attachment}", organisation.id(attachment));
    ensure!(!path.contains('{'), "{pattern} has a parameter that this test does not know: name its kind here");
    Ok(Some(path))
}

async fn cross_every_endpoint(town: &Town) -> Result<usize> {
    let (mut crossings, script) = (0, &town.beta.office.script);
    for call in calls() {
        for (name, field) in call.fields {
            let kind = match field {
                Field::Id(kind) | Field::Ids(kind) | Field::Filter(kind) => *kind,
                Field::Value(_) | Field::Empty => continue,
            };
            for browser in [script, &town.beta.browser] {
                let crossed = body(call, &town.beta, Some((name, &town.alpha)));
                let (status, answer) = send(browser, call, &crossed).await?;
                let what = format!("{} with alpha's {kind:?} as {name}", call.path);
                match field {
                    Field::Filter(_) if status == 200 => {
                        let page: Value = serde_json::from_str(&answer)?;
                        let empty = page["items"].as_array().is_some_and(Vec::is_empty) || page["total"] == 0;
                        ensure!(empty, "{what} lists something: {answer}");
                    }
                    _ => ensure!(status == 404, "{what} answered {status}: {answer}"),
                }
                town.ensure_no_trace(&what, &answer)?;
                crossings += 1;
            }
        }
    }
    // What the profile key opens is crossed with keys, in profile_api.rs.
    for route in REST.iter().filter(|route| route.guard != Guard::ProfileKey) {
        for attachment in [Kind::Attachment, Kind::SentAttachment] {
            let Some(foreign) = download(route.path, &town.alpha, attachment)? else { continue };
            let answer = script.get(&foreign).await?;
            ensure!(answer.status() == 404, "{foreign} is given to beta: {}", answer.status());
            town.ensure_no_trace(&foreign, &answer.text().await?)?;
            let own = download(route.path, &town.beta, attachment)?.unwrap_or_default();
            let answer = script.get(&own).await?;
            ensure!(answer.status() == 200, "{own} is beta's own: {}", answer.status());
            crossings += 1;
        }
    }
    Ok(crossings)
}

/// Lists, searches and exports as beta sees them.
async fn read_everything(town: &Town) -> Result<()> {
    for call in calls() {
        for searched in ["", "alphaville"] {
            let mut body = body(call, &town.beta, None);
            for (name, _) in call.fields.iter().filter(|(name, _)| name.ends_with("search")) {
                put(&mut body, name, json!(searched));
            }
            // Changing its own things is the next step's; here beta only looks.
            if call.reads {
                let (status, answer) = send(&town.beta.office.script, call, &body).await?;
                ensure!(status == 200, "{} with beta's own things answered {status}: {answer}", call.path);
                town.ensure_no_trace(call.path, &answer)?;
            }
        }
    }
    // Metrics have a token of their own, live events never end, and the test of a sign-in leads to a provider.
    let answers = |path: &str| !["/metrics", "/events", "/tenant/sign-in/test"].contains(&path);
    let readable = |route: &&RestRoute| route.method == Method::GET && answers(route.path) && route.guard != Guard::ProfileKey;
    for route in REST.iter().filter(readable) {
        if let Some(path) = download(route.path, &town.beta, Kind::Attachment)?.or_else(|| (!route.path.contains('{')).then(|| route.path.to_owned()))
        {
            let answer = town.beta.office.script.get(&path).await?;
            ensure!(answer.status() == 200, "{path} answered {}", answer.status());
            town.ensure_no_trace(&path, &answer.text().await?)?;
        }
    }
    for page in app::shell::pages() {
        let kinds = [
            (":asset", Kind::Asset),
            (":message", Kind::Message),
            (":schedule", Kind::Schedule),
            (":thread", Kind::Thread),
            (":user", Kind::User),
            (":profile", Kind::Profile),
            (":team", Kind::Team),
            (":import", Kind::Import),
            (":role", Kind::Role),
        ];
        // Tokens and sign-in names are no ids of a tenant.
        let parameters = page.pattern.split('/').filter(|part| part.starts_with(':'));
        let unknown = parameters.filter(|part| ![":token", ":tenant", ":organisation"].contains(part) && kinds.iter().all(|(name, _)| name != part));
        ensure!(unknown.count() == 0, "{} has a parameter that this test does not know: name its kind here", page.pattern);
        let address =
            |organisation: &Organisation| kinds.iter().fold(page.pattern.to_owned(), |path, (name, kind)| path.replace(name, organisation.id(*kind)));
        let (own, foreign) = (address(&town.beta), address(&town.alpha));
        let html = town.beta.browser.request(Method::GET, &own).header("accept", "text/html").send().await?.text().await?;
        town.ensure_no_trace(&own, &html)?;
        if foreign != own {
            let answer = town.beta.browser.request(Method::GET, &foreign).header("accept", "text/html").send().await?;
            ensure!(answer.status() == 404, "the page {} shows beta alpha's: {}", page.pattern, answer.status());
            // The address itself holds the id that was asked for; the words do not.
            ensure!(!answer.text().await?.contains(&town.alpha.marker), "the page {} tells beta of alpha", page.pattern);
        }
    }
    Ok(())
}

/// With its own ids every endpoint finds what is meant: the 404s before were about whose they were.
async fn own_ids_are_found(town: &Town) -> Result<()> {
    let harmful = |call: &&Call| ["revoke", "delete"].iter().any(|word| call.path.contains(word));
    let mut ordered: Vec<_> = calls().filter(|call| !harmful(call)).collect();
    ordered.extend(calls().filter(harmful));
    for call in ordered.into_iter().filter(|call| call.fields.iter().any(|(_, field)| matches!(field, Field::Id(_) | Field::Ids(_)))) {
        let (status, answer) = send(&town.beta.office.script, call, &body(call, &town.beta, None)).await?;
        ensure!([200, 409].contains(&status), "{} with beta's own ids answered {status}: {answer}", call.path);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_crosses_from_one_tenant_to_the_other() -> Result<()> {
    for database in Database::both("tenants").await? {
        let folder = tempfile::tempdir()?;
        let mut town = Town::build(folder.path(), database).await?;
        let before = town.alpha_rows().await?;
        let crossings = cross_every_endpoint(&town).await?;
        ensure!(crossings > 30, "only {crossings} crossings were tried");
        read_everything(&town).await?;
        own_ids_are_found(&town).await?;
        let after = town.alpha_rows().await?;
        for (table, rows) in &before {
            assert_eq!(Some(rows), after.get(table), "beta changed alpha's {table}");
        }
        // The comparison sees a change when there is one.
        town.alpha.office.script.call("/api/email/set_asset_active", &json!({ "id": town.alpha.id(Kind::Asset), "active": false })).await?;
        let changed = town.alpha_rows().await?;
        assert_ne!(before.get("email_asset"), changed.get("email_asset"), "the look at the rows sees nothing");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_a_tenant() -> Result<()> {
    for database in Database::both("tables").await? {
        let folder = tempfile::tempdir()?;
        let setup = Setup::new(folder.path(), database)?;
        setup.run(&["migrate"], "")?;
        let tables = Peek::open(&setup).await?.tables().await?;
        ensure!(tables.len() > 10, "only {} tables found: {tables:?}", tables.len());
        for (table, columns) in &tables {
            let excused = WITHOUT_TENANT.iter().any(|(known, _)| known == table) || table.contains("migration") || table.starts_with("email_search_");
            ensure!(columns.contains("tenant_id") || excused, "{table} has no tenant_id: {columns:?}");
        }
    }
    Ok(())
}

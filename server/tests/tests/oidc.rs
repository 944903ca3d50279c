//! Single sign-on through a real OpenID provider: from the console to its login page and back, with cookies, as a browser goes.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    browserless::Browser,
    peers::{
        OidcProvider,
        oidc::{CLIENT, CLIENT_SECRET, Visitor},
    },
    switchboard::{Database, PASSWORD, Setup, Switchboard},
};

const START: &str = "/sign-in/sso/acme/start?next=/email";

/// A console with one tenant, and the provider it signs in at.
struct Office {
    _folder: TempDir,
    setup: Setup,
    server: Switchboard,
    provider: OidcProvider,
    owner: Browser,
}

fn people() -> Value {
    json!({
        "s-ann": { "email": "ann@acme.example", "email_verified": true, "name": "Ann Archer", "groups": ["desk"] },
        "s-bob": { "email": "bob@acme.example", "email_verified": false, "name": "Bob", "groups": ["desk"] },
        "s-eve": { "email": "eve@elsewhere.example", "email_verified": true, "name": "Eve", "groups": ["desk"] },
        "s-olga": { "email": "owner@acme.example", "email_verified": true, "name": "Olga", "groups": ["desk"] },
    })
}

impl Office {
    async fn open(database: Database, algorithm: &str, claims_in_id_token: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let setup = Setup::new(folder.path(), database)?.with("SWITCHBOARD_OUTBOUND_ALLOW", "127.0.0.1");
        let redirects = ["acme", "zenith"].map(|slug| format!("{}/sign-in/sso/{slug}/callback", setup.url()));
        let provider = OidcProvider::start(folder.path(), &redirects, &people(), algorithm, claims_in_id_token)?;
        setup.owner_token("Acme", "owner@acme.example")?;
        let server = setup.serve().await?;
        let owner = server.browser()?;
        owner.sign_in("owner@acme.example", PASSWORD).await?;
        let office = Self { _folder: folder, setup, server, provider, owner };
        office.save(json!({})).await?;
        Ok(office)
    }

    fn form(&self, more: Value) -> Value {
        let mut form = json!({
            "active": "true", "slug": "acme", "issuer": self.provider.issuer, "client": CLIENT, "client_secret": CLIENT_SECRET,
            "scopes": "openid email profile groups", "group_claim": "groups", "agent_groups": "desk", "supervisor_groups": "leads", "makes_users": "true",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            form[name] = value.clone();
        }
        form
    }

    async fn save(&self, more: Value) -> Result<()> {
        self.owner.call("/api/tenant/save_sso", &self.form(more)).await?;
        Ok(())
    }

    fn visitor(&self) -> Result<Visitor> {
        Visitor::new(&self.server.url)
    }

    /// Where a whole sign-in of this subject, in a new browser, ends.
    async fn lands(&self, subject: &str) -> Result<String> {
        self.visitor()?.sign_in(START, subject).await
    }

    async fn role_of(&self, email: &str) -> Result<String> {
        let list = self.owner.call("/api/people/list", &json!({ "search": email })).await?;
        Ok(list["items"][0]["role"].as_str().context("an account")?.to_owned())
    }

    async fn actions(&self, action: &str) -> Result<usize> {
        let list = self.owner.call("/api/audit/list", &json!({ "action": action })).await?;
        Ok(list["items"].as_array().context("a list")?.len())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_signs_in_and_groups_decide_the_role() -> Result<()> {
    for database in Database::both("oidc").await? {
        let office = Office::open(database, "RS256", false).await?;
        let ann = office.visitor()?;
        ensure!(ann.sign_in(START, "s-ann").await? == "/email", "{}", office.provider.log());
        let (status, sessions) = ann.call("/api/account/list_sessions", &json!({})).await?;
        ensure!(status == 200 && sessions[0]["current"] == true, "{status} {sessions}");
        ensure!(ann.open("/email").await?.status() == 200);
        ensure!(office.role_of("ann@acme.example").await? == "agent");
        office.provider.set_users(&json!({ "s-ann": { "email": "ann@acme.example", "email_verified": true, "groups": ["desk", "leads"] } })).await?;
        ensure!(office.lands("s-ann").await? == "/email");
        ensure!(office.role_of("ann@acme.example").await? == "supervisor", "the role follows the groups");
        office.provider.set_users(&json!({ "s-ann": { "email": "ann@acme.example", "email_verified": true, "groups": [] } })).await?;
        ensure!(office.lands("s-ann").await? == "/sign-in/sso/acme?why=group");
        // The last owner is found by the verified address, and stays an owner whatever the groups say.
        ensure!(office.lands("s-olga").await? == "/email");
        ensure!(office.role_of("owner@acme.example").await? == "owner");
        ensure!(office.actions("auth.sso.signed_in").await? == 3 && office.actions("auth.sso.refused").await? == 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_signature_and_both_places_for_claims_work() -> Result<()> {
    for (algorithm, claims_in_id_token) in [("RS256", true), ("PS256", false), ("ES256", true), ("EdDSA", true)] {
        let office = Office::open(Database::Sqlite, algorithm, claims_in_id_token).await?;
        let landed = office.lands("s-ann").await?;
        ensure!(landed == "/email", "{algorithm}: {landed}\n{}", office.server.process.output());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_states_are_good_once_for_one_browser_and_one_organisation() -> Result<()> {
    let office = Office::open(Database::Sqlite, "ES256", false).await?;
    let ann = office.visitor()?;
    let callback = ann.to_callback(START, "s-ann").await?;
    let stranger = office.visitor()?;
    ensure!(stranger.follow(&callback).await? == "/sign-in/sso/acme?why=stale", "a callback taken to another browser");
    ensure!(ann.follow(&callback).await? == "/sign-in/sso/acme?why=stale", "and spent by it");

    let callback = ann.to_callback(START, "s-ann").await?;
    ensure!(ann.follow(&callback).await? == "/email");
    ensure!(ann.follow(&callback).await? == "/sign-in/sso/acme?why=stale", "replayed");

    // The code of one sign-in with the state of another: the provider refuses the verifier.
    let (one, two) = (ann.to_callback(START, "s-ann").await?, ann.to_callback(START, "s-ann").await?);
    let part = |address: &str, name: &str| -> Result<String> {
        let url = reqwest::Url::parse(address)?;
        let found = url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        found.context("a part of the callback")
    };
    let mixed = one.replace(&part(&one, "code")?, &part(&two, "code")?);
    ensure!(ann.follow(&mixed).await? == "/sign-in/sso/acme?why=stale", "another sign-in's code");
    let other_issuer = two.replace("iss=http", "iss=https");
    ensure!(ann.follow(&other_issuer).await? == "/sign-in/sso/acme?why=proof", "another issuer's answer");

    // A second tenant at the same provider: neither takes the other's sign-ins.
    office.setup.run(&["owner", "create", "--tenant", "Zenith", "--email", "owner@zenith.example", "--password-stdin"], PASSWORD)?;
    let zenith = office.server.browser()?;
    zenith.sign_in("owner@zenith.example", PASSWORD).await?;
    zenith.call("/api/tenant/save_sso", &office.form(json!({ "slug": "zenith" }))).await?;
    let crossed = ann.to_callback(START, "s-ann").await?.replace("/sso/acme/", "/sso/zenith/");
    ensure!(ann.follow(&crossed).await? == "/sign-in/sso/zenith?why=stale", "another tenant's callback");
    // And whoever has an account there gets none here.
    office.provider.set_users(&json!({ "s-zoe": { "email": "owner@zenith.example", "email_verified": true, "groups": ["desk"] } })).await?;
    ensure!(office.lands("s-zoe").await? == "/sign-in/sso/acme?why=not_admitted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_sign_in_is_told_on_a_page_and_gets_no_session() -> Result<()> {
    let office = Office::open(Database::Sqlite, "RS256", false).await?;
    ensure!(office.lands("s-bob").await? == "/sign-in/sso/acme?why=unverified");
    office.owner.call("/api/tenant/update_domains", &json!({ "domains": "acme.example" })).await?;
    let eve = office.visitor()?;
    ensure!(eve.sign_in(START, "s-eve").await? == "/sign-in/sso/acme?why=domain");
    let page = eve.open("/sign-in/sso/acme?why=domain").await?.text().await?;
    ensure!(page.contains("User domain not in allowed list"), "{page}");
    ensure!(eve.call("/api/account/list_sessions", &json!({})).await?.0 == 401);
    // Everybody else meets the same sentence.
    for path in ["/api/people/create", "/api/people/update"] {
        let list = office.owner.call("/api/people/list", &json!({ "search": "owner@" })).await?;
        let body = json!({ "id": list["items"][0]["id"], "name": "Eve", "email": "eve@mail.acme.example", "role": "owner", "password": PASSWORD });
        let answer = office.owner.post(path, &body).await?;
        let problem: Value = answer.json().await?;
        ensure!(problem["field"] == "email" && problem["message"] == "User domain not in allowed list", "{path}: {problem}");
    }
    ensure!(office.lands("s-ann").await? == "/email");
    let list = office.owner.call("/api/people/list", &json!({ "search": "ann@" })).await?;
    office.owner.call("/api/people/set_active", &json!({ "id": list["items"][0]["id"], "active": false })).await?;
    ensure!(office.lands("s-ann").await? == "/sign-in/sso/acme?why=not_admitted");
    office.save(json!({ "active": "" })).await?;
    ensure!(office.visitor()?.follow(START).await? == "/sign-in/sso?why=unknown");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_keys_and_a_provider_that_fails() -> Result<()> {
    let office = Office::open(Database::Sqlite, "RS256", false).await?;
    ensure!(office.lands("s-ann").await? == "/email");
    office.provider.rotate_keys().await?;
    ensure!(office.lands("s-ann").await? == "/email", "new keys are fetched: {}", office.server.process.output());
    let wrong = json!({ "client_secret": "not the secret" });
    office.save(wrong).await?;
    ensure!(office.lands("s-ann").await? == "/sign-in/sso/acme?why=provider");
    // What is wrong with the settings is told to an owner who tries them.
    let log = office.server.process.output();
    ensure!(log.contains("invalid_client") && !log.contains(CLIENT_SECRET), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_against_the_provider() -> Result<()> {
    let office = Office::open(Database::Sqlite, "RS256", false).await?;
    let check = async |more: Value, field: &str, words: &str| -> Result<()> {
        let answer = office.owner.post("/api/tenant/save_sso", &office.form(more)).await?;
        let problem: Value = answer.json().await?;
        ensure!(problem["field"] == field && problem["message"].as_str().is_some_and(|told| told.contains(words)), "{field}: {problem}");
        Ok(())
    };
    check(json!({ "issuer": format!("{}/", office.provider.issuer) }), "issuer", "calls itself").await?;
    check(json!({ "issuer": format!("{}/nothing", office.provider.issuer) }), "issuer", "404").await?;
    check(json!({ "issuer": "https://10.0.0.1" }), "issuer", "private or reserved network").await?;
    check(json!({ "issuer": "http://127.0.0.2:9" }), "issuer", "private or reserved network").await?;
    check(json!({ "issuer": "https://127.0.0.1:9", "client_secret": "" }), "client_secret", "again").await?;
    let stored = office.owner.call("/api/tenant/get_sso", &json!({})).await?;
    ensure!(stored["sso"]["client_secret_set"].is_object() && !stored.to_string().contains(CLIENT_SECRET), "{stored}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_tries_the_settings_and_passwords_can_be_for_owners_alone() -> Result<()> {
    let office = Office::open(Database::Sqlite, "RS256", false).await?;
    let olga = office.visitor()?;
    let (status, _) = olga.call("/api/auth/sign_in", &json!({ "email": "owner@acme.example", "password": PASSWORD })).await?;
    ensure!(status == 200);
    ensure!(olga.sign_in("/tenant/sign-in/test", "s-ann").await? == "/tenant/sign-in");
    let stored = office.owner.call("/api/tenant/get_sso", &json!({})).await?;
    let test = &stored["sso"]["last_test"];
    ensure!(test["good"] == true && test["email"] == "ann@acme.example" && test["groups"] == json!(["desk"]), "{test}");
    let nobody = office.owner.call("/api/people/list", &json!({ "search": "ann@" })).await?;
    ensure!(nobody["items"] == json!([]), "a test makes nobody: {nobody}");
    let agent = json!({ "name": "Agent", "email": "agent@acme.example", "role": "agent", "password": PASSWORD });
    office.owner.call("/api/people/create", &agent).await?;
    office.save(json!({ "only_sso": "true" })).await?;
    let refused = office.visitor()?.call("/api/auth/sign_in", &json!({ "email": "agent@acme.example", "password": PASSWORD })).await?;
    ensure!(refused.0 == 400 && refused.1.to_string().contains("single sign-on"), "{refused:?}");
    office.server.browser()?.sign_in("owner@acme.example", PASSWORD).await?;
    Ok(())
}

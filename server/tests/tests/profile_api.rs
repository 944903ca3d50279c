//! The profile API of the built binary: what its callers are promised, code by code, and that an accepted request is carried out
//! whatever happens to the process.

#[path = "profile_api/durable.rs"]
mod durable;
#[path = "profile_api/keys.rs"]
mod keys;
#[path = "profile_api/refused.rs"]
mod refused;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    switchboard::{Database, Setup, Switchboard},
    wait,
};

const PROFILES: &str = "/resources/v2/customerprofile";

/// A caller with a profile key.
struct Importer {
    client: Client,
    base: String,
    key: String,
}

impl Importer {
    fn new(server: &Switchboard, key: &str) -> Result<Self> {
        let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
        Ok(Self { client, base: server.url.clone(), key: key.to_owned() })
    }

    /// Status, headers and body.
    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<(u16, Value)> {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).header("key", &self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).with_context(|| format!("{status}: {text}"))?))
    }

    async fn records(&self, method: Method, records: Value) -> Result<(u16, Value)> {
        self.send(method, PROFILES, Some(json!({ "Records": records }).to_string())).await
    }

    /// The transaction id of a request that must be taken.
    async fn accepted(&self, method: Method, records: Value) -> Result<String> {
        let (status, reply) = self.records(method, records).await?;
        ensure!(status == 200, "{status} {reply}");
        Ok(reply["transid"].as_str().context("a transaction id")?.to_owned())
    }

    async fn status(&self, transid: &str) -> Result<(u16, Value)> {
        self.send(Method::GET, &format!("/resources/v2/profile/status/{transid}"), None).await
    }

    /// The outcome, once there is one.
    async fn outcome(&self, transid: &str) -> Result<Value> {
        wait::until("the outcome", Duration::from_secs(30), async || {
            let (status, outcome) = self.status(transid).await?;
            ensure!(status == 200, "{status} {outcome}");
            Ok((outcome["code"] != "7600").then_some(outcome))
        })
        .await
    }

    async fn get(&self, query: &str) -> Result<(u16, Value)> {
        self.send(Method::GET, &format!("{PROFILES}{query}"), None).await
    }
}

/// A server with an owner and the tenant's key.
struct Desk {
    setup: Setup,
    server: Switchboard,
    owner: Browser,
    importer: Importer,
}

async fn key_of(owner: &Browser) -> Result<String> {
    let key = owner.call("/api/tenant/reveal_profile_key", &json!({})).await?;
    Ok(key.as_str().context("a key")?.to_owned())
}

impl Desk {
    async fn open(folder: &Path, database: Database) -> Result<Self> {
        let setup = Setup::new(folder, database)?;
        let token = setup.owner_token("Acme", "owner@acme.example")?;
        let server = setup.serve().await?;
        let owner = server.script(&token)?;
        let importer = Importer::new(&server, &key_of(&owner).await?)?;
        Ok(Self { setup, server, owner, importer })
    }
}

fn attribute<'a>(record: &'a Value, name: &str) -> Option<&'a str> {
    record["Attributes"].as_array()?.iter().find(|one| one["Name"] == name)?["Value"].as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_come_and_go() -> Result<()> {
    for database in Database::both("profiles").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let api = &desk.importer;
        let ann = json!({ "customerId": "54321", "Attributes": { "email": "ann@x.example", "msisdn": "4179123456", "name": "Ann", "plan": "gold" } });
        let (status, reply) = api.records(Method::POST, json!([ann, { "customerId": "a/b ü?&", "Attributes": { "name": "Odd" } }])).await?;
        ensure!(status == 200, "{status} {reply}");
        let counts = ["TotalCount", "SuccessCount", "FailureCount"].map(|name| reply[name].as_i64());
        ensure!(counts == [Some(2), Some(2), Some(0)] && reply["code"] == "1000" && reply["description"] == "QUEUED", "{reply}");
        ensure!(reply["Results"][0] == json!({ "customerId": "54321", "code": "1000", "description": "QUEUED" }), "{reply}");
        let outcome = api.outcome(reply["transid"].as_str().context("an id")?).await?;
        ensure!(outcome["code"] == "1000" && outcome["description"] == "SUCCESS" && outcome["SuccessCount"] == 2, "{outcome}");

        let (status, found) = api.get("/54321?showinwardlinks=1").await?;
        ensure!(status == 200 && found["Status"] == 0 && found["Description"] == "success" && found["code"] == "1000", "{status} {found}");
        let record = &found["Records"][0];
        ensure!(attribute(record, "email") == Some("ann@x.example") && attribute(record, "customerId") == Some("54321"), "{record}");
        ensure!(record["InwardLinks"] == json!([]) && record["OutwardLinks"] == json!([]), "{record}");
        ensure!(record["Attributes"].as_array().is_some_and(|all| all.iter().all(|one| one["ID"].as_i64().is_some_and(|id| id > 0))), "{record}");
        let (status, found) = api.get("/a%2Fb%20%C3%BC%3F%26").await?;
        ensure!(status == 200 && attribute(&found["Records"][0], "name") == Some("Odd"), "{status} {found}");
        let (status, found) = api.get("?customerId=54321&customerId=none&customerId=a%2Fb+%C3%BC%3F%26").await?;
        ensure!(status == 200 && found["code"] == "1002" && found["Records"].as_array().map(Vec::len) == Some(2), "{status} {found}");
        ensure!(found["Results"][0]["customerId"] == "none" && found["Results"][0]["code"] == "7014", "{found}");

        let changed = api.accepted(Method::PUT, json!([{ "customerId": "54321", "Attributes": { "plan": "", "city": "Bern" } }])).await?;
        ensure!(api.outcome(&changed).await?["code"] == "1000");
        let (_, found) = api.get("/54321").await?;
        let record = &found["Records"][0];
        ensure!(
            attribute(record, "plan").is_none() && attribute(record, "city") == Some("Bern") && attribute(record, "name") == Some("Ann"),
            "{record}"
        );
        let page = desk.owner.call("/api/people/list_profiles", &json!({ "search": "+41 79 123" })).await?;
        ensure!(page["items"][0]["customer_id"] == "54321", "the console finds who the API wrote: {page}");

        let (status, reply) = api.send(Method::DELETE, &format!("{PROFILES}/54321"), None).await?;
        ensure!(status == 200, "{status} {reply}");
        ensure!(api.outcome(reply["transid"].as_str().context("an id")?).await?["code"] == "1000");
        let (status, gone) = api.get("/54321").await?;
        ensure!(status == 404 && gone["code"] == "7014", "{status} {gone}");
        let (status, reply) = api.send(Method::DELETE, &format!("{PROFILES}?customerId=a%2Fb+%C3%BC%3F%26&customerId=54321"), None).await?;
        ensure!(status == 200, "{status} {reply}");
        let outcome = api.outcome(reply["transid"].as_str().context("an id")?).await?;
        ensure!(outcome["code"] == "1002" && outcome["Results"][1]["code"] == "7014", "{outcome}");
    }
    Ok(())
}

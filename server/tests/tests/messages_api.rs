//! `POST /v2/messages`, in the shape of the Send Message v2 API: what is taken, what is refused with which code and field, and what leaves.

#[path = "messages_api/accepted.rs"]
mod accepted;
#[path = "messages_api/refused.rs"]
mod refused;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    office::{Office, RouteFields},
    peers::Sink,
    switchboard::{Database, Setup, Switchboard},
    wait,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server with one asset, `care@acme.example`, whose mail is kept in files.
struct Desk {
    _server: Switchboard,
    sink: Sink,
    office: Office,
}

impl Desk {
    async fn open(folder: &Path, database: Database) -> Result<Self> {
        let sink = Sink::keeping(folder)?;
        let setup = Setup::new(folder, database)?;
        let token = setup.owner_token("Acme", "owner@acme.example")?;
        let server = setup.serve().await?;
        let office = Office::open(server.script(&token)?, "care@acme.example", &RouteFields::plain(sink.port)).await?;
        Ok(Self { _server: server, sink, office })
    }

    /// Status and answer.
    async fn post(&self, body: impl Into<reqwest::Body>, key: Option<&str>) -> Result<(u16, Value)> {
        let mut request = self.office.script.request(Method::POST, "/v2/messages").header("content-type", "application/json").body(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).with_context(|| format!("{status}: {text}"))?))
    }

    /// A request that has to be taken.
    async fn accepted(&self, body: &Value) -> Result<Value> {
        let (status, reply) = self.post(body.to_string(), None).await?;
        ensure!(status == 201, "{status} {reply}");
        Ok(reply)
    }

    /// Waits until the sink has as many mails.
    async fn arrived(&self, count: usize) -> Result<Vec<String>> {
        wait::until(&format!("{count} mails in the sink"), PATIENCE, async || {
            let mails = self.sink.mails()?;
            Ok((mails.len() >= count).then_some(mails))
        })
        .await
    }
}

/// The smallest request that is taken.
fn simple() -> Value {
    json!({
        "channel": "email", "from": "care@acme.example", "to": [{ "email": ["ann@peer.example"] }],
        "content": { "type": "text", "subject": "Hello", "text": "Hello Ann." },
    })
}

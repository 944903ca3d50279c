//! A tenant with an email asset, driven through the API as a script would.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{browserless::Browser, wait};

/// The SMTP route of an asset.
#[derive(Clone, Debug)]
pub struct RouteFields<'a> {
    /// Server.
    pub host: &'a str,
    /// Port.
    pub port: u16,
    /// `none`, `start_tls` or `ssl`.
    pub security: &'a str,
    /// User name; empty for none.
    pub username: &'a str,
    /// Password; empty for none.
    pub password: &'a str,
}

impl RouteFields<'_> {
    /// Without encryption and authentication, on loopback.
    pub fn plain(port: u16) -> RouteFields<'static> {
        RouteFields { host: "127.0.0.1", port, security: "none", username: "", password: "" }
    }
}

/// An asset and who drives it.
pub struct Office {
    /// With a token that may everything.
    pub script: Browser,
    /// The asset.
    pub asset: String,
    /// Its address.
    pub address: String,
    /// Where its mail is forwarded to.
    pub forwarding_address: String,
}

/// The fields of an asset as the form posts them.
pub fn asset_fields(address: &str, route: &RouteFields<'_>) -> Value {
    json!({
        "name": format!("Office {address}"), "email_address": address, "from_name": "Acme Care", "smtp_host": route.host,
        "smtp_port": route.port.to_string(), "security": route.security, "username": route.username, "password": route.password,
        "max_connections": "4",
    })
}

impl Office {
    /// Creates the asset.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn open(script: Browser, address: &str, route: &RouteFields<'_>) -> Result<Self> {
        let id = script.call("/api/email/create_asset", &asset_fields(address, route)).await?;
        let asset = id.as_str().context("create_asset answers with an id")?.to_owned();
        let shown = script.call("/api/email/get_asset", &json!({ "id": asset })).await?;
        let forwarding_address = shown["forwarding_address"].as_str().context("an asset has a forwarding address")?.to_owned();
        Ok(Self { script, asset, address: address.to_owned(), forwarding_address })
    }

    /// Sends a text mail by the public API; the message's id.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Result<String> {
        let body = json!({
            "channel": "email", "from": self.address, "to": [{ "email": [to] }],
            "content": { "type": "text", "subject": subject, "text": text },
        });
        let reply = self.script.call("/v2/messages", &body).await?;
        Ok(reply["messageId"].as_str().context("a reply has a messageId")?.to_owned())
    }

    /// An outgoing mail as its page shows it.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn message(&self, id: &str) -> Result<Value> {
        self.script.call("/api/email/get_message", &json!({ "id": id })).await
    }

    /// Waits until an outgoing mail is in one of the given states.
    ///
    /// # Errors
    /// When it does not get there in time.
    pub async fn settled(&self, id: &str, states: &[&str], patience: Duration) -> Result<Value> {
        wait::until(&format!("message {id} to be {states:?}"), patience, async || {
            let message = self.message(id).await?;
            let status = message["row"]["status"].as_str().unwrap_or_default().to_owned();
            Ok(states.contains(&status.as_str()).then_some(message))
        })
        .await
    }

    /// The connection test of the stored route: (step, outcome, detail, server's words).
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn probe(&self) -> Result<Vec<(String, String, String, String)>> {
        let steps = self.script.call("/api/email/test_stored_connection", &json!({ "id": self.asset })).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(steps
            .as_array()
            .context("the test answers with steps")?
            .iter()
            .map(|step| (text(&step["name"]), text(&step["outcome"]), text(&step["detail"]), step["server_words"].to_string()))
            .collect())
    }

    /// Waits until the inbox has a conversation with the subject; the whole conversation.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn thread(&self, subject: &str, patience: Duration) -> Result<Value> {
        let id = wait::until(&format!("a conversation “{subject}”"), patience, async || {
            let page = self.script.call("/api/email/list_threads", &json!({})).await?;
            let found = page["items"].as_array().and_then(|rows| rows.iter().find(|row| row["subject"] == subject).cloned());
            Ok(found.and_then(|row| row["id"].as_str().map(str::to_owned)))
        })
        .await?;
        self.script.call("/api/email/get_thread", &json!({ "id": id })).await
    }
}

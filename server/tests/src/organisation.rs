//! A tenant that has one of everything, made through the API and by mail, every text of it marked with one word.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{
    browserless::Browser,
    office::{Office, RouteFields},
    peers::swaks,
    switchboard::{PASSWORD, Switchboard},
    wait,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// What an identifier identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Email asset.
    Asset,
    /// Accepted send request.
    Send,
    /// Outgoing mail.
    Message,
    /// Mail that leaves later.
    Schedule,
    /// Conversation.
    Thread,
    /// Received mail.
    Inbound,
    /// File of a received mail.
    Attachment,
    /// File of a sent mail.
    SentAttachment,
    /// Line of the debug log that holds a body.
    LogLine,
    /// Person other than the owner.
    User,
    /// The owner's second API token.
    Token,
    /// The owner's session.
    Session,
    /// Audit entry.
    AuditEntry,
    /// Profile key that was replaced and still works.
    ReplacedKey,
    /// Customer's profile.
    Profile,
    /// Team with a member.
    Team,
    /// Person who has not accepted yet.
    Invited,
    /// File of people, one line of which is wrong.
    Import,
    /// The help desk's running visit; made by those tests that need one.
    Visit,
    /// The tie to a partner; made by those tests that need one.
    Partner,
    /// Last part of the address under which the received file is fetched without a session.
    MediaLink,
    /// Role of the tenant's own, which nobody has.
    Role,
}

/// The tenant.
pub struct Organisation {
    /// Stands in every name, address, subject, body and file name of it.
    pub marker: String,
    /// The asset, driven by the owner's token.
    pub office: Office,
    /// The owner's address; the password is [`PASSWORD`].
    pub owner_email: String,
    /// The owner's signed-in browser.
    pub browser: Browser,
    /// One of each.
    pub ids: BTreeMap<Kind, String>,
}

impl Organisation {
    /// Fills a tenant whose owner was made on the command line as `owner@MARKER.example` and holds `token`. Its mail leaves for `sink_port`;
    /// when this returns, nothing of it is under way any more.
    ///
    /// # Errors
    /// When the API refuses, or a mail does not arrive.
    pub async fn fill(folder: &Path, server: &Switchboard, token: &str, marker: &str, sink_port: u16) -> Result<Self> {
        let owner_email = format!("owner@{marker}.example");
        let office = Office::open(server.script(token)?, &format!("support@{marker}.example"), &RouteFields::plain(sink_port)).await?;
        let browser = server.browser()?;
        browser.sign_in(&owner_email, PASSWORD).await?;
        let mut organisation = Self { marker: marker.to_owned(), office, owner_email, browser, ids: BTreeMap::new() };
        organisation.ids.insert(Kind::Asset, organisation.office.asset.clone());
        organisation.account().await?;
        organisation.people().await?;
        organisation.sent().await?;
        organisation.scheduled().await?;
        organisation.received(folder, server.smtp_port).await?;
        organisation.traces().await?;
        Ok(organisation)
    }

    /// The id of its one `kind`.
    pub fn id(&self, kind: Kind) -> &str {
        self.ids.get(&kind).map(String::as_str).unwrap_or_default()
    }

    /// The tenant's own id.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn tenant(&self) -> Result<String> {
        let tenant = self.browser.call("/api/tenant/get", &json!({})).await?;
        tenant["id"].as_str().map(str::to_owned).context("a tenant has an id")
    }

    fn keep(&mut self, kind: Kind, id: &Value) -> Result<()> {
        let id = id.as_str().with_context(|| format!("no id of a {kind:?}: {id}"))?;
        self.ids.insert(kind, id.to_owned());
        Ok(())
    }

    async fn account(&mut self) -> Result<()> {
        let marker = self.marker.clone();
        let agent = json!({ "name": format!("Agent {marker}"), "email": format!("agent@{marker}.example"), "role": "agent", "password": PASSWORD });
        let user = self.office.script.call("/api/people/create", &agent).await?;
        self.keep(Kind::User, &user)?;
        let asked = json!({ "name": format!("Token {marker}"), "capabilities": ["email.read"] });
        let made = self.office.script.call("/api/account/create_token", &asked).await?;
        self.keep(Kind::Token, &made["token"]["id"])?;
        self.office.script.call("/api/tenant/rotate_profile_key", &json!({ "overlap_hours": "24" })).await?;
        let keys = self.office.script.call("/api/tenant/profile_keys", &json!({})).await?;
        self.keep(Kind::ReplacedKey, &keys["replaced"][0]["id"])?;
        let customer = json!({
            "customer_id": format!("crn-{marker}"), "name": format!("Ann {marker}"), "email": format!("ann@{marker}.customer.example"),
            "attributes": format!("note: {marker}"),
        });
        let profile = self.office.script.call("/api/people/create_profile", &customer).await?;
        self.keep(Kind::Profile, &profile)?;
        let role = json!({ "name": format!("Role {marker}"), "capabilities": ["email.read"] });
        let role = self.office.script.call("/api/people/create_role", &role).await?;
        self.keep(Kind::Role, &role)?;
        let sessions = self.browser.call("/api/account/list_sessions", &json!({})).await?;
        self.keep(Kind::Session, &sessions[0]["id"])
    }

    async fn people(&mut self) -> Result<()> {
        let marker = self.marker.clone();
        let team = self.office.script.call("/api/people/create_team", &json!({ "name": format!("Team {marker}") })).await?;
        self.keep(Kind::Team, &team)?;
        let member = json!({ "id": team, "email": format!("agent@{marker}.example") });
        self.office.script.call("/api/people/add_member", &member).await?;
        let asked = json!({ "name": format!("Ivy {marker}"), "email": format!("ivy@{marker}.example"), "role": "agent", "by": "link" });
        let invited = self.office.script.call("/api/people/invite", &asked).await?;
        self.keep(Kind::Invited, &invited["id"])?;
        let lines = format!("email,name\nlea@{marker}.example,Lea {marker}\nno address,{marker}\n");
        let file = reqwest::multipart::Form::new().text("text", lines);
        let request = self.office.script.request(reqwest::Method::POST, "/api/people/check_import").header("accept", "application/json");
        let import: Value = request.multipart(file).send().await?.error_for_status()?.json().await?;
        self.keep(Kind::Import, &import)
    }

    async fn sent(&mut self) -> Result<()> {
        let marker = self.marker.clone();
        let body = json!({
            "channel": "email", "from": self.office.address, "callbackData": format!("callback {marker}"),
            "to": [{ "email": [format!("one-{marker}@peer.example")], "correlationId": format!("c-{marker}") }, { "email": [format!("two-{marker}@peer.example")] }],
            "content": {
                "type": "html", "subject": format!("Sent {marker}"), "html": format!("<p>Hello {marker}</p>"),
                "attachments": [{ "name": format!("{marker}.txt"), "mimetype": "text/plain", "content": STANDARD.encode(format!("file of {marker}")) }],
            },
        });
        let reply = self.office.script.call("/v2/messages", &body).await?;
        self.keep(Kind::Send, &reply["messageId"])?;
        let messages = reply["messages"].as_array().context("two recipients make two mails")?.clone();
        for message in &messages {
            self.keep(Kind::Message, &message["messageId"])?;
            let detail = self.office.settled(self.id(Kind::Message), &["submitted"], PATIENCE).await?;
            self.keep(Kind::SentAttachment, &detail["attachments"][0]["id"])?;
        }
        Ok(())
    }

    /// A schedule with a file, years ahead.
    async fn scheduled(&mut self) -> Result<()> {
        let marker = self.marker.clone();
        let fields = [("asset", self.id(Kind::Asset)), ("when", "later"), ("date", "2999-12-31"), ("time", "09:30"), ("zone", "UTC")];
        let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value.to_owned()));
        let form = form
            .text("to", format!("later-{marker}@peer.example"))
            .text("subject", format!("Later {marker}"))
            .text("text", format!("Good day, {marker}"))
            .part("attachments", Part::bytes(format!("later file of {marker}").into_bytes()).file_name(format!("later-{marker}.txt")));
        let request = self.office.script.request(Method::POST, "/api/email/compose").header("accept", "application/json").multipart(form);
        let made: Value = request.send().await?.error_for_status()?.json().await?;
        anyhow::ensure!(made["kind"] == "schedules", "no schedule was made: {made}");
        self.keep(Kind::Schedule, &made["id"])
    }

    async fn received(&mut self, folder: &Path, smtp_port: u16) -> Result<()> {
        let marker = &self.marker;
        let path = folder.join(format!("{marker}.eml"));
        let file = STANDARD.encode(format!("received file of {marker}"));
        std::fs::write(
            &path,
            format!(
                "From: Ann {marker} <ann@{marker}.customer.example>\nTo: {address}\nSubject: Received {marker}\nMessage-ID: <{marker}-1@customer.example>\n\
                 MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>Words of {marker}</p>\n\
                 --b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"in-{marker}.txt\"\nContent-Transfer-Encoding: base64\n\n{file}\n--b--\n",
                address = self.office.address,
            ),
        )?;
        swaks::inject(smtp_port, &format!("ann@{marker}.customer.example"), &self.office.forwarding_address, &path)?;
        let thread = self.office.thread(&format!("Received {marker}"), PATIENCE).await?;
        self.keep(Kind::Thread, &thread["row"]["id"])?;
        self.keep(Kind::Inbound, &thread["mails"][0]["source"]["id"])?;
        let file = &thread["mails"][0]["attachments"][0];
        self.keep(Kind::Attachment, &file["id"])?;
        let url = file["link"]["url"].as_str().context("a received file has a link")?;
        let token = url.rsplit('/').next().unwrap_or_default();
        self.keep(Kind::MediaLink, &json!(token))
    }

    async fn traces(&mut self) -> Result<()> {
        let asset = self.id(Kind::Asset).to_owned();
        let script = &self.office.script;
        let line = wait::until("a line of the debug log with a body", PATIENCE, async || {
            let page = script.call("/api/email/list_log", &json!({ "asset": asset })).await?;
            Ok(page["items"].as_array().and_then(|lines| lines.iter().find(|line| line["has_body"] == true).cloned()))
        })
        .await?;
        let audit = script.call("/api/audit/list", &json!({})).await?;
        self.keep(Kind::LogLine, &line["id"])?;
        self.keep(Kind::AuditEntry, &audit["items"][0]["id"])
    }
}

//! A real OpenID provider: npm `oidc-provider`, started by `end2end/oidc-provider.mjs`, and a person with a browser who signs in there.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Response, Url, header, redirect};
use serde_json::{Value, json};

use crate::{process::Process, wait};

/// Id of the client that every test registers.
pub const CLIENT: &str = "switchboard";
/// Its secret.
pub const CLIENT_SECRET: &str = "Anbieter-Geheimnis-40917";

/// A running provider.
pub struct OidcProvider {
    process: Process,
    /// What it calls itself.
    pub issuer: String,
    client: Client,
}

impl OidcProvider {
    /// Starts it for these redirect addresses and people (`{"subject": {claims}}`). ID tokens are signed with `algorithm`; with
    /// `claims_in_id_token` they carry everything, else they are short and the rest is at the userinfo endpoint.
    ///
    /// # Errors
    /// A sentence when node or the package is missing.
    pub fn start(folder: &Path, redirects: &[String], users: &Value, algorithm: &str, claims_in_id_token: bool) -> Result<Self> {
        let port = wait::free_port()?;
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../end2end/oidc-provider.mjs");
        let package = script.with_file_name("node_modules").join("oidc-provider");
        ensure!(package.exists(), "npm's `oidc-provider` is missing in end2end/: run the tests through `make test`, which installs it");
        let settings = json!({
            "port": port, "users": users, "claimsInIdToken": claims_in_id_token,
            "clients": [{ "client_id": CLIENT, "client_secret": CLIENT_SECRET, "redirect_uris": redirects, "id_token_signed_response_alg": algorithm }],
        });
        let mut command = Command::new("node");
        command.arg(&script).arg(settings.to_string());
        let mut process = Process::start("oidc-provider", command, &folder.join(format!("oidc-{port}.log")))?;
        if let Err(silent) = wait::port_answers(port, Duration::from_secs(20)) {
            process.ensure_running()?;
            return Err(silent);
        }
        let client = Client::builder().timeout(Duration::from_secs(20)).build()?;
        Ok(Self { process, issuer: format!("http://127.0.0.1:{port}"), client })
    }

    /// Adds people, or changes what it tells about them.
    ///
    /// # Errors
    /// From the connection.
    pub async fn set_users(&self, users: &Value) -> Result<()> {
        self.client.post(format!("{}/_test/users", self.issuer)).json(users).send().await?.error_for_status()?;
        Ok(())
    }

    /// Signs with new keys from now on.
    ///
    /// # Errors
    /// From the connection.
    pub async fn rotate_keys(&self) -> Result<()> {
        self.client.post(format!("{}/_test/rotate", self.issuer)).send().await?.error_for_status()?;
        Ok(())
    }

    /// What it printed.
    pub fn log(&self) -> String {
        self.process.output()
    }
}

/// Somebody with a browser of their own, who signs in at the provider whenever it asks.
pub struct Visitor {
    client: Client,
    console: String,
}

impl Visitor {
    /// With an empty cookie jar.
    ///
    /// # Errors
    /// From the HTTP client.
    pub fn new(console: &str) -> Result<Self> {
        let client = Client::builder().cookie_store(true).redirect(redirect::Policy::none()).timeout(Duration::from_secs(60)).build()?;
        Ok(Self { client, console: console.to_owned() })
    }

    /// Opens an address as a browser does.
    ///
    /// # Errors
    /// From the connection.
    pub async fn open(&self, address: &str) -> Result<Response> {
        let address = if address.starts_with('/') { format!("{}{address}", self.console) } else { address.to_owned() };
        Ok(self.client.get(address).header(header::ACCEPT, "text/html").send().await?)
    }

    /// Goes from the console to the provider, signs in there as `subject`, and stops before following the provider back: the whole
    /// address of the callback.
    ///
    /// # Errors
    /// When the way leads elsewhere.
    pub async fn to_callback(&self, start: &str, subject: &str) -> Result<String> {
        let mut address = location(&self.open(start).await?).with_context(|| format!("{start} leads nowhere"))?;
        for _ in 0..8 {
            if address.starts_with(&self.console) {
                return Ok(address);
            }
            let url = Url::parse(&address)?;
            let answer = if url.path().starts_with("/interaction/") {
                let login = [("prompt", "login"), ("login", subject), ("password", "whatever")];
                self.client.post(url.clone()).form(&login).send().await?
            } else {
                self.open(&address).await?
            };
            let status = answer.status();
            let next = location(&answer);
            address = match next {
                Some(next) => url.join(&next)?.to_string(),
                None => bail!("{address} answered {status}: {}", answer.text().await?),
            };
        }
        bail!("the provider sends in circles: {address}")
    }

    /// The whole way: where the console leads after the callback.
    ///
    /// # Errors
    /// As [`Visitor::to_callback`].
    pub async fn sign_in(&self, start: &str, subject: &str) -> Result<String> {
        let callback = self.to_callback(start, subject).await?;
        self.follow(&callback).await
    }

    /// Where an address leads.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn follow(&self, address: &str) -> Result<String> {
        let answer = self.open(address).await?;
        let status = answer.status();
        let Some(next) = location(&answer) else { bail!("{address} answered {status}: {}", answer.text().await?) };
        Ok(next)
    }

    /// POST of JSON to a server function of the console with this browser's session; status and answer.
    ///
    /// # Errors
    /// From the connection.
    pub async fn call(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.console)).header(header::ORIGIN, &self.console);
        let answer = request.header(header::ACCEPT, "application/json").json(body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }
}

fn location(answer: &Response) -> Option<String> {
    answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

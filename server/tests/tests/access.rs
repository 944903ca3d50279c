//! Help desk, partners and links over real HTTP: every refusal, and what ends a visit.

#[path = "access/links.rs"]
mod links;
#[path = "access/partners.rs"]
mod partners;
#[path = "access/visits.rs"]
mod visiting;

use std::path::Path;

use anyhow::Result;
use tests::{
    browserless::Browser,
    switchboard::{Database, PASSWORD, Setup, Switchboard},
    visits,
};

/// A server with two tenants and an operator.
struct Town {
    setup: Setup,
    server: Switchboard,
    /// Acme's owner, signed in.
    owner: Browser,
    /// The operators' console, signed in.
    operator: Browser,
    /// Ids of the tenants.
    acme: String,
    zenith: String,
}

impl Town {
    async fn build(folder: &Path, database: Database) -> Result<Self> {
        let setup = Setup::new(folder, database)?;
        for (tenant, email) in [("Acme", "owner@acme.example"), ("Zenith", "owner@zenith.example")] {
            setup.run(&["owner", "create", "--tenant", tenant, "--email", email, "--password-stdin"], PASSWORD)?;
        }
        visits::add_operator(&setup)?;
        let server = setup.serve().await?;
        let owner = server.browser()?;
        owner.sign_in("owner@acme.example", PASSWORD).await?;
        let operator = visits::operator(&server).await?;
        let (acme, zenith) = (visits::tenant(&operator, "Acme").await?, visits::tenant(&operator, "Zenith").await?);
        Ok(Self { setup, server, owner, operator, acme, zenith })
    }
}

/// The status of a request that every visitor may make.
async fn status(visitor: &Browser) -> Result<u16> {
    Ok(visitor.post("/api/tenant/get", &serde_json::json!({})).await?.status().as_u16())
}

/// The status of a page, where it leads, and its text.
async fn page(browser: &Browser, path: &str) -> Result<(u16, String, String)> {
    let answer = browser.request(reqwest::Method::GET, path).header("accept", "text/html").send().await?;
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    Ok((answer.status().as_u16(), location, answer.text().await?))
}

//! What a settings page costs over the wire, as Chromium counts it.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};

use super::{Bar, Line};
use crate::switchboard::{Database, PASSWORD, Setup};

/// HTML + CSS + JS + WASM of the page of one asset, cold cache, brotli.
///
/// # Errors
/// When Chromium or Node is missing.
pub async fn measure(folder: &Path) -> Result<Vec<Line>> {
    let home = folder.join("pages");
    std::fs::create_dir_all(&home)?;
    let setup = Setup::new(&home, Database::Sqlite)?;
    let token = setup.owner_token("Bench", "owner@bench.example")?;
    let server = setup.serve().await?;
    let id = super::outbound::create_asset(&server.script(&token)?, 25, 1).await?;
    let page = format!("/email/assets/{}", id.as_str().context("create_asset answers with an id")?);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/page-weight.mjs");
    let output = Command::new("node").arg(script).args([server.url.as_str(), "owner@bench.example", PASSWORD, &page]).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let bytes: f64 = printed
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .with_context(|| format!("page-weight printed “{printed}” {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(vec![Line {
        name: "settings page, HTML+CSS+JS+WASM, brotli",
        ours: format!("{:.0} KB", bytes / 1000.0),
        yardstick: "300 KB".into(),
        ratio: bytes / 300_000.0,
        bar: Bar::AtMost(1.0),
    }])
}

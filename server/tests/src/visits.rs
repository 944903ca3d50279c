//! Operators, partners and their visits, through the command line and HTTP.

use anyhow::{Context, Result, ensure};
use model::access::Access;
use reqwest::header;
use serde_json::{Value, json};

use crate::{
    browserless::Browser,
    switchboard::{PASSWORD, Setup, Switchboard},
};

/// The operator that [`add_operator`] makes.
pub const MARA: &str = "mara@support.example";

/// Adds the operator with the most access there is.
///
/// # Errors
/// From the command.
pub fn add_operator(setup: &Setup) -> Result<()> {
    setup.run(&["operator", "create", "--email", MARA, "--access", "full-with-decrypt", "--password-stdin"], PASSWORD)?;
    Ok(())
}

/// The operators' console, signed in.
///
/// # Errors
/// When the server refuses.
pub async fn operator(server: &Switchboard) -> Result<Browser> {
    let browser = server.browser()?;
    browser.call("/api/operator/sign_in", &json!({ "email": MARA, "password": PASSWORD })).await?;
    Ok(browser)
}

/// The id of the tenant of this name, as the operator's list has it.
///
/// # Errors
/// When it is not listed.
pub async fn tenant(operator: &Browser, name: &str) -> Result<String> {
    let page = operator.call("/api/operator/list_tenants", &json!({ "search": name })).await?;
    let items = page["items"].as_array().context("a page has items")?;
    let found = items.iter().find(|tenant| tenant["name"] == name).and_then(|tenant| tenant["id"].as_str());
    found.map(str::to_owned).with_context(|| format!("{name} is not listed: {page}"))
}

/// Asks for a link; its token.
///
/// # Errors
/// When the server refuses.
pub async fn launch(operator: &Browser, tenant: &str, access: Access) -> Result<String> {
    let token = operator.call("/api/operator/launch", &json!({ "tenant": tenant, "access": access })).await?;
    token.as_str().map(str::to_owned).with_context(|| format!("no token: {token}"))
}

/// The visitor's cookie in an answer, `name=value`.
///
/// # Errors
/// When there is none.
pub async fn visit_cookie(answer: reqwest::Response) -> Result<String> {
    let status = answer.status();
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).find(|pair| pair.contains("switchboard_visit=")).map(str::to_owned);
    cookie.with_context(|| format!("no visit began: {status}"))
}

/// Uses a link up with the browser that asked for it; a browser that holds the visit and nothing else.
///
/// # Errors
/// When the server refuses.
pub async fn follow(server: &Switchboard, browser: &Browser, tenant: &str, token: &str) -> Result<Browser> {
    let answer = browser.post("/api/access/enter", &json!({ "tenant": tenant, "token": token })).await?;
    ensure!(answer.status() == 200, "{}", answer.text().await?);
    // What the browser keeps is taken away from it: it stays whoever it was.
    let cookie = visit_cookie(answer).await?;
    Browser::with_cookie(&server.url, &cookie)
}

/// Launches and enters: a browser that holds the visit and nothing else.
///
/// # Errors
/// When the server refuses.
pub async fn enter(server: &Switchboard, operator: &Browser, tenant: &str, access: Access) -> Result<Browser> {
    let token = launch(operator, tenant, access).await?;
    follow(server, operator, tenant, &token).await
}

/// Who is in the tenant now, as its owner's browser sees it.
///
/// # Errors
/// When the server refuses.
pub async fn present(owner: &Browser) -> Result<Vec<Value>> {
    Ok(owner.call("/api/access/present", &json!({})).await?.as_array().cloned().unwrap_or_default())
}

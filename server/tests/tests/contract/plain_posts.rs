//! Forms posted before the WASM arrives: what is refused comes back as it was typed, with files among the fields and however long.

use anyhow::{Context, Result, ensure};
use reqwest::{
    Method, header,
    multipart::{Form, Part},
};
use tests::{
    browserless::Browser,
    office::{Office, RouteFields},
    switchboard::{Database, PASSWORD},
};

use super::fresh;

/// Posts a form with files as a browser does, from the page it stands on; where the answer leads to.
async fn post(browser: &Browser, base: &str, page: &str, action: &str, fields: &[(&str, &str)], file: Option<&str>) -> Result<String> {
    let mut form = fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()));
    if let Some(name) = file {
        form = form.part("attachments", Part::bytes(b"Second floor".to_vec()).file_name(name.to_owned()));
    }
    let request = browser.request(Method::POST, action).header(header::ACCEPT, "text/html").header(header::REFERER, format!("{base}{page}"));
    let answer = request.multipart(form).send().await?;
    ensure!(answer.status() == 303, "{action} answered {}", answer.status());
    let target = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    Ok(target.context("a redirect")?.to_owned())
}

async fn page(browser: &Browser, path: &str) -> Result<String> {
    let answer = browser.request(Method::GET, path).header(header::ACCEPT, "text/html").send().await?;
    ensure!(answer.status() == 200, "{path} answered {}", answer.status());
    Ok(answer.text().await?)
}

/// Values of inputs, and texts that stand in elements: what the page carries for its WASM does not count.
fn ensure_shown(html: &str, values: &[&str], texts: &[&str]) -> Result<()> {
    let values = values.iter().map(|value| format!("value=\"{value}\""));
    for shown in values.chain(texts.iter().map(|text| format!("{text}<"))) {
        ensure!(html.contains(&shown), "the page does not show {:?}", shown.chars().take(80).collect::<String>());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_with_files_brings_back_what_was_typed() -> Result<()> {
    for database in Database::both("plain").await? {
        let (_folder, setup) = fresh(database)?;
        let token = setup.owner_token("Acme", "owner@acme.example")?;
        let server = setup.serve().await?;
        let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(9)).await?;
        let (browser, base) = (server.browser()?, setup.url());
        browser.sign_in("owner@acme.example", PASSWORD).await?;

        // One fits a cookie, the other is ten times longer than any.
        let long = format!("It begins like this. {} And this is the end.", "A line that says nothing. ".repeat(1600));
        for text in ["It begins like this. And this is the end.", long.as_str()] {
            let fields = [
                ("asset", office.asset.as_str()),
                ("to", "bob at peer.example"),
                ("subject", "Way to room 12"),
                ("html", text),
                ("html_format", "text"),
                ("when", "later"),
                ("date", "2999-01-01"),
                ("time", "10:45"),
            ];
            let action = "/api/email/compose?_next=/email/{kind}/{id}";
            let back = post(&browser, &base, "/email/compose?when=repeat", action, &fields, Some("map.txt")).await?;
            ensure!(back == "/email/compose?when=repeat", "{back}");
            let shown = page(&browser, &back).await?;
            ensure_shown(&shown, &["bob at peer.example", "Way to room 12", "2999-01-01", "10:45"], &[text, "map.txt"])?;
            ensure!(!page(&browser, &back).await?.contains("Way to room 12"), "it is shown once");
        }

        let good = [
            ("asset", office.asset.as_str()),
            ("to", "bob@peer.example"),
            ("subject", "Every day"),
            ("html", "Good day."),
            ("html_format", "text"),
            ("when", "repeat"),
            ("repeats", "daily"),
            ("time", "09:30"),
        ];
        let schedule = post(&browser, &base, "/email/compose", "/api/email/compose?_next=/email/{kind}/{id}", &good, None).await?;
        let id = schedule.strip_prefix("/email/schedules/").with_context(|| schedule.clone())?;
        let (tab, action) = (format!("{schedule}?tab=mail"), format!("/api/email/change_schedule_mail?_next={schedule}"));
        let change = [
            ("id", id),
            ("version", "1"),
            ("asset", office.asset.as_str()),
            ("to", "nobody"),
            ("subject", "Every other day"),
            ("html", long.as_str()),
            ("html_format", "text"),
        ];
        let back = post(&browser, &base, &tab, &action, &change, Some("plan.txt")).await?;
        ensure!(back == tab, "{back}");
        ensure_shown(&page(&browser, &back).await?, &["nobody", "Every other day"], &[long.as_str(), "plan.txt"])?;
        let kept = office.script.call("/api/email/get_schedule", &serde_json::json!({ "id": id })).await?;
        ensure!(kept["row"]["subject"] == "Every day", "a refused change was kept: {kept}");
    }
    Ok(())
}

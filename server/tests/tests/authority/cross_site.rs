//! Invariant 3: what changes something is called by POST, and not from other sites' pages.

use anyhow::{Context, Result, ensure};
use app::shell::ROOMS;
use reqwest::{Client, Method, redirect};
use server::http::{CSRF_EXEMPT, routes::REST};
use tests::switchboard::{Database, PASSWORD, Setup};

/// What other sites may post to, and what a session's cookie counts for there: nothing.
const EXEMPT: &[(&str, u16)] = &[("/v2/messages", 401)];

/// How a browser tells that another site's page is behind a post, today's and older ones.
const FOREIGN: &[&[(&str, &str)]] = &[
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[],
];

fn posts() -> Vec<String> {
    let endpoints = ROOMS.iter().flat_map(|room| room.endpoints).map(|endpoint| endpoint.path.to_owned());
    endpoints.chain(REST.iter().filter(|route| route.method != Method::GET).map(|route| route.path.to_owned())).collect()
}

#[test]
fn the_exceptions_are_exactly_these() {
    let listed: Vec<_> = EXEMPT.iter().map(|(path, _)| *path).collect();
    assert_eq!(CSRF_EXEMPT, listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_can_post_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let cookie = server.browser()?.sign_in("owner@acme.example", PASSWORD).await?;
    let client = Client::builder().redirect(redirect::Policy::none()).build()?;
    for path in posts() {
        let expected = EXEMPT.iter().find(|(exempt, _)| *exempt == path).map_or(403, |(_, status)| *status);
        for headers in FOREIGN {
            for (kind, body) in [("application/json", "{}"), ("application/x-www-form-urlencoded", ""), ("text/plain", "{}")] {
                let mut request = client.post(format!("{}{path}", server.url)).header("cookie", &cookie).header("content-type", kind).body(body);
                for (name, value) in *headers {
                    request = request.header(*name, *value);
                }
                let status = request.send().await?.status().as_u16();
                ensure!(status == expected, "{path} with {headers:?} as {kind} answered {status}");
            }
        }
    }
    // The session still works where it should: it was not the cookie that was refused.
    let own = client.post(format!("{}/api/account/list_sessions", server.url)).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    ensure!(own.send().await?.status() == 200, "the console's own post is refused");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_method_reaches_a_server_function() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    for path in ROOMS.iter().flat_map(|room| room.endpoints).map(|endpoint| endpoint.path) {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE] {
            let status = script.request(method.clone(), path).send().await.context(path)?.status();
            ensure!(status == 405, "{method} {path} answered {status}");
        }
    }
    for path in ["/", "/people", "/email/assets"] {
        let status = script.request(Method::POST, path).body("").send().await?.status();
        ensure!(status == 405, "POST to the page {path} answered {status}");
    }
    Ok(())
}

//! A caller over HTTP: a script with a token, or a browser before its WASM has arrived.

use std::time::Duration;

use anyhow::{Result, bail};
use reqwest::{Client, Method, Response, header, redirect};
use serde_json::Value;

/// An HTTP caller that keeps its cookies and follows no redirect by itself.
pub struct Browser {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Browser {
    /// Signed out.
    ///
    /// # Errors
    /// From the HTTP client.
    pub fn new(base: &str) -> Result<Self> {
        let client = Client::builder().cookie_store(true).redirect(redirect::Policy::none()).timeout(Duration::from_secs(60)).build()?;
        Ok(Self { client, base: base.to_owned(), token: None })
    }

    /// With `Authorization: Bearer`.
    ///
    /// # Errors
    /// From the HTTP client.
    pub fn with_token(base: &str, token: &str) -> Result<Self> {
        Ok(Self { token: Some(token.to_owned()), ..Self::new(base)? })
    }

    /// With a cookie that somebody kept, `name=value`.
    ///
    /// # Errors
    /// From the HTTP client, or when the cookie is no header value.
    pub fn with_cookie(base: &str, cookie: &str) -> Result<Self> {
        let headers = header::HeaderMap::from_iter([(header::COOKIE, header::HeaderValue::from_str(cookie)?)]);
        let client = Client::builder().default_headers(headers).redirect(redirect::Policy::none()).timeout(Duration::from_secs(60)).build()?;
        Ok(Self { client, base: base.to_owned(), token: None })
    }

    /// A request to a path of the server.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request.header("Sec-Fetch-Site", "same-origin").header(header::ORIGIN, &self.base),
        }
    }

    /// GET.
    ///
    /// # Errors
    /// From the connection.
    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.request(Method::GET, path).send().await?)
    }

    /// POST of JSON, the whole answer.
    ///
    /// # Errors
    /// From the connection.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Response> {
        Ok(self.request(Method::POST, path).header(header::ACCEPT, "application/json").json(body).send().await?)
    }

    /// POST of a form as a browser without WASM does it.
    ///
    /// # Errors
    /// From the connection.
    pub async fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let request = self.request(Method::POST, path).header(header::ACCEPT, "text/html").header(header::REFERER, format!("{}{page}", self.base));
        Ok(request.form(fields).send().await?)
    }

    /// Signs in. The session's cookie as `name=value`; the browser keeps it too.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<String> {
        let answer = self.post("/api/auth/sign_in", &serde_json::json!({ "email": email, "password": password })).await?;
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).find(|pair| pair.contains("switchboard=")).map(str::to_owned);
        let status = answer.status();
        match session {
            Some(session) if status.is_success() => Ok(session),
            _ => bail!("signing in as {email} answered {status}: {}", answer.text().await?),
        }
    }

    /// POST of JSON that must succeed; the answer as JSON.
    ///
    /// # Errors
    /// With status and body when it did not succeed.
    pub async fn call(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.post(path, body).await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }
}

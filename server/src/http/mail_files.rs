//! What a mail is made of, as files: attachments, the source, and the HTML as a document of its own for the sandboxed frame.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use model::{
    Problem,
    ids::{AttachmentId, InboundId, MessageId},
    people::Capability,
};
use services::{
    Ctx, Fault,
    email::{inbox, sending},
    file::File,
};

use super::{
    SharedEdge, answer,
    files::{self, About},
    form,
};

/// `GET /email/attachments/{attachment}`
pub const ATTACHMENT: &str = "/email/attachments/{attachment}";
/// `GET /email/inbound/{mail}/html?remote=true`
pub const INBOUND_HTML: &str = "/email/inbound/{mail}/html";
/// `GET /email/inbound/{mail}/raw`
pub const INBOUND_RAW: &str = "/email/inbound/{mail}/raw";
/// `GET /email/messages/{message}/html`
pub const MESSAGE_HTML: &str = "/email/messages/{message}/html";

/// A file of a received or sent mail. **Needs** `email.inbox`.
pub async fn attachment(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, parts| {
        let id: AttachmentId = id.parse().map_err(|_| Problem::NotFound)?;
        let (row, file) = inbox::attachment(&edge.services, ctx, id).await.map_err(app::shell::told(ctx))?;
        let (mimetype, _) = files::harmless(&row.mimetype);
        download(ctx, parts, file, &About { name: &row.name, mimetype, inline: false, version: &id.to_string() }).await
    })
    .await
}

/// The source of a received mail, as it came. **Needs** `email.inbox`.
pub async fn inbound_raw(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, parts| {
        let id: InboundId = id.parse().map_err(|_| Problem::NotFound)?;
        let file = inbox::raw_of(&edge.services, ctx, id).await.map_err(app::shell::told(ctx))?;
        let about = About { name: &format!("{id}.eml"), mimetype: "message/rfc822", inline: false, version: &id.to_string() };
        download(ctx, parts, file, &about).await
    })
    .await
}

/// The cleaned HTML of a received mail; remote images only when asked for. **Needs** `email.inbox`.
pub async fn inbound_html(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, parts| {
        let id: InboundId = id.parse().map_err(|_| Problem::NotFound)?;
        let query = form::fields(parts.uri.query().unwrap_or_default());
        let remote = form::field(&query, "remote") == Some("true");
        let html = inbox::html_of(&edge.services, ctx, id, remote).await.map_err(app::shell::told(ctx))?;
        Ok(document(&html, remote))
    })
    .await
}

/// The cleaned HTML of a sent mail. **Needs** `email.inbox`.
pub async fn message_html(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, _| {
        let id: MessageId = id.parse().map_err(|_| Problem::NotFound)?;
        let message = sending::get(&edge.services, ctx, id).await.map_err(app::shell::told(ctx))?;
        Ok(document(&message.html, false))
    })
    .await
}

async fn respond(edge: &SharedEdge, request: Request, make: impl AsyncFnOnce(&Ctx, &Parts) -> Result<Response, Problem>) -> Response {
    let (parts, _) = request.into_parts();
    let made = match edge.authorise(&parts, Capability::EmailInbox).await {
        Ok(ctx) => make(&ctx, &parts).await,
        Err(problem) => Err(problem),
    };
    made.unwrap_or_else(|problem| answer::refuse(&problem, &parts.headers))
}

/// A file to keep.
async fn download(ctx: &Ctx, parts: &Parts, file: File, about: &About<'_>) -> Result<Response, Problem> {
    files::serve(&parts.method, &parts.headers, file, about).await.map_err(|source| {
        let fault = Fault::Io { what: "reading a file of a mail", source };
        fault.into_problem(&ctx.info().request_id)
    })
}

/// Somebody else's HTML as a document with a policy of its own: it may have styles, and it may do nothing. The console may frame it.
fn document(html: &str, remote: bool) -> Response {
    let images = if remote { "'self' data: https: http:" } else { "'self' data:" };
    let policy = format!(
        "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; \
         sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    );
    // Mail is written for white paper: it stays light in the dark theme.
    let page = format!(
        "<!doctype html><html lang=\"\"><head><meta charset=\"utf-8\"><title>Mail</title><base target=\"_blank\"><meta name=\"color-scheme\" content=\"light\">\
         <style>html{{background:#fff;color:#111;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}}body{{margin:12px}}img{{max-width:100%;height:auto}}\
         table{{max-width:100%}}</style></head><body>{html}</body></html>"
    );
    let mut response = Response::new(Body::from(page));
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_may_be_framed_by_the_console_and_run_nothing() {
        let response = document("<p>Hi</p>", false);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; img-src 'self' data:;") && !policy.contains("allow-scripts"), "{policy}");
    }
}

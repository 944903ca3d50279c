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
    Ctx,
    email::{inbox, sending},
};
use tokio_util::io::ReaderStream;

use super::{SharedEdge, answer, form};

/// `GET /email/attachments/{attachment}`
pub const ATTACHMENT: &str = "/email/attachments/{attachment}";
/// `GET /email/inbound/{mail}/html?remote=true`
pub const INBOUND_HTML: &str = "/email/inbound/{mail}/html";
/// `GET /email/inbound/{mail}/raw`
pub const INBOUND_RAW: &str = "/email/inbound/{mail}/raw";
/// `GET /email/messages/{message}/html`
pub const MESSAGE_HTML: &str = "/email/messages/{message}/html";

/// Types that a browser may show inside a mail. Everything else is a file to keep: SVG and HTML could act.
const SHOWN: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];

/// A file of a received or sent mail. **Needs** `email.inbox`.
pub async fn attachment(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, _| {
        let id: AttachmentId = id.parse().map_err(|_| Problem::NotFound)?;
        let (row, file) = inbox::attachment(&edge.services, ctx, id).await.map_err(app::shell::told(ctx))?;
        let mimetype = SHOWN.iter().find(|shown| **shown == row.mimetype).copied().unwrap_or("application/octet-stream");
        Ok(download(file, mimetype, &row.name))
    })
    .await
}

/// The source of a received mail, as it came. **Needs** `email.inbox`.
pub async fn inbound_raw(State(edge): State<SharedEdge>, Path(id): Path<String>, request: Request) -> Response {
    respond(&edge, request, async |ctx, _| {
        let id: InboundId = id.parse().map_err(|_| Problem::NotFound)?;
        let file = inbox::raw_of(&edge.services, ctx, id).await.map_err(app::shell::told(ctx))?;
        Ok(download(file, "message/rfc822", &format!("{id}.eml")))
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

/// A file to keep under its name (RFC 6266): the plain form for old clients, the exact one beside it.
fn download(file: inbox::File, mimetype: &'static str, name: &str) -> Response {
    let (body, length) = match file {
        inbox::File::Memory(bytes) => {
            let length = bytes.len() as u64;
            (Body::from(bytes), length)
        }
        inbox::File::Disk { file, len } => (Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024)), len),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mimetype));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ()".contains(c) { c } else { '_' }).collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
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
    fn names_cannot_leave_their_header() {
        let check = |name: &str, expected: &str| assert_eq!(disposition(name), expected);
        check("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
        check("x\"\r\nSet-Cookie: a=1", "attachment; filename=\"x___Set-Cookie_ a_1\"; filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20a%3D1");
        check("Übersicht.pdf", "attachment; filename=\"_bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht.pdf");
    }

    #[test]
    fn a_mail_may_be_framed_by_the_console_and_run_nothing() {
        let response = document("<p>Hi</p>", false);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; img-src 'self' data:;") && !policy.contains("allow-scripts"), "{policy}");
    }
}

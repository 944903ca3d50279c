//! Files made on request: each is a GET route with a capability of its own.

use axum::{
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use futures::SinkExt;
use futures::channel::mpsc;
use model::{Problem, audit::AuditFilter, email::log::LogFilter, people::Capability};
use services::{Ctx, Fault, audit, debuglog, people::profiles};

use super::{SharedEdge, answer, form};

/// `GET /audit/export.csv?search=&action=&actor=&subject=&from=&until=`
pub const AUDIT_CSV: &str = "/audit/export.csv";

/// `GET /audit/export.json?search=&action=&actor=&subject=&from=&until=`
pub const AUDIT_JSON: &str = "/audit/export.json";

/// `GET /email/assets/{asset}/log.csv?search=&step=`
pub const LOG_CSV: &str = "/email/assets/{asset}/log.csv";

/// `GET /people/profiles/export.csv?search=`
pub const PROFILES_CSV: &str = "/people/profiles/export.csv";

/// Chunks that wait for a slow reader; more would only be memory.
const CHUNKS_AHEAD: usize = 2;

/// The audit log as CSV, newest first, written while it is read from the database.
///
/// **Needs** `audit.read`; the export itself is audited.
pub async fn audit_csv(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (ctx, filter) = match asked(&edge, &parts).await {
        Ok(asked) => asked,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("audit.csv", &parts.headers, reference, move |chunks| async move {
        audit::export_csv(&services, &ctx, &filter, |chunk| chunks.write(chunk)).await
    })
    .await
}

/// The audit log as a JSON array, newest first, with number and hash of each entry, written while it is read from the database.
///
/// **Needs** `audit.read`; the export itself is audited.
pub async fn audit_json(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (ctx, filter) = match asked(&edge, &parts).await {
        Ok(asked) => asked,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("audit.json", &parts.headers, reference, move |chunks| async move {
        audit::export_json(&services, &ctx, &filter, |chunk| chunks.write(chunk)).await
    })
    .await
}

/// Customers' profiles as CSV, by name.
///
/// **Needs** `people.profiles_read`; the export itself is audited.
pub async fn profiles_csv(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ctx = match edge.authorise(&parts, Capability::ProfileRead).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let search = form::field(&query, "search").unwrap_or_default().to_owned();
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("customers.csv", &parts.headers, reference, move |chunks| async move {
        profiles::export_csv(&services, &ctx, &search, |chunk| chunks.write(chunk)).await
    })
    .await
}

/// Who asks for the audit log, and for which part of it; an export begins at the first page.
async fn asked(edge: &SharedEdge, parts: &Parts) -> Result<(Ctx, AuditFilter), Problem> {
    let ctx = edge.authorise(parts, Capability::AuditRead).await?;
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let filter = AuditFilter::read(|name| form::field(&query, name).unwrap_or_default().to_owned());
    Ok((ctx, AuditFilter { after: String::new(), ..filter }))
}

/// The debug log of one address as CSV, newest first, bodies hidden.
///
/// **Needs** `debuglog.read`.
pub async fn log_csv(State(edge): State<SharedEdge>, Path(asset): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ctx = match edge.authorise(&parts, Capability::DebugLogRead).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let part = |name: &str| form::field(&query, name).unwrap_or_default().to_owned();
    let filter = LogFilter { asset, search: part("search"), step: part("step"), after: String::new() };
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("debug-log.csv", &parts.headers, reference, move |chunks| async move {
        debuglog::export_csv(&services, &ctx, &filter, |chunk| chunks.write(chunk)).await
    })
    .await
}

/// Where an export writes to: the answer's body, a few chunks ahead of its reader.
#[derive(Clone)]
pub(super) struct Chunks(mpsc::Sender<Result<Bytes, std::io::Error>>);

impl Chunks {
    pub(super) fn write(&self, chunk: Vec<u8>) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
        let mut sender = self.0.clone();
        async move { sender.send(Ok(chunk.into())).await.map_err(|_| Fault::Task { what: "writing an export to a reader who has left" }) }
    }
}

/// Answers with what `export` writes, while it writes. A refusal comes before the first chunk and can still have a status of its own.
pub(super) async fn streamed<E, W>(name: &'static str, headers: &HeaderMap, reference: String, export: E) -> Response
where
    E: FnOnce(Chunks) -> W,
    W: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let (sender, mut chunks) = mpsc::channel(CHUNKS_AHEAD);
    let work = tokio::spawn(export(Chunks(sender)));
    let first = futures::StreamExt::next(&mut chunks).await;
    if first.is_none() {
        let problem = match work.await {
            Ok(Err(fault)) => fault.into_problem(&reference),
            _ => Problem::Internal { reference },
        };
        return answer::refuse(&problem, headers);
    }
    let rest = futures::StreamExt::chain(futures::stream::iter(first), chunks);
    file(name, Body::from_stream(rest))
}

/// A CSV file to keep; browsers must not show it.
pub(super) fn csv(name: &'static str, body: Body) -> Response {
    file(name, body)
}

/// A file to keep; browsers must not show it.
fn file(name: &'static str, body: Body) -> Response {
    let kind = if name.ends_with(".json") { "application/json" } else { "text/csv; charset=utf-8" };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

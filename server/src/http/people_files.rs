//! Files of people: the list, the template of an import, and what is wrong in one.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use model::{
    Problem,
    ids::ImportId,
    people::{Capability, PeopleFilter},
};
use services::people;

use super::{
    SharedEdge, answer,
    downloads::{csv, streamed},
    form,
};

/// `GET /people/export.csv?search=&role=&status=&team=&licence=&sort=&descending=`
pub const PEOPLE_CSV: &str = "/people/export.csv";

/// `GET /people/import/template.csv`
pub const IMPORT_TEMPLATE: &str = "/people/import/template.csv";

/// `GET /people/import/{import}/problems.csv`
pub const IMPORT_PROBLEMS: &str = "/people/import/{import}/problems.csv";

/// What a file of people looks like: the columns and two lines to write over.
const TEMPLATE: &str = "email,name,role,licences,teams\r\n\
    ann@example.com,Ann Lee,agent,contact_center|interact,\r\n\
    bob@example.com,,supervisor,,\r\n";

/// The people of the list as CSV, in its order.
///
/// **Needs** `people.read`; the export itself is audited.
pub async fn people_csv(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ctx = match edge.authorise(&parts, Capability::PeopleRead).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let part = |name: &str| form::field(&query, name).unwrap_or_default().to_owned();
    let filter = PeopleFilter {
        after: String::new(),
        sort: part("sort"),
        descending: part("descending"),
        search: part("search"),
        role: part("role"),
        status: part("status"),
        team: part("team"),
        licence: part("licence"),
    };
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("people.csv", &parts.headers, reference, move |chunks| async move {
        people::export_users(&services, &ctx, &filter, |chunk| chunks.write(chunk)).await
    })
    .await
}

/// A file to begin with.
///
/// **Needs** `people.write`.
pub async fn import_template(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match edge.authorise(&parts, Capability::PeopleWrite).await {
        Ok(_) => csv("people-template.csv", Body::from(TEMPLATE)),
        Err(problem) => answer::refuse(&problem, &parts.headers),
    }
}

/// The wrong lines of an import as CSV.
///
/// **Needs** `people.write`.
pub async fn import_problems(State(edge): State<SharedEdge>, Path(import): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ctx = match edge.authorise(&parts, Capability::PeopleWrite).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    let Ok(id) = import.parse::<ImportId>() else { return answer::refuse(&Problem::NotFound, &parts.headers) };
    let (services, reference) = (edge.services.clone(), ctx.info().request_id.clone());
    streamed("wrong-lines.csv", &parts.headers, reference, move |chunks| async move {
        people::export_import_problems(&services, &ctx, id, |chunk| chunks.write(chunk)).await
    })
    .await
}

//! Server functions of files of people.

use leptos::prelude::*;
use model::{
    Problem,
    ids::ImportId,
    people::{Import, ImportPage},
};
use server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use {
    crate::shell::{self, authorise, told},
    model::people::{Capability, ImportForm, ImportMode, MAX_IMPORT_BYTES},
    services::people::Upload,
};

/// Reads and checks a CSV file of people (part `file`) or pasted lines (part `text`) without adding anybody; answers with the import's id. Fields as
/// [`model::people::ImportForm`].
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `file` what is no CSV file of people, with [`Problem::TooLarge`] beyond 5 MB or 10,000
/// people. What is wrong with single lines is told by [`GetImport`].
#[server(name = CheckImport, prefix = "/api", endpoint = "people/check_import", input = MultipartFormData)]
pub async fn check_import(data: MultipartData) -> Result<String, Problem> {
    let (services, ctx) = authorise(Capability::PeopleWrite).await?;
    let (form, mut upload) = read(data).await?;
    if upload.bytes.is_empty() {
        upload = Upload { name: String::new(), bytes: form.text.into_bytes() };
    }
    if upload.bytes.is_empty() {
        return Err(Problem::field("file", "Choose a file, or paste its lines below."));
    }
    services::people::check_import(&services, &ctx, upload).await.map(|id| id.to_string()).map_err(told(&ctx))
}

/// Reads the parts within their bounds.
#[cfg(feature = "ssr")]
async fn read(data: MultipartData) -> Result<(ImportForm, Upload), Problem> {
    let unreadable = || Problem::field("file", "The form could not be read. Load the page again.");
    let mut data = data.into_inner().ok_or_else(unreadable)?;
    let (mut form, mut upload, mut total) = (ImportForm::default(), Upload::default(), 0_usize);
    while let Some(mut part) = data.next_field().await.map_err(|_| unreadable())? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
            total += chunk.len();
            // One byte more than allowed is enough for the use case to refuse it in its own words.
            if bytes.len() + chunk.len() > MAX_IMPORT_BYTES || total > 2 * MAX_IMPORT_BYTES {
                return Err(Problem::TooLarge { what: format!("A file has at most {} MB; divide it.", MAX_IMPORT_BYTES / 1024 / 1024) });
            }
            bytes.extend_from_slice(&chunk);
        }
        match (name.as_str(), file) {
            ("file", Some(file)) => upload = Upload { name: file, bytes },
            ("text", None) => form.text = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    Ok((form, upload))
}

/// The last imports, newest first.
///
/// **Needs** `people.write`.
#[server(name = ListImports, prefix = "/api", endpoint = "people/list_imports")]
pub async fn list_imports() -> Result<Vec<Import>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::list_imports(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// One import, how far it is, and a page of its wrong lines.
///
/// **Needs** `people.write`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = GetImport, prefix = "/api", endpoint = "people/get_import")]
pub async fn get_import(
    /// Which.
    id: ImportId,
    /// Cursor; empty for the first page.
    #[server(default)]
    after: String,
) -> Result<ImportPage, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::get_import(&services, &ctx, id, &after).await.map_err(shell::told(&ctx))
}

/// Starts to take people in. Each becomes an invited person.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] what was started before, with [`Problem::Invalid`] on `mode` (wrong lines, or no good one) or
/// `send` (no active email asset).
#[server(name = StartImport, prefix = "/api", endpoint = "people/start_import")]
pub async fn start_import(
    /// Which.
    id: ImportId,
    /// `good` for the good lines, `all` for all lines or none.
    mode: String,
    /// Mail everybody their invitation.
    #[server(default)]
    send: bool,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let mode = ImportMode::from_word(&mode).ok_or_else(|| Problem::field("mode", "Choose which lines are taken in."))?;
    services::people::start_import(&services, &ctx, id, mode, send).await.map_err(shell::told(&ctx))
}

/// Forgets an import; people who were added stay.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] one that is running.
#[server(name = DiscardImport, prefix = "/api", endpoint = "people/discard_import")]
pub async fn discard_import(
    /// Which.
    id: ImportId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::discard_import(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

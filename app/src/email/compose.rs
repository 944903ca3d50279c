//! Sending from a page: a form with files, so it travels as `multipart/form-data`.

use leptos::prelude::*;
use model::Problem;
use server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use {
    crate::shell::{authorise, told},
    model::{
        email::send::{ComposeForm, MAX_HTML_BYTES, MAX_MIME_BYTES},
        people::Capability,
    },
    services::email::sending::{self, Upload},
};

/// Sends a mail and answers with the message's id. Fields as [`model::email::send::ComposeForm`], files as `attachments`.
///
/// **Needs** `email.send`. Refuses with [`Problem::Invalid`] field by field and with [`Problem::TooLarge`] beyond 10 MB.
#[server(name = Compose, prefix = "/api", endpoint = "email/compose", input = MultipartFormData)]
pub async fn compose(data: MultipartData) -> Result<String, Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    let (form, uploads) = read(data).await?;
    let (_, message) = sending::compose(&services, &ctx, form, uploads).await.map_err(told(&ctx))?;
    Ok(message.to_string())
}

/// Reads the parts within their bounds.
#[cfg(feature = "ssr")]
async fn read(data: MultipartData) -> Result<(ComposeForm, Vec<Upload>), Problem> {
    let unreadable = |_| Problem::field("", "The form could not be read. Load the page again.");
    let mut data = data.into_inner().ok_or_else(|| Problem::field("", "The form could not be read. Load the page again."))?;
    let (mut form, mut uploads, mut total) = (ComposeForm::default(), Vec::new(), 0_usize);
    let mut plain = false;
    while let Some(mut part) = data.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let mimetype = part.content_type().map(ToString::to_string).unwrap_or_else(|| "application/octet-stream".into());
        // HTML may hold inline images as data: addresses, so it is bounded like the whole mail; the use case checks the text itself.
        let limit = if file.is_some() || name == "html" { MAX_MIME_BYTES } else { MAX_HTML_BYTES };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(unreadable)? {
            total += chunk.len();
            if bytes.len() + chunk.len() > limit || total > MAX_MIME_BYTES {
                return Err(Problem::TooLarge { what: format!("A mail with its files has at most {} MB.", MAX_MIME_BYTES / 1024 / 1024) });
            }
            bytes.extend_from_slice(&chunk);
        }
        match file {
            // A file input that was left empty still posts a part, without a name.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => uploads.push(Upload { name: file, mimetype, bytes }),
            // The editor says what it holds: before the WASM arrives it is a plain text area.
            None if name == "html_format" => plain = bytes == b"text",
            None => set(&mut form, &name, String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
    if plain {
        form.text = std::mem::take(&mut form.html);
    }
    Ok((form, uploads))
}

/// Puts a text part where it belongs; others, as `_next`, are not the form's.
#[cfg(feature = "ssr")]
fn set(form: &mut ComposeForm, name: &str, text: String) {
    let place = match name {
        "asset" => &mut form.asset,
        "to" => &mut form.to,
        "cc" => &mut form.cc,
        "bcc" => &mut form.bcc,
        "subject" => &mut form.subject,
        "text" => &mut form.text,
        "html" => &mut form.html,
        "thread" => &mut form.thread,
        _ => return,
    };
    *place = text;
}

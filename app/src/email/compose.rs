//! Writing from a page: a form with files, so it travels as `multipart/form-data`.

use leptos::prelude::*;
use model::{Problem, email::schedule::Composed};
use server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use {
    super::api::parse,
    crate::shell::{Typed, authorise, told},
    model::{
        email::{
            schedule::{ScheduleForm, When},
            send::{ComposeForm, MAX_HTML_BYTES, MAX_MIME_BYTES},
        },
        people::Capability,
    },
    serde::de::DeserializeOwned,
    services::email::{
        schedules,
        sending::{self, Upload},
    },
};

/// Sends a mail, or makes a schedule of it when `when` says `later` or `repeat`; answers with the id of the mail or of the schedule. Fields
/// as [`model::email::send::ComposeForm`] and [`model::email::schedule::ScheduleForm`], files as `attachments`.
///
/// **Needs** `email.send`. Refuses with [`Problem::Invalid`] field by field and with [`Problem::TooLarge`] beyond 10 MB.
#[server(name = Compose, prefix = "/api", endpoint = "email/compose", input = MultipartFormData)]
pub async fn compose(data: MultipartData) -> Result<Composed, Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    let posted = read(data).await?;
    let when: ScheduleForm = posted.form()?;
    let made = match when.when().map_err(|field| Problem::Invalid { fields: vec![field] })? {
        When::Now => {
            let (_, message) = sending::compose(&services, &ctx, posted.mail()?, posted.uploads).await.map_err(told(&ctx))?;
            ("messages", message.to_string())
        }
        When::Later | When::Repeat => {
            let schedule = schedules::create(&services, &ctx, posted.mail()?, when, posted.uploads).await.map_err(told(&ctx))?;
            ("schedules", schedule.to_string())
        }
    };
    Ok(Composed { kind: made.0.to_owned(), id: made.1 })
}

/// Changes what a schedule sends. Fields as [`model::email::send::ComposeForm`] and [`model::email::schedule::MailChange`], files as
/// `attachments`, which come behind the present ones.
///
/// **Needs** `email.send`. Refuses as [`compose`], with [`Problem::NotFound`] for a schedule of another tenant, and with
/// [`Problem::Conflict`] when `version` is not the present one.
#[server(name = ChangeScheduleMail, prefix = "/api", endpoint = "email/change_schedule_mail", input = MultipartFormData)]
pub async fn change_schedule_mail(data: MultipartData) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    let posted = read(data).await?;
    let change: model::email::schedule::MailChange = posted.form()?;
    let version = change.version.parse().map_err(|_| Problem::field("version", "Load the page again: the form does not say what it changes."))?;
    let mail = posted.mail()?;
    let remove_files = !change.remove_files.is_empty();
    schedules::change_mail(&services, &ctx, parse(&change.id)?, version, mail, posted.uploads, remove_files).await.map_err(told(&ctx))
}

/// What a form with files brought.
#[cfg(feature = "ssr")]
#[derive(Default)]
struct Posted {
    fields: serde_json::Map<String, serde_json::Value>,
    uploads: Vec<Upload>,
    /// Names of the files, by the name of their field.
    files: Vec<(String, String)>,
}

#[cfg(feature = "ssr")]
impl Posted {
    /// A form of texts; fields that are not its own are left out.
    fn form<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.fields.clone().into()).map_err(|_| unreadable())
    }

    /// The mail. The editor says what it holds: before the WASM arrives it is a plain text area.
    fn mail(&self) -> Result<ComposeForm, Problem> {
        let mut form: ComposeForm = self.form()?;
        if self.fields.get("html_format").is_some_and(|format| format == "text") {
            form.text = std::mem::take(&mut form.html);
        }
        Ok(form)
    }
}

#[cfg(feature = "ssr")]
fn unreadable() -> Problem {
    Problem::field("", "The form could not be read. Load the page again.")
}

/// Most parts of a form.
#[cfg(feature = "ssr")]
const MAX_PARTS: usize = 200;

/// Reads the parts, and tells what was typed in case it is refused.
#[cfg(feature = "ssr")]
async fn read(data: MultipartData) -> Result<Posted, Problem> {
    let mut posted = Posted::default();
    let outcome = posted.fill(data).await;
    Typed::note(posted.typed());
    outcome.map(|()| posted)
}

#[cfg(feature = "ssr")]
impl Posted {
    /// Takes the parts within their bounds.
    async fn fill(&mut self, data: MultipartData) -> Result<(), Problem> {
        let mut data = data.into_inner().ok_or_else(unreadable)?;
        let (mut total, mut parts) = (0_usize, 0_usize);
        while let Some(mut part) = data.next_field().await.map_err(|_| unreadable())? {
            parts += 1;
            if parts > MAX_PARTS {
                return Err(Problem::TooLarge { what: format!("A form has at most {MAX_PARTS} fields and files.") });
            }
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let mimetype = part.content_type().map(ToString::to_string).unwrap_or_else(|| "application/octet-stream".into());
            // HTML may hold inline images as data: addresses, so it is bounded like the whole mail; the use case checks the text itself.
            let limit = if file.is_some() || name == "html" { MAX_MIME_BYTES } else { MAX_HTML_BYTES };
            if let Some(file) = file.as_ref().filter(|file| !file.is_empty()) {
                self.files.push((name.clone(), file.clone()));
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
                total += chunk.len();
                if bytes.len() + chunk.len() > limit || total > MAX_MIME_BYTES {
                    return Err(Problem::TooLarge { what: format!("A mail with its files has at most {} MB.", MAX_MIME_BYTES / 1024 / 1024) });
                }
                bytes.extend_from_slice(&chunk);
            }
            match file {
                // A file input that was left empty still posts a part, without a name.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(file) => self.uploads.push(Upload { name: file, mimetype, bytes }),
                None => drop(self.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned().into())),
            }
        }
        Ok(())
    }

    /// What was typed, and the names of the files: a browser does not choose them again by itself.
    fn typed(&self) -> Vec<(String, String)> {
        let texts = self.fields.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let mut typed: Vec<_> = texts.collect();
        for (field, file) in &self.files {
            match typed.iter_mut().find(|(known, _)| known == field) {
                Some((_, names)) => *names = format!("{names}, {file}"),
                None => typed.push((field.clone(), file.clone())),
            }
        }
        typed
    }
}

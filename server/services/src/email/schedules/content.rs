//! What a schedule sends: recipients and texts in its row, files in the blob store, and the request that a run makes of them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::{
    email::send::{ComposeForm, split_addresses},
    ids::{AssetId, ScheduleId},
};
use serde::{Deserialize, Serialize};
use store::Tx;

use crate::{
    Ctx, Fault, Services,
    email::{
        accept::{File, Mail, SendRequest, Source, file_name, mimetype},
        attachment::{self, NewAttachment, StoredAttachment},
    },
};

/// `email_schedule.content`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Content {
    /// Addresses in To.
    pub to: Vec<String>,
    /// Shown recipients.
    pub cc: Vec<String>,
    /// Hidden ones.
    pub bcc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Plain text; empty when there is HTML.
    pub text: String,
    /// HTML, its pictures as `cid:`; empty for none.
    pub html: String,
}

impl Content {
    /// Of a form whose pictures were taken out of `html`.
    pub fn of(form: &ComposeForm, html: String) -> Self {
        Self {
            to: split_addresses(&form.to),
            cc: split_addresses(&form.cc),
            bcc: split_addresses(&form.bcc),
            subject: form.subject.trim().to_owned(),
            text: form.text.clone(),
            html,
        }
    }

    /// The request that a run makes.
    pub fn request(&self, asset: AssetId, attachments: Vec<File>) -> SendRequest {
        SendRequest {
            source: Source::Schedule,
            mails: vec![Mail { to: self.to.clone(), ..Mail::default() }],
            cc: self.cc.clone(),
            bcc: self.bcc.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            attachments,
            ..SendRequest::from_asset(asset)
        }
    }

    /// What the audit log shows of it.
    pub fn audited(&self) -> Vec<(&'static str, String)> {
        let lines = [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)].map(|(field, list)| (field, list.join(", ")));
        lines.into_iter().chain([("subject", self.subject.clone()), ("text", self.text.clone()), ("html", self.html.clone())]).collect()
    }
}

/// A file that was put into the blob store for a schedule.
pub(super) struct Kept {
    file: File,
    blob: String,
    size_bytes: i64,
}

/// Puts files into the blob store. When one cannot be put there, none stays.
pub(super) async fn keep(services: &Services, files: Vec<File>) -> Result<Vec<Kept>, Fault> {
    let now = services.now();
    let mut kept = Vec::with_capacity(files.len());
    for mut file in files {
        let bytes = std::mem::take(&mut file.bytes);
        let one = Kept { file, blob: services.entropy.uuid(now).to_string(), size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX) };
        let put = services.blobs.put(&one.blob, bytes).await;
        kept.push(one);
        if let Err(error) = put {
            forget(services, &kept).await;
            return Err(error.into());
        }
    }
    Ok(kept)
}

/// Removes files whose rows were not committed.
pub(super) async fn forget(services: &Services, kept: &[Kept]) {
    for one in kept {
        if let Err(error) = services.blobs.remove(&one.blob).await {
            tracing::warn!(error = %crate::error::chain(&error), "a file of a refused schedule stays behind");
        }
    }
}

/// Writes the rows of files, behind `from` others.
pub(super) async fn write(services: &Services, ctx: &Ctx, tx: &mut Tx, id: ScheduleId, from: usize, kept: &[Kept]) -> Result<(), Fault> {
    for (position, one) in (from..).zip(kept) {
        let row = NewAttachment {
            id: services.entropy.uuid(services.now()),
            tenant: ctx.tenant(),
            owner_kind: attachment::SCHEDULE,
            owner: id.uuid(),
            position,
            name: &file_name(&one.file.name),
            mimetype: &mimetype(&one.file.mimetype),
            content_id: &one.file.content_id,
            inline: !one.file.content_id.is_empty(),
            size_bytes: one.size_bytes,
            blob: &one.blob,
        };
        tx.execute(attachment::INSERT, row.args()).await?;
    }
    Ok(())
}

/// Files of a schedule, in their order.
pub(super) async fn files(services: &Services, ctx: &Ctx, id: ScheduleId) -> Result<Vec<StoredAttachment>, Fault> {
    attachment::of_owner(services, ctx, attachment::SCHEDULE, id.uuid()).await
}

/// The same with their bytes, as a request takes them.
pub(super) async fn read(services: &Services, stored: &[StoredAttachment]) -> Result<Vec<File>, Fault> {
    let mut files = Vec::with_capacity(stored.len());
    for one in stored {
        files.push(File {
            name: one.name.clone(),
            mimetype: one.mimetype.clone(),
            content_id: one.content_id.clone(),
            bytes: services.blobs.read(&one.blob).await?,
        });
    }
    Ok(files)
}

/// The HTML as the editor takes it: pictures as `data:` addresses, which saving takes out again.
pub(super) async fn editable(services: &Services, html: &str, stored: &[StoredAttachment]) -> Result<String, Fault> {
    let mut html = html.to_owned();
    for one in stored.iter().filter(|one| one.inline && !one.content_id.is_empty()) {
        let address = format!("data:{};base64,{}", one.mimetype, BASE64.encode(services.blobs.read(&one.blob).await?));
        html = html.replace(&format!("cid:{}", one.content_id), &address);
    }
    Ok(html)
}

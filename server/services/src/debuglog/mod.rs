//! The debug log of an asset: every step of every mail, bodies sealed (spec email-channel: "decrypting the Debug Logs").

mod export;

#[cfg(test)]
mod tests;

use store::{Args, Row, Statement, args, sql};
use uuid::Uuid;

use model::{
    Problem,
    email::{
        asset::Asset,
        log::{DecryptedLine, LogFilter, LogLine},
    },
    ids::{AssetId, LogId, TenantId},
    page::{DEFAULT_PAGE, Page},
};

pub use export::export_csv;

use crate::{
    Ctx, Fault, Services, audit,
    clock::Zone,
    cursor,
    email::{assets, bulk::dollar},
};

/// Direction of a line.
pub const OUTBOUND: &str = "outbound";
/// Direction of a line.
pub const INBOUND: &str = "inbound";
/// Most bytes of a body kept with a line.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Longest detail, in characters.
const MAX_DETAIL_CHARS: usize = 1200;

/// A line about to be written.
pub(crate) struct NewLine {
    pub tenant: TenantId,
    pub asset: AssetId,
    /// Id of the message, of the send request, or of the received mail.
    pub mail_id: Uuid,
    pub direction: &'static str,
    pub step: &'static str,
    /// A sentence; never a body or a secret.
    pub detail: String,
    pub at_micros: i64,
}

/// Writes a line; its arguments come from [`row`].
pub(crate) const INSERT: Statement = sql!(
    "INSERT INTO debuglog_line (id, tenant_id, asset_id, mail_id, direction, step, detail, body, at_micros)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);

/// The arguments of [`INSERT`], the body sealed.
pub(crate) fn row(services: &Services, line: NewLine, body: Option<&[u8]>) -> Result<Args, Fault> {
    let id = LogId::new(services.entropy.uuid(line.at_micros));
    let body = match body {
        Some(body) => {
            let kept = body.get(..body.len().min(MAX_BODY_BYTES)).unwrap_or_default();
            Some(services.secrets.seal(kept, &body_place(id), services.entropy.bytes())?)
        }
        None => None,
    };
    let detail: String = line.detail.chars().take(MAX_DETAIL_CHARS).collect();
    Ok(args![id.uuid(), line.tenant.uuid(), line.asset.uuid(), line.mail_id, line.direction, line.step, detail, body, line.at_micros,])
}

/// Associated data of a sealed body.
fn body_place(id: LogId) -> String {
    format!("debuglog_line/body/{id}")
}

const COLUMNS: &str = "SELECT id, asset_id, mail_id, direction, step, detail, at_micros,
    CASE WHEN body IS NULL THEN 0 ELSE 1 END AS has_body FROM debuglog_line WHERE tenant_id = $1";

fn read(row: &Row, zone: &Zone) -> Result<LogLine, Fault> {
    Ok(LogLine {
        id: row.parse("id")?,
        at: zone.stamp(row.int("at_micros")?),
        mail: row.text("mail_id")?,
        direction: row.text("direction")?,
        step: row.text("step")?,
        detail: row.text("detail")?,
        has_body: row.flag("has_body")?,
    })
}

/// One page of lines, newest first. `search` finds words in the detail, or with the id of a mail its lines and those of its
/// send request.
///
/// # Errors
/// [`Problem::NotFound`] for an asset that this tenant does not have; [`Problem::Invalid`] on `after`.
pub async fn list(services: &Services, ctx: &Ctx, filter: &LogFilter) -> Result<Page<LogLine>, Fault> {
    asset_of(services, ctx, filter).await?;
    let after = cursor::decode::<1>(&filter.after)?.map(|[id]| id);
    let mut items = lines(services, ctx, filter, after, DEFAULT_PAGE + 1).await?;
    let more = items.len() > DEFAULT_PAGE as usize;
    items.truncate(DEFAULT_PAGE as usize);
    let next = items.last().filter(|_| more).map(|last| cursor::encode([last.id.to_string()]));
    Ok(Page { items, next })
}

/// The asset that the filter names, if it names one: a stranger's does not exist, which is more than having no lines.
async fn asset_of(services: &Services, ctx: &Ctx, filter: &LogFilter) -> Result<Option<Asset>, Fault> {
    match filter.asset.as_str() {
        "" => Ok(None),
        id => assets::get(services, ctx, id.parse().map_err(|_| Problem::NotFound)?).await.map(Some),
    }
}

/// Lines older than `after`, newest first.
async fn lines(services: &Services, ctx: &Ctx, filter: &LogFilter, after: Option<String>, limit: u32) -> Result<Vec<LogLine>, Fault> {
    let mut parts = vec![COLUMNS];
    let mut args: Args = args![ctx.tenant().uuid(), limit];
    if !filter.asset.is_empty() {
        let asset: AssetId = filter.asset.parse().map_err(|_| Problem::NotFound)?;
        parts.extend([" AND asset_id = ", dollar(args.push(asset.uuid()))]);
    }
    let typed = filter.search.trim();
    if let Ok(mail) = Uuid::try_parse(typed) {
        let mail = dollar(args.push(mail));
        parts.extend([" AND (mail_id = ", mail, " OR mail_id = (SELECT send_id FROM email_message WHERE tenant_id = $1 AND id = ", mail, "))"]);
    } else if !typed.is_empty() {
        let pattern = dollar(args.push(cursor::contains(typed)));
        parts.extend([" AND lower(detail) LIKE lower(", pattern, ") ESCAPE '!'"]);
    }
    if !filter.step.is_empty() {
        parts.extend([" AND step = ", dollar(args.push(filter.step.as_str()))]);
    }
    if let Some(after) = after {
        parts.extend([" AND id < ", dollar(args.push(after))]);
    }
    parts.push(" ORDER BY id DESC LIMIT $2");
    let rows = services.db.read_all(Statement::assembled(&parts), args).await?;
    rows.iter().map(|row| read(row, ctx.zone())).collect()
}

/// The body of a line in the clear. The audit log tells who read the body of which mail, before the answer leaves.
///
/// # Errors
/// [`Problem::NotFound`], also when the line has no body; [`Fault::Store`] when the key is not in the key file.
pub async fn decrypt(services: &Services, ctx: &Ctx, id: LogId) -> Result<DecryptedLine, Fault> {
    let row = services
        .db
        .read_optional(
            sql!(
                "SELECT id, asset_id, mail_id, direction, step, detail, at_micros, 1 AS has_body, body FROM debuglog_line
                 WHERE tenant_id = $1 AND id = $2 AND body IS NOT NULL"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?
        .ok_or(Problem::NotFound)?;
    let line = read(&row, ctx.zone())?;
    let body = services.secrets.unseal(&row.bytes("body")?, &body_place(id))?;
    let body = String::from_utf8_lossy(body.expose()).into_owned();
    let mut tx = services.db.write().await?;
    let event = audit::Event {
        action: "debuglog.body.decrypted",
        subject_kind: "mail",
        subject_id: line.mail.clone(),
        subject_name: format!("{} {}", line.direction, line.step),
        changes: Vec::new(),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(DecryptedLine { asset: row.parse("asset_id")?, line, body })
}

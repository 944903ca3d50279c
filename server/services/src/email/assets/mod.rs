//! Email assets: create, change, switch off, delete, test (spec email-channel, "SMTP for Outbound and Email forwarding for
//! inbound").

mod delete;
mod probe;
pub(super) mod store;
mod test_mail;

#[cfg(test)]
mod tests;

use ::store::{StoreError, Tx, args, sql};
use model::{
    Problem,
    email::asset::{Asset, AssetForm, CheckedAsset},
    ids::AssetId,
    page::{Page, PageRequest},
    people::Capability,
};

pub use delete::{delete, dependents};
pub use probe::{ProbeTarget, probe};
pub use test_mail::send_test_mail;

use self::store::AssetRow;
use crate::{Ctx, Fault, Services, audit, cursor};

/// One page of the tenant's assets by name; `search` looks into name and address.
///
/// # Errors
/// [`Problem::Invalid`] on `after` when it is no cursor of this list.
pub async fn list(services: &Services, ctx: &Ctx, request: &PageRequest) -> Result<Page<Asset>, Fault> {
    let after = cursor::decode::<2>(&request.after)?;
    let limit = request.rows();
    let mut rows = store::page(&services.db, ctx.tenant(), &request.search, after.as_ref(), i64::from(limit) + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|(last, name)| cursor::encode([name.clone(), last.id.to_string()]));
    Ok(Page { items: rows.into_iter().map(|(row, _)| row.shown(ctx.zone())).collect(), next })
}

/// One asset.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get(services: &Services, ctx: &Ctx, id: AssetId) -> Result<Asset, Fault> {
    let row = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    Ok(row.shown(ctx.zone()))
}

/// Makes an asset, active, with a forwarding address of its own.
///
/// # Errors
/// [`Problem::Invalid`] with the form's field names.
pub async fn create(services: &Services, ctx: &Ctx, form: AssetForm) -> Result<AssetId, Fault> {
    let checked = form.check().map_err(|fields| Problem::Invalid { fields })?;
    let now = services.now();
    let id = AssetId::new(services.entropy.uuid(now));
    let password = seal_password(services, id, &form.password)?;
    // 12 letters of 5 bits: nobody guesses the address of another asset, and a chance collision is refused by its index.
    let forwarding_address = format!("{}@{}", services.entropy.word(12), services.settings.inbound_domain.to_lowercase());
    let mut tx = services.db.write().await?;
    tx.execute(
        sql!(
            "INSERT INTO email_asset (id, tenant_id, name, email_address, forwarding_address, from_name, smtp_host, smtp_port,
                 security, username, password, password_set_micros, max_connections, active, version, created_micros, updated_micros, route_trusted)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, 1, $14, $14, $15)"
        ),
        args![
            id.uuid(),
            ctx.tenant().uuid(),
            checked.name.as_str(),
            checked.email_address.as_str(),
            forwarding_address.as_str(),
            checked.from_name.as_str(),
            checked.smtp_host.as_str(),
            checked.smtp_port,
            checked.security.word(),
            checked.username.as_str(),
            password.clone(),
            password.is_some().then_some(now),
            checked.max_connections,
            now,
            ctx.may(Capability::TenantWrite),
        ],
    )
    .await
    .map_err(taken)?;
    let mut changes = audit::diff(&[], &audited(&checked));
    if password.is_some() {
        changes.push(audit::secret("password", false, true));
    }
    record(&mut tx, services, ctx, "email.asset.created", id, &checked.name, changes).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an asset. An empty password keeps the stored one, unless the mail server changes: a secret is not sent to a
/// server it was not entered for. An emptied user name forgets the password.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`]; [`Problem::Conflict`] when `version` is not the present one.
pub async fn update(services: &Services, ctx: &Ctx, id: AssetId, version: i64, form: AssetForm) -> Result<(), Fault> {
    let checked = form.check().map_err(|fields| Problem::Invalid { fields })?;
    let now = services.now();
    let typed = seal_password(services, id, &form.password)?;
    let mut tx = services.db.write().await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if before.version != version {
        return Err(Problem::Conflict { what: "This asset was changed meanwhile. Load the page again and repeat your change.".into() }.into());
    }
    let (password, password_set) = match (typed, &before.password) {
        _ if checked.username.is_empty() => (None, None),
        (Some(typed), _) => (Some(typed), Some(now)),
        (None, Some(_)) if before.leads_elsewhere(&checked) => return Err(ask_again().into()),
        (None, stored) => (stored.clone(), before.password_set_micros),
    };
    write_changes(&mut tx, ctx, id, &checked, password.clone(), password_set, now).await?;
    if before.route_differs(&checked) {
        tx.execute(
            sql!("UPDATE email_asset SET route_trusted = $3 WHERE tenant_id = $1 AND id = $2"),
            args![ctx.tenant().uuid(), id.uuid(), ctx.may(Capability::TenantWrite)],
        )
        .await?;
    }
    if before.route_differs(&checked) || password != before.password {
        // Mails that wait because of the old route get their next attempt now.
        tx.execute(
            sql!(
                "UPDATE email_message SET next_attempt_micros = $2
                 WHERE asset_id = $1 AND status = 'queued' AND next_attempt_micros > $2"
            ),
            args![id.uuid(), now],
        )
        .await?;
    }
    let mut changes = audit::diff(&before.audited(), &audited(&checked));
    if password != before.password {
        changes.push(audit::secret("password", before.password.is_some(), password.is_some()));
    }
    record(&mut tx, services, ctx, "email.asset.updated", id, &checked.name, changes).await?;
    tx.commit().await?;
    services.db.notify(super::OUTBOX).await?;
    Ok(())
}

/// Switches an asset on or off. While it is off it takes no mail, neither to send nor from outside; what is queued waits.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn set_active(services: &Services, ctx: &Ctx, id: AssetId, active: bool) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if before.active == active {
        return Ok(());
    }
    tx.execute(
        sql!("UPDATE email_asset SET active = $3, version = version + 1, updated_micros = $4 WHERE tenant_id = $1 AND id = $2"),
        args![ctx.tenant().uuid(), id.uuid(), active, services.now()],
    )
    .await?;
    let changes = audit::diff(&[("active", before.active.to_string())], &[("active", active.to_string())]);
    let action = if active { "email.asset.activated" } else { "email.asset.deactivated" };
    record(&mut tx, services, ctx, action, id, &before.name, changes).await?;
    tx.commit().await?;
    services.db.notify(super::OUTBOX).await?;
    Ok(())
}

async fn write_changes(
    tx: &mut Tx,
    ctx: &Ctx,
    id: AssetId,
    checked: &CheckedAsset,
    password: Option<Vec<u8>>,
    password_set: Option<i64>,
    now: i64,
) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE email_asset SET name = $3, email_address = $4, from_name = $5, smtp_host = $6, smtp_port = $7, security = $8,
                 username = $9, password = $10, password_set_micros = $11, max_connections = $12, updated_micros = $13,
                 version = version + 1
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![
            ctx.tenant().uuid(),
            id.uuid(),
            checked.name.as_str(),
            checked.email_address.as_str(),
            checked.from_name.as_str(),
            checked.smtp_host.as_str(),
            checked.smtp_port,
            checked.security.word(),
            checked.username.as_str(),
            password,
            password_set,
            checked.max_connections,
            now,
        ],
    )
    .await
    .map_err(taken)?;
    Ok(())
}

fn ask_again() -> Problem {
    Problem::field("password", "The mail server changed: enter the password again, so that the stored one is not sent to another server.")
}

/// The unique indexes a person can run into.
fn taken(error: StoreError) -> Fault {
    if error.is_conflict_on("email_asset_address") {
        return Problem::field("email_address", "There is already an asset with this address.").into();
    }
    error.into()
}

/// Seals a typed password; `None` when nothing was typed.
fn seal_password(services: &Services, id: AssetId, typed: &str) -> Result<Option<Vec<u8>>, Fault> {
    if typed.is_empty() {
        return Ok(None);
    }
    Ok(Some(services.secrets.seal(typed.as_bytes(), &store::password_place(id), services.entropy.bytes())?))
}

/// What the audit log shows of an asset; the password is told about apart.
fn audited(checked: &CheckedAsset) -> Vec<(&'static str, String)> {
    vec![
        ("name", checked.name.clone()),
        ("email_address", checked.email_address.clone()),
        ("from_name", checked.from_name.clone()),
        ("smtp_host", checked.smtp_host.clone()),
        ("smtp_port", checked.smtp_port.to_string()),
        ("security", checked.security.word().to_owned()),
        ("username", checked.username.clone()),
        ("max_connections", checked.max_connections.to_string()),
    ]
}

impl AssetRow {
    fn audited(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.clone()),
            ("email_address", self.email_address.clone()),
            ("from_name", self.from_name.clone()),
            ("smtp_host", self.smtp_host.clone()),
            ("smtp_port", self.smtp_port.to_string()),
            ("security", self.security.word().to_owned()),
            ("username", self.username.clone()),
            ("max_connections", self.max_connections.to_string()),
        ]
    }

    /// Whether the stored password would go to another listener, or unprotected where it was protected.
    fn leads_elsewhere(&self, checked: &CheckedAsset) -> bool {
        let weaker = checked.security == model::email::asset::Security::None && self.security != checked.security;
        self.smtp_host != checked.smtp_host || self.smtp_port != checked.smtp_port || weaker
    }

    fn route_differs(&self, checked: &CheckedAsset) -> bool {
        self.smtp_host != checked.smtp_host
            || self.smtp_port != checked.smtp_port
            || self.security != checked.security
            || self.username != checked.username
    }
}

async fn record(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    action: &'static str,
    id: AssetId,
    name: &str,
    changes: Vec<audit::Change>,
) -> Result<(), Fault> {
    let event = audit::Event { action, subject_kind: "email_asset", subject_id: id.to_string(), subject_name: name.to_owned(), changes };
    audit::record(tx, services, ctx, event).await
}

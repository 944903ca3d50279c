//! The setting "Secure handling of Inbound media files" (spec tenant-settings).

use ::store::{Db, Row, Tx, args, sql};
use model::{
    Problem,
    ids::TenantId,
    tenant::{Expiry, ExpiryUnit, MediaHandling},
};

use super::{store, stored_zone};
use crate::{
    Ctx, Fault, Principal, Services,
    audit::{self, Event},
    clock::HOUR,
};

/// What is stored; a tenant without a row has the feature switched off.
struct Stored {
    feature: bool,
    setting: MediaHandling,
}

impl Stored {
    const NONE: Self = Self { feature: false, setting: MediaHandling { enabled: false, expiry: Expiry::DEFAULT } };

    fn read(row: &Row) -> Result<Self, Fault> {
        let amount = u32::try_from(row.int("expiry_amount")?).ok();
        let expiry = amount.zip(ExpiryUnit::from_word(row.str("expiry_unit")?)).map(|(amount, unit)| Expiry { amount, unit });
        let expiry = expiry.ok_or(Fault::Stored { place: "tenant_media.expiry_amount" })?;
        Ok(Self { feature: row.flag("feature")?, setting: MediaHandling { enabled: row.flag("enabled")?, expiry } })
    }

    fn audited(&self) -> [(&'static str, String); 2] {
        let Expiry { amount, unit } = self.setting.expiry;
        [("enabled", yes(self.setting.enabled)), ("expiry", format!("{amount} {}", unit.word()))]
    }
}

fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

async fn find(db: &Db, tenant: TenantId) -> Result<Stored, Fault> {
    let found = db
        .read_optional(sql!("SELECT feature, enabled, expiry_amount, expiry_unit FROM tenant_media WHERE tenant_id = $1"), args![tenant.uuid()])
        .await?;
    found.as_ref().map_or(Ok(Stored::NONE), Stored::read)
}

async fn find_in(tx: &mut Tx, tenant: TenantId) -> Result<Stored, Fault> {
    let found =
        tx.optional(sql!("SELECT feature, enabled, expiry_amount, expiry_unit FROM tenant_media WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    found.as_ref().map_or(Ok(Stored::NONE), Stored::read)
}

async fn put(tx: &mut Tx, tenant: TenantId, stored: &Stored, now: i64) -> Result<(), Fault> {
    let Expiry { amount, unit } = stored.setting.expiry;
    tx.execute(
        sql!(
            "INSERT INTO tenant_media (tenant_id, feature, enabled, expiry_amount, expiry_unit, updated_micros) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id) DO UPDATE SET feature = $2, enabled = $3, expiry_amount = $4, expiry_unit = $5, updated_micros = $6"
        ),
        args![tenant.uuid(), stored.feature, stored.setting.enabled, i64::from(amount), unit.word(), now],
    )
    .await?;
    Ok(())
}

/// Whether the operator has switched the feature on for this tenant.
pub(crate) async fn available(services: &Services, tenant: TenantId) -> Result<bool, Fault> {
    Ok(find(&services.db, tenant).await?.feature)
}

/// How long a link made now lives, in microseconds; `None` for ever. Without the feature the tenant's choice rests.
pub(crate) async fn lifetime(tx: &mut Tx, tenant: TenantId) -> Result<Option<i64>, Fault> {
    let stored = find_in(tx, tenant).await?;
    let on = stored.feature && stored.setting.enabled;
    Ok(stored.setting.expiry.hours().filter(|_| on).map(|hours| i64::from(hours) * HOUR))
}

/// The tenant's setting.
///
/// # Errors
/// [`Problem::NotFound`] where the operator has not switched the feature on.
pub async fn get_media(services: &Services, ctx: &Ctx) -> Result<MediaHandling, Fault> {
    let stored = find(&services.db, ctx.tenant()).await?;
    if stored.feature { Ok(stored.setting) } else { Err(Problem::NotFound.into()) }
}

/// Changes it, for links made from now on. For holders of `tenant.write`. The expiry is checked and kept also while the setting is off.
///
/// # Errors
/// [`Problem::Invalid`] on `expiry` or `unit` ([`Expiry::parse`]); [`Problem::NotFound`] as [`get_media`].
pub async fn update_media(services: &Services, ctx: &Ctx, enabled: bool, expiry: &str, unit: &str) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    store::lock(&mut tx, ctx.tenant()).await?;
    let before = find_in(&mut tx, ctx.tenant()).await?;
    if !before.feature {
        return Err(Problem::NotFound.into());
    }
    let expiry = Expiry::parse(expiry, unit).map_err(|problem| Problem::Invalid { fields: vec![problem] })?;
    let after = Stored { feature: true, setting: MediaHandling { enabled, expiry } };
    let changes = audit::diff(&before.audited(), &after.audited());
    if changes.is_empty() {
        return Ok(());
    }
    put(&mut tx, ctx.tenant(), &after, now).await?;
    let event = Event {
        action: "tenant.media.updated",
        subject_kind: "tenant",
        subject_id: ctx.tenant().to_string(),
        subject_name: ctx.tenant_name().to_owned(),
        changes,
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Switches the feature on or off for a tenant, from the command line. What the tenant had chosen comes back with it.
///
/// # Errors
/// [`Problem::Invalid`] on `tenant` when there is none of this name.
pub async fn set_media_feature(services: &Services, tenant: &str, on: bool) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let Some(id) = store::find_by_name(&mut tx, tenant).await? else {
        return Err(Problem::field("tenant", format!("There is no organisation called {tenant}.")).into());
    };
    store::lock(&mut tx, id).await?;
    let zone = store::find_in(&mut tx, id).await?.ok_or(Problem::NotFound)?.time_zone;
    let before = find_in(&mut tx, id).await?;
    if before.feature == on {
        return Ok(());
    }
    let changes = audit::diff(&[("secure_media", yes(before.feature))], &[("secure_media", yes(on))]);
    put(&mut tx, id, &Stored { feature: on, ..before }, services.now()).await?;
    let ctx = Principal::system(id, stored_zone(&zone)?);
    let event =
        Event { action: "tenant.feature.updated", subject_kind: "tenant", subject_id: id.to_string(), subject_name: tenant.to_owned(), changes };
    audit::record(&mut tx, services, &ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Every tenant with whether the feature is on, by name, for the command line.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list_media_features(services: &Services) -> Result<Vec<(String, bool)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT t.name, coalesce(m.feature, 0) AS feature FROM tenant t LEFT JOIN tenant_media m ON m.tenant_id = t.id ORDER BY t.name, t.id"
            ),
            args![],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text("name")?, row.flag("feature")?))).collect()
}

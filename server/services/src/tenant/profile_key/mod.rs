//! The profile key: what other systems prove themselves with at the profile API, and where media links ask for a key.
//!
//! Each tenant has one present key. A rotation makes another and lets the old one work on for as long as the owner says.
//! Keys are 256 random bits; they are found by their hash, and sealed so that people who may see them can look again.

mod store;

#[cfg(test)]
mod tests;

use ::store::{SecretText, Tx};
use model::{
    Problem,
    ids::{ProfileKeyId, TenantId},
    tenant::{ProfileKey, ProfileKeys, check_overlap},
};
use subtle::{Choice, ConstantTimeEq};

use self::store::{Found, KeyRow};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    auth::fingerprint,
    clock::{HOUR, Zone},
    error::chain,
};

/// Beginning of every profile key, so that secret scanners and people recognise one.
const PREFIX: &str = "sbp_";
/// Characters of a key that lists show: the fixed beginning and 36 of its 256 bits.
const SHOWN_CHARS: usize = PREFIX.len() + 6;
/// "Last used" is written at most this often: a busy importer calls many times a second.
const TOUCH_EVERY_MICROS: i64 = HOUR;
/// Replaced keys that may still work at a time.
const MAX_REPLACED: usize = 5;

/// The present key and the replaced ones that still work, without their texts. The first look makes the key of a tenant that
/// is older than profile keys. For holders of `tenant.profile_key`.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list(services: &Services, ctx: &Ctx) -> Result<ProfileKeys, Fault> {
    let rows = store::valid(&services.db, ctx.tenant(), services.now()).await?;
    if let Some(keys) = shown(&rows, ctx.zone()) {
        return Ok(keys);
    }
    ensure(services, ctx).await?;
    let rows = store::valid(&services.db, ctx.tenant(), services.now()).await?;
    shown(&rows, ctx.zone()).ok_or_else(|| Problem::NotFound.into())
}

/// The text of the present key, for `tenant.profile_key`. The audit log tells who saw it, before the answer leaves.
///
/// # Errors
/// [`Fault::Store`], also when the key that sealed it is not in the key file.
pub async fn reveal(services: &Services, ctx: &Ctx) -> Result<SecretText, Fault> {
    list(services, ctx).await?;
    let mut tx = services.db.write().await?;
    let row = store::present(&mut tx, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    let text = services.secrets.unseal(&row.secret, &place(row.id))?.into_text()?;
    audit::record(&mut tx, services, ctx, about("tenant.profile_key.revealed", &row, Vec::new())).await?;
    tx.commit().await?;
    Ok(text)
}

/// Makes a new key; the old one works for `overlap_hours` more (0 ends it at once). For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `overlap_hours` (a whole number from 0 to 168); [`Problem::Conflict`] while five replaced keys
/// still work.
pub async fn rotate(services: &Services, ctx: &Ctx, overlap_hours: &str) -> Result<(), Fault> {
    let hours = check_overlap(overlap_hours)?;
    let now = services.now();
    let ends = now + i64::from(hours) * HOUR;
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    store::drop_ended(&mut tx, ctx.tenant(), now).await?;
    let old = store::present(&mut tx, ctx.tenant()).await?;
    if hours > 0 && store::count_replaced(&mut tx, ctx.tenant()).await? >= MAX_REPLACED {
        let what = format!("{MAX_REPLACED} replaced keys still work; end one of them first.");
        return Err(Problem::Conflict { what }.into());
    }
    if let Some(old) = &old {
        if hours == 0 {
            store::remove(&mut tx, ctx.tenant(), old.id).await?;
        } else {
            store::end_at(&mut tx, ctx.tenant(), old.id, ends).await?;
        }
    }
    let new = insert(&mut tx, services, ctx.tenant(), &ctx.actor()).await?;
    let mut changes = audit::diff(&[("key", old.map(|old| old.prefix).unwrap_or_default())], &[("key", new.prefix.clone())]);
    changes.extend(audit::diff(&[], &[("old_key_ends", if hours == 0 { "at once".to_owned() } else { ctx.zone().stamp(ends).text })]));
    changes.push(audit::secret("secret", true, true));
    audit::record(&mut tx, services, ctx, about("tenant.profile_key.rotated", &new, changes)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a replaced key now. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::NotFound`] when the tenant has no such key, or it has ended; [`Problem::Conflict`] for the present key.
pub async fn end_now(services: &Services, ctx: &Ctx, id: ProfileKeyId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let row = store::find(&mut tx, ctx.tenant(), id, services.now()).await?.ok_or(Problem::NotFound)?;
    if row.ends_micros.is_none() {
        return Err(Problem::Conflict { what: "This is the present key; make a new one and let this one end at once.".into() }.into());
    }
    store::remove(&mut tx, ctx.tenant(), id).await?;
    audit::record(&mut tx, services, ctx, about("tenant.profile_key.ended", &row, vec![audit::secret("secret", true, false)])).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether `given` is a key of this tenant that works now. Every key of the tenant is compared whole, by hash: the time it
/// takes tells nothing.
///
/// # Errors
/// [`Fault::Store`]; a wrong key is no error.
pub async fn matches(services: &Services, tenant: TenantId, given: &str) -> Result<bool, Fault> {
    let now = services.now();
    let hash = fingerprint(given);
    let rows = store::valid(&services.db, tenant, now).await?;
    let same = |row: &KeyRow| row.secret_hash.as_bytes().ct_eq(hash.as_bytes());
    let found = rows.iter().fold(Choice::from(0), |found, row| found | same(row));
    if !bool::from(found) {
        return Ok(false);
    }
    if let Some(row) = rows.iter().find(|row| bool::from(same(row))) {
        touch(services, tenant, row.id, row.last_used_micros, now).await;
    }
    Ok(true)
}

/// The tenant whose working key `given` is. Found by hash in an index: for 256 random bits nothing can be learnt from how
/// long that takes.
///
/// # Errors
/// [`Fault::Store`]; a wrong key is no error.
pub async fn tenant_of(services: &Services, given: &str) -> Result<Option<TenantId>, Fault> {
    Ok(holder_of(services, given).await?.map(|holder| holder.tenant))
}

/// A tenant recognised by its key, with the zone of its times.
pub(crate) struct Holder {
    pub tenant: TenantId,
    pub zone: Zone,
}

/// [`tenant_of`] with what a pass needs.
pub(crate) async fn holder_of(services: &Services, given: &str) -> Result<Option<Holder>, Fault> {
    let now = services.now();
    let Some(Found { id, tenant, time_zone, last_used_micros }) = store::by_hash(&services.db, &fingerprint(given), now).await? else {
        return Ok(None);
    };
    touch(services, tenant, id, last_used_micros, now).await;
    Ok(Some(Holder { tenant, zone: crate::tenant::stored_zone(&time_zone)? }))
}

/// Removes keys that have ended, texts and all. To be run now and then. Tells how many went.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    store::sweep(&services.db, services.now()).await
}

/// The first key of a tenant, in the transaction that makes it.
pub(crate) async fn create_first(tx: &mut Tx, services: &Services, tenant: TenantId) -> Result<(), Fault> {
    insert(tx, services, tenant, "system").await.map(drop)
}

async fn ensure(services: &Services, ctx: &Ctx) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    // Of several first looks one makes the key.
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    if store::present(&mut tx, ctx.tenant()).await?.is_none() {
        let row = insert(&mut tx, services, ctx.tenant(), &ctx.actor()).await?;
        audit::record(&mut tx, services, ctx, about("tenant.profile_key.created", &row, vec![audit::secret("secret", false, true)])).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn insert(tx: &mut Tx, services: &Services, tenant: TenantId, by: &str) -> Result<KeyRow, Fault> {
    let now = services.now();
    let id = ProfileKeyId::new(services.entropy.uuid(now));
    let text = SecretText::from(format!("{PREFIX}{}", services.entropy.secret()));
    let row = KeyRow {
        id,
        prefix: text.expose().chars().take(SHOWN_CHARS).collect(),
        secret_hash: fingerprint(text.expose()),
        secret: services.secrets.seal(text.expose().as_bytes(), &place(id), services.entropy.bytes())?,
        created_by: by.to_owned(),
        created_micros: now,
        last_used_micros: None,
        ends_micros: None,
    };
    store::insert(tx, tenant, &row).await?;
    Ok(row)
}

/// Not being able to note the last use must not turn a caller away.
async fn touch(services: &Services, tenant: TenantId, id: ProfileKeyId, last: Option<i64>, now: i64) {
    if last.is_none_or(|last| now - last >= TOUCH_EVERY_MICROS)
        && let Err(error) = store::touch(&services.db, tenant, id, now).await
    {
        tracing::warn!(error = %chain(&error), "the last use of a profile key was not noted");
    }
}

/// Associated data of a sealed key.
fn place(id: ProfileKeyId) -> String {
    format!("tenant_profile_key/secret/{id}")
}

fn about(action: &'static str, row: &KeyRow, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "profile_key", subject_id: row.id.to_string(), subject_name: row.prefix.clone(), changes }
}

fn shown(rows: &[KeyRow], zone: &Zone) -> Option<ProfileKeys> {
    let key = |row: &KeyRow| ProfileKey {
        id: row.id,
        prefix: row.prefix.clone(),
        created: zone.stamp(row.created_micros),
        created_by: row.created_by.clone(),
        last_used: zone.stamp_opt(row.last_used_micros),
        ends: zone.stamp_opt(row.ends_micros),
    };
    let present = rows.iter().find(|row| row.ends_micros.is_none()).map(key)?;
    Some(ProfileKeys { present, replaced: rows.iter().filter(|row| row.ends_micros.is_some()).map(key).collect() })
}

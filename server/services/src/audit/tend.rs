//! What the audit log needs now and then: linking entries that have no place in the chain yet, and letting old ones go.

use model::{audit::Change, ids::TenantId};

use super::{Event, chain, chain_store as store, record};
use crate::{Ctx, Fault, Principal, Services, clock::DAY, tenant};

/// Entries of one transaction: the tenant's other audited changes wait meanwhile.
const BATCH: i64 = 200;
/// Tenants looked at in one go.
const TENANTS: i64 = 500;
/// How long after a chain began entries without a number are taken in: a previous release may write them until it is replaced.
const TAKEN_IN_FOR: i64 = DAY;

/// Links entries that were written by a release that knew no chain, the oldest first. Once they are linked and a day has gone by, an entry
/// without a number counts as put in by other hands. Tells how many were linked.
///
/// # Errors
/// [`Fault::Store`]; what was linked stays linked.
pub async fn adopt(services: &Services) -> Result<u64, Fault> {
    let mut linked = 0;
    for tenant in store::to_adopt(&services.db, TENANTS).await? {
        while let batch @ 1.. = adopt_batch(services, tenant).await? {
            linked += batch;
        }
    }
    Ok(linked)
}

async fn adopt_batch(services: &Services, tenant: TenantId) -> Result<u64, Fault> {
    let mut tx = services.db.write().await?;
    let mut held = chain::take(&mut tx, services, tenant).await?;
    let entries = store::unlinked(&mut tx, tenant, BATCH).await?;
    if entries.is_empty() {
        if services.now() - held.ends.created_micros >= TAKEN_IN_FOR {
            store::set_adopted(&mut tx, tenant).await?;
        }
        tx.commit().await?;
        return Ok(0);
    }
    for entry in &entries {
        let (seq, hash) = chain::next(&mut held.ends, entry);
        store::adopt(&mut tx, tenant, &entry.id, seq, &hash).await?;
    }
    chain::put(&mut tx, services, tenant, &held).await?;
    tx.commit().await?;
    Ok(entries.len() as u64)
}

/// Removes entries that are older than their tenant keeps them, from the beginning of the chain; the chain remembers where it begins now,
/// and an entry tells of each removal. To be run now and then (every half hour is plenty). Tells how many went.
///
/// # Errors
/// [`Fault::Store`]; what was removed stays removed.
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    let (mut removed, mut last) = (0, String::new());
    loop {
        let tenants = store::with_retention(&services.db, &last, TENANTS).await?;
        let Some((newest, _)) = tenants.last() else { return Ok(removed) };
        last = newest.to_string();
        for (tenant, days) in tenants {
            while let batch @ 1.. = sweep_batch(services, tenant, days).await? {
                removed += batch;
            }
        }
    }
}

async fn sweep_batch(services: &Services, tenant: TenantId, days: i64) -> Result<u64, Fault> {
    let oldest_kept = services.now().saturating_sub(days.saturating_mul(DAY));
    let mut tx = services.db.write().await?;
    let mut held = chain::take(&mut tx, services, tenant).await?;
    if !held.trusted {
        // What other hands left behind stays for whoever looks into it.
        return Ok(0);
    }
    let ends = &mut held.ends;
    let entries = store::ages_after(&mut tx, tenant, ends.removed_seq, BATCH).await?;
    let mut expected = ends.removed_seq;
    for (seq, hash, at) in entries {
        expected += 1;
        // A gap is for `verify` to find, not for this to hide.
        if at >= oldest_kept || seq != expected {
            break;
        }
        (ends.removed_seq, ends.removed_hash) = (seq, hash);
    }
    let up_to = ends.removed_seq;
    let removed = store::remove_until(&mut tx, tenant, up_to).await?;
    if removed == 0 {
        return Ok(0);
    }
    chain::put(&mut tx, services, tenant, &held).await?;
    let ctx = system(services, tenant).await?;
    let change = |field: &str, value: String| Change { field: field.into(), before: None, after: Some(value) };
    let event = Event {
        action: "audit.log.expired",
        subject_kind: "audit",
        subject_id: String::new(),
        subject_name: String::new(),
        changes: vec![
            change("entries_removed", removed.to_string()),
            change("up_to_number", up_to.to_string()),
            change("kept_for_days", days.to_string()),
        ],
    };
    record(&mut tx, services, &ctx, event).await?;
    tx.commit().await?;
    Ok(removed)
}

async fn system(services: &Services, tenant: TenantId) -> Result<Ctx, Fault> {
    Ok(Principal::system(tenant, tenant::zone_of(services, tenant).await?))
}

//! Licences: who holds which, and how many there are.

use ::store::{Row, Statement, Tx, args, sql};
use model::{
    FieldProblem, Problem,
    ids::TenantId,
    people::{Licence, LicenceCount, Licences},
};

use super::store::{self, UserRow};
use crate::{
    Ctx, Fault, Principal, Services,
    audit::{self, Event},
    tenant,
};

/// What the operator gives a tenant of one licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceTotal {
    /// As many as the tenant likes.
    Unlimited,
    /// At most this many.
    AtMost(u32),
}

fn assigned() -> Statement {
    sql!(
        "SELECT count(CASE WHEN contact_center = 1 THEN 1 END) AS contact_center, count(CASE WHEN interact = 1 THEN 1 END) AS interact
         FROM people_user WHERE tenant_id = $1 AND deleted_micros IS NULL"
    )
}

fn totals() -> Statement {
    sql!("SELECT licence, total FROM people_licence WHERE tenant_id = $1")
}

/// How many of each licence are assigned, and of how many.
///
/// # Errors
/// [`Fault::Store`].
pub async fn licence_counts(services: &Services, ctx: &Ctx) -> Result<Vec<LicenceCount>, Fault> {
    let assigned = services.db.read_one(assigned(), args![ctx.tenant().uuid()]).await?;
    let totals = services.db.read_all(totals(), args![ctx.tenant().uuid()]).await?;
    counts(&assigned, &totals)
}

fn counts(assigned: &Row, totals: &[Row]) -> Result<Vec<LicenceCount>, Fault> {
    let mut counts = Vec::with_capacity(Licence::ALL.len());
    for licence in Licence::ALL.iter().copied() {
        let mut total = None;
        for row in totals {
            if row.str("licence")? == licence.word() {
                total = Some(row.int("total")?);
            }
        }
        counts.push(LicenceCount { licence, assigned: assigned.int(licence.word())?, total });
    }
    Ok(counts)
}

/// [`licence_counts`] inside a transaction that holds the tenant's lock: nobody takes a licence in between.
pub(super) async fn counts_in(tx: &mut Tx, tenant: TenantId) -> Result<Vec<LicenceCount>, Fault> {
    let assigned = tx.one(assigned(), args![tenant.uuid()]).await?;
    let totals = tx.all(totals(), args![tenant.uuid()]).await?;
    counts(&assigned, &totals)
}

/// Whether one person can be given `added` on top of what is assigned. The caller holds the tenant's lock until the row is written, so that two
/// who take the last one do not both find it free.
///
/// # Errors
/// [`Problem::Invalid`] on each licence that is used up.
pub(super) async fn ensure_free(tx: &mut Tx, tenant: TenantId, added: Licences) -> Result<(), Fault> {
    if added == Licences::default() {
        return Ok(());
    }
    let mut problems = Vec::new();
    for count in counts_in(tx, tenant).await? {
        if added.has(count.licence) && !count.is_free() {
            let message = LicenceCount::refusal(count.licence, count.total.unwrap_or_default());
            problems.push(FieldProblem { field: count.licence.word().into(), message });
        }
    }
    Ok(Problem::unless_empty(problems)?)
}

/// Gives somebody exactly these licences, in the caller's transaction; whether that changed anything.
pub(super) async fn assign_in(tx: &mut Tx, services: &Services, ctx: &Ctx, user: &UserRow, wanted: Licences) -> Result<bool, Fault> {
    if user.licences == wanted {
        return Ok(false);
    }
    ensure_free(tx, ctx.tenant(), wanted.beyond(user.licences)).await?;
    store::set_licences(tx, ctx.tenant(), user.id, wanted, services.now()).await?;
    let event = Event {
        action: "people.user.licensed",
        subject_kind: "user",
        subject_id: user.id.to_string(),
        subject_name: user.name.clone(),
        changes: audit::diff(&[("licences", user.licences.words())], &[("licences", wanted.words())]),
    };
    audit::record(tx, services, ctx, event).await?;
    Ok(true)
}

/// For the command line: how many of each licence the tenant with this name has from now on; `None` leaves one as it is. A total below what is
/// assigned takes nothing away: it only lets nobody new in. Answers with the counts as they are then.
///
/// # Errors
/// [`Problem::Invalid`] on `tenant` when there is none of this name.
pub async fn set_licence_totals(
    services: &Services,
    tenant_name: &str,
    contact_center: Option<LicenceTotal>,
    interact: Option<LicenceTotal>,
) -> Result<Vec<LicenceCount>, Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let missing = || Problem::field("tenant", "There is no tenant of this name.");
    let tenant = tenant::store::find_by_name(&mut tx, tenant_name.trim()).await?.ok_or_else(missing)?;
    tenant::store::lock(&mut tx, tenant).await?;
    let before = counts_in(&mut tx, tenant).await?;
    for (licence, total) in [(Licence::ContactCenter, contact_center), (Licence::Interact, interact)] {
        match total {
            None => {}
            Some(LicenceTotal::Unlimited) => {
                let delete = sql!("DELETE FROM people_licence WHERE tenant_id = $1 AND licence = $2");
                tx.execute(delete, args![tenant.uuid(), licence.word()]).await?;
            }
            Some(LicenceTotal::AtMost(total)) => {
                let put = sql!(
                    "INSERT INTO people_licence (tenant_id, licence, total, updated_micros) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (tenant_id, licence) DO UPDATE SET total = excluded.total, updated_micros = excluded.updated_micros"
                );
                tx.execute(put, args![tenant.uuid(), licence.word(), total, now]).await?;
            }
        }
    }
    let after = counts_in(&mut tx, tenant).await?;
    let told = |counts: &[LicenceCount]| -> Vec<(&'static str, String)> {
        let total = |count: &LicenceCount| count.total.map_or_else(|| "unlimited".to_owned(), |total| total.to_string());
        counts.iter().map(|count| (count.licence.word(), total(count))).collect()
    };
    let changes = audit::diff(&told(&before), &told(&after));
    if !changes.is_empty() {
        let stored = tenant::store::find_in(&mut tx, tenant).await?.ok_or_else(missing)?;
        let ctx = Principal::system(tenant, tenant::stored_zone(&stored.time_zone)?);
        let event = Event {
            action: "tenant.licences.set",
            subject_kind: "tenant",
            subject_id: tenant.to_string(),
            subject_name: tenant_name.trim().to_owned(),
            changes,
        };
        audit::record(&mut tx, services, &ctx, event).await?;
        tx.commit().await?;
    }
    Ok(after)
}

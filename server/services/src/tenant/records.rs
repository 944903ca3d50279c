//! In which zone reports are written, and how long the audit log is kept.

use model::{
    FieldProblem, Problem,
    tenant::{Records, ReportsIn, check_audit_days},
};

use super::store;
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    clock::Zone,
};

/// The settings as stored.
///
/// # Errors
/// [`Problem::NotFound`] when the tenant is gone.
pub async fn get_records(services: &Services, ctx: &Ctx) -> Result<Records, Fault> {
    let row = store::records(&services.db, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    Ok(Records { reports_in: reports_in(&row.reports_in)?, time_zone: ctx.zone().name().to_owned(), audit_days: row.audit_days })
}

/// Changes them; `audit_days` empty keeps entries for ever. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `reports_in` or `audit_days`.
pub async fn update_records(services: &Services, ctx: &Ctx, reports_in: &str, audit_days: &str) -> Result<(), Fault> {
    let mut problems = Vec::new();
    let zone = ReportsIn::from_word(reports_in).unwrap_or_else(|| {
        let message = "Choose whether reports are written in UTC or in your time zone.".to_owned();
        problems.push(FieldProblem { field: "reports_in".into(), message });
        ReportsIn::default()
    });
    let days = check_audit_days(audit_days).unwrap_or_else(|message| {
        problems.push(FieldProblem { field: "audit_days".into(), message });
        None
    });
    Problem::unless_empty(problems)?;
    let mut tx = services.db.write().await?;
    super::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::records_in(&mut tx, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    let kept = |days: Option<i64>| days.map_or_else(|| "for ever".to_owned(), |days| days.to_string());
    let changes = audit::diff(
        &[("reports_in", before.reports_in), ("audit_days", kept(before.audit_days))],
        &[("reports_in", zone.word().to_owned()), ("audit_days", kept(days))],
    );
    if changes.is_empty() {
        return Ok(());
    }
    store::update_records(&mut tx, ctx.tenant(), zone.word(), days, services.now()).await?;
    let event =
        Event { action: "tenant.records.updated", subject_kind: "tenant", subject_id: ctx.tenant().to_string(), subject_name: before.name, changes };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// The zone that reports of the caller's tenant are written in.
pub(crate) async fn report_zone(services: &Services, ctx: &Ctx) -> Result<Zone, Fault> {
    let row = store::records(&services.db, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    Ok(match reports_in(&row.reports_in)? {
        ReportsIn::Utc => Zone::utc(),
        ReportsIn::Tenant => ctx.zone().clone(),
    })
}

fn reports_in(word: &str) -> Result<ReportsIn, Fault> {
    ReportsIn::from_word(word).ok_or(Fault::Stored { place: "tenant.reports_in" })
}

//! Taking the lines of a file in, batch by batch.

use std::collections::{HashMap, HashSet};

use ::store::{
    Tx,
    jobs::{self, Job},
};
use model::{
    ids::{ImportId, TeamId, TenantId, UserId},
    people::{ImportMode, ImportStatus, Position, RoleChoice},
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    check::{self, Checked, Room, TAKEN},
    store::{self, Running},
};
use crate::{
    Ctx, Fault, Principal, Services,
    audit::{self, Event},
    clock::{MINUTE, SECOND},
    error::chain,
    people::{invitations, licences, roles, rules, store::UserRow, teams},
    tenant,
};

/// Queue of imports.
pub(in crate::people) const QUEUE: &str = "people.import";
/// People per transaction: few enough that others who write do not wait long.
const BATCH: i64 = 100;
/// How long a claimed import is a worker's own, in microseconds; renewed with every batch.
const LEASE_MICROS: i64 = 30 * SECOND;
/// The same for a file that is taken in as a whole: one batch, however long.
const WHOLE_LEASE_MICROS: i64 = 5 * MINUTE;
/// Attempts before an import is given up.
const MAX_ATTEMPTS: i64 = 20;

#[derive(Serialize, Deserialize)]
struct Payload {
    tenant: TenantId,
    import: ImportId,
}

pub(super) fn payload(tenant: TenantId, import: ImportId) -> Result<String, Fault> {
    serde_json::to_string(&Payload { tenant, import }).map_err(|_| Fault::Stored { place: "job.payload" })
}

/// Does one import that is due, batch by batch, until it has ended or `stop`; how many were taken, 0 or 1.
///
/// # Errors
/// [`Fault::Store`] when the database does not answer.
pub(in crate::people) async fn run_due(services: &Services, stop: &CancellationToken) -> Result<usize, Fault> {
    let taken = jobs::claim(&services.db, QUEUE, &services.settings.process_name, 1, services.now(), LEASE_MICROS).await?;
    let Some(job) = taken.first() else { return Ok(0) };
    if is_whole(services, job).await? && !jobs::renew(&services.db, job, services.now() + WHOLE_LEASE_MICROS).await? {
        return Ok(1);
    }
    loop {
        match batch(services, job).await {
            Ok(true) if stop.is_cancelled() => {
                let mut tx = services.db.write().await?;
                jobs::retry(&mut tx, job, services.now(), "").await?;
                tx.commit().await?;
                return Ok(1);
            }
            Ok(true) => {
                if !jobs::renew(&services.db, job, services.now() + LEASE_MICROS).await? {
                    return Ok(1);
                }
            }
            Ok(false) => return Ok(1),
            Err(fault) => {
                give_up_or_wait(services, job, &fault).await?;
                return Ok(1);
            }
        }
    }
}

/// Whether all lines go into one transaction. What cannot be read is left for the batch to tell.
async fn is_whole(services: &Services, job: &Job) -> Result<bool, Fault> {
    let Ok(Payload { tenant, import }) = serde_json::from_str(&job.payload) else { return Ok(false) };
    Ok(store::mode(&services.db, tenant, import).await? == Some(ImportMode::All))
}

async fn give_up_or_wait(services: &Services, job: &Job, fault: &Fault) -> Result<(), Fault> {
    tracing::error!(error = %chain(fault), attempt = job.attempt, "an import of people cannot go on; trying again");
    let mut tx = services.db.write().await?;
    if job.attempt >= MAX_ATTEMPTS {
        if let Ok(Payload { tenant, import }) = serde_json::from_str(&job.payload) {
            let why = "It could not go on; the server's log says more. Who was added stays; start again with the rest of the file.";
            store::finish(&mut tx, tenant, import, ImportStatus::Stopped, why, services.now()).await?;
        }
        jobs::fail(&mut tx, job, &chain(fault)).await?;
    } else {
        let wait = (2 * SECOND) << job.attempt.clamp(0, 8);
        jobs::retry(&mut tx, job, services.now() + wait, &chain(fault)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// One transaction; false when the import has ended.
async fn batch(services: &Services, job: &Job) -> Result<bool, Fault> {
    let Payload { tenant, import } = serde_json::from_str(&job.payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, tenant).await?;
    let (Some(running), Some(stored)) = (store::running(&mut tx, tenant, import).await?, tenant::store::find_in(&mut tx, tenant).await?) else {
        jobs::complete(&mut tx, job).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let ctx = Principal::system(tenant, tenant::stored_zone(&stored.time_zone)?);
    let limit = if running.mode == ImportMode::All { i64::MAX } else { BATCH };
    let mut lines = store::good(&mut tx, tenant, import, running.next_line, limit).await?;
    let Some(last) = lines.last().map(|line| line.line) else {
        return end(tx, services, &ctx, job, import, ImportStatus::Done, "").await;
    };
    let positions = positions(&mut tx, &ctx, &lines).await?;
    recheck(&mut tx, services, tenant, &mut lines, &positions).await?;
    let wrong: Vec<&Checked> = lines.iter().filter(|line| !line.problems.is_empty()).collect();
    if running.mode == ImportMode::All && !wrong.is_empty() {
        for line in wrong {
            store::mark_wrong(&mut tx, tenant, import, line).await?;
        }
        let why = "Lines that were good when the file was checked are not any more, so nobody was added.";
        return end(tx, services, &ctx, job, import, ImportStatus::Stopped, why).await;
    }
    let added = take_in(&mut tx, services, &ctx, (import, &running), &lines, &positions).await?;
    store::advance(&mut tx, tenant, import, last, added).await?;
    tx.commit().await?;
    Ok(true)
}

async fn end(mut tx: Tx, services: &Services, ctx: &Ctx, job: &Job, import: ImportId, status: ImportStatus, why: &str) -> Result<bool, Fault> {
    store::finish(&mut tx, ctx.tenant(), import, status, why, services.now()).await?;
    let event = Event {
        action: "people.import.ended",
        subject_kind: "import",
        subject_id: import.to_string(),
        subject_name: String::new(),
        changes: audit::diff(&[], &[("status", status.word().to_owned())]),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    if jobs::complete(&mut tx, job).await? {
        tx.commit().await?;
    }
    Ok(false)
}

/// What the roles of these lines are now; one that was deleted is left out.
async fn positions(tx: &mut Tx, ctx: &Ctx, lines: &[Checked]) -> Result<HashMap<RoleChoice, Position>, Fault> {
    let mut positions = HashMap::new();
    for choice in lines.iter().map(|line| line.role).collect::<HashSet<_>>() {
        match roles::resolve(tx, ctx, choice, "role").await {
            Ok(position) => drop(positions.insert(choice, position)),
            Err(Fault::Refused(_)) => {}
            Err(defect) => return Err(defect),
        }
    }
    Ok(positions)
}

/// What may have changed since the file was checked: addresses taken, licences used up, teams and roles deleted.
async fn recheck(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    lines: &mut [Checked],
    positions: &HashMap<RoleChoice, Position>,
) -> Result<(), Fault> {
    let emails: Vec<&str> = lines.iter().map(|line| line.email.as_str()).collect();
    let taken = check::taken_in(tx, &emails).await?;
    let mut room = Room::of(&licences::counts_in(tx, tenant).await?);
    let mut known: HashSet<TeamId> = HashSet::new();
    let mut gone: HashSet<TeamId> = HashSet::new();
    for id in lines.iter().flat_map(|line| &line.teams) {
        if !known.contains(id) && !gone.contains(id) {
            let there = teams::store::find_in(tx, tenant, *id).await?.is_some();
            if there {
                known.insert(*id)
            } else {
                gone.insert(*id)
            };
        }
    }
    let mut domains: HashMap<String, Result<(), String>> = HashMap::new();
    for line in lines.iter_mut() {
        let domain = model::email::address::domain_of(&line.email);
        if !domains.contains_key(&domain) {
            let verdict = rules::admitted(services, tenant, &line.email).await?;
            domains.insert(domain.clone(), verdict);
        }
        if let Some(Err(why)) = domains.get(&domain) {
            line.problems.push(check::problem("email", &line.email, why.clone()));
        }
        if taken.contains(&line.email) {
            line.problems.push(check::problem("email", &line.email, TAKEN));
        }
        if line.teams.iter().any(|id| gone.contains(id)) {
            line.problems.push(check::problem("teams", "", "A team of this line was deleted meanwhile."));
        }
        if !positions.contains_key(&line.role) {
            line.problems.push(check::problem("role", "", "The role of this line was deleted meanwhile."));
        }
        if line.problems.is_empty() {
            line.problems = room.take(line.licences);
        }
    }
    Ok(())
}

async fn take_in(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    (import, running): (ImportId, &Running),
    lines: &[Checked],
    positions: &HashMap<RoleChoice, Position>,
) -> Result<i64, Fault> {
    let mut added = 0;
    for line in lines {
        let Some(position) = positions.get(&line.role).filter(|_| line.problems.is_empty()) else {
            store::mark_wrong(tx, ctx.tenant(), import, line).await?;
            continue;
        };
        let now = services.now();
        let row = UserRow {
            id: UserId::new(services.entropy.uuid(now)),
            name: invitations::name_of(&line.name, &line.email),
            email: line.email.clone(),
            role: position.role,
            own_role: position.own.clone(),
            active: false,
            invited: true,
            licences: line.licences,
            password_hash: None,
            created_micros: now,
            last_seen_micros: None,
        };
        // Without mail the link of this invitation is told to nobody: an administrator makes one when it is needed.
        invitations::add_in(tx, services, ctx, &row, &line.teams, running.send_mail).await?;
        added += 1;
    }
    Ok(added)
}

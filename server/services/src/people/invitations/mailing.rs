//! Invitations by mail. The job is written with the invitation, so a crash loses none; a crash between the outbox and the end of the job sends a
//! second mail whose link replaces the first one's.

use ::store::{
    Tx,
    jobs::{self, Job, NewJob},
};
use futures::future::join_all;
use model::{
    Problem,
    ids::{InvitationId, TenantId},
    people::INVITATION_DAYS,
};
use serde::{Deserialize, Serialize};

use super::store::{self, LinkRow};
use crate::{
    Ctx, Fault, Principal, Services, auth,
    clock::{MINUTE, SECOND},
    error::chain,
    people::post_office::{self, Letter},
    tenant,
};

/// Queue of mails to write.
pub(in crate::people) const QUEUE: &str = "people.invitation";
/// Mails written at a time: their commits join.
const BATCH: u32 = 32;
/// How long a claimed one is a worker's own, in microseconds.
const LEASE_MICROS: i64 = 2 * MINUTE;
/// Attempts before it is given up and told on the person's page.
const MAX_ATTEMPTS: i64 = 8;

#[derive(Serialize, Deserialize)]
struct Payload {
    tenant: TenantId,
    invitation: InvitationId,
}

/// Has the mail of an invitation written, in the transaction that makes the invitation.
pub(in crate::people) async fn enqueue(tx: &mut Tx, services: &Services, tenant: TenantId, invitation: InvitationId) -> Result<(), Fault> {
    let now = services.now();
    let payload = serde_json::to_string(&Payload { tenant, invitation }).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let job = NewJob {
        id: services.entropy.uuid(now).to_string(),
        queue: QUEUE,
        payload,
        run_at_micros: now,
        unique_key: Some(invitation.to_string()),
        now_micros: now,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Writes the mails that are due, one batch; how many were taken.
///
/// # Errors
/// [`Fault::Store`] when the database does not answer.
pub(in crate::people) async fn send_due(services: &Services) -> Result<usize, Fault> {
    let taken = jobs::claim(&services.db, QUEUE, &services.settings.process_name, BATCH, services.now(), LEASE_MICROS).await?;
    let count = taken.len();
    for done in join_all(taken.iter().map(|job| work(services, job))).await {
        done?;
    }
    Ok(count)
}

/// One job to its end, or back into the queue.
async fn work(services: &Services, job: &Job) -> Result<(), Fault> {
    let Err(fault) = write(services, job).await else { return Ok(()) };
    tracing::warn!(error = %chain(&fault), attempt = job.attempt, "an invitation cannot be mailed; trying again");
    let mut tx = services.db.write().await?;
    if job.attempt >= MAX_ATTEMPTS {
        if let Ok(Payload { tenant, invitation }) = serde_json::from_str(&job.payload) {
            let why = "The mail could not be written; the server's log says more. Send the invitation again.";
            store::note_mail(&mut tx, tenant, invitation, None, why).await?;
        }
        jobs::fail(&mut tx, job, &chain(&fault)).await?;
    } else {
        let wait = (5 * SECOND) << job.attempt.clamp(0, 8);
        jobs::retry(&mut tx, job, services.now() + wait, &chain(&fault)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn write(services: &Services, job: &Job) -> Result<(), Fault> {
    let Payload { tenant, invitation } = serde_json::from_str(&job.payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let link = store::find_open(&services.db, tenant, invitation).await?.filter(|link| link.invited && link.expires_micros > services.now());
    let (mailed, problem) = match link {
        // Accepted, revoked or replaced meanwhile: there is nothing to say any more.
        None => (None, String::new()),
        Some(link) => post(services, &link).await?,
    };
    let mut tx = services.db.write().await?;
    store::note_mail(&mut tx, tenant, invitation, mailed, &problem).await?;
    if jobs::complete(&mut tx, job).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Gives the invitation the secret of this mail and hands the mail to the outbox: when it went, or why it cannot.
async fn post(services: &Services, link: &LinkRow) -> Result<(Option<i64>, String), Fault> {
    let secret = services.entropy.secret();
    let mut tx = services.db.write().await?;
    if !store::replace_secret(&mut tx, link.tenant, link.id, &auth::fingerprint(&secret)).await? {
        return Ok((None, String::new()));
    }
    tx.commit().await?;
    let ctx = Principal::system(link.tenant, tenant::stored_zone(&link.time_zone)?);
    match post_office::send(services, &ctx, letter(services, link, &secret, &ctx)).await {
        Ok(true) => Ok((Some(services.now()), String::new())),
        Ok(false) => Ok((None, "There is no active email address to send from. Add one under Email, or make a link to copy.".into())),
        Err(Fault::Refused(problem @ (Problem::Invalid { .. } | Problem::Conflict { .. } | Problem::TooLarge { .. }))) => {
            Ok((None, problem.message()))
        }
        Err(fault) => Err(fault),
    }
}

fn letter(services: &Services, link: &LinkRow, secret: &str, ctx: &Ctx) -> Letter {
    let subject = format!("Your invitation to {}", link.tenant_name);
    let greeting = format!("Hello {},", link.name);
    let invites =
        format!("{} invites you to its Switchboard, with the address {}. Follow this link to choose a password:", link.tenant_name, link.email);
    let until = format!(
        "The link works once, until {} ({}), {INVITATION_DAYS} days after it was made. If you did not expect this mail, ignore it.",
        ctx.zone().stamp(link.expires_micros).text,
        ctx.zone().name(),
    );
    Letter::with_link(&link.email, &subject, &[&greeting, &invites], "Accept the invitation", &super::link(services, secret), &[&until])
}

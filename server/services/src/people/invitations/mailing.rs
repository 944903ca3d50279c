//! Invitations by mail. The job is written with the invitation, and the mail with the end of the job, so a crash loses none and doubles none.

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
    email::sending::Ready,
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

/// The new secret of the link, the mail with it and the end of the job in one transaction: there is one mail, and its link is the one that works,
/// whenever the process is killed.
async fn write(services: &Services, job: &Job) -> Result<(), Fault> {
    let Payload { tenant, invitation } = serde_json::from_str(&job.payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let link = store::find_open(&services.db, tenant, invitation).await?.filter(|link| link.invited && link.expires_micros > services.now());
    let prepared = match &link {
        // Accepted, revoked or replaced meanwhile: there is nothing to say any more.
        None => Err(String::new()),
        Some(link) => prepare(services, link).await?,
    };
    let mut tx = services.db.write().await?;
    let (mailed, problem) = match prepared {
        Err(problem) => (None, problem),
        Ok((mut mail, secret_hash)) => {
            let open = store::replace_secret(&mut tx, tenant, invitation, &secret_hash).await?;
            if open {
                mail.write(&mut tx).await?;
            }
            (open.then(|| services.now()), String::new())
        }
    };
    store::note_mail(&mut tx, tenant, invitation, mailed, &problem).await?;
    // Whoever has the job now does it anew; what was written here is undone.
    if jobs::complete(&mut tx, job).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Makes the mail with a secret of its own; with its hash, or why there can be none.
async fn prepare(services: &Services, link: &LinkRow) -> Result<Result<(Ready, String), String>, Fault> {
    let secret = services.entropy.secret();
    let ctx = Principal::system(link.tenant, tenant::stored_zone(&link.time_zone)?);
    match post_office::ready(services, &ctx, letter(services, link, &secret, &ctx)).await {
        Ok(Some(mail)) => Ok(Ok((mail, auth::fingerprint(&secret)))),
        Ok(None) => Ok(Err("There is no active email address to send from. Add one under Email, or make a link to copy.".into())),
        Err(Fault::Refused(problem @ (Problem::Invalid { .. } | Problem::Conflict { .. } | Problem::TooLarge { .. }))) => Ok(Err(problem.message())),
        Err(fault) => Err(fault),
    }
}

fn letter(services: &Services, link: &LinkRow, secret: &str, ctx: &Ctx) -> Letter {
    let subject = format!("Your invitation to {}", link.tenant_name);
    let greeting = format!("Hello {},", link.name);
    let invites = format!("{} invites you to its Switchboard, with the address {}. Follow this link to come in:", link.tenant_name, link.email);
    let until = format!(
        "The link works once, until {} ({}), {INVITATION_DAYS} days after it was made. If you did not expect this mail, ignore it.",
        ctx.zone().stamp(link.expires_micros).text,
        ctx.zone().name(),
    );
    Letter::with_link(&link.email, &subject, &[&greeting, &invites], "Accept the invitation", &super::link(services, secret), &[&until])
}

#[cfg(test)]
mod tests {
    use model::people::{InvitationState, Role};

    use super::*;
    use crate::{
        people::{
            InviteForm, invitation_state, invite,
            tests::mail::{open_asset, outbox},
        },
        testing::worlds,
    };

    /// A worker whose lease ran out comes back after another one has done its job.
    #[tokio::test]
    async fn two_workers_with_one_job_write_one_mail_and_its_link_works() {
        for (name, world) in worlds().await {
            let (services, ctx) = (&world.services, world.acme.owner());
            open_asset(&world).await;
            let form = InviteForm {
                name: String::new(),
                email: "ivy@acme.example".into(),
                role: Role::Agent.into(),
                licences: Default::default(),
                teams: Vec::new(),
                by_mail: true,
            };
            invite(services, &ctx, form).await.unwrap();
            world.advance(1);
            let slow = jobs::claim(&services.db, QUEUE, "slow", 1, services.now(), 1).await.unwrap().pop().unwrap();
            world.advance(2);
            let quick = jobs::claim(&services.db, QUEUE, "quick", 1, services.now(), MINUTE).await.unwrap().pop().unwrap();
            write(services, &quick).await.unwrap();
            write(services, &slow).await.unwrap();
            let mails = outbox(services).await;
            assert_eq!(mails.len(), 1, "{name}");
            let (_, rest) = mails[0].0.split_once("/invitation/").unwrap();
            let state = invitation_state(services, &rest[..43]).await.unwrap();
            assert!(matches!(state, InvitationState::Open { .. }), "{name}: {state:?}");
        }
    }
}

//! Commits what became of mails, many at a time: while one commit waits for the disk, the next results gather.

use std::{collections::HashSet, time::Duration};

use store::{Args, StoreError, Value, sql};
use tokio::sync::mpsc;

use model::{email::send::MessageStatus, ids::MessageId};

use super::{InHand, outcome::Outcome};
use crate::{
    Fault, Services, debuglog,
    email::{bulk, content::to_json},
    error::chain,
};

/// Results in one transaction.
const MOST: usize = 512;

/// Ends when every sender of results is gone and all results are committed.
pub(super) async fn run(services: Services, in_hand: InHand, mut outcomes: mpsc::Receiver<Outcome>) {
    let mut batch = Vec::with_capacity(MOST);
    while outcomes.recv_many(&mut batch, MOST).await > 0 {
        let done: Vec<MessageId> = batch.iter().map(|outcome| outcome.mail.id).collect();
        // A result must not be lost while this process lives: the server has the mail.
        while let Err(fault) = commit(&services, &batch).await {
            tracing::error!(error = %chain(&fault), mails = batch.len(), "results of mails cannot be committed; trying again");
            let broken = !matches!(fault, Fault::Store(StoreError::Unreachable(_) | StoreError::Busy));
            if broken && batch.len() > 1 {
                commit_each(&services, &mut batch).await;
                break;
            }
            if broken {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        batch.clear();
        // From here on nobody renews their leases, so what could not be written comes back.
        let mut ids = in_hand.ids();
        for id in done {
            ids.remove(&id);
        }
    }
}

/// One row that cannot be written must not keep the others back; its mail returns when its lease ends.
async fn commit_each(services: &Services, batch: &mut Vec<Outcome>) {
    for outcome in batch.drain(..) {
        if let Err(fault) = commit(services, std::slice::from_ref(&outcome)).await {
            tracing::error!(error = %chain(&fault), message = %outcome.mail.id, "the result of a mail cannot be committed");
        }
    }
}

fn count(batch: &[Outcome]) {
    let of = |status| batch.iter().filter(|outcome| outcome.status == status).count() as u64;
    metrics::counter!("email_submitted_total").increment(of(MessageStatus::Submitted));
    metrics::counter!("email_failed_total").increment(of(MessageStatus::Failed));
}

async fn commit(services: &Services, batch: &[Outcome]) -> Result<(), Fault> {
    // Nearly always every mail is still ours, and the number of changed rows says so. Only else is each one asked for.
    if !write(services, batch, Ask::Count).await? {
        write(services, batch, Ask::Which).await?;
    }
    count(batch);
    Ok(())
}

/// How it is found out which mails were still ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// All, or nothing is written.
    Count,
    /// Each by itself: rows that come back one by one are slow on SQLite.
    Which,
}

/// `false`: not all were ours, and nothing was written.
async fn write(services: &Services, batch: &[Outcome], ask: Ask) -> Result<bool, Fault> {
    let mut tx = services.db.write().await?;
    let owner = services.settings.process_name.as_str();
    let rows = batch.iter().map(|outcome| row(outcome, owner)).collect::<Result<Vec<_>, Fault>>()?;
    // The concatenation keeps SQLite from walking the index of all leased rows: the primary key is the way in.
    let statements = bulk::statements(
        "WITH news (id, status, next_attempt, finished, last_reply, recipients, attempts_change, lease_owner, is_final) AS (VALUES ",
        ") UPDATE email_message SET status = news.status, next_attempt_micros = news.next_attempt, finished_micros = news.finished,
             last_reply = news.last_reply, recipients = coalesce(news.recipients, email_message.recipients),
             attempts = email_message.attempts + news.attempts_change, lease_owner = NULL, lease_until_micros = NULL
         FROM news WHERE email_message.id = news.id AND (email_message.status || '') IN ('sending', 'queued')
             AND (email_message.lease_owner = news.lease_owner OR news.is_final = 1)",
        if ask == Ask::Which { " RETURNING email_message.id AS id" } else { "" },
        rows,
    );
    let mut written: HashSet<MessageId> = HashSet::with_capacity(batch.len());
    let mut changed = 0;
    for (statement, args) in statements {
        if ask == Ask::Count {
            changed += tx.execute(statement, args).await?;
            continue;
        }
        for row in tx.all(statement, args).await? {
            written.insert(row.parse("id")?);
        }
    }
    if ask == Ask::Count && changed != batch.len() as u64 {
        tx.rollback().await?;
        return Ok(false);
    }
    // A mail that was deleted with its asset meanwhile, or went to another worker, gets no receipt of ours.
    let (mut receipts, mut lines) = (Vec::new(), Vec::new());
    for outcome in batch.iter().filter(|outcome| ask == Ask::Count || written.contains(&outcome.mail.id)) {
        receipts.extend(receipt_rows(services, outcome));
        lines.extend(log_row(services, outcome)?);
    }
    tx.execute_many(
        sql!(
            "INSERT INTO email_receipt (id, tenant_id, message_id, at_micros, recipient, status, code, reply)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        receipts,
    )
    .await?;
    tx.execute_many(debuglog::INSERT, lines).await?;
    tx.commit().await?;
    Ok(true)
}

fn row(outcome: &Outcome, owner: &str) -> Result<Vec<Value>, Fault> {
    let finished = (outcome.status != MessageStatus::Queued).then_some(outcome.at_micros);
    let recipients = outcome.recipients.as_ref().map(|recipients| to_json(recipients, "email_message.recipients")).transpose()?;
    Ok(vec![
        outcome.mail.id.uuid().into(),
        outcome.status.word().into(),
        outcome.next_attempt_micros.into(),
        finished.into(),
        outcome.last_reply.as_str().into(),
        recipients.into(),
        outcome.attempts_change.into(),
        owner.into(),
        // The server's last word counts even when the lease was lost meanwhile: it keeps the mail from going out again.
        (outcome.status == MessageStatus::Submitted).into(),
    ])
}

fn receipt_rows<'a>(services: &'a Services, outcome: &'a Outcome) -> impl Iterator<Item = Args> + 'a {
    outcome.fates.iter().map(move |fate| {
        store::args![
            services.entropy.uuid(outcome.at_micros),
            outcome.mail.tenant.uuid(),
            outcome.mail.id.uuid(),
            outcome.at_micros,
            fate.recipient.as_str(),
            if fate.submitted { "Submitted" } else { "Failed" },
            fate.code,
            fate.reply.as_str(),
        ]
    })
}

fn log_row(services: &Services, outcome: &Outcome) -> Result<Option<Args>, Fault> {
    let Some((step, detail)) = &outcome.log else { return Ok(None) };
    let line = debuglog::NewLine {
        tenant: outcome.mail.tenant,
        asset: outcome.mail.asset,
        mail_id: outcome.mail.id.uuid(),
        direction: debuglog::OUTBOUND,
        step,
        detail: detail.clone(),
        at_micros: outcome.at_micros,
    };
    debuglog::row(services, line, None).map(Some)
}

//! SQL of what is pending: tickets between the two steps, reset links; and of what was: the history of sign-ins.

use ::store::{Db, Tx, args, sql};
use model::{
    auth::{SignInEvent, SignInMethod},
    ids::{TenantId, UserId},
};
use uuid::Uuid;

use crate::{Fault, RequestInfo, clock::Zone};

/// A ticket that is still good.
pub(in crate::auth) struct TicketRow {
    pub tenant: TenantId,
    pub user: UserId,
    pub password_print: String,
    pub failures: i64,
}

pub(in crate::auth) async fn put_ticket(tx: &mut Tx, hash: &str, ticket: &TicketRow, expires: i64) -> Result<(), Fault> {
    let put =
        sql!("INSERT INTO auth_ticket (secret_hash, tenant_id, user_id, password_print, failures, expires_micros) VALUES ($1, $2, $3, $4, $5, $6)");
    tx.execute(put, args![hash, ticket.tenant.uuid(), ticket.user.uuid(), ticket.password_print.as_str(), ticket.failures, expires]).await?;
    Ok(())
}

/// The ticket with this secret; whoever shows it has named no tenant yet.
pub(in crate::auth) async fn ticket(db: &Db, hash: &str, now: i64) -> Result<Option<TicketRow>, Fault> {
    let find = sql!("SELECT tenant_id, user_id, password_print, failures FROM auth_ticket WHERE secret_hash = $1 AND expires_micros > $2");
    let Some(row) = db.read_optional(find, args![hash, now]).await? else { return Ok(None) };
    Ok(Some(TicketRow {
        tenant: row.parse("tenant_id")?,
        user: row.parse("user_id")?,
        password_print: row.text("password_print")?,
        failures: row.int("failures")?,
    }))
}

/// Counts a wrong try.
pub(in crate::auth) async fn spoil_ticket(tx: &mut Tx, hash: &str) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE auth_ticket SET failures = failures + 1 WHERE secret_hash = $1"), args![hash]).await?;
    Ok(())
}

/// Uses a ticket up; true for exactly one of several callers.
pub(in crate::auth) async fn take_ticket(tx: &mut Tx, hash: &str) -> Result<bool, Fault> {
    Ok(tx.execute(sql!("DELETE FROM auth_ticket WHERE secret_hash = $1"), args![hash]).await? > 0)
}

pub(in crate::auth) async fn put_reset(tx: &mut Tx, tenant: TenantId, user: UserId, hash: &str, now: i64, expires: i64) -> Result<(), Fault> {
    let put = sql!("INSERT INTO auth_reset (secret_hash, tenant_id, user_id, created_micros, expires_micros) VALUES ($1, $2, $3, $4, $5)");
    tx.execute(put, args![hash, tenant.uuid(), user.uuid(), now, expires]).await?;
    Ok(())
}

/// Whom a reset link is for, when it is still good.
pub(in crate::auth) async fn reset(db: &Db, hash: &str, now: i64) -> Result<Option<(TenantId, UserId)>, Fault> {
    let find = sql!("SELECT tenant_id, user_id FROM auth_reset WHERE secret_hash = $1 AND expires_micros > $2");
    let Some(row) = db.read_optional(find, args![hash, now]).await? else { return Ok(None) };
    Ok(Some((row.parse("tenant_id")?, row.parse("user_id")?)))
}

/// Uses a reset link up; true for exactly one of several callers.
pub(in crate::auth) async fn take_reset(tx: &mut Tx, hash: &str) -> Result<bool, Fault> {
    Ok(tx.execute(sql!("DELETE FROM auth_reset WHERE secret_hash = $1"), args![hash]).await? > 0)
}

/// Ends everything that waits for this person: other reset links and tickets.
pub(crate) async fn end_pending(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM auth_reset WHERE tenant_id = $1 AND user_id = $2"), args![tenant.uuid(), user.uuid()]).await?;
    tx.execute(sql!("DELETE FROM auth_ticket WHERE tenant_id = $1 AND user_id = $2"), args![tenant.uuid(), user.uuid()]).await?;
    Ok(())
}

/// An attempt to write down.
pub(in crate::auth) struct Attempt<'a> {
    pub id: Uuid,
    pub tenant: TenantId,
    pub user: UserId,
    pub method: SignInMethod,
    pub succeeded: bool,
    pub info: &'a RequestInfo,
    pub now: i64,
}

pub(in crate::auth) async fn note_attempt(tx: &mut Tx, attempt: &Attempt<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO auth_history (id, tenant_id, user_id, at_micros, remote_address, user_agent, method, succeeded)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        args![
            attempt.id,
            attempt.tenant.uuid(),
            attempt.user.uuid(),
            attempt.now,
            attempt.info.remote_address.as_str(),
            attempt.info.user_agent.chars().take(200).collect::<String>(),
            attempt.method.word(),
            attempt.succeeded,
        ],
    )
    .await?;
    Ok(())
}

/// Successful sign-ins of an account that are remembered, and those with this browser.
pub(in crate::auth) async fn browsers_seen(tx: &mut Tx, tenant: TenantId, user: UserId, user_agent: &str) -> Result<(i64, i64), Fault> {
    let user_agent: String = user_agent.chars().take(200).collect();
    let count = sql!(
        "SELECT count(*) AS seen, count(CASE WHEN user_agent = $3 THEN 1 END) AS same FROM auth_history
         WHERE tenant_id = $1 AND user_id = $2 AND succeeded = 1"
    );
    let row = tx.one(count, args![tenant.uuid(), user.uuid(), user_agent]).await?;
    Ok((row.int("seen")?, row.int("same")?))
}

/// The newest attempts on an account.
pub(in crate::auth) async fn attempts(
    db: &Db,
    tenant: TenantId,
    user: UserId,
    since: i64,
    limit: i64,
    zone: &Zone,
) -> Result<Vec<SignInEvent>, Fault> {
    let newest = sql!(
        "SELECT at_micros, remote_address, user_agent, method, succeeded FROM auth_history
         WHERE tenant_id = $1 AND user_id = $2 AND at_micros > $3 ORDER BY id DESC LIMIT $4"
    );
    let rows = db.read_all(newest, args![tenant.uuid(), user.uuid(), since, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(SignInEvent {
                at: zone.stamp(row.int("at_micros")?),
                remote_address: row.text("remote_address")?,
                user_agent: row.text("user_agent")?,
                method: row.parse("method")?,
                succeeded: row.flag("succeeded")?,
            })
        })
        .collect()
}

/// Removes what is stale of every tenant, and shows nothing of it.
pub(in crate::auth) async fn sweep_steps(db: &Db, now: i64, history_before: i64, limit: i64) -> Result<u64, Fault> {
    let tickets = sql!("DELETE FROM auth_ticket WHERE secret_hash IN (SELECT secret_hash FROM auth_ticket WHERE expires_micros < $1 LIMIT $2)");
    let resets = sql!("DELETE FROM auth_reset WHERE secret_hash IN (SELECT secret_hash FROM auth_reset WHERE expires_micros < $1 LIMIT $2)");
    let challenges =
        sql!("DELETE FROM auth_challenge WHERE secret_hash IN (SELECT secret_hash FROM auth_challenge WHERE expires_micros < $1 LIMIT $2)");
    let history = sql!("DELETE FROM auth_history WHERE id IN (SELECT id FROM auth_history WHERE at_micros < $1 LIMIT $2)");
    let mut gone = 0;
    for (statement, before) in [(tickets, now), (resets, now), (challenges, now), (history, history_before)] {
        gone += db.execute(statement, args![before, limit]).await?;
    }
    Ok(gone)
}

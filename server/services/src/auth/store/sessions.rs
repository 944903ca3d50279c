//! SQL of sessions.

use ::store::{Db, Tx, args, sql};
use model::{
    auth::SignInMethod,
    ids::{SessionId, TenantId, UserId},
    live::Kind,
};

use crate::{
    Fault, Services,
    auth::{
        policy::due_micros,
        recognise::{Account, FoundSession},
    },
    events,
};

/// A session to write.
pub(in crate::auth) struct NewSession<'a> {
    pub id: SessionId,
    pub secret_hash: &'a str,
    pub remote_address: &'a str,
    pub user_agent: &'a str,
    pub now: i64,
    pub expires_micros: i64,
    pub method: SignInMethod,
}

pub(in crate::auth) async fn insert_session(tx: &mut Tx, account: &Account, session: &NewSession<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO auth_session (id, tenant_id, user_id, secret_hash, remote_address, user_agent, created_micros,
                 last_seen_micros, expires_micros, revoked_micros, method, proved_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, NULL, $9, $7)"
        ),
        args![
            session.id.uuid(),
            account.tenant.uuid(),
            account.user.uuid(),
            session.secret_hash,
            session.remote_address,
            session.user_agent,
            session.now,
            session.expires_micros,
            session.method.word(),
        ],
    )
    .await?;
    Ok(())
}

/// The session with this secret that has not ended, of an account and tenant that may sign in.
pub(in crate::auth) async fn session_by_secret(db: &Db, secret_hash: &str, now: i64, idle_since: i64) -> Result<Option<FoundSession>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT s.id AS session_id, s.last_seen_micros AS session_seen_micros,
                        u.id AS user_id, u.name AS user_name, u.email, u.role,
                        u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities,
                        t.id AS tenant_id, t.name AS tenant_name, t.time_zone,
                        s.method, u.created_micros AS user_created_micros, p.required_since_micros, p.grace_days,
                        CAST(CASE WHEN EXISTS (SELECT 1 FROM auth_totp f
                                          WHERE f.tenant_id = u.tenant_id AND f.user_id = u.id AND f.confirmed_micros IS NOT NULL)
                               OR EXISTS (SELECT 1 FROM auth_passkey k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.id)
                             THEN 1 ELSE 0 END AS BIGINT) AS has_factor
                 FROM auth_session s
                 JOIN people_user u ON u.id = s.user_id AND u.tenant_id = s.tenant_id
                 JOIN tenant t ON t.id = s.tenant_id
                 LEFT JOIN auth_policy p ON p.tenant_id = s.tenant_id AND p.required = 1
                 LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE s.secret_hash = $1 AND s.revoked_micros IS NULL AND s.expires_micros > $2 AND s.last_seen_micros > $3
                   AND u.active = 1 AND t.active = 1"
            ),
            args![secret_hash, now, idle_since],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let since = row.opt_int("required_since_micros")?.filter(|_| row.str("method").is_ok_and(|word| word == SignInMethod::Password.word()));
    let due = match since {
        Some(since) if !row.flag("has_factor")? => Some(due_micros(since, row.int("user_created_micros")?, row.int("grace_days")?)),
        _ => None,
    };
    let account = Account::read(&row, None)?;
    Ok(Some(FoundSession { id: row.parse("session_id")?, last_seen_micros: row.int("session_seen_micros")?, factor_due_micros: due, account }))
}

pub(in crate::auth) async fn touch_session(
    services: &Services,
    tenant: TenantId,
    session: SessionId,
    remote_address: &str,
    now: i64,
) -> Result<(), Fault> {
    let touch = sql!("UPDATE auth_session SET last_seen_micros = $3, remote_address = $4 WHERE tenant_id = $1 AND id = $2");
    services.db.execute(touch, args![tenant.uuid(), session.uuid(), now, remote_address]).await?;
    Ok(())
}

/// A session as the list shows it.
pub(in crate::auth) struct SessionRow {
    pub id: SessionId,
    pub remote_address: String,
    pub user_agent: String,
    pub created_micros: i64,
    pub last_seen_micros: i64,
    pub expires_micros: i64,
}

pub(in crate::auth) async fn sessions(
    db: &Db,
    tenant: TenantId,
    user: UserId,
    now: i64,
    idle_since: i64,
    limit: i64,
) -> Result<Vec<SessionRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT id, remote_address, user_agent, created_micros, last_seen_micros, expires_micros FROM auth_session
                 WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL AND expires_micros > $3 AND last_seen_micros > $4
                 ORDER BY last_seen_micros DESC, id DESC LIMIT $5"
            ),
            args![tenant.uuid(), user.uuid(), now, idle_since, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SessionRow {
                id: row.parse("id")?,
                remote_address: row.text("remote_address")?,
                user_agent: row.text("user_agent")?,
                created_micros: row.int("created_micros")?,
                last_seen_micros: row.int("last_seen_micros")?,
                expires_micros: row.int("expires_micros")?,
            })
        })
        .collect()
}

/// Ends one session of this user; false when there is none that has not been ended.
pub(in crate::auth) async fn end_session(tx: &mut Tx, tenant: TenantId, user: UserId, session: SessionId, now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "UPDATE auth_session SET revoked_micros = $4
                 WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND revoked_micros IS NULL"
            ),
            args![tenant.uuid(), user.uuid(), session.uuid(), now],
        )
        .await?;
    told(tx, tenant, rows);
    Ok(rows > 0)
}

/// The pages that stand open with an ended session hear of it.
fn told(tx: &mut Tx, tenant: TenantId, ended: u64) {
    if ended > 0 {
        events::publish(tx, tenant, Kind::SessionEnded);
    }
}

/// Ends every session of this user that is still good, except one; tells how many.
pub(crate) async fn end_sessions_of(tx: &mut Tx, tenant: TenantId, user: UserId, except: Option<SessionId>, now: i64) -> Result<u64, Fault> {
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx
        .execute(
            sql!(
                "UPDATE auth_session SET revoked_micros = $4
                 WHERE tenant_id = $1 AND user_id = $2 AND id <> $3 AND revoked_micros IS NULL AND expires_micros > $4"
            ),
            args![tenant.uuid(), user.uuid(), except, now],
        )
        .await?;
    told(tx, tenant, rows);
    Ok(rows)
}

/// Removes sessions of every tenant that ended long ago: the one query here that has no tenant, because it shows nothing.
pub(in crate::auth) async fn sweep_sessions(db: &Db, expired_before: i64, limit: i64) -> Result<u64, Fault> {
    let rows = db
        .execute(
            sql!(
                "DELETE FROM auth_session WHERE id IN
                 (SELECT id FROM auth_session WHERE expires_micros < $1 ORDER BY expires_micros LIMIT $2)"
            ),
            args![expired_before, limit],
        )
        .await?;
    Ok(rows)
}

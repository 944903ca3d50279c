//! SQL of operators. Nothing here has a tenant: operators are accounts of the installation.

use ::store::{Db, Row, Tx, args, sql};
use model::{
    Problem,
    access::Access,
    ids::{OperatorId, TenantId},
};
use uuid::Uuid;

use crate::{Fault, Services};

/// One account.
pub(crate) struct OperatorRow {
    pub id: OperatorId,
    pub email: String,
    pub access: Access,
    pub active: bool,
    pub password_hash: String,
    pub last_seen_micros: Option<i64>,
}

impl OperatorRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            email: row.text("email")?,
            access: row.parse("access")?,
            active: row.flag("active")?,
            password_hash: row.text("password_hash")?,
            last_seen_micros: row.opt_int("last_seen_micros")?,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, id: Uuid, email: &str, access: Access, password_hash: &str, now: i64) -> Result<(), Fault> {
    let done = tx
        .execute(
            sql!(
                "INSERT INTO operator_account (id, email, access, active, password_hash, password_set_micros, last_seen_micros,
                     created_micros, updated_micros)
                 VALUES ($1, $2, $3, 1, $4, $5, NULL, $5, $5)"
            ),
            args![id, email, access.word(), password_hash, now],
        )
        .await;
    match done {
        Err(error) if error.is_conflict_on("operator_account_email") => {
            Err(Problem::field("email", "There is already an operator with this address.").into())
        }
        other => Ok(other.map(drop)?),
    }
}

pub(crate) async fn by_email(db: &Db, email: &str) -> Result<Option<OperatorRow>, Fault> {
    let found = db
        .read_optional(sql!("SELECT id, email, access, active, password_hash, last_seen_micros FROM operator_account WHERE email = $1"), args![email])
        .await?;
    found.as_ref().map(OperatorRow::read).transpose()
}

pub(super) async fn all(db: &Db) -> Result<Vec<OperatorRow>, Fault> {
    let rows =
        db.read_all(sql!("SELECT id, email, access, active, password_hash, last_seen_micros FROM operator_account ORDER BY email"), args![]).await?;
    rows.iter().map(OperatorRow::read).collect()
}

pub(super) async fn set_access(tx: &mut Tx, email: &str, access: Access, now: i64) -> Result<bool, Fault> {
    let rows =
        tx.execute(sql!("UPDATE operator_account SET access = $2, updated_micros = $3 WHERE email = $1"), args![email, access.word(), now]).await?;
    Ok(rows > 0)
}

pub(super) async fn set_active(tx: &mut Tx, email: &str, active: bool, now: i64) -> Result<Option<OperatorId>, Fault> {
    let row = tx
        .optional(sql!("UPDATE operator_account SET active = $2, updated_micros = $3 WHERE email = $1 RETURNING id"), args![email, active, now])
        .await?;
    Ok(row.map(|row| row.parse("id")).transpose()?)
}

/// Notes the sign-in, and the new hash where there is one; false when the account was shut out or its password replaced meanwhile.
pub(crate) async fn note_sign_in(tx: &mut Tx, account: &OperatorRow, rehashed: Option<&str>, now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "UPDATE operator_account SET last_seen_micros = $3, password_hash = $4
                 WHERE id = $1 AND password_hash = $2 AND active = 1"
            ),
            args![account.id.uuid(), account.password_hash.as_str(), now, rehashed.unwrap_or(&account.password_hash)],
        )
        .await?;
    Ok(rows > 0)
}

/// A session to write.
pub(crate) struct NewSession<'a> {
    pub id: Uuid,
    pub operator: OperatorId,
    pub secret_hash: &'a str,
    pub remote_address: &'a str,
    pub user_agent: &'a str,
    pub now: i64,
    pub expires_micros: i64,
}

pub(crate) async fn insert_session(tx: &mut Tx, session: &NewSession<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO operator_session (id, operator_id, secret_hash, remote_address, user_agent, created_micros, last_seen_micros,
                 expires_micros, revoked_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7, NULL)"
        ),
        args![
            session.id,
            session.operator.uuid(),
            session.secret_hash,
            session.remote_address,
            session.user_agent,
            session.now,
            session.expires_micros,
        ],
    )
    .await?;
    Ok(())
}

/// A session that is still good, with what its operator may do now.
pub(crate) struct FoundSession {
    pub session: Uuid,
    pub operator: OperatorId,
    pub email: String,
    pub access: Access,
    pub last_seen_micros: i64,
}

pub(crate) async fn session_by_secret(db: &Db, secret_hash: &str, now: i64, idle_since: i64) -> Result<Option<FoundSession>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT s.id AS session_id, s.last_seen_micros AS session_seen_micros, o.id AS operator_id, o.email, o.access
                 FROM operator_session s JOIN operator_account o ON o.id = s.operator_id
                 WHERE s.secret_hash = $1 AND s.revoked_micros IS NULL AND s.expires_micros > $2 AND s.last_seen_micros > $3
                   AND o.active = 1"
            ),
            args![secret_hash, now, idle_since],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(FoundSession {
        session: row.parse("session_id")?,
        operator: row.parse("operator_id")?,
        email: row.text("email")?,
        access: row.parse("access")?,
        last_seen_micros: row.int("session_seen_micros")?,
    }))
}

pub(crate) async fn touch_session(services: &Services, session: Uuid, remote_address: &str, now: i64) -> Result<(), Fault> {
    let touch = sql!("UPDATE operator_session SET last_seen_micros = $2, remote_address = $3 WHERE id = $1");
    services.db.execute(touch, args![session, now, remote_address]).await?;
    Ok(())
}

pub(crate) async fn end_session(tx: &mut Tx, session: Uuid, now: i64) -> Result<(), Fault> {
    let end = sql!("UPDATE operator_session SET revoked_micros = $2 WHERE id = $1 AND revoked_micros IS NULL");
    tx.execute(end, args![session, now]).await?;
    Ok(())
}

pub(super) async fn end_sessions_of(tx: &mut Tx, operator: OperatorId, now: i64) -> Result<(), Fault> {
    let end = sql!("UPDATE operator_session SET revoked_micros = $2 WHERE operator_id = $1 AND revoked_micros IS NULL");
    tx.execute(end, args![operator.uuid(), now]).await?;
    Ok(())
}

/// Removes sessions that ended long ago.
pub(crate) async fn sweep_sessions(db: &Db, expired_before: i64, limit: i64) -> Result<u64, Fault> {
    let rows = db
        .execute(
            sql!(
                "DELETE FROM operator_session WHERE id IN
                 (SELECT id FROM operator_session WHERE expires_micros < $1 ORDER BY expires_micros LIMIT $2)"
            ),
            args![expired_before, limit],
        )
        .await?;
    Ok(rows)
}

/// A tenant that allows the help desk.
pub(super) struct OpenRow {
    pub id: TenantId,
    pub name: String,
    pub time_zone: String,
    pub decrypt: bool,
    pub until_micros: Option<i64>,
}

/// Tenants that allow the help desk at `now`, by name, after the one given.
pub(super) async fn open_tenants(db: &Db, now: i64, pattern: &str, after: &[String; 2], rows: i64) -> Result<Vec<OpenRow>, Fault> {
    let [after_name, after_id] = after;
    let found = db
        .read_all(
            sql!(
                "SELECT t.id, t.name, t.time_zone, coalesce(s.decrypt, 0) AS decrypt, s.until_micros
                 FROM tenant t LEFT JOIN access_setting s ON s.tenant_id = t.id
                 WHERE t.active = 1 AND coalesce(s.help_desk, 1) = 1 AND (s.until_micros IS NULL OR s.until_micros > $1)
                   AND ($2 = '' OR lower(t.name) LIKE lower($2) ESCAPE '!')
                   AND (t.name, t.id) > ($3, $4)
                 ORDER BY t.name, t.id
                 LIMIT $5"
            ),
            args![now, pattern, after_name.as_str(), after_id.as_str(), rows],
        )
        .await?;
    let read = |row: &Row| {
        Ok(OpenRow {
            id: row.parse("id")?,
            name: row.text("name")?,
            time_zone: row.text("time_zone")?,
            decrypt: row.flag("decrypt")?,
            until_micros: row.opt_int("until_micros")?,
        })
    };
    found.iter().map(read).collect()
}

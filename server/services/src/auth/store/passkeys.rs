//! SQL of passkeys and their challenges.

use ::store::{Db, Row, Tx, args, sql};
use model::ids::{PasskeyId, TenantId, UserId};

use crate::{Fault, auth::webauthn::Registered};

/// A passkey.
pub(in crate::auth) struct PasskeyRow {
    pub id: PasskeyId,
    pub tenant: TenantId,
    pub user: UserId,
    pub credential_id: String,
    pub public_key: Vec<u8>,
    pub algorithm: i64,
    pub sign_count: i64,
    pub synced: bool,
    pub name: String,
    pub created_micros: i64,
    pub last_used_micros: Option<i64>,
}

fn read(row: &Row) -> Result<PasskeyRow, Fault> {
    Ok(PasskeyRow {
        id: row.parse("id")?,
        tenant: row.parse("tenant_id")?,
        user: row.parse("user_id")?,
        credential_id: row.text("credential_id")?,
        public_key: row.bytes("public_key")?,
        algorithm: row.int("algorithm")?,
        sign_count: row.int("sign_count")?,
        synced: row.flag("synced")?,
        name: row.text("name")?,
        created_micros: row.int("created_micros")?,
        last_used_micros: row.opt_int("last_used_micros")?,
    })
}

/// The passkeys of a person, oldest first.
pub(in crate::auth) async fn passkeys(db: &Db, tenant: TenantId, user: UserId) -> Result<Vec<PasskeyRow>, Fault> {
    let all = sql!(
        "SELECT id, tenant_id, user_id, credential_id, public_key, algorithm, sign_count, synced, name, created_micros, last_used_micros
         FROM auth_passkey WHERE tenant_id = $1 AND user_id = $2 ORDER BY id LIMIT 100"
    );
    db.read_all(all, args![tenant.uuid(), user.uuid()]).await?.iter().map(read).collect()
}

/// The passkey with this credential id, whosever it is: whoever signs in with one has named no tenant.
pub(in crate::auth) async fn passkey_by_credential(db: &Db, credential_id: &str) -> Result<Option<PasskeyRow>, Fault> {
    let find = sql!(
        "SELECT id, tenant_id, user_id, credential_id, public_key, algorithm, sign_count, synced, name, created_micros, last_used_micros
         FROM auth_passkey WHERE credential_id = $1"
    );
    db.read_optional(find, args![credential_id]).await?.as_ref().map(read).transpose()
}

pub(in crate::auth) async fn count_passkeys(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<i64, Fault> {
    let count = sql!("SELECT count(*) AS passkeys FROM auth_passkey WHERE tenant_id = $1 AND user_id = $2");
    Ok(tx.one(count, args![tenant.uuid(), user.uuid()]).await?.int("passkeys")?)
}

/// Adds a passkey; false when its credential id is known already.
pub(in crate::auth) async fn insert_passkey(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    id: PasskeyId,
    name: &str,
    made: &Registered,
    now: i64,
) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "INSERT INTO auth_passkey (id, tenant_id, user_id, credential_id, public_key, algorithm, sign_count, synced, name,
                     created_micros, last_used_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL) ON CONFLICT (credential_id) DO NOTHING"
            ),
            args![
                id.uuid(),
                tenant.uuid(),
                user.uuid(),
                made.credential_id.as_str(),
                made.public_key.as_slice(),
                made.algorithm,
                made.sign_count,
                made.synced,
                name,
                now,
            ],
        )
        .await?;
    Ok(rows > 0)
}

/// Notes a use and the new count; false when another use of the same count came first, or the passkey is gone.
pub(in crate::auth) async fn use_passkey(tx: &mut Tx, passkey: &PasskeyRow, sign_count: i64, now: i64) -> Result<bool, Fault> {
    let note = sql!("UPDATE auth_passkey SET sign_count = $3, last_used_micros = $4 WHERE tenant_id = $1 AND id = $2 AND sign_count = $5");
    Ok(tx.execute(note, args![passkey.tenant.uuid(), passkey.id.uuid(), sign_count, now, passkey.sign_count]).await? > 0)
}

/// Gives a passkey another name; the old one, or `None` when it is not this person's.
pub(in crate::auth) async fn rename_passkey(tx: &mut Tx, tenant: TenantId, user: UserId, id: PasskeyId, name: &str) -> Result<Option<String>, Fault> {
    let find = sql!("SELECT name FROM auth_passkey WHERE tenant_id = $1 AND user_id = $2 AND id = $3");
    let Some(row) = tx.optional(find, args![tenant.uuid(), user.uuid(), id.uuid()]).await? else { return Ok(None) };
    let rename = sql!("UPDATE auth_passkey SET name = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3");
    tx.execute(rename, args![tenant.uuid(), user.uuid(), id.uuid(), name]).await?;
    Ok(Some(row.text("name")?))
}

/// Removes a passkey; its name, or `None` when it is not this person's.
pub(in crate::auth) async fn remove_passkey(tx: &mut Tx, tenant: TenantId, user: UserId, id: PasskeyId) -> Result<Option<String>, Fault> {
    let remove = sql!("DELETE FROM auth_passkey WHERE tenant_id = $1 AND user_id = $2 AND id = $3 RETURNING name");
    let gone = tx.optional(remove, args![tenant.uuid(), user.uuid(), id.uuid()]).await?;
    Ok(gone.map(|row| row.text("name")).transpose()?)
}

pub(in crate::auth) async fn remove_passkeys(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<u64, Fault> {
    let remove = sql!("DELETE FROM auth_passkey WHERE tenant_id = $1 AND user_id = $2");
    Ok(tx.execute(remove, args![tenant.uuid(), user.uuid()]).await?)
}

pub(in crate::auth) async fn put_challenge(db: &Db, hash: &str, purpose: &str, user: Option<UserId>, expires: i64) -> Result<(), Fault> {
    let put = sql!("INSERT INTO auth_challenge (secret_hash, purpose, user_id, expires_micros) VALUES ($1, $2, $3, $4)");
    db.execute(put, args![hash, purpose, user.map(UserId::uuid), expires]).await?;
    Ok(())
}

/// Uses a challenge up: its purpose and whom it was for, or `None` when it was used before, is stale or never was.
pub(in crate::auth) async fn take_challenge(db: &Db, hash: &str, now: i64) -> Result<Option<(String, Option<UserId>)>, Fault> {
    let mut tx = db.write().await?;
    let take = sql!("DELETE FROM auth_challenge WHERE secret_hash = $1 RETURNING purpose, user_id, expires_micros");
    let row = tx.optional(take, args![hash]).await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let fresh = row.int("expires_micros")? > now;
    Ok(if fresh { Some((row.text("purpose")?, row.opt_parse("user_id")?)) } else { None })
}

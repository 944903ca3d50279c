//! SQL of the tenant's rule about second factors.

use ::store::{Db, Tx, args, sql};
use model::{
    auth::Unprotected,
    ids::{SessionId, TenantId, UserId},
};

use crate::{Fault, clock::Zone};

/// The rule as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::auth) struct PolicyRow {
    pub required: bool,
    pub grace_days: i64,
    pub since_micros: i64,
}

fn read(row: &::store::Row) -> Result<PolicyRow, Fault> {
    Ok(PolicyRow { required: row.flag("required")?, grace_days: row.int("grace_days")?, since_micros: row.int("required_since_micros")? })
}

pub(in crate::auth) async fn policy(db: &Db, tenant: TenantId) -> Result<Option<PolicyRow>, Fault> {
    let find = sql!("SELECT required, grace_days, required_since_micros FROM auth_policy WHERE tenant_id = $1");
    db.read_optional(find, args![tenant.uuid()]).await?.as_ref().map(read).transpose()
}

pub(in crate::auth) async fn policy_in(tx: &mut Tx, tenant: TenantId) -> Result<Option<PolicyRow>, Fault> {
    let find = sql!("SELECT required, grace_days, required_since_micros FROM auth_policy WHERE tenant_id = $1");
    tx.optional(find, args![tenant.uuid()]).await?.as_ref().map(read).transpose()
}

pub(in crate::auth) async fn put_policy(tx: &mut Tx, tenant: TenantId, policy: PolicyRow) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO auth_policy (tenant_id, required, grace_days, required_since_micros) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id) DO UPDATE SET required = excluded.required, grace_days = excluded.grace_days,
                 required_since_micros = excluded.required_since_micros"
        ),
        args![tenant.uuid(), policy.required, policy.grace_days, policy.since_micros],
    )
    .await?;
    Ok(())
}

/// Active people who sign in with a password and have no second factor, by name; with the moment their account was made.
pub(in crate::auth) async fn unprotected(db: &Db, tenant: TenantId, limit: i64, zone: &Zone) -> Result<Vec<(Unprotected, i64)>, Fault> {
    let all = sql!(
        "SELECT u.id, u.name, u.email, u.last_seen_micros, u.created_micros FROM people_user u
         WHERE u.tenant_id = $1 AND u.active = 1 AND u.password_hash IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM auth_totp f WHERE f.tenant_id = u.tenant_id AND f.user_id = u.id AND f.confirmed_micros IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM auth_passkey k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.id)
         ORDER BY lower(u.name), u.id LIMIT $2"
    );
    let rows = db.read_all(all, args![tenant.uuid(), limit]).await?;
    rows.iter()
        .map(|row| {
            let person = Unprotected {
                user: row.parse("id")?,
                name: row.text("name")?,
                email: row.text("email")?,
                last_seen: zone.stamp_opt(row.opt_int("last_seen_micros")?),
                due: None,
            };
            Ok((person, row.int("created_micros")?))
        })
        .collect()
}

pub(in crate::auth) async fn count_active(db: &Db, tenant: TenantId) -> Result<i64, Fault> {
    let count = sql!("SELECT count(*) AS people FROM people_user WHERE tenant_id = $1 AND active = 1");
    Ok(db.read_one(count, args![tenant.uuid()]).await?.int("people")?)
}

/// When the person of a session last proved who they are.
pub(in crate::auth) async fn proved_micros(db: &Db, tenant: TenantId, session: SessionId) -> Result<i64, Fault> {
    let find = sql!("SELECT proved_micros FROM auth_session WHERE tenant_id = $1 AND id = $2 AND revoked_micros IS NULL");
    let row = db.read_optional(find, args![tenant.uuid(), session.uuid()]).await?;
    Ok(row.map(|row| row.int("proved_micros")).transpose()?.unwrap_or(0))
}

pub(in crate::auth) async fn note_proof(tx: &mut Tx, tenant: TenantId, user: UserId, session: SessionId, now: i64) -> Result<(), Fault> {
    let note = sql!("UPDATE auth_session SET proved_micros = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND revoked_micros IS NULL");
    tx.execute(note, args![tenant.uuid(), user.uuid(), session.uuid(), now]).await?;
    Ok(())
}

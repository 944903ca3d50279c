//! SQL of sign-in: accounts, sessions, tokens, throttle, first run, second factors.

mod factors;
mod first_run;
mod passkeys;
mod policy;
mod sessions;
mod sso;
mod steps;
mod throttle;

pub(super) use factors::{
    codes_left, codes_left_in, confirm_totp, put_codes, put_totp, remove_codes, remove_totp, totp, totp_in, use_code, use_step,
};
pub(super) use passkeys::{
    count_passkeys, insert_passkey, passkey_by_credential, passkeys, put_challenge, remove_passkey, remove_passkeys, rename_passkey, take_challenge,
    use_passkey,
};
pub(super) use policy::{PolicyRow, count_active, note_proof, policy, policy_in, proved_micros, put_policy, unprotected};
pub(super) use steps::{
    Attempt, TicketRow, attempts, browsers_seen, note_attempt, put_reset, put_ticket, reset, spoil_ticket, sweep_steps, take_reset, take_ticket,
    ticket,
};

pub(super) use first_run::{end_first_run, first_run_exists, put_first_run, take_first_run};
pub(crate) use sessions::end_sessions_of;
pub(super) use sessions::{NewSession, end_session, insert_session, session_by_secret, sessions, sweep_sessions, touch_session};
pub(super) use sso::{
    by_email, enter_account, identity, insert_identity, insert_underway, is_taken, set_role, sweep_underway, take_underway, touch_identity,
};
pub(crate) use steps::end_pending;
pub(super) use throttle::{block, blocked_until, blocked_until_now, clear, count_failure, sweep_throttle, take_back};

use ::store::{Db, Row, Statement, Tx, args, sql};
use model::ids::{TenantId, TokenId, UserId};

use super::recognise::{Account, FoundToken};
use crate::{
    Fault, Services,
    people::{roles, store::stored_capabilities},
};

impl Account {
    /// Reads the columns that every query about accounts names alike.
    fn read(row: &Row, password_hash: Option<String>) -> Result<Self, Fault> {
        Ok(Self {
            tenant: row.parse("tenant_id")?,
            tenant_name: row.text("tenant_name")?,
            time_zone: row.text("time_zone")?,
            user: row.parse("user_id")?,
            name: row.text("user_name")?,
            email: row.text("email")?,
            role: row.parse("role")?,
            own_role: roles::store::read(row)?,
            password_hash,
        })
    }
}

fn account_of_address() -> Statement {
    sql!(
        "SELECT u.id AS user_id, u.name AS user_name, u.email, u.role, u.password_hash,
                u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities,
                t.id AS tenant_id, t.name AS tenant_name, t.time_zone
         FROM people_user u JOIN tenant t ON t.id = u.tenant_id LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
         WHERE u.email = $1 AND u.active = 1 AND t.active = 1"
    )
}

fn with_password(row: &Row) -> Result<Account, Fault> {
    Account::read(row, row.opt_text("password_hash")?)
}

/// The active account with this address, over all tenants: sign-in asks for no tenant.
pub(crate) async fn account_by_email(services: &Services, email: &str) -> Result<Option<Account>, Fault> {
    services.db.read_optional(account_of_address(), args![email]).await?.as_ref().map(with_password).transpose()
}

/// [`account_by_email`] inside a transaction.
pub(super) async fn account_in(tx: &mut Tx, email: &str) -> Result<Option<Account>, Fault> {
    tx.optional(account_of_address(), args![email]).await?.as_ref().map(with_password).transpose()
}

/// The active account with this id.
pub(super) async fn account_by_id(db: &Db, tenant: TenantId, user: UserId) -> Result<Option<Account>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT u.id AS user_id, u.name AS user_name, u.email, u.role, u.password_hash,
                        u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities,
                        t.id AS tenant_id, t.name AS tenant_name, t.time_zone
                 FROM people_user u JOIN tenant t ON t.id = u.tenant_id
                 LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE u.tenant_id = $1 AND u.id = $2 AND u.active = 1 AND t.active = 1"
            ),
            args![tenant.uuid(), user.uuid()],
        )
        .await?;
    found.as_ref().map(with_password).transpose()
}

/// Notes a sign-in that needed no password; false when the account was shut out since it was read.
pub(super) async fn note_seen(tx: &mut Tx, account: &Account, now: i64) -> Result<bool, Fault> {
    let note = sql!("UPDATE people_user SET last_seen_micros = $3 WHERE tenant_id = $1 AND id = $2 AND active = 1");
    Ok(tx.execute(note, args![account.tenant.uuid(), account.user.uuid(), now]).await? > 0)
}

/// Notes the sign-in; false when the account was shut out or its password replaced since it was read.
pub(super) async fn note_sign_in(tx: &mut Tx, account: &Account, now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "UPDATE people_user SET last_seen_micros = $4
                 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3 AND active = 1"
            ),
            args![account.tenant.uuid(), account.user.uuid(), account.password_hash.as_deref(), now],
        )
        .await?;
    Ok(rows > 0)
}

/// Puts another hash in the place of exactly this one; false when it is not there any more.
pub(super) async fn replace_hash(tx: &mut Tx, tenant: TenantId, user: UserId, old: &str, new: &str) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!("UPDATE people_user SET password_hash = $4 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3"),
            args![tenant.uuid(), user.uuid(), old, new],
        )
        .await?;
    Ok(rows > 0)
}

pub(super) async fn token_by_secret(db: &Db, secret_hash: &str) -> Result<Option<FoundToken>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT k.id AS token_id, k.name AS token_name, k.capabilities, k.last_used_micros,
                        u.id AS user_id, u.name AS user_name, u.email, u.role,
                        u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities,
                        t.id AS tenant_id, t.name AS tenant_name, t.time_zone
                 FROM people_token k
                 JOIN people_user u ON u.id = k.user_id AND u.tenant_id = k.tenant_id
                 JOIN tenant t ON t.id = k.tenant_id
                 LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE k.secret_hash = $1 AND k.revoked_micros IS NULL AND u.active = 1 AND t.active = 1"
            ),
            args![secret_hash],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(FoundToken {
        id: row.parse("token_id")?,
        name: row.text("token_name")?,
        capabilities: stored_capabilities(row.str("capabilities")?)?.into_iter().collect(),
        last_used_micros: row.opt_int("last_used_micros")?,
        account: Account::read(&row, None)?,
    }))
}

pub(super) async fn touch_token(services: &Services, tenant: TenantId, token: TokenId, now: i64) -> Result<(), Fault> {
    let touch = sql!("UPDATE people_token SET last_used_micros = $3 WHERE tenant_id = $1 AND id = $2");
    services.db.execute(touch, args![tenant.uuid(), token.uuid(), now]).await?;
    Ok(())
}

//! Who is asking: from a cookie or a token to a principal.

use model::{
    Problem,
    auth::Me,
    ids::{SessionId, TenantId, TokenId, UserId},
    people::{Capability, CapabilitySet, Role},
};

use super::{fingerprint, sessions, store};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    clock::{MINUTE, Zone},
    ctx::Proof,
    error::chain,
    tenant,
};

/// "Last used" is written at most this often: a page load makes many requests, and a write for each would be the busiest
/// thing the database does.
const TOUCH_EVERY_MICROS: i64 = MINUTE;

/// What a request brings along to say who is asking.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The value of the session cookie.
    Cookie(&'a str),
    /// What stands after `Bearer` in `Authorization`.
    Bearer(&'a str),
}

/// An account with what a principal needs of its tenant.
pub(crate) struct Account {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub time_zone: String,
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub password_hash: Option<String>,
}

impl Account {
    /// The tenant's zone.
    pub(crate) fn zone(&self) -> Result<Zone, Fault> {
        tenant::stored_zone(&self.time_zone)
    }

    /// The account with what it may do, proved by a session or a token.
    pub(super) fn principal(
        self,
        proof: Proof,
        capabilities: CapabilitySet,
        token_name: Option<String>,
        info: RequestInfo,
    ) -> Result<Principal, Fault> {
        let zone = self.zone()?;
        Ok(Principal {
            tenant: self.tenant,
            tenant_name: self.tenant_name,
            user: Some(self.user),
            name: self.name,
            email: self.email,
            role: self.role,
            capabilities,
            zone,
            proof,
            token_name,
            must_enrol: false,
            info,
        })
    }
}

/// A session that is still good.
pub(super) struct FoundSession {
    pub id: SessionId,
    pub last_seen_micros: i64,
    /// From when on a second factor is required of this session, which began without one; `None` when it is not.
    pub factor_due_micros: Option<i64>,
    pub account: Account,
}

/// A token that is still good.
pub(super) struct FoundToken {
    pub id: TokenId,
    pub name: String,
    pub capabilities: CapabilitySet,
    pub last_used_micros: Option<i64>,
    pub account: Account,
}

/// Finds who holds this cookie or token. `None` when nobody does any more: unknown, ended, revoked, or the account or its
/// tenant was shut out, which counts from the next request on. What a token may do is what it was given **and** what the
/// role of its user holds now.
///
/// # Errors
/// [`Fault::Store`] and [`Fault::Stored`] only: not being recognised is no error.
pub async fn recognise(services: &Services, credential: Credential<'_>, info: RequestInfo) -> Result<Option<Principal>, Fault> {
    match credential {
        Credential::Cookie(secret) => by_session(services, secret, info).await,
        Credential::Bearer(secret) => by_token(services, secret, info).await,
    }
}

async fn by_session(services: &Services, secret: &str, info: RequestInfo) -> Result<Option<Principal>, Fault> {
    let now = services.now();
    let idle_since = now - sessions::IDLE_MICROS;
    let Some(found) = store::session_by_secret(&services.db, &fingerprint(secret), now, idle_since).await? else { return Ok(None) };
    if now - found.last_seen_micros >= TOUCH_EVERY_MICROS {
        let touched = store::touch_session(services, found.account.tenant, found.id, &info.remote_address, now).await;
        note(touched);
    }
    let must_enrol = found.factor_due_micros.is_some_and(|due| due <= now);
    let held = found.account.role.capabilities();
    // The own account stays open: there a second factor is set up.
    let capabilities = if must_enrol { held.and(CapabilitySet::EMPTY.with(Capability::AccountOwn)) } else { held };
    let mut principal = found.account.principal(Proof::Session(found.id), capabilities, None, info)?;
    principal.must_enrol = must_enrol;
    Ok(Some(principal))
}

async fn by_token(services: &Services, secret: &str, info: RequestInfo) -> Result<Option<Principal>, Fault> {
    let now = services.now();
    let Some(found) = store::token_by_secret(&services.db, &fingerprint(secret)).await? else { return Ok(None) };
    if found.last_used_micros.is_none_or(|last| now - last >= TOUCH_EVERY_MICROS) {
        let touched = store::touch_token(services, found.account.tenant, found.id, now).await;
        note(touched);
    }
    let capabilities = found.capabilities.and(found.account.role.capabilities());
    found.account.principal(Proof::Token(found.id), capabilities, Some(found.name), info).map(Some)
}

/// Not being able to note the last use must not turn a reader away.
fn note(touched: Result<(), Fault>) {
    if let Err(error) = touched {
        tracing::warn!(error = %chain(&error), "the last use was not noted");
    }
}

/// Who is signed in, as pages need it.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn me(ctx: &Ctx) -> Result<Me, Fault> {
    Ok(Me {
        user: ctx.user().ok_or(Problem::NotFound)?,
        name: ctx.name().to_owned(),
        email: ctx.email().to_owned(),
        role: ctx.role(),
        capabilities: ctx.capabilities(),
        tenant: ctx.tenant(),
        tenant_name: ctx.tenant_name().to_owned(),
        time_zone: ctx.zone().name().to_owned(),
        must_enrol: ctx.must_enrol(),
    })
}

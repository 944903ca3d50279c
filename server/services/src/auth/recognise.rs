//! Who is asking: from a cookie or a token to a principal.

use model::{
    Problem,
    access::Visiting,
    auth::Me,
    ids::{SessionId, TenantId, TokenId, UserId},
    people::{Capability, CapabilitySet, OwnRole, Position, Role},
};

use super::{fingerprint, sessions, store};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services, access,
    clock::{MINUTE, Zone},
    ctx::{Proof, VisitProof},
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
    /// The value of a visitor's cookie.
    Visit(&'a str),
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
    /// The tenant's own role in place of `role`.
    pub own_role: Option<OwnRole>,
    pub password_hash: Option<String>,
}

impl Account {
    /// The tenant's zone.
    pub(crate) fn zone(&self) -> Result<Zone, Fault> {
        tenant::stored_zone(&self.time_zone)
    }

    /// What the person is, and therefore may do.
    pub(crate) fn position(&self) -> Position {
        Position { role: self.role, own: self.own_role.clone() }
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
        let role_name = self.position().label().to_owned();
        Ok(Principal {
            tenant: self.tenant,
            tenant_name: self.tenant_name,
            user: Some(self.user),
            name: self.name,
            email: self.email,
            role: self.role,
            role_name,
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
    find(services, credential, info, Use::Noted).await
}

/// [`recognise`] for a page that only stands open: it does not count as use, or no forgotten page would ever be signed out.
///
/// # Errors
/// As [`recognise`].
pub async fn still_recognised(services: &Services, credential: Credential<'_>, info: RequestInfo) -> Result<Option<Principal>, Fault> {
    find(services, credential, info, Use::Unnoted).await
}

/// Whether "last used" is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Noted,
    Unnoted,
}

async fn find(services: &Services, credential: Credential<'_>, info: RequestInfo, noted: Use) -> Result<Option<Principal>, Fault> {
    match credential {
        Credential::Cookie(secret) => by_session(services, secret, info, noted).await,
        Credential::Bearer(secret) => by_token(services, secret, info, noted).await,
        Credential::Visit(secret) => access::recognise(services, secret, info, noted == Use::Noted).await,
    }
}

async fn by_session(services: &Services, secret: &str, info: RequestInfo, noted: Use) -> Result<Option<Principal>, Fault> {
    let now = services.now();
    let idle_since = now - sessions::IDLE_MICROS;
    let Some(found) = store::session_by_secret(&services.db, &fingerprint(secret), now, idle_since).await? else { return Ok(None) };
    if noted == Use::Noted && now - found.last_seen_micros >= TOUCH_EVERY_MICROS {
        let touched = store::touch_session(services, found.account.tenant, found.id, &info.remote_address, now).await;
        note(touched);
    }
    let must_enrol = found.factor_due_micros.is_some_and(|due| due <= now);
    let held = found.account.position().capabilities();
    // The own account stays open: there a second factor is set up.
    let capabilities = if must_enrol { held.and(CapabilitySet::EMPTY.with(Capability::AccountOwn)) } else { held };
    let mut principal = found.account.principal(Proof::Session(found.id), capabilities, None, info)?;
    principal.must_enrol = must_enrol;
    Ok(Some(principal))
}

async fn by_token(services: &Services, secret: &str, info: RequestInfo, noted: Use) -> Result<Option<Principal>, Fault> {
    let now = services.now();
    let Some(found) = store::token_by_secret(&services.db, &fingerprint(secret)).await? else { return Ok(None) };
    if noted == Use::Noted && found.last_used_micros.is_none_or(|last| now - last >= TOUCH_EVERY_MICROS) {
        let touched = store::touch_token(services, found.account.tenant, found.id, now).await;
        note(touched);
    }
    let capabilities = found.capabilities.and(found.account.position().capabilities());
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
pub async fn me(services: &Services, ctx: &Ctx) -> Result<Me, Fault> {
    me_of(services, ctx.principal()).await
}

/// [`me`] for a caller who was not asked for a capability: a page's frame is everybody's, a visitor's too.
///
/// # Errors
/// As [`me`].
pub async fn me_of(services: &Services, principal: &Principal) -> Result<Me, Fault> {
    let visit = match principal.proof {
        Proof::Visit(VisitProof { id, kind, access, since_micros }) => Some(Visiting { id, kind, access, since: principal.zone.stamp(since_micros) }),
        Proof::Session(_) | Proof::Token(_) | Proof::ProfileKey | Proof::System => None,
    };
    // A visitor has no account; the visit's id is nobody's.
    let user = principal.user.or_else(|| visit.as_ref().map(|visit| UserId::new(visit.id.uuid())));
    Ok(Me {
        user: user.ok_or(Problem::NotFound)?,
        name: principal.name.clone(),
        email: principal.email.clone(),
        role: principal.role,
        role_name: principal.role_name.clone(),
        capabilities: principal.capabilities,
        tenant: principal.tenant,
        tenant_name: principal.tenant_name.clone(),
        time_zone: principal.zone.name().to_owned(),
        must_enrol: principal.must_enrol,
        visit,
        secure_media: tenant::media::available(services, principal.tenant).await?,
    })
}

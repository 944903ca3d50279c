//! Signed-in browsers: how long they last, how they are listed and ended.

use ::store::{SecretText, Tx};
use model::{
    Problem,
    auth::{Session, SignInMethod},
    ids::SessionId,
};

use super::{fingerprint, recognise::Account, store};
use crate::{
    Ctx, Fault, RequestInfo, Services,
    audit::{self, Event},
    clock::{DAY, HOUR},
    ctx::Proof,
};

/// A session that nobody used for this long ends: a working day with its breaks fits in, a night does not.
pub(super) const IDLE_MICROS: i64 = 12 * HOUR;

/// A session ends at the latest after this long, however busy: the longest NIST SP 800-63B section 2.1.3 suggests for a
/// password alone.
pub(super) const ABSOLUTE_MICROS: i64 = 30 * DAY;

/// Longest stored `User-Agent`, in characters.
const USER_AGENT_CHARS: usize = 200;

/// Sessions shown at most; the newest ones.
const LISTED: i64 = 200;

/// A session just made: its id, the secret for the cookie, and its end.
pub(super) struct Opened {
    pub id: SessionId,
    pub secret: SecretText,
    pub expires_micros: i64,
}

/// Makes a session in the transaction of the sign-in. The secret is always new: nothing that a browser held before signing
/// in is good for anything afterwards.
pub(super) async fn open(tx: &mut Tx, services: &Services, account: &Account, info: &RequestInfo, method: SignInMethod) -> Result<Opened, Fault> {
    let now = services.now();
    let id = SessionId::new(services.entropy.uuid(now));
    let secret = services.entropy.secret();
    let expires_micros = now + ABSOLUTE_MICROS;
    let user_agent: String = info.user_agent.chars().take(USER_AGENT_CHARS).collect();
    let row = store::NewSession {
        id,
        secret_hash: &fingerprint(&secret),
        remote_address: &info.remote_address,
        user_agent: &user_agent,
        now,
        expires_micros,
        method,
    };
    store::insert_session(tx, account, &row).await?;
    Ok(Opened { id, secret: SecretText::from(secret), expires_micros })
}

/// The session that the caller is using, if it is one.
pub(crate) fn current(ctx: &Ctx) -> Option<SessionId> {
    match ctx.proof() {
        Proof::Session(id) => Some(id),
        Proof::Token(_) | Proof::ProfileKey | Proof::Visit(_) | Proof::System => None,
    }
}

/// Ends the session that the caller is using.
///
/// # Errors
/// [`Problem::Conflict`] for an API token, which has no session.
pub async fn sign_out(services: &Services, ctx: &Ctx) -> Result<(), Fault> {
    let Some(id) = current(ctx) else {
        return Err(Problem::Conflict { what: "There is no session to end; revoke the API token instead.".into() }.into());
    };
    revoke_session(services, ctx, id).await
}

/// The caller's sessions that are still good, the last used first.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn list_sessions(services: &Services, ctx: &Ctx) -> Result<Vec<Session>, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let now = services.now();
    let rows = store::sessions(&services.db, ctx.tenant(), user, now, now - IDLE_MICROS, LISTED).await?;
    let shown = rows.into_iter().map(|row| Session {
        id: row.id,
        current: current(ctx) == Some(row.id),
        remote_address: row.remote_address,
        user_agent: row.user_agent,
        created: ctx.zone().stamp(row.created_micros),
        last_seen: ctx.zone().stamp(row.last_seen_micros),
        expires: ctx.zone().stamp(row.expires_micros.min(row.last_seen_micros + IDLE_MICROS)),
    });
    Ok(shown.collect())
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Problem::NotFound`] when the caller has no such session, or it has been ended before.
pub async fn revoke_session(services: &Services, ctx: &Ctx, id: SessionId) -> Result<(), Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let mut tx = services.db.write().await?;
    if !store::end_session(&mut tx, ctx.tenant(), user, id, services.now()).await? {
        return Err(Problem::NotFound.into());
    }
    audit::record(&mut tx, services, ctx, about("auth.session.ended", id.to_string(), ctx)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every session of the caller but the present one; tells how many.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn revoke_other_sessions(services: &Services, ctx: &Ctx) -> Result<u64, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let mut tx = services.db.write().await?;
    let ended = store::end_sessions_of(&mut tx, ctx.tenant(), user, current(ctx), services.now()).await?;
    if ended > 0 {
        let mut event = about("auth.session.others_ended", user.to_string(), ctx);
        event.subject_kind = "user";
        event.changes = audit::diff(&[("sessions", ended.to_string())], &[("sessions", "0".into())]);
        audit::record(&mut tx, services, ctx, event).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

fn about(action: &'static str, id: String, ctx: &Ctx) -> Event {
    Event { action, subject_kind: "session", subject_id: id, subject_name: ctx.email().to_owned(), changes: Vec::new() }
}

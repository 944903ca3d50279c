//! API tokens: made once, shown once, stored as a hash.

use ::store::Tx;
use model::{
    FieldProblem, Problem,
    auth::check_name,
    email::address::normalise,
    ids::{TokenId, UserId},
    people::{ApiToken, Capability, CapabilitySet, NewToken},
};

use super::store::{self, NewTokenRow};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    auth,
    ctx::Principal,
};

/// Beginning of every token, so that secret scanners and people recognise one.
pub(crate) const TOKEN_PREFIX: &str = "sbt_";

/// Characters of a token that lists show: the fixed beginning and 36 of its 256 bits.
const SHOWN_CHARS: usize = TOKEN_PREFIX.len() + 6;

/// Tokens one person may have at a time; bounds the list, and nobody looks after more.
const MAX_TOKENS_PER_USER: i64 = 100;

/// The caller's own tokens that have not been revoked, newest first.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn list_tokens(services: &Services, ctx: &Ctx) -> Result<Vec<ApiToken>, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    tokens_of(services, ctx, user).await
}

/// The tokens of somebody of the tenant.
pub(super) async fn tokens_of(services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<ApiToken>, Fault> {
    store::tokens(&services.db, ctx.tenant(), user, MAX_TOKENS_PER_USER, ctx.zone()).await
}

/// Makes a token of the caller. For holders of `token.own`.
///
/// # Errors
/// [`Problem::Invalid`] on `name` or `capabilities` (none, or one that the caller does not hold: a token makes no stronger
/// token); [`Problem::Conflict`] beyond 100 tokens.
pub async fn create_token(services: &Services, ctx: &Ctx, name: String, capabilities: Vec<Capability>) -> Result<NewToken, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let mut problems = Vec::new();
    check_name("name", "token", &name, &mut problems);
    if capabilities.is_empty() {
        let message = "Choose at least one thing that the token may do.".to_owned();
        problems.push(FieldProblem { field: "capabilities".into(), message });
    }
    check_held(ctx.capabilities(), &capabilities, &mut problems);
    Problem::unless_empty(problems)?;
    make(services, ctx, user, name.trim(), &capabilities.into_iter().collect()).await
}

/// Makes a token from the command line for the account with this address. No capability named means everything that the
/// account's role holds now.
///
/// # Errors
/// [`Problem::Invalid`] on `user` (no active account has the address), `name` or `capabilities` (beyond the role);
/// [`Problem::Conflict`] beyond 100 tokens.
pub async fn create_token_for(services: &Services, email: &str, name: &str, capabilities: Vec<Capability>) -> Result<NewToken, Fault> {
    let Some(account) = auth::account_by_email(services, &normalise(email)).await? else {
        return Err(Problem::field("user", "No active account has this address.").into());
    };
    let held = account.position().capabilities();
    let mut problems = Vec::new();
    check_name("name", "token", name, &mut problems);
    check_held(held, &capabilities, &mut problems);
    Problem::unless_empty(problems)?;
    let asked: CapabilitySet = if capabilities.is_empty() { held } else { capabilities.into_iter().collect() };
    let ctx = Principal::system(account.tenant, account.zone()?);
    make(services, &ctx, account.user, name.trim(), &asked).await
}

/// Ends a token of the caller.
///
/// # Errors
/// [`Problem::NotFound`] when the caller has no such token, or it was revoked before.
pub async fn revoke_token(services: &Services, ctx: &Ctx, id: TokenId) -> Result<(), Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let mut tx = services.db.write().await?;
    let name = store::revoke_token(&mut tx, ctx.tenant(), user, id, services.now()).await?.ok_or(Problem::NotFound)?;
    audit::record(&mut tx, services, ctx, about("people.token.revoked", id, &name, vec![audit::secret("secret", true, false)])).await?;
    tx.commit().await?;
    Ok(())
}

fn check_held(held: CapabilitySet, asked: &[Capability], problems: &mut Vec<FieldProblem>) {
    let beyond: Vec<&str> = asked.iter().filter(|one| !held.has(**one)).map(|one| one.word()).collect();
    if !beyond.is_empty() {
        let message = format!("Not held, so it cannot be given to a token: {}.", beyond.join(", "));
        problems.push(FieldProblem { field: "capabilities".into(), message });
    }
}

async fn make(services: &Services, ctx: &Ctx, user: UserId, name: &str, capabilities: &CapabilitySet) -> Result<NewToken, Fault> {
    let now = services.now();
    let id = TokenId::new(services.entropy.uuid(now));
    let secret = format!("{TOKEN_PREFIX}{}", services.entropy.secret());
    let prefix: String = secret.chars().take(SHOWN_CHARS).collect();
    let capabilities: Vec<Capability> = capabilities.iter().collect();
    let mut tx = services.db.write().await?;
    // The lock keeps parallel calls from passing the count together.
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    not_too_many(&mut tx, ctx, user).await?;
    let secret_hash = auth::fingerprint(&secret);
    let row = NewTokenRow { id, user, name, prefix: &prefix, secret_hash: &secret_hash, capabilities: &capabilities, now };
    store::insert_token(&mut tx, ctx.tenant(), &row).await?;
    let words: Vec<&str> = capabilities.iter().map(|one| one.word()).collect();
    let mut changes = audit::diff(&[], &[("name", name.to_owned()), ("user", user.to_string()), ("capabilities", words.join(" "))]);
    changes.push(audit::secret("secret", false, true));
    audit::record(&mut tx, services, ctx, about("people.token.created", id, name, changes)).await?;
    tx.commit().await?;
    let token = ApiToken { id, name: name.to_owned(), prefix, capabilities, created: ctx.zone().stamp(now), last_used: None };
    Ok(NewToken { token, secret })
}

async fn not_too_many(tx: &mut Tx, ctx: &Ctx, user: UserId) -> Result<(), Fault> {
    if store::count_tokens(tx, ctx.tenant(), user).await? < MAX_TOKENS_PER_USER {
        return Ok(());
    }
    let what = format!("There are {MAX_TOKENS_PER_USER} tokens already; revoke those that are not used any more.");
    Err(Problem::Conflict { what }.into())
}

fn about(action: &'static str, id: TokenId, name: &str, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "token", subject_id: id.to_string(), subject_name: name.to_owned(), changes }
}

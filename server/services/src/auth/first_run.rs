//! The first tenant and its owner: by the link that the server prints, or from the command line.

use ::store::{SecretText, Tx};
use model::{
    FieldProblem, Problem,
    auth::{FirstRun, SignInMethod, check_name},
    email::address::{check_email_address, normalise},
    ids::{TenantId, UserId},
    people::Role,
};

use super::{
    fingerprint, password,
    recognise::Account,
    sign_in::{SignedIn, open_session_by},
    store,
};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    audit::{self, Event},
    people::{NewUser, insert_user},
    tenant,
};

/// Makes the token of the first-run link and stores its hash, replacing an earlier one: the link printed last is the one
/// that works. `None` when a tenant exists, that is, from then on for ever.
///
/// # Errors
/// [`Fault::Store`].
pub async fn first_run_link(services: &Services) -> Result<Option<String>, Fault> {
    if tenant::store::any(&services.db).await? {
        return Ok(None);
    }
    let token = services.entropy.secret();
    store::put_first_run(&services.db, &fingerprint(&token), services.now()).await?;
    Ok(Some(token))
}

/// Whether the first-run page may be shown to the holder of this token.
///
/// # Errors
/// [`Fault::Store`].
pub async fn first_run_open(services: &Services, token: &str) -> Result<bool, Fault> {
    Ok(!tenant::store::any(&services.db).await? && store::first_run_exists(&services.db, &fingerprint(token)).await?)
}

/// Makes the first tenant and its owner, and signs the owner in. Everything happens in one transaction; of several calls at
/// once exactly one succeeds.
///
/// # Errors
/// [`Problem::Conflict`] when a tenant exists already; [`Problem::NotFound`] for a wrong token; [`Problem::Invalid`] on
/// `tenant_name`, `name`, `email`, `password` or `time_zone`.
pub async fn first_run(services: &Services, token: &str, form: FirstRun, info: &RequestInfo) -> Result<SignedIn, Fault> {
    // Asked again inside the transaction; here it keeps strangers from the hashing.
    if !first_run_open(services, token).await? {
        return Err(if tenant::store::any(&services.db).await? { already_set_up() } else { Problem::NotFound }.into());
    }
    let mut problems = form.check();
    let new_password = SecretText::from(form.password.as_str());
    if problems.iter().all(|problem| problem.field != "password") {
        let refused = password::judge(&new_password, &form.email, &[form.name.as_str(), form.tenant_name.as_str()]);
        problems.extend(refused.map(|message| FieldProblem { field: "password".into(), message }));
    }
    let time_zone = zone_or_utc(&form.time_zone);
    tenant::check_zone(&time_zone, &mut problems);
    Problem::unless_empty(problems)?;
    let hash = password::hash(services, new_password).await?;
    let owner = NewOwner { tenant_name: form.tenant_name.trim(), time_zone: &time_zone, name: form.name.trim(), email: &form.email };
    let mut tx = services.db.write().await?;
    // Deleting the row is what only one of several callers can do: the others wait for this transaction and find it gone.
    if !store::take_first_run(&mut tx, &fingerprint(token)).await? || tenant::store::any_in(&mut tx).await? {
        return Err(already_set_up().into());
    }
    let account = add_tenant_and_owner(&mut tx, services, &owner, hash).await?;
    store::note_sign_in(&mut tx, &account, services.now()).await?;
    let signed_in = open_session_by(&mut tx, services, account, info, SignInMethod::Password).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn already_set_up() -> Problem {
    Problem::Conflict { what: "This installation has been set up already; sign in instead.".into() }
}

fn zone_or_utc(time_zone: &str) -> String {
    match time_zone.trim() {
        "" => "UTC".into(),
        zone => zone.to_owned(),
    }
}

/// For the command line: an owner of the tenant with this name, which is added when it is new (then with this zone; empty
/// means UTC). The first-run link ends with it. The owner's name is the local part of the address until somebody changes it.
///
/// # Errors
/// [`Problem::Invalid`] on `tenant_name`, `email` (also when it has an account), `password` or `time_zone`.
pub async fn create_owner(
    services: &Services,
    tenant_name: &str,
    email: &str,
    password: SecretText,
    time_zone: &str,
) -> Result<(TenantId, UserId), Fault> {
    let time_zone = zone_or_utc(time_zone);
    let mut problems = Vec::new();
    check_name("tenant_name", "organisation", tenant_name, &mut problems);
    if let Err(why) = check_email_address(email) {
        problems.push(FieldProblem { field: "email".into(), message: why.to_string() });
    }
    let refused = password::judge(&password, email, &[tenant_name]);
    problems.extend(refused.map(|message| FieldProblem { field: "password".into(), message }));
    tenant::check_zone(&time_zone, &mut problems);
    Problem::unless_empty(problems)?;
    let hash = password::hash(services, password).await?;
    let name = email.trim().split('@').next().unwrap_or_default();
    let owner = NewOwner { tenant_name: tenant_name.trim(), time_zone: &time_zone, name, email };
    let mut tx = services.db.write().await?;
    store::end_first_run(&mut tx).await?;
    let account = match tenant::store::find_by_name(&mut tx, owner.tenant_name).await? {
        None => add_tenant_and_owner(&mut tx, services, &owner, hash).await?,
        Some(tenant) => add_owner(&mut tx, services, tenant, &owner, hash).await?,
    };
    tx.commit().await?;
    Ok((account.tenant, account.user))
}

/// The owner to add; checked.
struct NewOwner<'a> {
    tenant_name: &'a str,
    time_zone: &'a str,
    name: &'a str,
    email: &'a str,
}

async fn add_tenant_and_owner(tx: &mut Tx, services: &Services, owner: &NewOwner<'_>, hash: String) -> Result<Account, Fault> {
    let tenant = tenant::create(tx, services, owner.tenant_name, owner.time_zone).await?;
    let ctx = Principal::system(tenant, tenant::stored_zone(owner.time_zone)?);
    let event = Event {
        action: "tenant.created",
        subject_kind: "tenant",
        subject_id: tenant.to_string(),
        subject_name: owner.tenant_name.to_owned(),
        changes: audit::diff(&[], &[("name", owner.tenant_name.to_owned()), ("time_zone", owner.time_zone.to_owned())]),
    };
    audit::record(tx, services, &ctx, event).await?;
    write_owner(tx, services, &ctx, owner, hash).await
}

async fn add_owner(tx: &mut Tx, services: &Services, tenant: TenantId, owner: &NewOwner<'_>, hash: String) -> Result<Account, Fault> {
    let stored = tenant::store::find_in(tx, tenant).await?.ok_or(Problem::NotFound)?;
    let owner = NewOwner { time_zone: &stored.time_zone, ..*owner };
    let ctx = Principal::system(tenant, tenant::stored_zone(&stored.time_zone)?);
    write_owner(tx, services, &ctx, &owner, hash).await
}

async fn write_owner(tx: &mut Tx, services: &Services, ctx: &Ctx, owner: &NewOwner<'_>, hash: String) -> Result<Account, Fault> {
    let new = NewUser { name: owner.name, email: owner.email, role: Role::Owner, password_hash: Some(hash.clone()) };
    let user = insert_user(tx, services, ctx.tenant(), new).await?;
    let event = Event {
        action: "people.user.created",
        subject_kind: "user",
        subject_id: user.to_string(),
        subject_name: owner.name.to_owned(),
        changes: audit::diff(&[], &[("name", owner.name.to_owned()), ("email", normalise(owner.email)), ("role", Role::Owner.word().to_owned())]),
    };
    audit::record(tx, services, ctx, event).await?;
    Ok(Account {
        tenant: ctx.tenant(),
        tenant_name: owner.tenant_name.to_owned(),
        time_zone: owner.time_zone.to_owned(),
        user,
        name: owner.name.to_owned(),
        email: normalise(owner.email),
        role: Role::Owner,
        own_role: None,
        password_hash: Some(hash),
    })
}

//! From a person of the provider to an account of the tenant: found, made, given the role of their groups, or refused.

use ::store::Tx;
use model::{
    auth::{check_name, sso::SsoRefusal},
    ids::UserId,
    people::{Capability, Position, Role},
    tenant::sso::role_of,
};

use super::{Refused, SsoFault, exchange::Person};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    audit::{self, Event},
    auth::{SignedIn, sign_in::open_session, store, throttle},
    people::{self, NewUser, store as people_store},
    tenant::{self, domains, sso::store::SsoRow},
};

/// What a sign-in would mean, with the role for people.
pub(super) enum Verdict {
    /// The person has an account.
    Known(String),
    /// An account would be made.
    New(String),
}

/// The account, or that one is to be made.
enum Found {
    Account { user: UserId, position: Position, linked: bool },
    Nobody,
}

/// Signs the person in, or says on which page they land.
pub(super) async fn admit(services: &Services, sso: &SsoRow, person: &Person, info: &RequestInfo) -> Result<SignedIn, SsoFault> {
    let now = services.now();
    let system = system(services, sso).await?;
    let mut tx = services.db.write().await.map_err(Fault::from)?;
    tenant::store::lock(&mut tx, sso.tenant).await?;
    let (found, position) = match decide(&mut tx, sso, person).await? {
        Ok(decided) => decided,
        Err(refused) => {
            drop(tx);
            return Err(turned_away(services, &system, sso, person, refused, info).await?.into());
        }
    };
    let (user, linked) = match found {
        Found::Account { user, position: before, linked } => {
            give_role(&mut tx, services, &system, person, user, (before, position)).await?;
            (user, linked)
        }
        Found::Nobody => match make(&mut tx, services, &system, sso, person, position.role).await? {
            Some(user) => (user, false),
            None => {
                drop(tx);
                let refused = Refused::new(SsoRefusal::NotAdmitted, format!("{} has an account of another organisation", person.email));
                return Err(turned_away(services, &system, sso, person, refused, info).await?.into());
            }
        },
    };
    if linked {
        store::touch_identity(&mut tx, sso, &person.subject, now).await?;
    } else {
        store::insert_identity(&mut tx, sso, &person.subject, user, now).await?;
    }
    throttle::succeeded(&mut tx, &throttle::keys_of_sso(&info.remote_address), now).await?;
    let Some(account) = store::enter_account(&mut tx, sso.tenant, user, now).await? else {
        return Err(Refused::new(SsoRefusal::NotAdmitted, "shut out").into());
    };
    let signed_in = open_session(&mut tx, services, account, info).await?;
    let ctx = signed_in.principal.clone().authorise(Capability::AccountOwn).map_err(Fault::from)?;
    audit::record(&mut tx, services, &ctx, about("auth.sso.signed_in", sso, person, "")).await?;
    tx.commit().await.map_err(Fault::from)?;
    Ok(signed_in)
}

/// What [`admit`] would do, without doing it.
pub(super) async fn foresee(services: &Services, sso: &SsoRow, person: &Person) -> Result<Result<Verdict, Refused>, SsoFault> {
    let mut tx = services.db.write().await.map_err(Fault::from)?;
    Ok(decide(&mut tx, sso, person).await?.map(|(found, position)| match found {
        Found::Account { .. } => Verdict::Known(position.label().to_owned()),
        Found::Nobody => Verdict::New(position.label().to_owned()),
    }))
}

/// Who it is here and as what, or why they stay outside. Nothing of another tenant is looked at.
async fn decide(tx: &mut Tx, sso: &SsoRow, person: &Person) -> Result<Result<(Found, Position), Refused>, Fault> {
    let refuse = |why, detail: String| Ok(Err(Refused::new(why, detail)));
    let found = match store::identity(tx, sso, &person.subject).await? {
        Some((user, position, true)) => Found::Account { user, position, linked: true },
        Some((_, _, false)) => return refuse(SsoRefusal::NotAdmitted, format!("the account of {} is shut out", person.email)),
        None => match store::by_email(tx, sso, &person.email).await? {
            None => Found::Nobody,
            Some(known) if !known.active => return refuse(SsoRefusal::NotAdmitted, format!("the account of {} is shut out", person.email)),
            // An address that was given to somebody new must not open the account of whoever had it before.
            Some(known) if known.linked_elsewhere => {
                return refuse(SsoRefusal::NotAdmitted, format!("the account of {} belongs to another person at the provider", person.email));
            }
            Some(known) => Found::Account { user: known.user, position: known.position, linked: false },
        },
    };
    let by_groups = !sso.group_claim.is_empty();
    let mapped = role_of(&sso.groups, sso.default_role, &person.groups).filter(|_| by_groups);
    let position = match &found {
        _ if by_groups => mapped.map(Position::from),
        // Without a group claim roles are given by hand.
        Found::Account { position, .. } => Some(position.clone()),
        Found::Nobody => sso.default_role.map(Position::from),
    };
    let Some(position) = position else {
        return refuse(SsoRefusal::Group, format!("{} is in none of the listed groups", person.email));
    };
    if let Found::Nobody = found {
        if !sso.makes_users {
            return refuse(SsoRefusal::NotAdmitted, format!("{} has no account here, and none is made at the first sign-in", person.email));
        }
        match domains::admits_in(tx, sso.tenant, &person.email).await {
            Ok(()) => {}
            Err(Fault::Refused(_)) => return refuse(SsoRefusal::Domain, format!("{} is outside the allowed email domains", person.email)),
            Err(defect) => return Err(defect),
        }
    }
    Ok(Ok((found, position)))
}

/// The role of the groups, at every sign-in anew, in the place of one that was given by hand; the last owner stays one.
async fn give_role(
    tx: &mut Tx,
    services: &Services,
    system: &Ctx,
    person: &Person,
    user: UserId,
    (before, after): (Position, Position),
) -> Result<(), Fault> {
    let last_owner = before.is_owner() && people_store::other_active_owners(tx, system.tenant(), user).await? == 0;
    if before == after || last_owner {
        return Ok(());
    }
    store::set_role(tx, system.tenant(), user, after.role, services.now()).await?;
    let event = Event {
        action: "people.user.updated",
        subject_kind: "user",
        subject_id: user.to_string(),
        subject_name: person.email.clone(),
        changes: audit::diff(&[("role", word(&before))], &[("role", word(&after))]),
    };
    audit::record(tx, services, system, event).await
}

fn word(position: &Position) -> String {
    position.own.as_ref().map_or_else(|| position.role.word().to_owned(), |own| own.name.clone())
}

/// A new account without a password; `None` when the address has one in another tenant.
async fn make(tx: &mut Tx, services: &Services, system: &Ctx, sso: &SsoRow, person: &Person, role: Role) -> Result<Option<UserId>, Fault> {
    if store::is_taken(tx, &person.email).await? {
        return Ok(None);
    }
    let name = name_of(person);
    let user = NewUser { name: &name, email: &person.email, role, password_hash: None };
    let id = people::insert_user(tx, services, sso.tenant, user).await?;
    let event = Event {
        action: "people.user.created",
        subject_kind: "user",
        subject_id: id.to_string(),
        subject_name: name.clone(),
        changes: audit::diff(&[], &[("name", name), ("email", person.email.clone()), ("role", role.word().to_owned()), ("by", sso.issuer.clone())]),
    };
    audit::record(tx, services, system, event).await?;
    Ok(Some(id))
}

/// The name, when it is one that a person may have here; else the address.
fn name_of(person: &Person) -> String {
    let name: String = person.name.chars().filter(|sign| !sign.is_control()).take(120).collect();
    let mut problems = Vec::new();
    check_name("name", "person", &name, &mut problems);
    if problems.is_empty() { name.trim().to_owned() } else { person.email.chars().take(120).collect() }
}

/// Writes down who was turned away and why, for the tenant's owners.
async fn turned_away(
    services: &Services,
    system: &Ctx,
    sso: &SsoRow,
    person: &Person,
    refused: Refused,
    info: &RequestInfo,
) -> Result<Refused, SsoFault> {
    tracing::info!(request = %info.request_id, tenant = %sso.tenant, why = refused.why.word(), "single sign-on refused");
    let mut tx = services.db.write().await.map_err(Fault::from)?;
    audit::record(&mut tx, services, system, about("auth.sso.refused", sso, person, &refused.detail)).await?;
    tx.commit().await.map_err(Fault::from)?;
    Ok(refused)
}

async fn system(services: &Services, sso: &SsoRow) -> Result<Ctx, Fault> {
    let tenant = tenant::store::find(&services.db, sso.tenant).await?.ok_or(model::Problem::NotFound)?;
    Ok(Principal::system(sso.tenant, tenant::stored_zone(&tenant.time_zone)?))
}

fn about(action: &'static str, sso: &SsoRow, person: &Person, why: &str) -> Event {
    let mut told = vec![("issuer", sso.issuer.clone()), ("subject", person.subject.clone())];
    if !why.is_empty() {
        told.push(("why", why.to_owned()));
    }
    Event {
        action,
        subject_kind: "identity",
        subject_id: person.subject.clone(),
        subject_name: person.email.clone(),
        changes: audit::diff(&[], &told),
    }
}

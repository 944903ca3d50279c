//! The accounts, for the command line.

use ::store::SecretText;
use model::{
    FieldProblem, Problem,
    access::Access,
    auth::check_password,
    email::address::{check_email_address, normalise},
    operator::Operator,
};

use super::store;
use crate::{Fault, Services, auth, clock::Zone};

/// Adds an operator.
///
/// # Errors
/// [`Problem::Invalid`] on `email` (also when there is one with this address) or `password`.
pub async fn create(services: &Services, email: &str, access: Access, password: SecretText) -> Result<(), Fault> {
    let mut problems = Vec::new();
    if let Err(why) = check_email_address(email) {
        problems.push(FieldProblem { field: "email".into(), message: why.to_string() });
    }
    let refused = check_password(password.expose(), email);
    problems.extend(refused.map(|message| FieldProblem { field: "password".into(), message }));
    Problem::unless_empty(problems)?;
    let hash = auth::hash_password(services, password).await?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    store::insert(&mut tx, services.entropy.uuid(now), &normalise(email), access, &hash, now).await?;
    tx.commit().await?;
    tracing::info!(operator = %normalise(email), %access, "an operator was added");
    Ok(())
}

/// Every operator, by address.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list(services: &Services) -> Result<Vec<Operator>, Fault> {
    let zone = Zone::utc();
    let rows = store::all(&services.db).await?;
    let shown = rows.into_iter().map(|row| Operator {
        email: row.email,
        access: row.access,
        active: row.active,
        last_seen: zone.stamp_opt(row.last_seen_micros),
    });
    Ok(shown.collect())
}

/// Sets the most an operator may ask for. What they are visiting follows at the next request.
///
/// # Errors
/// [`Problem::Invalid`] on `email` when there is no such operator.
pub async fn set_access(services: &Services, email: &str, access: Access) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    if !store::set_access(&mut tx, &normalise(email), access, services.now()).await? {
        return Err(nobody());
    }
    tx.commit().await?;
    Ok(())
}

/// Lets an operator sign in, or shuts them out: their sessions end, and so do their visits.
///
/// # Errors
/// [`Problem::Invalid`] on `email` when there is no such operator.
pub async fn set_active(services: &Services, email: &str, active: bool) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let now = services.now();
    let Some(id) = store::set_active(&mut tx, &normalise(email), active, now).await? else { return Err(nobody()) };
    if !active {
        store::end_sessions_of(&mut tx, id, now).await?;
    }
    tx.commit().await?;
    if !active {
        crate::access::settle(services).await?;
    }
    Ok(())
}

fn nobody() -> Fault {
    Problem::field("email", "There is no operator with this address.").into()
}

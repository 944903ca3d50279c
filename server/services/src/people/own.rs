//! What everybody changes on their own account.

use model::{Problem, auth::check_name};

use super::store::{self, UserRow};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
};

/// Changes the caller's own name. For holders of `account.own`.
///
/// # Errors
/// [`Problem::Invalid`] on `name`; [`Problem::NotFound`] for background work, which is nobody.
pub async fn rename_self(services: &Services, ctx: &Ctx, name: &str) -> Result<(), Fault> {
    let mut problems = Vec::new();
    check_name("name", "person", name, &mut problems);
    Problem::unless_empty(problems)?;
    let id = ctx.user().ok_or(Problem::NotFound)?;
    let mut tx = services.db.write().await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let changes = audit::diff(&[("name", before.name.clone())], &[("name", name.trim().to_owned())]);
    if changes.is_empty() {
        return Ok(());
    }
    let after = UserRow { name: name.trim().to_owned(), ..before };
    store::update(&mut tx, ctx.tenant(), &after, services.now()).await?;
    let event = Event { action: "people.user.updated", subject_kind: "user", subject_id: id.to_string(), subject_name: after.name, changes };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

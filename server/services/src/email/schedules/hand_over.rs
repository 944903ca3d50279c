//! What becomes of the schedules of somebody who goes.

use ::store::{Args, Db, Tx, args, sql};
use model::ids::{TenantId, UserId};

use crate::{Fault, cursor};

/// Somebody as schedules remember them.
pub(crate) struct Maker<'a> {
    pub user: UserId,
    pub name: &'a str,
    /// Sign-in address, as stored.
    pub email: &'a str,
}

impl Maker<'_> {
    /// As [`Ctx::actor`](crate::Ctx::actor) has a person.
    fn words(&self) -> String {
        format!("{} <{}>", self.name, self.email)
    }

    /// What finds their schedules, as the first arguments of a statement: under the present address, made in the console or with a token of
    /// theirs, whatever they were called then; and by the audit log, for what they made under another address.
    fn found_by(&self, tenant: TenantId) -> Args {
        let email = cursor::escape(self.email);
        args![tenant.uuid(), format!("%<{email}>"), format!("token % of {email}"), self.user.uuid()]
    }
}

/// How many schedules somebody made, or took over.
///
/// # Errors
/// [`Fault::Store`].
pub(crate) async fn count_made_by(db: &Db, tenant: TenantId, maker: &Maker<'_>) -> Result<i64, Fault> {
    let count = sql!(
        "SELECT count(*) AS schedules FROM email_schedule
         WHERE tenant_id = $1 AND (created_by LIKE $2 ESCAPE '!' OR created_by LIKE $3 ESCAPE '!' OR id IN
             (SELECT subject_id FROM audit_entry WHERE tenant_id = $1 AND action = 'email.schedule.created' AND actor_user_id = $4))"
    );
    Ok(db.read_one(count, maker.found_by(tenant)).await?.int("schedules")?)
}

/// Puts the heir's name on the schedules of somebody who is being deleted, and they go on. Without an heir those that run are paused, with a note
/// that says why; the rest stay as they are. How many schedules that were.
///
/// # Errors
/// [`Fault::Store`].
pub(crate) async fn leave(tx: &mut Tx, tenant: TenantId, maker: &Maker<'_>, heir: Option<&Maker<'_>>, now: i64) -> Result<u64, Fault> {
    if heir.is_none() {
        let pause = sql!(
            "UPDATE email_schedule SET status = 'paused', status_note = $5, version = version + 1, updated_micros = $6
             WHERE tenant_id = $1 AND status = 'active' AND (created_by LIKE $2 ESCAPE '!' OR created_by LIKE $3 ESCAPE '!' OR id IN
                 (SELECT subject_id FROM audit_entry WHERE tenant_id = $1 AND action = 'email.schedule.created' AND actor_user_id = $4))"
        );
        let mut args = maker.found_by(tenant);
        args.push(format!("{}, who made it, was deleted. Resume it if it is to go on.", maker.name));
        args.push(now);
        tx.execute(pause, args).await?;
    }
    // Somebody else may get the address one day: without an heir it stands apart from theirs.
    let owner = heir.map_or_else(|| format!("{}, deleted", maker.words()), Maker::words);
    let hand_over = sql!(
        "UPDATE email_schedule SET created_by = $5, version = version + 1, updated_micros = $6
         WHERE tenant_id = $1 AND (created_by LIKE $2 ESCAPE '!' OR created_by LIKE $3 ESCAPE '!' OR id IN
             (SELECT subject_id FROM audit_entry WHERE tenant_id = $1 AND action = 'email.schedule.created' AND actor_user_id = $4))"
    );
    let mut args = maker.found_by(tenant);
    args.push(owner);
    args.push(now);
    let left = tx.execute(hand_over, args).await?;
    if left > 0 {
        super::changed(tx, tenant);
    }
    Ok(left)
}

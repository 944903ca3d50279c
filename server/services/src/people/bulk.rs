//! One change to many people at once.

use ::store::Tx;
use model::{
    Problem,
    ids::{TeamId, UserId},
    people::{BULK_MOST, BulkOutcome, Licence, RefusedPerson, TeamName},
};

use super::{
    licences, rules,
    store::{self, UserRow},
    teams, users,
};
use crate::{Ctx, Fault, Services, tenant};

/// What is done to each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkChange {
    /// Shut out.
    Deactivate,
    /// Let in again.
    Reactivate,
    /// Put into a team.
    Join(TeamId),
    /// Given a licence.
    Give(Licence),
    /// A licence taken away.
    Take(Licence),
}

impl BulkChange {
    /// Reads what a form posts: the word of the change, and the team or licence that it needs.
    ///
    /// # Errors
    /// [`Problem::Invalid`] on `verb`, `team` or `licence`; [`Problem::NotFound`] for what is no id of a team.
    pub fn read(verb: &str, team: &str, licence: &str) -> Result<Self, Problem> {
        let licence = || Licence::read(licence).ok_or_else(|| Problem::field("licence", "Choose a licence."));
        match verb {
            "deactivate" => Ok(Self::Deactivate),
            "reactivate" => Ok(Self::Reactivate),
            "join" if team.is_empty() => Err(Problem::field("team", "Choose a team.")),
            "join" => Ok(Self::Join(team.parse().map_err(|_| Problem::NotFound)?)),
            "give" => licence().map(Self::Give),
            "take" => licence().map(Self::Take),
            _ => Err(Problem::field("verb", "Choose what to do.")),
        }
    }
}

/// Does one thing to many people, in one transaction. Whom it cannot be done to is told with the reason and left as they are; the others are
/// changed. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] when one of them, or the team, is nobody's: then nobody is changed. [`Problem::Invalid`] on `ids` when nobody was chosen or
/// more than 200.
pub async fn bulk(services: &Services, ctx: &Ctx, ids: &[UserId], change: BulkChange) -> Result<BulkOutcome, Fault> {
    if ids.is_empty() {
        return Err(Problem::field("ids", "Tick at least one person.").into());
    }
    if ids.len() > BULK_MOST {
        return Err(Problem::field("ids", format!("At most {BULK_MOST} people can be changed at once.")).into());
    }
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let team = match change {
        BulkChange::Join(id) => {
            let team = teams::store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
            Some(TeamName { id, name: team.name })
        }
        _ => None,
    };
    let mut people = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        if !ids.iter().take(index).any(|known| known == id) {
            people.push(store::find_in(&mut tx, ctx.tenant(), *id).await?.ok_or(Problem::NotFound)?);
        }
    }
    let mut outcome = BulkOutcome::default();
    for person in people {
        let (id, name) = (person.id, person.name.clone());
        match one(&mut tx, services, ctx, person, change, team.as_ref()).await {
            Ok(true) => outcome.changed.push(id),
            Ok(false) => outcome.unchanged += 1,
            Err(Fault::Refused(problem)) => outcome.refused.push(RefusedPerson { name, why: problem.message() }),
            Err(defect) => return Err(defect),
        }
    }
    if !outcome.changed.is_empty() {
        tx.commit().await?;
    }
    Ok(outcome)
}

async fn one(tx: &mut Tx, services: &Services, ctx: &Ctx, person: UserRow, change: BulkChange, team: Option<&TeamName>) -> Result<bool, Fault> {
    match (change, team) {
        (BulkChange::Deactivate, _) => users::set_active_in(tx, services, ctx, person, false).await,
        (BulkChange::Reactivate, _) => users::set_active_in(tx, services, ctx, person, true).await,
        (BulkChange::Join(_), Some(team)) => {
            rules::may_change(ctx, &person)?;
            teams::join_in(tx, services, ctx, &person, team).await
        }
        (BulkChange::Join(_), None) => Err(Problem::NotFound.into()),
        (BulkChange::Give(licence) | BulkChange::Take(licence), _) => {
            rules::may_change(ctx, &person)?;
            let wanted = person.licences.with(licence, matches!(change, BulkChange::Give(_)));
            licences::assign_in(tx, services, ctx, &person, wanted).await
        }
    }
}

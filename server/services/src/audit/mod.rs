//! The audit log: every change and every reading of something secret, with who, what, from where, before and after.
//!
//! An entry is written in the transaction of what it tells about, so that neither exists without the other. Entries are
//! never updated; each is linked to the one before (see `chain`), which [`verify`] walks.

mod chain;
mod chain_store;
mod export;
mod list;
mod store;
mod tend;
mod verify;

#[cfg(test)]
mod tests;

pub use export::{export_csv, export_json};
pub use list::list;
pub use model::audit::Change;
pub use tend::{adopt, sweep};
pub use verify::{Finding, Verified, verify, verify_own};

use ::store::Tx;
use chain::Link;
use model::ids::AuditId;

use crate::{Ctx, Fault, Services};

/// Stands wherever a secret's value would.
pub const REDACTED: &str = "•••";

/// Longest stored value of a field, in characters: an audit row must not grow with what it tells about.
const MAX_VALUE_CHARS: usize = 2000;

/// What happened to which thing.
#[derive(Clone, Debug)]
pub struct Event {
    /// `room.thing.verb` in the past tense, such as `email.asset.created`.
    pub action: &'static str,
    /// Kind of the thing, such as `asset`.
    pub subject_kind: &'static str,
    /// Its id as text.
    pub subject_id: String,
    /// Its name at this moment.
    pub subject_name: String,
    /// Field by field; see [`diff`] and [`secret`].
    pub changes: Vec<Change>,
}

/// Writes an entry in the transaction of the change it tells about. The actor, the address and the request come from the
/// `Ctx`.
///
/// Call it last: it locks the end of the tenant's chain until the commit, so the tenant's other audited changes wait from here on, and a
/// transaction that took another lock afterwards could wait for one that waits for it. Several entries in one transaction are fine.
///
/// # Errors
/// [`Fault::Store`] when the row cannot be written; the transaction must then be dropped.
pub async fn record(tx: &mut Tx, services: &Services, ctx: &Ctx, event: Event) -> Result<(), Fault> {
    let now = services.now();
    let id = AuditId::new(services.entropy.uuid(now));
    let changes: Vec<Change> = event.changes.into_iter().map(bounded).collect();
    let link = Link {
        id: id.to_string(),
        tenant: ctx.tenant().to_string(),
        at_micros: now,
        actor: ctx.actor(),
        actor_user: ctx.user().map(|user| user.to_string()),
        remote_address: ctx.info().remote_address.clone(),
        request_id: ctx.info().request_id.clone(),
        action: event.action.to_owned(),
        subject_kind: event.subject_kind.to_owned(),
        subject_id: event.subject_id,
        subject_name: event.subject_name,
        changes: serde_json::to_string(&changes).map_err(|_| Fault::Stored { place: "audit_entry.changes" })?,
    };
    let mut held = chain::take(tx, services, ctx.tenant()).await?;
    let (seq, hash) = chain::next(&mut held.ends, &link);
    store::insert(tx, &link, seq, &hash).await?;
    chain::put(tx, services, ctx.tenant(), &held).await
}

/// Compares two lists of (field, value) pairs and gives a [`Change`] for every field that differs: in the order of `after`,
/// then the fields that are only in `before`. An empty `before` tells of a creation, an empty `after` of a deletion. A
/// secret's value must never stand in either list: see [`secret`].
pub fn diff(before: &[(&str, String)], after: &[(&str, String)]) -> Vec<Change> {
    let find = |list: &[(&str, String)], field: &str| list.iter().find(|(name, _)| *name == field).map(|(_, value)| value.clone());
    let gone = before.iter().filter(|(field, _)| !after.iter().any(|(name, _)| name == field));
    after
        .iter()
        .chain(gone)
        .map(|(field, _)| Change { field: (*field).to_owned(), before: find(before, field), after: find(after, field) })
        .filter(|change| change.before != change.after)
        .collect()
}

/// The change of a secret field: that there was one before and that there is one now, never what it is.
pub fn secret(field: &str, before: bool, after: bool) -> Change {
    let shown = |there: bool| there.then(|| REDACTED.to_owned());
    Change { field: field.to_owned(), before: shown(before), after: shown(after) }
}

fn bounded(change: Change) -> Change {
    let cut = |value: Option<String>| {
        value.map(|text| match text.char_indices().nth(MAX_VALUE_CHARS) {
            Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
            None => text,
        })
    };
    Change { field: change.field, before: cut(change.before), after: cut(change.after) }
}

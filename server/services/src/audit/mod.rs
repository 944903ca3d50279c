//! The audit log: every change and every reading of something secret, with who, what, from where, before and after.
//!
//! An entry is written in the transaction of what it tells about, so that neither exists without the other. Entries are
//! never updated.

mod export;
mod list;
mod store;

#[cfg(test)]
mod tests;

pub use export::export_csv;
pub use list::list;
pub use model::audit::Change;

use ::store::Tx;
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
/// # Errors
/// [`Fault::Store`] when the row cannot be written; the transaction must then be dropped.
pub async fn record(tx: &mut Tx, services: &Services, ctx: &Ctx, event: Event) -> Result<(), Fault> {
    let now = services.now();
    let id = AuditId::new(services.entropy.uuid(now));
    let changes: Vec<Change> = event.changes.into_iter().map(bounded).collect();
    store::insert(
        tx,
        ctx,
        &store::NewEntry {
            id,
            at_micros: now,
            action: event.action,
            subject_kind: event.subject_kind,
            subject_id: &event.subject_id,
            subject_name: &event.subject_name,
            changes: &changes,
        },
    )
    .await
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

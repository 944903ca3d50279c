//! The chain: each entry of a tenant carries a hash over itself, its number and the hash of the one before, so that nothing can be changed,
//! removed, put in or moved without the next hash telling. The end of the chain stands in a row of its own, sealed with the installation's
//! key, so that whoever has only the database can neither cut off its tail nor write it anew: an end without the seal is never sealed again.
//! What nothing inside a database can show is that all of it was put back to an earlier moment; exports, which carry number and hash of each
//! entry, tell that.

use ::store::Tx;
use model::ids::TenantId;
use sha2::{Digest, Sha256};

use super::chain_store::{self as store, Ends, Sealed};
use crate::{Fault, Services};

/// Hash before the first entry.
pub(super) const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Names the form of what is hashed; another form gets another name.
const FORM: &str = "switchboard audit entry 1";

/// An entry as it is hashed: every column, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub id: String,
    pub tenant: String,
    pub at_micros: i64,
    pub actor: String,
    pub actor_user: Option<String>,
    pub remote_address: String,
    pub request_id: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub subject_name: String,
    /// JSON.
    pub changes: String,
}

/// SHA-256 as hexadecimal text over (form, hash before, number, every column). Each part is preceded by its length, so that nothing can move
/// from one column into the next; a missing user differs from an empty one.
pub(super) fn hash(before: &str, seq: i64, link: &Link) -> String {
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(bytes);
    };
    part(FORM.as_bytes());
    part(before.as_bytes());
    part(&seq.to_be_bytes());
    part(&link.at_micros.to_be_bytes());
    part(link.actor_user.as_deref().map_or(&b""[..], |_| &b"user"[..]));
    let texts = [
        &link.id,
        &link.tenant,
        &link.actor,
        link.actor_user.as_ref().unwrap_or(&String::new()),
        &link.remote_address,
        &link.request_id,
        &link.action,
        &link.subject_kind,
        &link.subject_id,
        &link.subject_name,
        &link.changes,
    ]
    .map(|text| stored(text));
    for text in &texts {
        part(text.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as the database gives it back: it has no place for NUL.
fn stored(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A tenant's chain, held until the commit.
pub(super) struct Held {
    pub ends: Ends,
    /// The ends carry this installation's seal. Where they do not, other hands were at them: entries are still written, so that nobody stops an
    /// organisation's work that way, but what was changed is never sealed, and [`super::verify`] goes on telling.
    pub trusted: bool,
}

/// Takes the chain's row of this tenant until the commit; it is made when there is none. Two transactions of one tenant wait for each other
/// from here on, so this is the last lock that a use case takes: who holds it waits for nobody.
pub(super) async fn take(tx: &mut Tx, services: &Services, tenant: TenantId) -> Result<Held, Fault> {
    if let Some(found) = store::lock(tx, tenant).await? {
        return Ok(held(services, tenant, found));
    }
    let mut ends = Ends { last_seq: 0, last_hash: ORIGIN.into(), removed_seq: 0, removed_hash: ORIGIN.into(), created_micros: services.now() };
    let seal = match store::last_linked(tx, tenant).await? {
        None => seal(services, tenant, &ends)?,
        // A chain with entries has an end, so this one was taken away: the entries go on behind the last one, without a seal.
        Some((seq, hash)) => {
            (ends.last_seq, ends.last_hash) = (seq, hash);
            Vec::new()
        }
    };
    // Another process may have been faster: then this changes nothing, and the row is there.
    store::create(tx, tenant, &ends, seal).await?;
    let found = store::lock(tx, tenant).await?.ok_or(Fault::Stored { place: "audit_chain" })?;
    Ok(held(services, tenant, found))
}

fn held(services: &Services, tenant: TenantId, found: Sealed) -> Held {
    let trusted = is_sealed(services, tenant, &found.ends, &found.seal);
    if !trusted {
        tracing::error!(%tenant, "the end of the audit log's chain was changed by other hands: see `switchboard audit verify`");
    }
    Held { ends: found.ends, trusted }
}

/// Writes the ends back; sealed, unless other hands were at them.
pub(super) async fn put(tx: &mut Tx, services: &Services, tenant: TenantId, held: &Held) -> Result<(), Fault> {
    let seal = if held.trusted { Some(seal(services, tenant, &held.ends)?) } else { None };
    store::put(tx, tenant, &held.ends, seal).await
}

/// Number and hash of the next entry; moves the end.
pub(super) fn next(ends: &mut Ends, link: &Link) -> (i64, String) {
    ends.last_seq += 1;
    ends.last_hash = hash(&ends.last_hash, ends.last_seq, link);
    (ends.last_seq, ends.last_hash.clone())
}

fn seal(services: &Services, tenant: TenantId, ends: &Ends) -> Result<Vec<u8>, Fault> {
    Ok(services.secrets.seal(sealed_text(ends).as_bytes(), &place(tenant), services.entropy.bytes())?)
}

/// Whether this installation sealed these ends.
pub(super) fn is_sealed(services: &Services, tenant: TenantId, ends: &Ends, sealed: &[u8]) -> bool {
    services.secrets.unseal(sealed, &place(tenant)).is_ok_and(|plain| plain.expose() == sealed_text(ends).as_bytes())
}

fn sealed_text(ends: &Ends) -> String {
    format!("{} {} {} {}", ends.last_seq, ends.last_hash, ends.removed_seq, ends.removed_hash)
}

fn place(tenant: TenantId) -> String {
    format!("audit_chain/seal/{tenant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            id: "0190".into(),
            tenant: "t".into(),
            at_micros: 1_740_830_400_000_000,
            actor: "Ann <ann@acme.example>".into(),
            actor_user: Some("u".into()),
            remote_address: "192.0.2.1".into(),
            request_id: "r".into(),
            action: "tenant.updated".into(),
            subject_kind: "tenant".into(),
            subject_id: "t".into(),
            subject_name: "Acme".into(),
            changes: "[]".into(),
        }
    }

    #[test]
    fn every_part_of_an_entry_and_its_place_count() {
        let known = hash(ORIGIN, 1, &link());
        assert_eq!(known.len(), 64);
        assert_eq!(known, hash(ORIGIN, 1, &link()), "the same twice");
        assert_ne!(known, hash(ORIGIN, 2, &link()), "the number counts");
        assert_ne!(known, hash(&known, 1, &link()), "the hash before counts");
        let check = |what: &str, change: fn(&mut Link)| {
            let mut changed = link();
            change(&mut changed);
            assert_ne!(known, hash(ORIGIN, 1, &changed), "{what}");
        };
        check("id", |link| link.id.push('x'));
        check("tenant", |link| link.tenant.push('x'));
        check("at", |link| link.at_micros += 1);
        check("actor", |link| link.actor.push('x'));
        check("user", |link| link.actor_user = Some("v".into()));
        check("no user", |link| link.actor_user = None);
        check("empty user", |link| link.actor_user = Some(String::new()));
        check("address", |link| link.remote_address.push('x'));
        check("request", |link| link.request_id.clear());
        check("action", |link| link.action.push('x'));
        check("kind", |link| link.subject_kind.push('x'));
        check("subject", |link| link.subject_id.push('x'));
        check("name", |link| link.subject_name.push('x'));
        check("changes", |link| link.changes = "[ ]".into());
    }

    #[test]
    fn nothing_moves_from_one_column_into_the_next() {
        let (mut one, mut other) = (link(), link());
        (one.subject_kind, one.subject_id) = ("ab".into(), "c".into());
        (other.subject_kind, other.subject_id) = ("a".into(), "bc".into());
        assert_ne!(hash(ORIGIN, 1, &one), hash(ORIGIN, 1, &other));
        (one.actor_user, other.actor_user) = (None, Some(String::new()));
        other.subject_kind = one.subject_kind.clone();
        other.subject_id = one.subject_id.clone();
        assert_ne!(hash(ORIGIN, 1, &one), hash(ORIGIN, 1, &other));
    }

    #[test]
    fn what_the_database_cannot_hold_is_hashed_as_it_comes_back() {
        let (mut written, mut read) = (link(), link());
        written.subject_name = "a\0b".into();
        read.subject_name = "a\u{fffd}b".into();
        assert_eq!(hash(ORIGIN, 1, &written), hash(ORIGIN, 1, &read));
    }
}

//! Walking a chain from its beginning to its end.

use std::fmt;

use model::{Problem, audit::ChainVerdict, ids::TenantId};

use super::{
    chain,
    chain_store::{self as store, Linked, Sealed},
};
use crate::{Ctx, Fault, Services, clock::Zone, tenant};

/// Entries read at a time.
const CHUNK: i64 = 500;
/// How often a walk begins again because old entries were let go under its feet.
const WALKS: u32 = 3;
/// Entries that the console walks: a few seconds of reading. The command line walks any number.
const MOST_FOR_A_PAGE: i64 = 200_000;

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Every entry is what it was, where it was.
    Intact {
        /// How many entries are kept.
        entries: i64,
        /// How many older ones were let go by the retention setting.
        expired: i64,
        /// How many were written by a previous release and are not linked yet.
        waiting: i64,
    },
    /// A sentence that names the first entry at which the chain does not hold.
    Broken(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(sentence) => f.write_str(sentence),
            Self::Intact { entries, expired, waiting } => {
                write!(f, "intact, {entries} {}", if *entries == 1 { "entry" } else { "entries" })?;
                if *expired > 0 {
                    write!(f, ", {expired} older ones let go by the retention setting")?;
                }
                if *waiting > 0 {
                    write!(f, ", {waiting} of a release before wait to be linked by the running service")?;
                }
                Ok(())
            }
        }
    }
}

/// A tenant's name with what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Name of the tenant.
    pub tenant: String,
    /// What was found.
    pub finding: Finding,
}

/// Walks the chains of every tenant, or of those with this name, the oldest first.
///
/// # Errors
/// [`model::Problem::Invalid`] on `tenant` when there is none of this name; [`Fault::Store`].
pub async fn verify(services: &Services, tenant_name: Option<&str>) -> Result<Vec<Verified>, Fault> {
    let tenants = tenant::named(services, tenant_name).await?;
    let mut all = Vec::with_capacity(tenants.len());
    for (id, name) in tenants {
        let zone = tenant::zone_of(services, id).await?;
        all.push(Verified { tenant: name, finding: walk(services, id, &zone).await? });
    }
    Ok(all)
}

/// Walks the caller's own chain, for the console. For holders of `audit.read`.
///
/// # Errors
/// [`Problem::Conflict`] when the log is longer than a page can wait for; [`Fault::Store`].
pub async fn verify_own(services: &Services, ctx: &Ctx) -> Result<ChainVerdict, Fault> {
    let tenant = ctx.tenant();
    // Ends without the seal are told of before anything is walked, whatever length they claim.
    if let Some(found) = store::find(&services.db, tenant).await?
        && found.ends.last_seq.saturating_sub(found.ends.removed_seq) > MOST_FOR_A_PAGE
        && chain::is_sealed(services, tenant, &found.ends, &found.seal)
    {
        let what = "The log is too long to be verified while you wait. Whoever runs the server verifies it with `switchboard audit verify`.";
        return Err(Problem::Conflict { what: what.into() }.into());
    }
    let found = walk(services, tenant, ctx.zone()).await?;
    Ok(match found {
        Finding::Intact { .. } => ChainVerdict { holds: true, sentence: format!("The log is {found}.") },
        Finding::Broken(sentence) => ChainVerdict { holds: false, sentence },
    })
}

async fn walk(services: &Services, tenant: TenantId, zone: &Zone) -> Result<Finding, Fault> {
    let mut walked = 0;
    loop {
        walked += 1;
        let Some(begun) = store::find(&services.db, tenant).await? else { return without_chain(services, tenant).await };
        let finding = walk_once(services, tenant, zone, &begun).await?;
        if matches!(finding, Finding::Intact { .. }) || walked >= WALKS {
            return Ok(finding);
        }
        let now = store::find(&services.db, tenant).await?;
        if now.is_some_and(|now| now.ends.removed_seq == begun.ends.removed_seq && now.adopted == begun.adopted) {
            return Ok(finding);
        }
    }
}

/// A tenant writes its first entry with its chain, so entries without one wait for the first start of this release, or it was removed.
async fn without_chain(services: &Services, tenant: TenantId) -> Result<Finding, Fault> {
    let (waiting, _) = store::count_unlinked(&services.db, tenant).await?;
    match store::between(&services.db, tenant, 0, i64::MAX, 1).await?.first() {
        Some(first) => Ok(Finding::Broken(format!("The end of the chain is missing, though entry {} stands in it.", first.link.id))),
        None => Ok(Finding::Intact { entries: 0, expired: 0, waiting }),
    }
}

async fn walk_once(services: &Services, tenant: TenantId, zone: &Zone, begun: &Sealed) -> Result<Finding, Fault> {
    let broken = |sentence: String| Ok(Finding::Broken(sentence));
    let ends = &begun.ends;
    if !chain::is_sealed(services, tenant, ends, &begun.seal) {
        return broken("The end of the chain was changed: it is not what this installation sealed with its key.".into());
    }
    let (mut seq, mut hash) = (ends.removed_seq, ends.removed_hash.clone());
    while seq < ends.last_seq {
        let entries = store::between(&services.db, tenant, seq, ends.last_seq, CHUNK).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            if entry.seq <= seq {
                return broken(format!("Put in by other hands: {} has a number that another entry has.", named(&entry, zone)));
            }
            if entry.seq != seq + 1 {
                return broken(format!("{} missing before {}.", missing(seq + 1, entry.seq - 1), named(&entry, zone)));
            }
            if chain::hash(&hash, entry.seq, &entry.link) != entry.hash {
                return broken(format!("Changed, exchanged or moved: {} is not what was written there.", named(&entry, zone)));
            }
            (seq, hash) = (entry.seq, entry.hash);
        }
    }
    if seq < ends.last_seq {
        return broken(format!("{} missing at the end of the log.", missing(seq + 1, ends.last_seq)));
    }
    if hash != ends.last_hash {
        return broken(format!("The log does not end as it did: entry number {seq} was exchanged with everything before it."));
    }
    unlinked(services, tenant, begun).await
}

/// What stands beside the chain.
async fn unlinked(services: &Services, tenant: TenantId, begun: &Sealed) -> Result<Finding, Fault> {
    let (waiting, id) = store::count_unlinked(&services.db, tenant).await?;
    if waiting > 0 && begun.adopted {
        return Ok(Finding::Broken(format!("Entry {id} is not part of the chain: it was put in by other hands.")));
    }
    if let Some(beyond) = store::between(&services.db, tenant, begun.ends.last_seq, i64::MAX, 1).await?.first() {
        let now = store::find(&services.db, tenant).await?;
        if now.is_none_or(|now| now.ends.last_seq < beyond.seq) {
            return Ok(Finding::Broken(format!(
                "Entry {} (number {}) stands behind the end of the chain: it was put in by other hands.",
                beyond.link.id, beyond.seq
            )));
        }
    }
    let ends = &begun.ends;
    Ok(Finding::Intact { entries: ends.last_seq - ends.removed_seq, expired: ends.removed_seq, waiting })
}

fn missing(first: i64, last: i64) -> String {
    if first == last { format!("Entry number {first} is") } else { format!("Entries number {first} to {last} are") }
}

fn named(entry: &Linked, zone: &Zone) -> String {
    let link = &entry.link;
    format!("entry number {} ({}, {}, {})", entry.seq, link.id, zone.stamp(link.at_micros).text, link.action)
}

//! SQL of the audit log.

use ::store::{Db, Row, Tx, args, sql};
use model::{audit::AuditEntry, ids::TenantId};

use super::chain::Link;
use crate::{Fault, clock::Zone};

/// A filter with its dates resolved and its words made into patterns; empty texts match everything.
pub(super) struct Query {
    pub from_micros: i64,
    pub until_micros: i64,
    pub action: String,
    pub action_below: String,
    pub words: [String; 4],
    /// Pattern of the actor.
    pub actor: String,
    /// Pattern of kind, id and name of the subject.
    pub subject: String,
    /// Only entries older than this one; empty for the newest page.
    pub before_id: String,
    pub rows: i64,
}

pub(super) async fn insert(tx: &mut Tx, link: &Link, seq: i64, hash: &str) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO audit_entry (id, tenant_id, at_micros, actor, actor_user_id, remote_address, request_id, action,
                 subject_kind, subject_id, subject_name, changes, seq, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        args![
            &link.id,
            &link.tenant,
            link.at_micros,
            &link.actor,
            link.actor_user.clone(),
            &link.remote_address,
            &link.request_id,
            &link.action,
            &link.subject_kind,
            &link.subject_id,
            &link.subject_name,
            &link.changes,
            seq,
            hash,
        ],
    )
    .await?;
    Ok(())
}

/// Newest first: ids are UUIDs of version 7, so the id is the order and the cursor at once.
pub(super) async fn page(db: &Db, tenant: TenantId, query: &Query, zone: &Zone) -> Result<Vec<Line>, Fault> {
    let [first, second, third, fourth] = &query.words;
    let rows = db
        .read_all(
            sql!(
                "SELECT id, at_micros, actor, remote_address, action, subject_kind, subject_id, subject_name, changes, seq, hash
                 FROM audit_entry
                 WHERE tenant_id = $1
                   AND ($2 = '' OR id < $2)
                   AND at_micros >= $3 AND at_micros < $4
                   AND ($5 = '' OR action = $5 OR action LIKE $6 ESCAPE '!')
                   AND ($7 = '' OR lower(actor || ' ' || subject_name || ' ' || action) LIKE lower($7) ESCAPE '!')
                   AND ($8 = '' OR lower(actor || ' ' || subject_name || ' ' || action) LIKE lower($8) ESCAPE '!')
                   AND ($9 = '' OR lower(actor || ' ' || subject_name || ' ' || action) LIKE lower($9) ESCAPE '!')
                   AND ($10 = '' OR lower(actor || ' ' || subject_name || ' ' || action) LIKE lower($10) ESCAPE '!')
                   AND ($11 = '' OR lower(actor) LIKE lower($11) ESCAPE '!')
                   AND ($12 = '' OR lower(subject_kind || ' ' || subject_id || ' ' || subject_name) LIKE lower($12) ESCAPE '!')
                 ORDER BY id DESC
                 LIMIT $13"
            ),
            args![
                tenant.uuid(),
                query.before_id.as_str(),
                query.from_micros,
                query.until_micros,
                query.action.as_str(),
                query.action_below.as_str(),
                first.as_str(),
                second.as_str(),
                third.as_str(),
                fourth.as_str(),
                query.actor.as_str(),
                query.subject.as_str(),
                query.rows,
            ],
        )
        .await?;
    rows.iter().map(|row| Ok(Line { number: row.opt_int("seq")?, hash: row.opt_text("hash")?, entry: entry(row, zone)? })).collect()
}

/// An entry with its place in the chain.
pub(super) struct Line {
    pub entry: AuditEntry,
    /// `None` until it is linked.
    pub number: Option<i64>,
    pub hash: Option<String>,
}

fn entry(row: &Row, zone: &Zone) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        id: row.parse("id")?,
        at: zone.stamp(row.int("at_micros")?),
        actor: row.text("actor")?,
        remote_address: row.text("remote_address")?,
        action: row.text("action")?,
        subject: format!("{} {}", row.str("subject_kind")?, row.str("subject_id")?),
        subject_name: row.text("subject_name")?,
        changes: serde_json::from_str(row.str("changes")?).map_err(|_| Fault::Stored { place: "audit_entry.changes" })?,
    })
}

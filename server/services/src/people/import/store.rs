//! SQL of imports.

use ::store::{Db, Row, Tx, args, sql};
use model::{
    ids::{ImportId, TenantId, UserId},
    people::{Import, ImportLine, ImportMode, ImportStatus, Licences, RoleChoice},
};

use super::check::Checked;
use crate::{Fault, clock::Zone};

/// An import as its worker needs it.
pub(super) struct Running {
    pub mode: ImportMode,
    pub send_mail: bool,
    pub next_line: i64,
}

pub(super) struct NewImport<'a> {
    pub id: ImportId,
    pub user: Option<UserId>,
    pub file_name: &'a str,
    pub total: i64,
    pub wrong: i64,
    pub now: i64,
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, new: &NewImport<'_>, lines: &[Checked]) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO people_import (id, tenant_id, user_id, file_name, status, mode, send_mail, total, wrong, imported, next_line, why,
                 created_micros, finished_micros)
             VALUES ($1, $2, $3, $4, 'checked', '', 0, $5, $6, 0, 0, '', $7, NULL)"
        ),
        args![new.id.uuid(), tenant.uuid(), new.user.map(|user| user.uuid()), new.file_name, new.total, new.wrong, new.now],
    )
    .await?;
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        rows.push(args![
            tenant.uuid(),
            new.id.uuid(),
            line.line,
            line.name.as_str(),
            line.email.as_str(),
            line.role.to_string(),
            line.licences.contact_center,
            line.licences.interact,
            json(&line.teams, "people_import_line.teams")?,
            !line.problems.is_empty(),
            json(&line.problems, "people_import_line.problems")?,
        ]);
    }
    let insert = sql!(
        "INSERT INTO people_import_line (tenant_id, import_id, line, name, email, role, contact_center, interact, teams, wrong, problems)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    tx.execute_many(insert, rows).await?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T, place: &'static str) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Stored { place })
}

fn read(row: &Row, zone: &Zone) -> Result<Import, Fault> {
    Ok(Import {
        id: row.parse("id")?,
        file_name: row.text("file_name")?,
        status: ImportStatus::from_word(row.str("status")?).ok_or(Fault::Stored { place: "people_import.status" })?,
        total: row.int("total")?,
        wrong: row.int("wrong")?,
        imported: row.int("imported")?,
        processed: row.int("processed")?,
        why: row.text("why")?,
        created: zone.stamp(row.int("created_micros")?),
        finished: zone.stamp_opt(row.opt_int("finished_micros")?),
    })
}

pub(super) async fn find(db: &Db, tenant: TenantId, id: ImportId, zone: &Zone) -> Result<Option<Import>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT i.id, i.file_name, i.status, i.total, i.wrong, i.imported, i.why, i.created_micros, i.finished_micros,
                        (SELECT count(*) FROM people_import_line l WHERE l.tenant_id = i.tenant_id AND l.import_id = i.id
                            AND (l.line <= i.next_line OR i.status = 'done')) AS processed
                 FROM people_import i WHERE i.tenant_id = $1 AND i.id = $2"
            ),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    found.map(|row| read(&row, zone)).transpose()
}

pub(super) async fn list(db: &Db, tenant: TenantId, limit: i64, zone: &Zone) -> Result<Vec<Import>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT id, file_name, status, total, wrong, imported, why, created_micros, finished_micros,
                        CASE WHEN status = 'done' THEN total ELSE imported END AS processed
                 FROM people_import WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"
            ),
            args![tenant.uuid(), limit],
        )
        .await?;
    rows.iter().map(|row| read(row, zone)).collect()
}

/// Wrong lines beyond `after`.
pub(super) async fn wrong(db: &Db, tenant: TenantId, id: ImportId, after: i64, limit: i64) -> Result<Vec<ImportLine>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT line, problems FROM people_import_line
                 WHERE tenant_id = $1 AND import_id = $2 AND wrong = 1 AND line > $3 ORDER BY line LIMIT $4"
            ),
            args![tenant.uuid(), id.uuid(), after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let problems = serde_json::from_str(row.str("problems")?).map_err(|_| Fault::Stored { place: "people_import_line.problems" })?;
            Ok(ImportLine { line: row.int("line")?, problems })
        })
        .collect()
}

/// Status and number of wrong lines.
pub(super) async fn standing(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Option<(ImportStatus, i64, i64, String)>, Fault> {
    let found = tx
        .optional(sql!("SELECT status, wrong, total, file_name FROM people_import WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()])
        .await?;
    let Some(row) = found else { return Ok(None) };
    let status = ImportStatus::from_word(row.str("status")?).ok_or(Fault::Stored { place: "people_import.status" })?;
    Ok(Some((status, row.int("wrong")?, row.int("total")?, row.text("file_name")?)))
}

/// Makes a checked import a running one; true for exactly one of several callers.
pub(super) async fn begin(tx: &mut Tx, tenant: TenantId, id: ImportId, mode: ImportMode, send_mail: bool) -> Result<bool, Fault> {
    let update =
        sql!("UPDATE people_import SET status = 'running', mode = $3, send_mail = $4 WHERE tenant_id = $1 AND id = $2 AND status = 'checked'");
    Ok(tx.execute(update, args![tenant.uuid(), id.uuid(), mode.word(), send_mail]).await? > 0)
}

/// How a started import takes its lines in.
pub(super) async fn mode(db: &Db, tenant: TenantId, id: ImportId) -> Result<Option<ImportMode>, Fault> {
    let found = db.read_optional(sql!("SELECT mode FROM people_import WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    let Some(row) = found else { return Ok(None) };
    Ok(ImportMode::from_word(row.str("mode")?))
}

/// The import when it is running.
pub(super) async fn running(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Option<Running>, Fault> {
    let found = tx
        .optional(
            sql!("SELECT mode, send_mail, next_line FROM people_import WHERE tenant_id = $1 AND id = $2 AND status = 'running'"),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let mode = ImportMode::from_word(row.str("mode")?).ok_or(Fault::Stored { place: "people_import.mode" })?;
    Ok(Some(Running { mode, send_mail: row.flag("send_mail")?, next_line: row.int("next_line")? }))
}

/// Good lines beyond `after`.
pub(super) async fn good(tx: &mut Tx, tenant: TenantId, id: ImportId, after: i64, limit: i64) -> Result<Vec<Checked>, Fault> {
    let rows = tx
        .all(
            sql!(
                "SELECT line, name, email, role, contact_center, interact, teams FROM people_import_line
                 WHERE tenant_id = $1 AND import_id = $2 AND wrong = 0 AND line > $3 ORDER BY line LIMIT $4"
            ),
            args![tenant.uuid(), id.uuid(), after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Checked {
                line: row.int("line")?,
                name: row.text("name")?,
                email: row.text("email")?,
                role: row.parse("role")?,
                licences: Licences { contact_center: row.flag("contact_center")?, interact: row.flag("interact")? },
                teams: serde_json::from_str(row.str("teams")?).map_err(|_| Fault::Stored { place: "people_import_line.teams" })?,
                problems: Vec::new(),
            })
        })
        .collect()
}

/// The roles that good lines give.
pub(super) async fn roles(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Vec<RoleChoice>, Fault> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT role FROM people_import_line WHERE tenant_id = $1 AND import_id = $2 AND wrong = 0"),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    rows.iter().map(|row| Ok(row.parse("role")?)).collect()
}

/// Marks a line that was good when it was checked and is not any more.
pub(super) async fn mark_wrong(tx: &mut Tx, tenant: TenantId, id: ImportId, line: &Checked) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_import_line SET wrong = 1, problems = $4 WHERE tenant_id = $1 AND import_id = $2 AND line = $3"),
        args![tenant.uuid(), id.uuid(), line.line, json(&line.problems, "people_import_line.problems")?],
    )
    .await?;
    tx.execute(sql!("UPDATE people_import SET wrong = wrong + 1 WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    Ok(())
}

/// Notes what a batch did, in its transaction.
pub(super) async fn advance(tx: &mut Tx, tenant: TenantId, id: ImportId, line: i64, added: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_import SET next_line = $3, imported = imported + $4 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), id.uuid(), line, added],
    )
    .await?;
    Ok(())
}

pub(super) async fn finish(tx: &mut Tx, tenant: TenantId, id: ImportId, status: ImportStatus, why: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_import SET status = $3, why = $4, finished_micros = $5 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), id.uuid(), status.word(), why, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM people_import_line WHERE tenant_id = $1 AND import_id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    tx.execute(sql!("DELETE FROM people_import WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    Ok(())
}

/// The oldest imports of any tenant that nobody needs any more.
pub(super) async fn stale(db: &Db, before: i64, limit: i64) -> Result<Vec<(TenantId, ImportId)>, Fault> {
    let rows = db
        .read_all(
            sql!("SELECT tenant_id, id FROM people_import WHERE created_micros < $1 AND status <> 'running' ORDER BY created_micros LIMIT $2"),
            args![before, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.parse("tenant_id")?, row.parse("id")?))).collect()
}

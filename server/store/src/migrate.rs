//! Schema migrations: embedded, append-only, checksummed, run under a lock.

use sha2::{Digest as _, Sha256};

use crate::{Args, Db, Dialect, StoreError, Tx, args, dialect, error::because, sql};

/// One step of the schema. What both databases understand comes first, then what only one of them does.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) common: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

const MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// What [`Db::migrate`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationReport {
    /// Version of the schema before; 0 for an empty database.
    pub from: i64,
    /// Version now.
    pub to: i64,
    /// Names of the migrations that were applied, in order.
    pub applied: Vec<&'static str>,
}

/// The version of the schema that this program knows.
pub fn newest_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

impl Migration {
    fn texts(&self, dialect: Dialect) -> [&'static str; 2] {
        [
            self.common,
            match dialect {
                Dialect::Sqlite => self.sqlite,
                Dialect::Postgres => self.postgres,
            },
        ]
    }

    /// SHA-256 over the texts of one database, in hexadecimal.
    fn checksum(&self, dialect: Dialect) -> String {
        let [common, own] = self.texts(dialect);
        let mut hash = Sha256::new();
        hash.update(common);
        hash.update([0]);
        hash.update(own);
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Db {
    /// Brings the schema to the newest version, all steps in one transaction. Processes that start together wait for one
    /// another. `now_micros` is noted beside each step.
    ///
    /// # Errors
    /// [`StoreError::Migration`] with a sentence when an applied step has another text now, when the database is newer than
    /// this program, or when a step fails; nothing is changed then. [`StoreError::Busy`], [`StoreError::Unreachable`].
    pub async fn migrate(&self, now_micros: i64) -> Result<MigrationReport, StoreError> {
        run(self, MIGRATIONS, now_micros).await
    }

    /// Version of the schema as it is; 0 for an empty database.
    ///
    /// # Errors
    /// See [`Db::read_all`].
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        if self.read_one(dialect::TABLE_EXISTS, args!["schema_migration"]).await?.int("found")? == 0 {
            return Ok(0);
        }
        let newest = sql!("SELECT coalesce(max(version), 0) AS version FROM schema_migration");
        self.read_one(newest, Args::new()).await?.int("version")
    }
}

pub(crate) async fn run(db: &Db, migrations: &[Migration], now_micros: i64) -> Result<MigrationReport, StoreError> {
    let dialect = db.dialect();
    let mut tx = db.write().await?;
    for lock in dialect::migration_lock(dialect) {
        tx.script(lock).await.map_err(dialect::understand)?;
    }
    let from = applied_version(&mut tx, migrations).await?;
    let mut report = MigrationReport { from, to: from, applied: Vec::new() };
    for migration in migrations.iter().filter(|migration| migration.version > from) {
        for text in migration.texts(dialect) {
            tx.script(text).await.map_err(|error| StoreError::Migration {
                sentence: format!("Migration {:04}_{} failed; the database is as it was before.", migration.version, migration.name),
                source: Some(because(error.to_string())),
            })?;
        }
        let insert = sql!("INSERT INTO schema_migration (version, name, checksum, applied_micros) VALUES ($1, $2, $3, $4)");
        tx.execute(insert, args![migration.version, migration.name, migration.checksum(dialect), now_micros]).await?;
        report.to = migration.version;
        report.applied.push(migration.name);
    }
    tx.commit().await?;
    Ok(report)
}

/// Compares what the database went through with what this program knows.
async fn applied_version(tx: &mut Tx, migrations: &[Migration]) -> Result<i64, StoreError> {
    let dialect = tx.dialect();
    let create = "CREATE TABLE IF NOT EXISTS schema_migration (\
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_micros BIGINT NOT NULL)";
    tx.script(create).await.map_err(dialect::understand)?;
    let rows = tx.all(sql!("SELECT version, name, checksum FROM schema_migration ORDER BY version"), Args::new()).await?;
    let refuse = |sentence: String| StoreError::Migration { sentence, source: None };
    let mut newest = 0;
    for row in &rows {
        let (version, name) = (row.int("version")?, row.str("name")?);
        let Some(known) = migrations.iter().find(|migration| migration.version == version) else {
            return Err(refuse(format!(
                "The database is newer than this program: it has migration {version:04}_{name}, which this version does not \
                 know. Start the version that wrote it, or restore a backup."
            )));
        };
        if known.name != name || known.checksum(dialect) != row.str("checksum")? {
            return Err(refuse(format!(
                "Migration {version:04}_{name} was applied with another text than this program has. Applied migrations must \
                 never change: start the version that wrote the database, or restore a backup."
            )));
        }
        newest = version;
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::databases;

    const FIRST: Migration = Migration {
        version: 1,
        name: "first",
        common: "-- a comment; with a semicolon and an apostrophe's mark\nCREATE TABLE a (id TEXT PRIMARY KEY);\nINSERT INTO a VALUES ('x;y');",
        sqlite: "CREATE TABLE own (id TEXT); CREATE TRIGGER a_gone AFTER DELETE ON a BEGIN DELETE FROM own; DELETE FROM own WHERE id = ';'; END; INSERT INTO own VALUES ('sqlite');",
        postgres: "CREATE TABLE own (id TEXT); INSERT INTO own VALUES ('postgres');",
    };
    const SECOND: Migration = Migration { version: 2, name: "second", common: "CREATE TABLE b (id TEXT);", sqlite: "", postgres: "" };
    const BROKEN: Migration =
        Migration { version: 2, name: "broken", common: "CREATE TABLE b (id TEXT); CREATE TABLE a (id TEXT);", sqlite: "", postgres: "" };

    #[tokio::test]
    async fn steps_run_once_in_order_with_the_text_of_the_database() {
        for (name, db) in databases().await {
            let first = run(&db, &[FIRST], 5).await.unwrap();
            assert_eq!(first, MigrationReport { from: 0, to: 1, applied: vec!["first"] }, "{name}");
            let row = db.read_one(sql!("SELECT a.id, own.id AS dialect FROM a, own"), args![]).await.unwrap();
            assert_eq!((row.str("id").unwrap(), row.str("dialect").unwrap()), ("x;y", name));
            let second = run(&db, &[FIRST, SECOND], 6).await.unwrap();
            assert_eq!(second, MigrationReport { from: 1, to: 2, applied: vec!["second"] }, "{name}");
            let third = run(&db, &[FIRST, SECOND], 7).await.unwrap();
            assert_eq!(third, MigrationReport { from: 2, to: 2, applied: vec![] }, "{name}");
            assert_eq!(db.schema_version().await.unwrap(), 2);
        }
    }

    #[tokio::test]
    async fn a_failing_step_leaves_nothing_behind() {
        for (name, db) in databases().await {
            run(&db, &[FIRST], 5).await.unwrap();
            let error = run(&db, &[FIRST, BROKEN], 6).await.unwrap_err();
            assert_eq!(error.to_string(), "Migration 0002_broken failed; the database is as it was before.", "{name}");
            assert_eq!(db.schema_version().await.unwrap(), 1);
            run(&db, &[FIRST, SECOND], 7).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_changed_text_and_a_newer_database_are_refused() {
        for (name, db) in databases().await {
            run(&db, &[FIRST, SECOND], 5).await.unwrap();
            let changed = Migration { common: "CREATE TABLE b (id TEXT, more TEXT);", ..SECOND };
            let error = run(&db, &[FIRST, changed], 6).await.unwrap_err();
            assert!(error.to_string().starts_with("Migration 0002_second was applied with another text"), "{name}: {error}");
            let error = run(&db, &[FIRST], 6).await.unwrap_err();
            assert!(error.to_string().starts_with("The database is newer than this program"), "{name}: {error}");
        }
    }

    #[tokio::test]
    async fn the_real_migrations_apply_from_empty_even_when_two_start_together() {
        for (name, db) in databases().await {
            let (one, other) = tokio::join!(db.migrate(1), db.migrate(2));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!(one.applied.len() + other.applied.len(), MIGRATIONS.len(), "{name}");
            assert_eq!((one.to, other.to), (newest_version(), newest_version()));
        }
    }
}

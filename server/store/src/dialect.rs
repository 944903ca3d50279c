//! Everything in which SQLite and PostgreSQL differ: words of SQL, catalogues, error codes.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::{Statement, StoreError, error::because, sql};

/// Which database a [`Db`](crate::Db) speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// One file, one writer at a time, any number of readers.
    Sqlite,
    /// A server, which several processes may share.
    Postgres,
}

impl Dialect {
    /// Name of the dialect, as migration files carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// The words after a `SELECT … LIMIT n` that takes rows for itself: others pass over them instead of waiting. SQLite has
    /// no need of them, as its write transactions follow one another.
    pub const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A deferred transaction that reads and then writes fails at once on SQLite when another wrote in between, without
    /// waiting: so every transaction of a [`Tx`](crate::Tx) is a write transaction from its first word.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// How many placeholders one statement may hold, with room to spare (SQLITE_MAX_VARIABLE_NUMBER is 32,766; PostgreSQL's
    /// protocol counts to 65,535).
    pub(crate) const fn max_placeholders(self) -> usize {
        8_192
    }
}

/// One schema change at a time. SQLite's transaction is a lock already.
pub(crate) fn migration_lock(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => &[],
        // The number is arbitrary: "switchbd" in ASCII. Waiting for another process's migrations has no limit.
        Dialect::Postgres => &["SET LOCAL lock_timeout = 0", "SELECT pg_advisory_xact_lock(8320802563023626852)"],
    }
}

pub(crate) const TABLE_EXISTS: Statement = sql!(
    sqlite: "SELECT count(*) AS found FROM sqlite_schema WHERE type = 'table' AND name = $1",
    postgres: "SELECT count(*) AS found FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
);

pub(crate) const SIZE: Statement = sql!(
    sqlite: "SELECT page_count * page_size AS size_bytes FROM pragma_page_count(), pragma_page_size()",
    postgres: "SELECT pg_database_size(current_database()) AS size_bytes",
);

pub(crate) const NOTIFY: Statement = sql!(sqlite: "SELECT $1, $2", postgres: "SELECT pg_notify($1, $2)");

/// SQLite names the columns of a violated unique index, PostgreSQL the index. This finds the index by its columns.
const SQLITE_INDEX: Statement = sql!(
    sqlite: "SELECT name, origin FROM pragma_index_list($1) AS list WHERE \"unique\" = 1 AND $2 = \
        (SELECT group_concat(info.name, ',' ORDER BY info.seqno) FROM pragma_index_info(list.name) AS info)",
    postgres: "SELECT $1 || $2 AS name, '' AS origin",
);

/// What a database error means, without asking the database anything more.
pub(crate) fn understand(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Busy,
        sqlx::Error::RowNotFound => StoreError::NoRow,
        sqlx::Error::Database(database) => understand_database(database),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => {
            StoreError::Unreachable(because(error.to_string()))
        }
        other => StoreError::Internal(because(other.to_string())),
    }
}

fn understand_database(error: Box<dyn DatabaseError>) -> StoreError {
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let constraint = error.constraint().unwrap_or_else(|| sqlite_columns(error.message()));
            return StoreError::Conflict { constraint: constraint.to_owned() };
        }
        ErrorKind::ForeignKeyViolation => return StoreError::Reference,
        _ => {}
    }
    let code = error.code().unwrap_or_default();
    // The message names tables and columns; values stand only in PostgreSQL's DETAIL, which is left out.
    let cause = because(format!("{} (code {code})", error.message()));
    let (busy, away) = match code.parse::<u32>() {
        // SQLite's codes, extended ones in the higher bits: BUSY and LOCKED; IOERR, FULL, CANTOPEN.
        Ok(number) if code.len() < 5 => (matches!(number & 0xff, 5 | 6), matches!(number & 0xff, 10 | 13 | 14)),
        // PostgreSQL's SQLSTATE: serialisation failure, deadlock, lock not available, too many connections; classes
        // connection, operator intervention, authorisation, unknown database.
        _ => (matches!(&*code, "40001" | "40P01" | "55P03" | "53300"), ["08", "57P", "28", "3D"].iter().any(|class| code.starts_with(class))),
    };
    match (busy, away) {
        (true, _) => StoreError::Busy,
        (_, true) => StoreError::Unreachable(cause),
        _ => StoreError::Internal(cause),
    }
}

/// `UNIQUE constraint failed: t.a, t.b` → `t.a, t.b`.
fn sqlite_columns(message: &str) -> &str {
    message.split_once("constraint failed: ").map_or(message, |(_, columns)| columns)
}

/// Asks SQLite for the name of the index whose columns it named.
pub(crate) async fn name_conflict(connection: &mut sqlx::SqliteConnection, error: StoreError) -> StoreError {
    use sqlx::Row as _;

    let StoreError::Conflict { constraint } = &error else { return error };
    if let Some(index) = constraint.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
        return StoreError::Conflict { constraint: index.to_owned() };
    }
    let Some((table, _)) = constraint.split_once('.') else { return error };
    let columns: Vec<_> = constraint.split(", ").map(|column| column.rsplit('.').next().unwrap_or(column)).collect();
    let columns = columns.join(",");
    let found = sqlx::query(SQLITE_INDEX.sql(Dialect::Sqlite)).bind(table).bind(&columns).fetch_optional(connection).await;
    let Ok(Some(row)) = found else { return error };
    let name = match (row.try_get::<String, _>("name"), row.try_get::<String, _>("origin")) {
        (Ok(name), Ok(origin)) if origin == "c" => name,
        (Ok(_), Ok(origin)) if origin == "u" => format!("{table}_{}_key", columns.replace(',', "_")),
        _ => format!("{table}_pkey"),
    };
    StoreError::Conflict { constraint: name }
}

//! The database handle.

use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Args, Dialect, Row, Statement, StoreError, Tx, connection::Connection, dialect, error::because, tx::Inner as TxInner, wake::Registry};

/// How long a lock or a free connection is waited for before the answer is [`StoreError::Busy`].
const PATIENCE: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;

/// A database: one SQLite file, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Shared>);

/// Made by [`Db::weak`].
pub(crate) struct WeakDb(Weak<Shared>);

impl WeakDb {
    pub(crate) fn upgrade(&self) -> Option<Db> {
        self.0.upgrade().map(Db)
    }
}

struct Shared {
    engine: Engine,
    wakes: Registry,
}

pub(crate) enum Engine {
    /// One writer behind the pool's fair queue, and readers that see the last commit.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres {
        pool: PgPool,
    },
}

impl std::fmt::Debug for Db {
    /// Shows the dialect only: the address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Db").field(&self.dialect()).finish()
    }
}

impl Db {
    /// Opens `sqlite://<path>` (the file and its folder are made when missing) or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] with the reason as its source.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let engine = if let Some(path) = sqlite_path(url) {
            open_sqlite(path).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url).await?
        } else {
            return Err(StoreError::Unreachable(because("the database URL must start with sqlite:// or postgres://")));
        };
        Ok(Self(Arc::new(Shared { engine, wakes: Registry::default() })))
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.0.engine {
            Engine::Sqlite { .. } => Dialect::Sqlite,
            Engine::Postgres { .. } => Dialect::Postgres,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// A handle that does not keep the database open.
    pub(crate) fn weak(&self) -> WeakDb {
        WeakDb(Arc::downgrade(&self.0))
    }

    pub(crate) fn wakes(&self) -> &Registry {
        &self.0.wakes
    }

    /// All rows, on a reader. The statement bounds their number with `LIMIT`.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::Busy`], [`StoreError::Internal`].
    pub async fn read_all(&self, statement: Statement, args: Args) -> Result<Vec<Row>, StoreError> {
        match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await.map_err(dialect::understand)?;
                Connection::Sqlite(&mut connection).all(&statement, args.values()).await
            }
            Engine::Postgres { pool } => {
                let mut connection = pool.acquire().await.map_err(dialect::understand)?;
                Connection::Postgres(&mut connection).all(&statement, args.values()).await
            }
        }
    }

    /// The first row, or none.
    ///
    /// # Errors
    /// See [`Db::read_all`].
    pub async fn read_optional(&self, statement: Statement, args: Args) -> Result<Option<Row>, StoreError> {
        Ok(self.read_all(statement, args).await?.into_iter().next())
    }

    /// The first row.
    ///
    /// # Errors
    /// [`StoreError::NoRow`] when there is none; see [`Db::read_all`].
    pub async fn read_one(&self, statement: Statement, args: Args) -> Result<Row, StoreError> {
        self.read_optional(statement, args).await?.ok_or(StoreError::NoRow)
    }

    /// Begins a transaction that may write. On SQLite it holds the only writer: do nothing slow before the commit.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when others hold the writer or the lock for over ten seconds, [`StoreError::Unreachable`].
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let begin = self.dialect().begin();
        let inner = match self.engine() {
            Engine::Sqlite { writer, .. } => TxInner::Sqlite(writer.begin_with(begin).await.map_err(dialect::understand)?),
            Engine::Postgres { pool } => TxInner::Postgres(pool.begin_with(begin).await.map_err(dialect::understand)?),
        };
        Ok(Tx::new(inner, self.clone()))
    }

    /// One statement in a transaction of its own; how many rows it changed.
    ///
    /// # Errors
    /// See [`Db::write`] and [`Tx::execute`].
    pub async fn execute(&self, statement: Statement, args: Args) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let changed = tx.execute(statement, args).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::Busy`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read_one(crate::sql!("SELECT 1 AS one"), Args::new()).await?.int("one").map(drop)
    }

    /// Size of the database in bytes: of the file, or as PostgreSQL counts it.
    ///
    /// # Errors
    /// See [`Db::read_all`].
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        let size = self.read_one(dialect::SIZE, Args::new()).await?.int("size_bytes")?;
        Ok(u64::try_from(size).unwrap_or(0))
    }

    /// Prepares a statement without running it: for the test that prepares every statement on both databases.
    ///
    /// # Errors
    /// [`StoreError::Internal`] with the database's own words when it does not understand the text.
    pub async fn prepare_only(&self, text: &str) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await.map_err(dialect::understand)?;
                Connection::Sqlite(&mut connection).prepare(text).await
            }
            Engine::Postgres { pool } => {
                let mut connection = pool.acquire().await.map_err(dialect::understand)?;
                Connection::Postgres(&mut connection).prepare(text).await
            }
        }
        .map_err(dialect::understand)
    }

    /// Writes a consistent copy of an SQLite database to a file that does not exist yet, while others go on writing. The copy
    /// is on the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Internal`] on PostgreSQL, where `pg_dump` does this, and when the file exists or cannot be written.
    pub async fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        let Engine::Sqlite { writer, .. } = self.engine() else {
            return Err(StoreError::internal("this database is PostgreSQL: back it up with pg_dump"));
        };
        let target = path.to_str().ok_or_else(|| StoreError::internal("the path of the backup is not UTF-8"))?;
        // A connection of its own: a long copy must not hold up the writer.
        let mut connection = writer.connect_options().connect().await.map_err(dialect::understand)?;
        let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await;
        connection.close().await.map_err(dialect::understand)?;
        copied.map_err(dialect::understand)?;
        let file = tokio::fs::File::open(path).await.map_err(|error| StoreError::Internal(Arc::new(error)))?;
        file.sync_all().await.map_err(|error| StoreError::Internal(Arc::new(error)))
    }

    /// Closes every connection, after the statements that are running. On SQLite the write-ahead log is folded in.
    pub async fn close(&self) {
        self.wakes().stop();
        match self.engine() {
            Engine::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres { pool } => pool.close().await,
        }
    }
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).map(PathBuf::from)
}

async fn open_sqlite(path: PathBuf) -> Result<Engine, StoreError> {
    if path.as_os_str().is_empty() || path.to_string_lossy().starts_with(":memory:") {
        return Err(StoreError::Unreachable(because("the SQLite URL must name a file, as in sqlite://data/switchboard.db")));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Others on the machine have no business with password hashes.
        let made = tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await;
        made.map_err(|error| StoreError::Unreachable(because(format!("the folder {} cannot be made: {error}", folder.display()))))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("mmap_size", "0")
        // Larger than the default of 1,000 pages: a checkpoint costs two more syncs.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864");
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            // A local file does not hang up.
            .test_before_acquire(false)
    };
    // Negative sizes are KiB: at most 4 + 4 × 2 MiB of page cache.
    let writing = quiet(options.clone()).pragma("cache_size", "-4096").statement_cache_capacity(256);
    let reading = quiet(options).pragma("cache_size", "-2048").pragma("query_only", "ON").statement_cache_capacity(128);
    let unreachable = |error: sqlx::Error| StoreError::Unreachable(because(format!("the SQLite file {} cannot be opened: {error}", path.display())));
    // First the writer: it makes the file and turns on write-ahead logging.
    let writer = pool(1).idle_timeout(None).connect_with(writing).await.map_err(unreachable)?;
    Ok(Engine::Sqlite { writer, readers: pool(READERS).connect_lazy_with(reading) })
}

async fn open_postgres(url: &str) -> Result<Engine, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Unreachable(because("the PostgreSQL URL is not of the form postgres://user:password@host/database")))?
        .application_name("switchboard")
        .statement_cache_capacity(256)
        .options([("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")]);
    let options = quiet(options);
    // One connection by hand tells why it fails; the pool would only tell that time ran out.
    let first = PgConnection::connect_with(&options).await.map_err(|error| {
        StoreError::Unreachable(because(format!("PostgreSQL at {}:{} does not take the connection: {error}", options.get_host(), options.get_port())))
    })?;
    first.close().await.map_err(dialect::understand)?;
    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(PATIENCE).connect_lazy_with(options);
    Ok(Engine::Postgres { pool })
}

/// The driver logs every statement unless told otherwise. Slow ones are worth a line; it holds the text, never the arguments.
fn quiet<O: sqlx::ConnectOptions>(options: O) -> O {
    let options = options.disable_statement_logging();
    match "warn".parse() {
        Ok(level) => options.log_slow_statements(level, Duration::from_secs(1)),
        Err(_) => options,
    }
}

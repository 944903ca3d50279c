//! Fresh databases for tests: one SQLite file and one PostgreSQL database each, gone when dropped.

use std::ops::Deref;

use sqlx::{AssertSqlSafe, ConnectOptions as _, postgres::PgConnectOptions};
use tempfile::TempDir;

use crate::Db;

/// Address of a PostgreSQL server whose user may make databases.
pub const POSTGRES_VARIABLE: &str = "SWITCHBOARD_TEST_POSTGRES_URL";

/// A database that is dropped with this value. Use it like a [`Db`]; `clone()` gives a [`Db`].
pub struct TestDb {
    db: Db,
    url: String,
    folder: TempDir,
    postgres: Option<(PgConnectOptions, String)>,
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// Address of the database, for another handle or another process.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder that is deleted with the database, for key files and blobs.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// An empty database of each kind, with its name (`sqlite`, `postgres`): `for (name, db) in databases().await { … }`.
///
/// # Panics
/// When the address of the PostgreSQL server is not in the environment, or a database cannot be made. Tests fail then; they
/// are never passed over.
pub async fn databases() -> Vec<(&'static str, TestDb)> {
    vec![("sqlite", sqlite().await), ("postgres", postgres().await)]
}

/// [`databases`] with all migrations applied.
///
/// # Panics
/// See [`databases`].
pub async fn migrated() -> Vec<(&'static str, TestDb)> {
    let databases = databases().await;
    for (name, db) in &databases {
        if let Err(error) = db.migrate(0).await {
            panic!("the migrations do not apply on {name}: {error:?}");
        }
    }
    databases
}

#[expect(clippy::expect_used, reason = "a test helper: a broken environment must fail the test")]
async fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a folder for the test database");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let db = Db::open(&url).await.expect("an SQLite file");
    TestDb { db, url, folder, postgres: None }
}

#[expect(clippy::expect_used, reason = "a test helper: a broken environment must fail the test")]
async fn postgres() -> TestDb {
    let server = std::env::var(POSTGRES_VARIABLE)
        .unwrap_or_else(|_| panic!("{POSTGRES_VARIABLE} is not set. Run the tests with `make test`, which starts a PostgreSQL server for them."));
    let server: PgConnectOptions = server.parse().expect("a postgres:// address");
    let folder = tempfile::tempdir().expect("a folder beside the test database");
    // The random part of the folder's name, so that names never meet.
    let random = folder.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name: String = random.bytes().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("t_{name}");
    let mut connection = server.connect().await.expect("the PostgreSQL server for tests");
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.expect("a test database");
    let url = server.clone().database(&name).to_url_lossy().to_string();
    let db = Db::open(&url).await.expect("the test database");
    TestDb { db, url, folder, postgres: Some((server, name)) }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else { return };
        // Drop cannot wait, and the test's runtime may be ending: a runtime of its own, on a thread of its own. A database that
        // stays behind does no harm, so nothing is said about it.
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = server.connect().await.map_err(std::io::Error::other)?;
                let drop_database = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                sqlx::raw_sql(drop_database).execute(&mut connection).await.map_err(std::io::Error::other)
            })
        };
        drop(std::thread::spawn(work).join());
    }
}

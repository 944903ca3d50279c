//! A look into the database behind the server's back: what no answer can embellish.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::switchboard::{Database, Setup};

/// Rows as text, by table.
pub type Rows = BTreeMap<String, Vec<String>>;

/// An open connection.
pub enum Peek {
    /// The file, read beside the server.
    Sqlite(SqliteConnection),
    /// A connection of its own.
    Postgres(PgConnection),
}

impl Peek {
    /// Opens the database of an instance.
    ///
    /// # Errors
    /// From the database.
    pub async fn open(setup: &Setup) -> Result<Self> {
        Ok(match &setup.database {
            Database::Sqlite => {
                Self::Sqlite(SqliteConnection::connect(&format!("sqlite://{}", setup.folder.join("switchboard.db").display())).await?)
            }
            Database::Postgres(url) => Self::Postgres(PgConnection::connect(url).await?),
        })
    }

    async fn texts(&mut self, sql: String) -> Result<Vec<String>> {
        let shown = sql.clone();
        let rows = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await,
        };
        rows.with_context(|| shown)
    }

    /// Every table with its columns. The tables in which SQLite keeps a full-text index are left out: the index itself is listed.
    ///
    /// # Errors
    /// From the database.
    pub async fn tables(&mut self) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT t.name || ' ' || c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                 WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND t.name NOT LIKE 'sqlite_%'"
            }
            Self::Postgres(_) => "SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
        };
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pair in self.texts(sql.to_owned()).await? {
            let (table, column) = pair.split_once(' ').context("two names")?;
            tables.entry(table.to_owned()).or_default().insert(column.to_owned());
        }
        Ok(tables)
    }

    /// The id of the tenant with this name.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tenant(&mut self, name: &str) -> Result<String> {
        let found = self.texts(format!("SELECT id FROM tenant WHERE name = '{name}'")).await?;
        found.into_iter().next().with_context(|| format!("no tenant {name}"))
    }

    /// Changes rows as no use case does, to bring about what would take days. Gives how many.
    ///
    /// # Errors
    /// From the database.
    pub async fn change(&mut self, sql: &str) -> Result<u64> {
        let text = AssertSqlSafe(sql.to_owned());
        let changed = match self {
            Self::Sqlite(connection) => sqlx::query(text).execute(connection).await.map(|done| done.rows_affected()),
            Self::Postgres(connection) => sqlx::query(text).execute(connection).await.map(|done| done.rows_affected()),
        };
        changed.with_context(|| sql.to_owned())
    }

    /// Every row of a tenant, whole.
    ///
    /// # Errors
    /// From the database.
    pub async fn of_tenant(&mut self, tenant: &str) -> Result<Rows> {
        let mut rows = Rows::new();
        for (table, columns) in self.tables().await? {
            let key = if table == "tenant" { "id" } else { "tenant_id" };
            if columns.contains(key) {
                rows.insert(table.clone(), self.select(&table, &columns, &format!("WHERE {key} = '{tenant}'")).await?);
            }
        }
        Ok(rows)
    }

    /// Every id that stands in a tenant's rows, its own included.
    ///
    /// # Errors
    /// From the database.
    pub async fn ids_of_tenant(&mut self, tenant: &str) -> Result<BTreeSet<String>> {
        let mut ids = BTreeSet::from([tenant.to_owned()]);
        for (table, columns) in self.tables().await? {
            if columns.contains("tenant_id") && columns.contains("id") {
                ids.extend(self.texts(format!("SELECT id FROM {table} WHERE tenant_id = '{tenant}'")).await?);
            }
        }
        Ok(ids)
    }

    /// Every row of every table, whole.
    ///
    /// # Errors
    /// From the database.
    pub async fn everything(&mut self) -> Result<Rows> {
        let mut rows = Rows::new();
        for (table, columns) in self.tables().await? {
            rows.insert(table.clone(), self.select(&table, &columns, "").await?);
        }
        Ok(rows)
    }

    async fn select(&mut self, table: &str, columns: &BTreeSet<String>, filter: &str) -> Result<Vec<String>> {
        let mut rows = match self {
            Self::Sqlite(_) => {
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                self.texts(format!("SELECT {} FROM \"{table}\" {filter}", quoted.join(" || ',' || "))).await?
            }
            Self::Postgres(_) => self.texts(format!("SELECT t::text FROM \"{table}\" t {filter}")).await?,
        };
        rows.sort();
        Ok(rows)
    }
}

//! One connection of either database: binding arguments, reading rows. The only place that meets the driver's types.

use std::sync::Arc;

use sqlx::{
    Column as _, PgConnection, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{Dialect, Row, Statement, StoreError, Value, dialect, error::because, row::Cell, statement::placeholders};

/// A borrowed connection.
pub(crate) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rows changed.
    pub(crate) async fn execute(&mut self, statement: &Statement, args: &[Value]) -> Result<u64, StoreError> {
        check_count(statement.text(self.dialect()), args)?;
        match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_with(statement.sql(Dialect::Sqlite), bind::<SqliteArguments>(args)?);
                match query.execute(&mut **connection).await {
                    Ok(done) => Ok(done.rows_affected()),
                    Err(error) => Err(dialect::name_conflict(connection, dialect::understand(error)).await),
                }
            }
            Self::Postgres(connection) => {
                let query = sqlx::query_with(statement.sql(Dialect::Postgres), bind::<PgArguments>(args)?);
                let done = query.execute(&mut **connection).await.map_err(dialect::understand)?;
                Ok(done.rows_affected())
            }
        }
    }

    pub(crate) async fn all(&mut self, statement: &Statement, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        check_count(statement.text(self.dialect()), args)?;
        match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_with(statement.sql(Dialect::Sqlite), bind::<SqliteArguments>(args)?);
                match query.fetch_all(&mut **connection).await {
                    Ok(rows) => own(&rows, sqlite_cell),
                    Err(error) => Err(dialect::name_conflict(connection, dialect::understand(error)).await),
                }
            }
            Self::Postgres(connection) => {
                let query = sqlx::query_with(statement.sql(Dialect::Postgres), bind::<PgArguments>(args)?);
                let rows = query.fetch_all(&mut **connection).await.map_err(dialect::understand)?;
                own(&rows, postgres_cell)
            }
        }
    }

    /// The first row, if any; a statement that gives more is a mistake of its writer, so it should say `LIMIT 1`.
    pub(crate) async fn optional(&mut self, statement: &Statement, args: &[Value]) -> Result<Option<Row>, StoreError> {
        // Not the driver's `fetch_optional`: that stops after the first row, and an `INSERT … RETURNING` of several rows is
        // then left unfinished on SQLite.
        Ok(self.all(statement, args).await?.into_iter().next())
    }

    /// Several statements in one text, without arguments: migrations.
    pub(crate) async fn script(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(text).execute(&mut **connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(text).execute(&mut **connection).await.map(drop),
        }
    }

    pub(crate) async fn prepare(&mut self, text: &str) -> Result<(), sqlx::Error> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        // Nothing is run, so the text can do no harm.
        let sql = sqlx::AssertSqlSafe(text.to_owned()).into_sql_str();
        match self {
            Self::Sqlite(connection) => connection.prepare(sql).await.map(drop),
            Self::Postgres(connection) => connection.prepare(sql).await.map(drop),
        }
    }
}

/// SQLite takes a missing argument for NULL, so this is checked here for both.
fn check_count(text: &str, args: &[Value]) -> Result<(), StoreError> {
    let wanted = placeholders(text);
    if wanted == args.len() {
        return Ok(());
    }
    Err(StoreError::internal(format!("{} arguments for {wanted} placeholders: {text}", args.len())))
}

fn bind<A: sqlx::Arguments>(args: &[Value]) -> Result<A, StoreError>
where
    for<'t> Option<&'t str>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<&'t [u8]>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<String>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<i64>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<f64>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
{
    let mut bound = A::default();
    bound.reserve(args.len(), args.iter().map(Value::size_bytes).sum());
    for value in args {
        match value {
            Value::Text(Some(text)) if text.contains('\0') => bound.add(Some(text.replace('\0', "\u{fffd}"))),
            Value::Text(text) => bound.add(text.as_deref()),
            Value::Int(int) => bound.add(*int),
            Value::Real(real) => bound.add(*real),
            Value::Bytes(bytes) => bound.add(bytes.as_deref()),
        }
        .map_err(|error| StoreError::Internal(because(error.to_string())))?;
    }
    Ok(bound)
}

fn own<R: sqlx::Row>(rows: &[R], cell: fn(&R, usize) -> Result<Cell, sqlx::Error>) -> Result<Vec<Row>, StoreError> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let names: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    rows.iter()
        .map(|row| {
            let cells = (0..names.len()).map(|index| cell(row, index)).collect::<Result<_, _>>();
            Ok(Row::new(Arc::clone(&names), cells.map_err(dialect::understand)?))
        })
        .collect()
}

fn sqlite_cell(row: &SqliteRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    // The type of the value itself, not of its column: SQLite's columns do not bind their values.
    let kind = value.type_info().into_owned();
    drop(value);
    match kind.name() {
        "INTEGER" => row.try_get_unchecked(index).map(Cell::Int),
        "REAL" => row.try_get_unchecked(index).map(Cell::Real),
        "TEXT" => row.try_get_unchecked(index).map(Cell::Text),
        _ => row.try_get_unchecked(index).map(Cell::Bytes),
    }
}

fn postgres_cell(row: &PgRow, index: usize) -> Result<Cell, sqlx::Error> {
    let column = row.try_column(index)?;
    if row.try_get_raw(index)?.is_null() {
        return Ok(Cell::Null);
    }
    match column.type_info().name() {
        "INT8" => row.try_get_unchecked(index).map(Cell::Int),
        "INT4" => row.try_get_unchecked::<i32, _>(index).map(|int| Cell::Int(i64::from(int))),
        "INT2" => row.try_get_unchecked::<i16, _>(index).map(|int| Cell::Int(i64::from(int))),
        "BOOL" => row.try_get_unchecked::<bool, _>(index).map(|flag| Cell::Int(i64::from(flag))),
        "FLOAT8" => row.try_get_unchecked(index).map(Cell::Real),
        "FLOAT4" => row.try_get_unchecked::<f32, _>(index).map(|real| Cell::Real(f64::from(real))),
        "TEXT" | "VARCHAR" | "NAME" | "CHAR" | "UNKNOWN" => row.try_get_unchecked(index).map(Cell::Text),
        "BYTEA" => row.try_get_unchecked(index).map(Cell::Bytes),
        // `pg_notify` answers with a void.
        "VOID" => Ok(Cell::Null),
        other => Err(sqlx::Error::Protocol(format!("column {} has type {other}: cast it to a type of this store", column.name()))),
    }
}

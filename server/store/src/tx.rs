//! Transactions.

use sqlx::{Postgres, Sqlite, Transaction};

use crate::{Args, Db, Dialect, Row, Statement, StoreError, bulk, connection::Connection, dialect};

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction that may write; made by [`Db::write`]. Dropped without [`Tx::commit`], it is rolled back.
///
/// After the first error the transaction is over: PostgreSQL would refuse whatever follows and turn the commit into a
/// rollback without a word, so on both databases every later call, the commit too, answers [`StoreError::Internal`].
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    inner: Inner,
    db: Db,
    wakes: Vec<String>,
    failed: bool,
}

impl Tx {
    pub(crate) fn new(inner: Inner, db: Db) -> Self {
        Self { inner, db, wakes: Vec::new(), failed: false }
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    fn connection(&mut self) -> Result<Connection<'_>, StoreError> {
        if self.failed {
            return Err(StoreError::internal("the transaction is over since its first error"));
        }
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => Connection::Sqlite(tx),
            Inner::Postgres(tx) => Connection::Postgres(tx),
        })
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.failed |= result.is_err();
        result
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Reference`], [`StoreError::Busy`], [`StoreError::Unreachable`],
    /// [`StoreError::Internal`].
    pub async fn execute(&mut self, statement: Statement, args: Args) -> Result<u64, StoreError> {
        self.execute_ref(&statement, &args).await
    }

    pub(crate) async fn execute_ref(&mut self, statement: &Statement, args: &Args) -> Result<u64, StoreError> {
        let result = self.connection()?.execute(statement, args.values()).await;
        self.note(result)
    }

    /// Runs a statement once for every row of arguments; how many rows that changed together. A plain
    /// `INSERT … VALUES ($1, …)` goes to the database many rows at a time.
    ///
    /// # Errors
    /// See [`Tx::execute`]; [`StoreError::Internal`] also when the rows differ in their number of arguments.
    pub async fn execute_many(&mut self, statement: Statement, rows: Vec<Args>) -> Result<u64, StoreError> {
        let rows: Vec<&Args> = rows.iter().collect();
        self.execute_rows(&statement, &rows).await
    }

    pub(crate) async fn execute_rows(&mut self, statement: &Statement, rows: &[&Args]) -> Result<u64, StoreError> {
        let dialect = self.dialect();
        let mut changed = 0;
        for part in bulk::parts(statement, dialect, rows) {
            changed += match part {
                bulk::Part::One(args) => self.execute_ref(statement, args).await?,
                bulk::Part::Joined(joined, args) => self.execute_ref(&joined, &args).await?,
            };
        }
        Ok(changed)
    }

    /// All rows that a statement gives.
    ///
    /// # Errors
    /// See [`Tx::execute`].
    pub async fn all(&mut self, statement: Statement, args: Args) -> Result<Vec<Row>, StoreError> {
        let result = self.connection()?.all(&statement, args.values()).await;
        self.note(result)
    }

    /// The first row, or none.
    ///
    /// # Errors
    /// See [`Tx::execute`].
    pub async fn optional(&mut self, statement: Statement, args: Args) -> Result<Option<Row>, StoreError> {
        let result = self.connection()?.optional(&statement, args.values()).await;
        self.note(result)
    }

    /// The first row.
    ///
    /// # Errors
    /// [`StoreError::NoRow`] when there is none, which does not end the transaction; see [`Tx::execute`].
    pub async fn one(&mut self, statement: Statement, args: Args) -> Result<Row, StoreError> {
        self.optional(statement, args).await?.ok_or(StoreError::NoRow)
    }

    /// Wakes everybody who waits on a channel (see [`Db::wake`]) once this transaction is committed, in every process that
    /// shares the database.
    pub fn notify(&mut self, channel: &str) {
        if !self.wakes.iter().any(|have| have == channel) {
            self.wakes.push(channel.to_owned());
        }
    }

    pub(crate) async fn script(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => Connection::Sqlite(tx).script(text).await,
            Inner::Postgres(tx) => Connection::Postgres(tx).script(text).await,
        };
        self.failed |= result.is_err();
        result
    }

    /// Makes everything durable and visible, then wakes who waits for it.
    ///
    /// # Errors
    /// [`StoreError::Internal`] after an earlier error; [`StoreError::Unreachable`] when the connection broke, in which case
    /// it is not known whether the commit happened; [`StoreError::Busy`].
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let channels = std::mem::take(&mut self.wakes);
        if self.dialect() == Dialect::Postgres {
            for channel in &channels {
                let args = crate::args![crate::wake::POSTGRES_CHANNEL, channel];
                self.all(dialect::NOTIFY, args).await?;
            }
        }
        self.connection()?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(dialect::understand)?;
        for channel in &channels {
            self.db.wakes().fire(channel);
        }
        Ok(())
    }

    /// Undoes everything now, rather than when the transaction is dropped.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await,
        }
        .map_err(dialect::understand)
    }
}

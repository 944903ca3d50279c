//! What can go wrong in the store.

use std::sync::Arc;

/// The reason behind a [`StoreError`], shared so that one failed commit can be told to everybody who took part in it.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A sentence as a [`Cause`].
pub(crate) fn because(sentence: impl Into<String>) -> Cause {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Sentence(String);
    Arc::new(Sentence(sentence.into()))
}

/// A refusal or failure of the store. No variant carries a value from a row.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, was shut down, or its disk does not answer.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Cause),
    /// The database answered that others are in the way for too long (lock, deadlock, no free connection); trying again helps.
    #[error("the database is busy")]
    Busy,
    /// A unique index refused the row. The name is the index's, the same on both databases (`<table>_pkey` for a primary key).
    #[error("a row with the same key exists ({constraint})")]
    Conflict {
        /// Name of the unique index.
        constraint: String,
    },
    /// A foreign key refused: the row refers to one that does not exist, or others still refer to it.
    #[error("a row that this one depends on is missing, or others depend on this one")]
    Reference,
    /// A statement that must give a row gave none.
    #[error("no such row")]
    NoRow,
    /// The result has no such column, or it holds another type or NULL.
    #[error("column {name} of the result is absent or not {wanted}")]
    Column {
        /// Name that was asked for.
        name: String,
        /// Type that was asked for.
        wanted: &'static str,
    },
    /// The schema of the database and the migrations of this program do not fit together.
    #[error("{sentence}")]
    Migration {
        /// What is wrong and what to do, for the person who starts the service.
        sentence: String,
        /// Cause in the database, when there is one.
        #[source]
        source: Option<Cause>,
    },
    /// The blob store: a bad id or the file system.
    #[error("{sentence}")]
    Blob {
        /// What was being done.
        sentence: String,
        /// Cause in the file system, when there is one.
        #[source]
        source: Option<Cause>,
    },
    /// The key file or a sealed value.
    #[error("{sentence}")]
    Secret {
        /// What is wrong and what to do. Never holds a key or a plain value.
        sentence: String,
    },
    /// A defect: a statement the database does not understand, a broken row, a wrong number of arguments.
    #[error("the database refused a statement")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// Whether this is the refusal of the unique index with this name.
    pub fn is_conflict_on(&self, index: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == index)
    }

    pub(crate) fn internal(sentence: impl Into<String>) -> Self {
        Self::Internal(because(sentence))
    }

    pub(crate) fn secret(sentence: impl Into<String>) -> Self {
        Self::Secret { sentence: sentence.into() }
    }
}

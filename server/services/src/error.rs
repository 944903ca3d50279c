//! What can go wrong inside a use case, and what of it the caller is told.

use model::Problem;
use store::StoreError;

/// The result of a use case before it meets its caller: a refusal for the person, or a defect for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The caller's to mend; passed on as it is.
    #[error("{0}")]
    Refused(#[from] Problem),
    /// The database.
    #[error("store")]
    Store(#[from] StoreError),
    /// A stored text or JSON that no longer reads back: names the table and column.
    #[error("stored value of {place} does not read back")]
    Stored {
        /// `table.column`.
        place: &'static str,
    },
    /// Work that was handed to another task did not come back.
    #[error("background task ended: {what}")]
    Task {
        /// What it was doing.
        what: &'static str,
    },
    /// The operating system.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// Cause.
        source: std::io::Error,
    },
}

impl Fault {
    /// The answer for the caller. A defect is logged here, once, with its chain, under the request's reference.
    pub fn into_problem(self, reference: &str) -> Problem {
        match self {
            Self::Refused(problem) => problem,
            Self::Store(StoreError::Unreachable(..) | StoreError::Busy) => {
                tracing::error!(reference, "the database does not answer");
                Problem::Unavailable { what: "The database does not answer at the moment. Try again shortly.".into() }
            }
            defect => {
                tracing::error!(reference, error = %chain(&defect), "request failed");
                Problem::Internal { reference: reference.to_owned() }
            }
        }
    }
}

/// An error with its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

//! Refusals of the profile API.

use model::Problem;
use serde::Serialize;

use super::{Code, Counts};
use crate::Fault;

/// A refusal: `{"code","description","message","field"?}` with an HTTP status; of a request all of whose customers were refused,
/// with each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// Code of the reference.
    pub code: &'static str,
    /// What the code means.
    pub description: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The parameter, as a path: `Records[0].Attributes.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which trying again makes sense, for the header `Retry-After`.
    #[serde(skip)]
    pub retry_after_seconds: Option<u32>,
    /// Customer by customer.
    #[serde(flatten)]
    pub counts: Option<Box<Counts>>,
}

impl Refusal {
    /// A refusal with the status of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            status: code.status(),
            code: code.word(),
            description: code.description(),
            message: message.into(),
            field: None,
            retry_after_seconds: None,
            counts: None,
        }
    }

    /// The same about a parameter.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// What the service layer said, in the API's codes.
    pub fn from_problem(problem: &Problem) -> Self {
        let code = match problem {
            Problem::Busy { .. } => Code::Busy,
            Problem::Invalid { .. } | Problem::TooLarge { .. } => Code::Parameter,
            _ => Code::Internal,
        };
        let retry_after_seconds = match problem {
            Problem::Busy { retry_after_seconds } => Some(*retry_after_seconds),
            _ => None,
        };
        Self { status: problem.status(), retry_after_seconds, ..Self::new(code, problem.message()) }
    }

    /// As [`Refusal::from_problem`]; a defect is logged under the reference.
    pub(super) fn from_fault(fault: Fault, reference: &str) -> Self {
        Self::from_problem(&fault.into_problem(reference))
    }
}

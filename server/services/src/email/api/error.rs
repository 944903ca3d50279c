//! Refusals of the message API, with the codes its callers know.

use model::Problem;
use serde::Serialize;

use crate::{Ctx, Fault};

/// A refusal: `{"code","message","field"?}` with an HTTP status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// Code of the reference.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The parameter, as a path: `to[0].email[1]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ApiError {
    /// 7000: the body is no JSON object.
    pub(super) fn no_json(message: impl Into<String>) -> Self {
        Self { status: 400, code: "7000", message: message.into(), field: None }
    }

    /// 7003: a mandatory parameter is missing.
    pub(super) fn missing(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 400, code: "7003", message: message.into(), field: Some(field.into()) }
    }

    /// 7004: a parameter's value is not accepted.
    pub(super) fn refused(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 400, code: "7004", message: message.into(), field: Some(field.into()) }
    }

    /// What the acceptance said, in the API's codes and parameter names.
    pub(super) fn from_fault(fault: Fault, ctx: &Ctx) -> Self {
        let problem = fault.into_problem(&ctx.info().request_id);
        let (status, message) = (problem.status(), problem.message());
        match &problem {
            Problem::Invalid { fields } => {
                let first = fields.first();
                let field = first.map(|first| parameter(&first.field));
                Self { status, code: "7004", message: first.map_or(message, |first| first.message.clone()), field }
            }
            Problem::TooLarge { .. } => Self { status, code: "7535", message, field: Some("content".into()) },
            Problem::Conflict { .. } => Self { status, code: "7004", message, field: Some("Idempotency-Key".into()) },
            Problem::NotFound => Self::refused("from", "No active email asset of this tenant has this address; `from` is the address of an asset."),
            _ => Self { status, code: "7006", message, field: None },
        }
    }
}

/// The API's name of a field of a send request.
fn parameter(field: &str) -> String {
    match field {
        "subject" | "text" | "html" | "attachments" => format!("content.{field}"),
        "reply_to" => "content.replyTo".into(),
        "from_name" => "options.fromName".into(),
        "callback_data" => "callbackData".into(),
        "correlation_id" => "to[0].correlationId".into(),
        other => other.to_owned(),
    }
}

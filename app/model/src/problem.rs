//! What a person or a script is told when something cannot be done.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

/// One field that was not accepted: its name as the form or the API has it, and a sentence with the cure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Name of the field as posted.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Every refusal that leaves the service layer. On the wire: `{"code","message","field"?,"fields"?,…}` with [`Problem::status`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// One or more fields were not accepted. Nothing was changed.
    Invalid {
        /// In the order of the form.
        fields: Vec<FieldProblem>,
    },
    /// Nobody is signed in, or the session or token has ended.
    Unauthenticated,
    /// It does not exist, or this caller may not see that it does.
    NotFound,
    /// The caller may see the thing but not do this to it.
    Forbidden {
        /// A sentence.
        why: String,
    },
    /// The state of the thing does not allow this now.
    Conflict {
        /// A sentence.
        what: String,
    },
    /// Too many attempts or too much load: try again later.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u32,
    },
    /// The request or file is larger than allowed.
    TooLarge {
        /// A sentence naming the limit.
        what: String,
    },
    /// Something outside (database, mail server) does not answer.
    Unavailable {
        /// A sentence.
        what: String,
    },
    /// A defect of ours; the log holds the chain under this reference.
    Internal {
        /// The request id to quote.
        reference: String,
    },
}

impl Problem {
    /// A problem with a single field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldProblem { field: field.into(), message: message.into() }] }
    }

    /// `Ok` when no field was refused.
    ///
    /// # Errors
    /// [`Problem::Invalid`] holding all of them otherwise.
    pub fn unless_empty(fields: Vec<FieldProblem>) -> Result<(), Self> {
        if fields.is_empty() { Ok(()) } else { Err(Self::Invalid { fields }) }
    }

    /// Stable code for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::NotFound => "not_found",
            Self::Forbidden { .. } => "forbidden",
            Self::Conflict { .. } => "conflict",
            Self::Busy { .. } => "busy",
            Self::TooLarge { .. } => "too_large",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }

    /// HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 400,
            Self::Unauthenticated => 401,
            Self::NotFound => 404,
            Self::Forbidden { .. } => 403,
            Self::Conflict { .. } => 409,
            Self::Busy { .. } => 429,
            Self::TooLarge { .. } => 413,
            Self::Unavailable { .. } => 503,
            Self::Internal { .. } => 500,
        }
    }

    /// The sentence for a person.
    pub fn message(&self) -> String {
        match self {
            Self::Invalid { fields } => match fields.as_slice() {
                [only] => only.message.clone(),
                many => format!("{} fields need your attention.", many.len()),
            },
            Self::Unauthenticated => "Please sign in.".into(),
            Self::NotFound => "This does not exist, or you may not see it.".into(),
            Self::Forbidden { why } => why.clone(),
            Self::Conflict { what } | Self::TooLarge { what } | Self::Unavailable { what } => what.clone(),
            Self::Busy { retry_after_seconds } => format!("Too many attempts. Try again in {retry_after_seconds} seconds."),
            Self::Internal { reference } => format!("Something went wrong on our side. Quote {reference} when you report it."),
        }
    }

    /// The refused fields, empty for every other kind.
    pub fn fields(&self) -> &[FieldProblem] {
        match self {
            Self::Invalid { fields } => fields,
            _ => &[],
        }
    }

    /// The sentence for one field, if it was refused.
    pub fn for_field(&self, field: &str) -> Option<&str> {
        self.fields().iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Problem {}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut wire = serializer.serialize_struct("Problem", 4)?;
        wire.serialize_field("code", self.code())?;
        wire.serialize_field("message", &self.message())?;
        match self {
            Self::Invalid { fields } => {
                if let Some(first) = fields.first() {
                    wire.serialize_field("field", &first.field)?;
                }
                wire.serialize_field("fields", fields)?;
            }
            Self::Busy { retry_after_seconds } => wire.serialize_field("retry_after_seconds", retry_after_seconds)?,
            Self::Internal { reference } => wire.serialize_field("reference", reference)?,
            _ => {}
        }
        wire.end()
    }
}

impl<'de> Deserialize<'de> for Problem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            code: String,
            #[serde(default)]
            message: String,
            #[serde(default)]
            fields: Vec<FieldProblem>,
            #[serde(default)]
            retry_after_seconds: u32,
            #[serde(default)]
            reference: String,
        }
        let wire = Wire::deserialize(deserializer)?;
        Ok(match wire.code.as_str() {
            "invalid" => Self::Invalid { fields: wire.fields },
            "unauthenticated" => Self::Unauthenticated,
            "not_found" => Self::NotFound,
            "forbidden" => Self::Forbidden { why: wire.message },
            "conflict" => Self::Conflict { what: wire.message },
            "busy" => Self::Busy { retry_after_seconds: wire.retry_after_seconds },
            "too_large" => Self::TooLarge { what: wire.message },
            "unavailable" => Self::Unavailable { what: wire.message },
            _ => Self::Internal { reference: wire.reference },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_wire() {
        let all = [
            Problem::field("port", "The port is a number from 1 to 65535."),
            Problem::Unauthenticated,
            Problem::NotFound,
            Problem::Forbidden { why: "Only owners change this.".into() },
            Problem::Conflict { what: "This was changed meanwhile.".into() },
            Problem::Busy { retry_after_seconds: 30 },
            Problem::TooLarge { what: "At most 25 MB.".into() },
            Problem::Unavailable { what: "The database does not answer.".into() },
            Problem::Internal { reference: "r-1".into() },
        ];
        for problem in all {
            let text = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem, "{text}");
        }
    }

    #[test]
    fn the_wire_names_the_first_field_for_scripts() {
        let text = serde_json::to_string(&Problem::field("port", "No.")).unwrap();
        assert_eq!(text, r#"{"code":"invalid","message":"No.","field":"port","fields":[{"field":"port","message":"No."}]}"#);
    }
}

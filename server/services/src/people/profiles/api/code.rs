//! Codes and operations of the profile API.

/// What happened, as its callers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Queued, or done.
    Ok,
    /// Some customers of the request were refused.
    Partial,
    /// The body is no JSON.
    NoJson,
    /// The key does not work.
    WrongKey,
    /// There is no key.
    NoKey,
    /// A parameter is missing or not accepted.
    Parameter,
    /// Our fault.
    Internal,
    /// An attribute is not accepted.
    Attribute,
    /// Too many customers.
    TooMany,
    /// There is no such customer.
    NoCustomer,
    /// There is such a customer.
    Exists,
    /// There is no outcome, or not yet.
    NoResult,
    /// Too many wrong keys.
    Busy,
}

impl Code {
    /// The code itself.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "1000",
            Self::Partial => "1002",
            Self::NoJson => "7000",
            Self::WrongKey => "7001",
            Self::NoKey => "7002",
            Self::Parameter => "7003",
            Self::Internal => "7006",
            Self::Attribute => "7011",
            Self::TooMany => "7012",
            Self::NoCustomer => "7014",
            Self::Exists => "7015",
            Self::NoResult => "7600",
            Self::Busy => "busy",
        }
    }

    /// The stored code; `None` for a text that is none.
    pub fn from_word(word: &str) -> Option<Self> {
        const STORED: [Code; 6] = [Code::Ok, Code::Parameter, Code::Internal, Code::Attribute, Code::NoCustomer, Code::Exists];
        STORED.into_iter().find(|code| code.word() == word)
    }

    /// What it means, in a word or two.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Ok => "SUCCESS",
            Self::Partial => "PARTIAL SUCCESS",
            Self::NoJson => "INVALID JSON",
            Self::WrongKey => "AUTHENTICATION FAILED",
            Self::NoKey => "KEY MISSING",
            Self::Parameter => "MANDATORY PARAMETERS MISSING OR INVALID",
            Self::Internal => "INTERNAL ERROR",
            Self::Attribute => "INVALID ATTRIBUTE VALUE",
            Self::TooMany => "BATCH SIZE LIMIT EXCEEDED",
            Self::NoCustomer => "CUSTOMER NOT FOUND",
            Self::Exists => "CUSTOMER ALREADY EXISTS",
            Self::NoResult => "NO RESULT AVAILABLE",
            Self::Busy => "TOO MANY FAILED ATTEMPTS",
        }
    }

    /// HTTP status of a refusal with this code.
    pub const fn status(self) -> u16 {
        match self {
            Self::Ok | Self::Partial => 200,
            Self::WrongKey | Self::NoKey => 401,
            Self::NoCustomer | Self::NoResult => 404,
            Self::Exists => 409,
            Self::Busy => 429,
            Self::Internal => 500,
            Self::NoJson | Self::Parameter | Self::Attribute | Self::TooMany => 400,
        }
    }
}

/// What a request does with its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Adds them.
    Create,
    /// Adds and replaces attributes.
    Update,
    /// Removes them.
    Delete,
}

impl Operation {
    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    pub(in crate::people::profiles) fn from_word(word: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|one| one.word() == word)
    }
}

//! The profile API, in the shape of the reference's Profile API v2: requests are accepted with a transaction id, carried out by
//! the [worker](super::Worker), and their outcome is asked for by that id.

mod accept;
mod code;
mod read;
mod refusal;
mod request;

pub use accept::{accept, accept_deletion};
pub use code::{Code, Operation};
pub use read::{Attribute, Found, Record, Status, get, status};
pub use refusal::Refusal;

use serde::Serialize;

use crate::{Ctx, RequestInfo, Services, auth, tenant::profile_key};

/// Customers that a request may create, ask for or delete.
pub const MAX_RECORDS: usize = 100;
/// Customers that a request may update.
pub const MAX_UPDATES: usize = 1000;

/// One customer of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemResult {
    /// As given; empty when it was missing.
    #[serde(rename = "customerId")]
    pub customer_id: String,
    /// Code of the reference.
    pub code: String,
    /// What the code means.
    pub description: String,
    /// What is wrong and what to do; absent when nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl ItemResult {
    fn new(customer_id: &str, code: Code, message: String) -> Self {
        Self { customer_id: customer_id.to_owned(), code: code.word().into(), description: code.description().into(), message }
    }

    fn queued(customer_id: &str) -> Self {
        Self { description: "QUEUED".into(), ..Self::new(customer_id, Code::Ok, String::new()) }
    }
}

/// How the customers of a request fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All.
    #[serde(rename = "TotalCount")]
    pub total: usize,
    /// Accepted, or carried out.
    #[serde(rename = "SuccessCount")]
    pub success: usize,
    /// Refused.
    #[serde(rename = "FailureCount")]
    pub failure: usize,
    /// One by one, in the order of the request.
    #[serde(rename = "Results")]
    pub results: Vec<ItemResult>,
}

impl Counts {
    fn of(results: Vec<ItemResult>) -> Self {
        let failure = results.iter().filter(|result| result.code != Code::Ok.word()).count();
        Self { total: results.len(), success: results.len() - failure, failure, results }
    }
}

/// The answer to an accepted request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queued {
    /// `1000`; `1002` when some of its customers were refused.
    pub code: &'static str,
    /// What the code means.
    pub description: &'static str,
    /// The transaction id to ask for the outcome with.
    pub transid: String,
    /// Customer by customer.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Recognises the holder of a profile key, given in the header `key` or `secretKey`. A key that works is never held up; who keeps
/// trying others is, by network address.
///
/// # Errors
/// [`Refusal`] 7002 without a key, 7001 for one that does not work, `busy` after too many of those.
pub async fn admit(services: &Services, given: Option<&str>, info: RequestInfo) -> Result<Ctx, Refusal> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Err(Refusal::new(Code::NoKey, "Send the profile key in the header `key`."));
    };
    let told = |fault: crate::Fault| Refusal::from_fault(fault, &info.request_id);
    match profile_key::holder_of(services, given).await.map_err(told)? {
        Some(holder) => Ok(Ctx::of_profile_key(holder.tenant, holder.zone, info)),
        None => {
            auth::count_wrong_key(services, &info.remote_address).await.map_err(told)?;
            Err(Refusal::new(Code::WrongKey, "This is no profile key of an organisation here, or it has been replaced and its time is over."))
        }
    }
}

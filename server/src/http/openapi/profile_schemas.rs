//! The shapes of the profile API, for the document alone: requests are read record by record
//! (`services::people::profiles::api`), so that each refusal can name its own.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Customers to create or update.
#[derive(Serialize, ToSchema)]
#[schema(example = example)]
pub struct Records {
    /// The customers.
    #[serde(rename = "Records")]
    #[schema(min_items = 1)]
    records: Vec<Record>,
}

/// One customer.
#[derive(Serialize, ToSchema)]
pub struct Record {
    /// The caller's own id of the customer: 1 to 128 characters, unique within the organisation.
    #[serde(rename = "customerId")]
    #[schema(min_length = 1, max_length = 128)]
    customer_id: String,
    /// Names and values: at most 100; names of up to 64 characters without a colon, values of up to 2000. `name`, `email` and `msisdn` (3 to 15
    /// digits) are checked and searched for; all other names are the caller's own.
    #[serde(rename = "Attributes")]
    attributes: BTreeMap<String, String>,
}

/// How the customers of a request were taken.
#[derive(Serialize, ToSchema)]
pub struct Queued {
    /// `1000` or `1002`.
    code: String,
    description: String,
    /// Asks for the outcome.
    transid: String,
    #[serde(rename = "TotalCount")]
    #[schema(minimum = 0)]
    total_count: i64,
    /// Queued.
    #[serde(rename = "SuccessCount")]
    #[schema(minimum = 0)]
    success_count: i64,
    /// Refused at once.
    #[serde(rename = "FailureCount")]
    #[schema(minimum = 0)]
    failure_count: i64,
    #[serde(rename = "Results")]
    results: Vec<ItemResult>,
}

/// How a request fared.
#[derive(Serialize, ToSchema)]
pub struct Outcome {
    /// `1000`, `1002`, `7600`, or the code of the first customer.
    code: String,
    description: String,
    transid: String,
    #[serde(rename = "TotalCount")]
    #[schema(minimum = 0)]
    total_count: i64,
    #[serde(rename = "SuccessCount")]
    #[schema(minimum = 0)]
    success_count: i64,
    #[serde(rename = "FailureCount")]
    #[schema(minimum = 0)]
    failure_count: i64,
    #[serde(rename = "Results")]
    results: Vec<ItemResult>,
}

/// One customer of a request.
#[derive(Serialize, ToSchema)]
pub struct ItemResult {
    #[serde(rename = "customerId")]
    customer_id: String,
    /// `1000`, 7003, 7006, 7011, 7014 (no such customer) or 7015 (there is one already).
    code: String,
    description: String,
    /// A sentence with the cure.
    #[schema(required = false)]
    message: String,
}

/// Customers that were looked up.
#[derive(Serialize, ToSchema)]
pub struct Found {
    /// Always 0.
    #[serde(rename = "Status")]
    status: i64,
    /// Always `success`.
    #[serde(rename = "Description")]
    description: String,
    /// `1000`, or `1002` when some do not exist.
    code: String,
    /// Reference of this request.
    transid: String,
    /// Those that exist, in the order asked for.
    #[serde(rename = "Records")]
    records: Vec<FoundRecord>,
    /// Those that do not.
    #[serde(rename = "Results")]
    #[schema(required = false)]
    results: Vec<ItemResult>,
}

/// One customer that was looked up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FoundRecord {
    attributes: Vec<Attribute>,
    /// Empty: there is no in-app channel.
    inward_links: Vec<serde_json::Value>,
    /// Empty: there is no in-app channel.
    outward_links: Vec<serde_json::Value>,
}

/// One attribute.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    name: String,
    value: String,
    /// The number of the name within the organisation.
    #[serde(rename = "ID")]
    id: i64,
}

/// What every refusal of the profile API answers.
#[derive(Serialize, ToSchema)]
pub struct ProfileRefusal {
    /// Stable, for scripts.
    code: String,
    /// What the code means.
    #[schema(required = false)]
    description: String,
    /// A sentence with the cure.
    message: String,
    /// The parameter it is about.
    #[schema(required = false)]
    field: String,
    /// Customer by customer, when all were refused.
    #[serde(rename = "Results")]
    #[schema(required = false)]
    results: Vec<ItemResult>,
}

/// A request that works.
fn example() -> serde_json::Value {
    serde_json::json!({
        "Records": [{ "customerId": "54321", "Attributes": { "name": "Ann Archer", "email": "ann@customer.example", "msisdn": "41791234567", "plan": "gold" } }],
    })
}

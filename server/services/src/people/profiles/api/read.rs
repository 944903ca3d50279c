//! What the profile API answers to questions: customers, and the outcome of a request.

use ::store::{args, sql};
use model::{
    ids::ProfileBatchId,
    people::profile::{CUSTOMER_ID, EMAIL, MSISDN, NAME},
};
use serde::Serialize;

use super::{Code, Counts, ItemResult, MAX_RECORDS, Refusal};
use crate::{
    Ctx, Fault, Services,
    people::profiles::store::{self, Names, Stored},
};

/// One attribute of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The number of its name within the tenant.
    #[serde(rename = "ID")]
    pub id: i64,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Record {
    /// What is known.
    pub attributes: Vec<Attribute>,
    /// Profiles of apps that lead here; this installation has no in-app channel, so there are none.
    pub inward_links: Vec<serde_json::Value>,
    /// As above.
    pub outward_links: Vec<serde_json::Value>,
}

/// The customers asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Always 0.
    #[serde(rename = "Status")]
    pub status: i64,
    /// Always `success`.
    #[serde(rename = "Description")]
    pub description: &'static str,
    /// `1000`; `1002` when some do not exist.
    pub code: &'static str,
    /// Reference of this request.
    pub transid: String,
    /// Those that exist, in the order asked for.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
    /// Those that do not.
    #[serde(rename = "Results", skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<ItemResult>,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// `1000` all done, `1002` some, `7600` not yet; when none was done, the code of the first.
    pub code: String,
    /// What the code means.
    pub description: String,
    /// The transaction id.
    pub transid: String,
    /// Customer by customer.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The customers with these ids. `links` is the parameter `showinwardlinks`.
///
/// # Errors
/// [`Refusal`]: 7003 without an id or for other links than `0`, `1` and `2`, 7012 beyond [`MAX_RECORDS`] ids, 7014 when none of
/// them exists.
pub async fn get(services: &Services, ctx: &Ctx, ids: &[String], links: Option<&str>) -> Result<Found, Refusal> {
    check_count(ids)?;
    if links.is_some_and(|links| !matches!(links, "0" | "1" | "2")) {
        return Err(Refusal::new(Code::Parameter, "`showinwardlinks` is 0, 1 or 2.").at("showinwardlinks"));
    }
    find(services, ctx, ids).await.map_err(|fault| Refusal::from_fault(fault, &ctx.info().request_id))?
}

pub(super) fn check_count(ids: &[String]) -> Result<(), Refusal> {
    if ids.is_empty() {
        return Err(Refusal::new(Code::Parameter, "`customerId` is missing.").at(CUSTOMER_ID));
    }
    if ids.len() > MAX_RECORDS {
        return Err(Refusal::new(Code::TooMany, format!("A request names at most {MAX_RECORDS} customers.")).at(CUSTOMER_ID));
    }
    Ok(())
}

async fn find(services: &Services, ctx: &Ctx, ids: &[String]) -> Result<Result<Found, Refusal>, Fault> {
    let names = Names::read(&services.db, ctx.tenant()).await?;
    let (mut records, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match store::by_customer(&services.db, ctx.tenant(), id).await? {
            Some(stored) => records.push(record(&stored, &names)),
            None => missing.push(ItemResult::new(id, Code::NoCustomer, "There is no customer with this id.".into())),
        }
    }
    if records.is_empty() {
        return Ok(Err(Refusal {
            counts: Some(Box::new(Counts::of(missing))),
            ..Refusal::new(Code::NoCustomer, "There is no customer with this id.")
        }));
    }
    let code = if missing.is_empty() { Code::Ok } else { Code::Partial };
    let transid = ctx.info().request_id.clone();
    Ok(Ok(Found { status: 0, description: "success", code: code.word(), transid, records, missing }))
}

fn record(stored: &Stored, names: &Names) -> Record {
    let mut all = stored.all();
    let mut attributes = Vec::with_capacity(all.len() + 1);
    let mut add = |name: &str, value: String| attributes.push(Attribute { name: name.to_owned(), value, id: names.get(name) });
    for own in [NAME, EMAIL, MSISDN] {
        if let Some(value) = all.remove(own) {
            add(own, value);
        }
    }
    add(CUSTOMER_ID, stored.customer_id.clone());
    for (name, value) in all {
        add(&name, value);
    }
    Record { attributes, inward_links: Vec::new(), outward_links: Vec::new() }
}

/// How a request fared. Outcomes are kept for a week.
///
/// # Errors
/// [`Refusal`] 7600 (404) when the tenant has no such request.
pub async fn status(services: &Services, ctx: &Ctx, transid: &str) -> Result<Status, Refusal> {
    let unknown = || Refusal::new(Code::NoResult, "There is no request with this transaction id, or its outcome is older than a week.");
    let Ok(batch) = transid.parse::<ProfileBatchId>() else { return Err(unknown()) };
    let found = outcome(services, ctx, batch).await.map_err(|fault| Refusal::from_fault(fault, &ctx.info().request_id))?;
    found.ok_or_else(unknown)
}

async fn outcome(services: &Services, ctx: &Ctx, batch: ProfileBatchId) -> Result<Option<Status>, Fault> {
    // State and items in one statement: between two, the worker could finish.
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT b.status, i.customer_id, i.code, i.detail FROM people_profile_batch b
                 JOIN people_profile_item i ON i.batch_id = b.id AND i.tenant_id = b.tenant_id
                 WHERE b.tenant_id = $1 AND b.id = $2 ORDER BY i.position LIMIT 10000"
            ),
            args![ctx.tenant().uuid(), batch.uuid()],
        )
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let done = first.str("status")? == "done";
    let mut results = Vec::with_capacity(rows.len());
    for row in &rows {
        let customer = row.str("customer_id")?;
        results.push(match row.str("code")? {
            "" => ItemResult::queued(customer),
            word => {
                let code = Code::from_word(word).ok_or(Fault::Stored { place: "people_profile_item.code" })?;
                ItemResult::new(customer, code, row.text("detail")?)
            }
        });
    }
    let counts = Counts::of(results);
    let (code, description) = match (done, counts.success, counts.failure) {
        (false, ..) => (Code::NoResult.word().to_owned(), Code::NoResult.description().to_owned()),
        (true, _, 0) => (Code::Ok.word().to_owned(), Code::Ok.description().to_owned()),
        (true, 0, _) => counts.results.first().map(|first| (first.code.clone(), first.description.clone())).unwrap_or_default(),
        (true, ..) => (Code::Partial.word().to_owned(), Code::Partial.description().to_owned()),
    };
    Ok(Some(Status { code, description, transid: batch.to_string(), counts }))
}

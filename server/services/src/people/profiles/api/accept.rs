//! Accepting a request: its customers are checked, and those that pass are kept before the answer leaves.

use ::store::{Args, args, sql};
use model::{
    ids::ProfileBatchId,
    people::profile::{Attributes, check_customer_id},
};

use super::{
    Code, Counts, ItemResult, MAX_RECORDS, MAX_UPDATES, Operation, Queued, Refusal,
    request::{self, Record},
};
use crate::{
    Ctx, Fault, Services,
    people::profiles::{store::write_attributes, worker},
};

/// Takes a request that creates or updates customers. `Ok` means that it is committed and will be carried out, once.
///
/// # Errors
/// [`Refusal`]: 7000 no JSON, 7003 `Records` missing, 7012 too many; when no customer of it passes, 7003 or 7011 as the first of
/// them.
pub async fn accept(services: &Services, ctx: &Ctx, operation: Operation, body: &[u8]) -> Result<Queued, Refusal> {
    let most = if operation == Operation::Update { MAX_UPDATES } else { MAX_RECORDS };
    submit(services, ctx, operation, request::read(body, operation, most)?).await
}

/// Takes a request that deletes customers.
///
/// # Errors
/// [`Refusal`]: 7003 without an id, 7012 beyond [`MAX_RECORDS`] of them.
pub async fn accept_deletion(services: &Services, ctx: &Ctx, ids: Vec<String>) -> Result<Queued, Refusal> {
    super::read::check_count(&ids)?;
    let record = |id: String| {
        let attributes = check_customer_id(&id).map(|()| Attributes::new()).map_err(|why| (Code::Parameter, why));
        Record { customer_id: id.chars().take(model::people::profile::MAX_ID_CHARS).collect(), attributes }
    };
    submit(services, ctx, Operation::Delete, ids.into_iter().map(record).collect()).await
}

async fn submit(services: &Services, ctx: &Ctx, operation: Operation, records: Vec<Record>) -> Result<Queued, Refusal> {
    let results = records.iter().map(|record| match &record.attributes {
        Ok(_) => ItemResult::queued(&record.customer_id),
        Err((code, message)) => ItemResult::new(&record.customer_id, *code, message.clone()),
    });
    let counts = Counts::of(results.collect());
    if counts.success == 0 {
        let first = records.iter().enumerate().find_map(|(position, record)| Some((position, record.attributes.as_ref().err()?)));
        let (position, code, message) = first.map_or((0, Code::Parameter, String::new()), |(at, (code, message))| (at, *code, message.clone()));
        let field = if operation == Operation::Delete { "customerId".to_owned() } else { format!("Records[{position}]") };
        return Err(Refusal { counts: Some(Box::new(counts)), ..Refusal::new(code, message).at(field) });
    }
    let batch = store(services, ctx, operation, &records).await.map_err(|fault| Refusal::from_fault(fault, &ctx.info().request_id))?;
    let (code, description) = if counts.failure == 0 { (Code::Ok, "QUEUED") } else { (Code::Partial, Code::Partial.description()) };
    Ok(Queued { code: code.word(), description, transid: batch.to_string(), counts })
}

async fn store(services: &Services, ctx: &Ctx, operation: Operation, records: &[Record]) -> Result<ProfileBatchId, Fault> {
    let now = services.now();
    let batch = ProfileBatchId::new(services.entropy.uuid(now));
    let mut items = Vec::with_capacity(records.len());
    for (position, record) in (0_i64..).zip(records) {
        items.push(item(ctx, batch, position, record)?);
    }
    let mut tx = services.db.write().await?;
    tx.execute(
        sql!(
            "INSERT INTO people_profile_batch (id, tenant_id, operation, status, remote_address, request_id, created_micros)
             VALUES ($1, $2, $3, 'queued', $4, $5, $6)"
        ),
        args![batch.uuid(), ctx.tenant().uuid(), operation.word(), ctx.info().remote_address.as_str(), ctx.info().request_id.as_str(), now],
    )
    .await?;
    tx.execute_many(
        sql!(
            "INSERT INTO people_profile_item (batch_id, position, tenant_id, customer_id, attributes, code, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        items,
    )
    .await?;
    worker::enqueue(&mut tx, services, ctx.tenant(), batch).await?;
    tx.commit().await?;
    Ok(batch)
}

fn item(ctx: &Ctx, batch: ProfileBatchId, position: i64, record: &Record) -> Result<Args, Fault> {
    const PLACE: &str = "people_profile_item.attributes";
    let (attributes, code, detail) = match &record.attributes {
        Ok(attributes) => (write_attributes(attributes, PLACE)?, "", ""),
        Err((code, message)) => ("{}".to_owned(), code.word(), message.as_str()),
    };
    Ok(args![batch.uuid(), position, ctx.tenant().uuid(), record.customer_id.as_str(), attributes, code, detail])
}

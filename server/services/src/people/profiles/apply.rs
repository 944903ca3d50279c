//! Accepted requests of the profile API become profiles: one transaction for each request, oldest first, so that a request is
//! carried out once and wholly, however many processes work and wherever one of them dies.

use ::store::{Row, Tx, args, sql};
use model::{
    ids::{ProfileBatchId, ProfileId, TenantId},
    people::profile::{Attributes, MAX_ATTRIBUTES},
};

use super::{
    api::{Code, Operation},
    store::{self, Names, Stored, read_attributes},
};
use crate::{
    Ctx, Fault, RequestInfo, Services,
    audit::{self, Event},
};

/// A request that waits.
struct Batch {
    id: ProfileBatchId,
    operation: Operation,
    info: RequestInfo,
}

/// One customer of it.
struct Item {
    position: i64,
    customer_id: String,
    attributes: Attributes,
}

/// Carries out the tenant's oldest waiting request. `None` when none waits; else which it was.
pub(super) async fn next(services: &Services, tenant: TenantId) -> Result<Option<ProfileBatchId>, Fault> {
    let mut tx = services.db.write().await?;
    // Workers of the same tenant come one after the other.
    crate::tenant::store::lock(&mut tx, tenant).await?;
    let Some(batch) = oldest(&mut tx, tenant).await? else { return Ok(None) };
    let mut names = Names::load(&mut tx, tenant).await?;
    let (mut done, mut refused) = (0_u32, 0_u32);
    for item in waiting(&mut tx, tenant, batch.id).await? {
        let (code, detail) = apply(&mut tx, services, tenant, batch.operation, &item, &mut names).await?;
        finish_item(&mut tx, tenant, batch.id, item.position, code, &detail).await?;
        if code == Code::Ok { done += 1 } else { refused += 1 }
    }
    finish(&mut tx, services, tenant, &batch, done, refused).await?;
    tx.commit().await?;
    Ok(Some(batch.id))
}

/// Ends the tenant's oldest waiting request with an error of ours, so that those behind it are not held up for ever.
pub(super) async fn give_up(services: &Services, tenant: TenantId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, tenant).await?;
    let Some(batch) = oldest(&mut tx, tenant).await? else { return Ok(()) };
    let failed = tx
        .execute(
            sql!(
                "UPDATE people_profile_item SET code = $3, detail = $4, attributes = '{}'
                 WHERE tenant_id = $1 AND batch_id = $2 AND code = ''"
            ),
            args![tenant.uuid(), batch.id.uuid(), Code::Internal.word(), "It could not be carried out. Send it again."],
        )
        .await?;
    finish(&mut tx, services, tenant, &batch, 0, u32::try_from(failed).unwrap_or(u32::MAX)).await?;
    tx.commit().await?;
    Ok(())
}

async fn oldest(tx: &mut Tx, tenant: TenantId) -> Result<Option<Batch>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, operation, remote_address, request_id FROM people_profile_batch
                 WHERE tenant_id = $1 AND status = 'queued' ORDER BY id LIMIT 1"
            ),
            args![tenant.uuid()],
        )
        .await?;
    let read = |row: Row| -> Result<Batch, Fault> {
        Ok(Batch {
            id: row.parse("id")?,
            operation: Operation::from_word(row.str("operation")?).ok_or(Fault::Stored { place: "people_profile_batch.operation" })?,
            info: RequestInfo { remote_address: row.text("remote_address")?, user_agent: String::new(), request_id: row.text("request_id")? },
        })
    };
    found.map(read).transpose()
}

async fn waiting(tx: &mut Tx, tenant: TenantId, batch: ProfileBatchId) -> Result<Vec<Item>, Fault> {
    let rows = tx
        .all(
            sql!(
                "SELECT position, customer_id, attributes FROM people_profile_item
                 WHERE tenant_id = $1 AND batch_id = $2 AND code = '' ORDER BY position LIMIT 10000"
            ),
            args![tenant.uuid(), batch.uuid()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Item {
                position: row.int("position")?,
                customer_id: row.text("customer_id")?,
                attributes: read_attributes(row.str("attributes")?, "people_profile_item.attributes")?,
            })
        })
        .collect()
}

/// One customer: the code of the outcome, and a sentence when it was refused.
async fn apply(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    operation: Operation,
    item: &Item,
    names: &mut Names,
) -> Result<(Code, String), Fault> {
    let now = services.now();
    let present = store::by_customer_in(tx, tenant, &item.customer_id).await?;
    match (operation, present) {
        (Operation::Create, Some(_)) => Ok((Code::Exists, "There is already a customer with this id; update it instead.".into())),
        (Operation::Update | Operation::Delete, None) => Ok((Code::NoCustomer, "There is no customer with this id.".into())),
        (Operation::Delete, Some(_)) => {
            store::delete(tx, tenant, &item.customer_id).await?;
            Ok((Code::Ok, String::new()))
        }
        (Operation::Create, None) => {
            if let Some(name) = names.number(tx, &item.attributes).await? {
                return Ok((Code::Attribute, Names::full(&name)));
            }
            let id = ProfileId::new(services.entropy.uuid(now));
            store::insert(tx, tenant, &Stored::new(id, &item.customer_id, item.attributes.clone(), now)).await?;
            Ok((Code::Ok, String::new()))
        }
        (Operation::Update, Some(before)) => {
            // What is named is added or replaced; an empty value takes it away.
            let mut all = before.all();
            all.extend(item.attributes.clone());
            all.retain(|_, value| !value.is_empty());
            if all.len() > MAX_ATTRIBUTES {
                return Ok((Code::Attribute, format!("With these the customer has more than {MAX_ATTRIBUTES} attributes.")));
            }
            if let Some(name) = names.number(tx, &item.attributes).await? {
                return Ok((Code::Attribute, Names::full(&name)));
            }
            store::update(tx, tenant, &before.with(all, now)).await?;
            Ok((Code::Ok, String::new()))
        }
    }
}

async fn finish_item(tx: &mut Tx, tenant: TenantId, batch: ProfileBatchId, position: i64, code: Code, detail: &str) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE people_profile_item SET code = $4, detail = $5, attributes = '{}'
             WHERE tenant_id = $1 AND batch_id = $2 AND position = $3"
        ),
        args![tenant.uuid(), batch.uuid(), position, code.word(), detail],
    )
    .await?;
    Ok(())
}

/// Marks the request as done and tells the audit log, one entry for all its customers.
async fn finish(tx: &mut Tx, services: &Services, tenant: TenantId, batch: &Batch, done: u32, refused: u32) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_profile_batch SET status = 'done', finished_micros = $3 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), batch.id.uuid(), services.now()],
    )
    .await?;
    let ctx = Ctx::of_profile_key(tenant, crate::clock::Zone::utc(), batch.info.clone());
    let changes =
        audit::diff(&[], &[("operation", batch.operation.word().to_owned()), ("customers", done.to_string()), ("refused", refused.to_string())]);
    let event = Event {
        action: "people.profiles.received",
        subject_kind: "profile_batch",
        subject_id: batch.id.to_string(),
        subject_name: String::new(),
        changes,
    };
    audit::record(tx, services, &ctx, event).await
}

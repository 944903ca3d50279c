//! Customers' profiles: looked up and changed by people here, by other systems through the profile API ([`api`]).

pub mod api;
mod apply;
mod export;
mod interactions;
mod store;
mod worker;

#[cfg(test)]
mod tests;

use model::{
    Problem,
    ids::ProfileId,
    page::{Page, PageRequest},
    people::{
        Capability,
        profile::{Attributes, CUSTOMER_ID, EMAIL, MSISDN, NAME, Profile, ProfileForm, ProfileRow, check_customer_id, digits_of},
    },
};

pub use export::export_csv;
pub use worker::{QUEUE, Worker, sweep};

use self::store::{Listed, Query, Stored};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    cursor,
};

/// Customers by name. `search` finds parts of name, address, number and customer id.
///
/// # Errors
/// [`Problem::Invalid`] on `after` when it is no cursor of this list.
pub async fn list(services: &Services, ctx: &Ctx, request: &PageRequest) -> Result<Page<ProfileRow>, Fault> {
    let after = cursor::decode::<2>(&request.after)?;
    let mut rows = store::page(&services.db, ctx.tenant(), &query_of(&request.search, after, i64::from(request.rows()) + 1)).await?;
    let shown = usize::try_from(request.rows()).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|row| cursor::encode(row.key()));
    Ok(Page { items: rows.into_iter().map(|listed| shown_row(listed.stored, ctx)).collect(), next })
}

fn query_of(search: &str, after: Option<[String; 2]>, rows: i64) -> Query {
    // A number is found however it is written.
    let number = digits_of(search).map(|digits| cursor::contains(&digits)).unwrap_or_default();
    Query { pattern: cursor::contains(search), number, after, rows }
}

/// One customer, with mail from and to them for holders of `email.inbox`.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get(services: &Services, ctx: &Ctx, id: ProfileId) -> Result<Profile, Fault> {
    let stored = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let interactions = if ctx.may(Capability::EmailInbox) { Some(interactions::of(services, ctx, &stored.email).await?) } else { None };
    Ok(Profile {
        attributes: stored.attributes.clone(),
        version: stored.version,
        created: ctx.zone().stamp(stored.created_micros),
        row: shown_row(stored, ctx),
        interactions,
    })
}

/// Adds a customer. For holders of `people.profiles_write`.
///
/// # Errors
/// [`Problem::Invalid`] on `customer_id` (also when there is one with this id) or a field of the form.
pub async fn create(services: &Services, ctx: &Ctx, customer_id: &str, form: &ProfileForm) -> Result<ProfileId, Fault> {
    let customer_id = customer_id.trim();
    check_customer_id(customer_id).map_err(|why| Problem::field("customer_id", why))?;
    let attributes = form.read()?;
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let mut names = store::Names::load(&mut tx, ctx.tenant()).await?;
    known(names.number(&mut tx, &attributes).await?)?;
    let id = ProfileId::new(services.entropy.uuid(services.now()));
    let stored = Stored::new(id, customer_id, attributes, services.now());
    if !store::insert(&mut tx, ctx.tenant(), &stored).await? {
        return Err(Problem::field("customer_id", "There is already a customer with this id.").into());
    }
    let changes = audit::diff(&[], &stored.pairs());
    audit::record(&mut tx, services, ctx, about("people.profile.created", &stored, changes)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a customer: what the form leaves out is removed. For holders of `people.profiles_write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it was changed since `version`; [`Problem::Invalid`] on a field of the form.
pub async fn update(services: &Services, ctx: &Ctx, id: ProfileId, version: i64, form: &ProfileForm) -> Result<(), Fault> {
    let attributes = form.read()?;
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if before.version != version {
        return Err(Problem::Conflict { what: "This customer was changed meanwhile. Load the page again and repeat your change.".into() }.into());
    }
    let mut names = store::Names::load(&mut tx, ctx.tenant()).await?;
    known(names.number(&mut tx, &attributes).await?)?;
    let after = before.with(attributes, services.now());
    let changes = audit::diff(&before.pairs(), &after.pairs());
    if changes.is_empty() {
        return Ok(());
    }
    store::update(&mut tx, ctx.tenant(), &after).await?;
    audit::record(&mut tx, services, ctx, about("people.profile.updated", &after, changes)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a customer for good. Mail from and to them stays. For holders of `people.profiles_write`.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn delete(services: &Services, ctx: &Ctx, id: ProfileId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    store::delete(&mut tx, ctx.tenant(), &before.customer_id).await?;
    // That there was one, not what was known: who asks to be forgotten is.
    let event = Event { subject_name: String::new(), ..about("people.profile.deleted", &before, Vec::new()) };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Turns the name that has no number left into the refusal of a form.
fn known(unnumbered: Option<String>) -> Result<(), Problem> {
    match unnumbered {
        None => Ok(()),
        Some(name) => Err(Problem::field("attributes", store::Names::full(&name))),
    }
}

fn shown_row(stored: Stored, ctx: &Ctx) -> ProfileRow {
    ProfileRow {
        id: stored.id,
        customer_id: stored.customer_id,
        name: stored.name,
        email: stored.email,
        msisdn: stored.msisdn,
        updated: ctx.zone().stamp(stored.updated_micros),
    }
}

fn about(action: &'static str, stored: &Stored, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "profile", subject_id: stored.id.to_string(), subject_name: stored.customer_id.clone(), changes }
}

impl Stored {
    /// A new profile; `attributes` in stored form, those that are empty left out.
    fn new(id: ProfileId, customer_id: &str, attributes: Attributes, now: i64) -> Self {
        let empty = Self {
            id,
            customer_id: customer_id.to_owned(),
            name: String::new(),
            email: String::new(),
            msisdn: String::new(),
            attributes: Attributes::new(),
            version: 0,
            created_micros: now,
            updated_micros: now,
        };
        empty.with(attributes, now)
    }

    /// The same customer with these attributes and no others.
    fn with(&self, mut attributes: Attributes, now: i64) -> Self {
        attributes.remove(CUSTOMER_ID);
        attributes.retain(|_, value| !value.is_empty());
        let mut own = |name: &str| attributes.remove(name).unwrap_or_default();
        let (name, email, msisdn) = (own(NAME), own(EMAIL), own(MSISDN));
        Self { customer_id: self.customer_id.clone(), name, email, msisdn, attributes, version: self.version + 1, updated_micros: now, ..*self }
    }

    /// All attributes, those of the columns included; empty ones are left out.
    fn all(&self) -> Attributes {
        let own = [(NAME, &self.name), (EMAIL, &self.email), (MSISDN, &self.msisdn)];
        let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value.clone()));
        own.chain(self.attributes.clone()).collect()
    }

    /// For the audit log.
    fn pairs(&self) -> Vec<(&str, String)> {
        let own = [(NAME, &self.name), (EMAIL, &self.email), (MSISDN, &self.msisdn)];
        let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone()));
        own.chain(self.attributes.iter().map(|(name, value)| (name.as_str(), value.clone()))).collect()
    }
}

impl Listed {
    fn key(&self) -> [String; 2] {
        [self.sort_key.clone(), self.stored.id.to_string()]
    }
}

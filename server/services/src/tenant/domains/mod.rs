//! Which email domains people of the tenant may have (spec tenant-settings, Email Domains). A domain counts exactly as it
//! stands: `connect.com` does not admit `abc.connect.com`. An empty list admits everybody.

mod name;
mod store;

#[cfg(test)]
mod tests;

use ::store::Tx;
use model::{
    FieldProblem, Problem,
    email::address::domain_of,
    ids::TenantId,
    people::Capability,
    tenant::domains::{AllowedDomain, AllowedDomains, MOST_DOMAINS, NOT_ADMITTED, Outside, OutsideUser},
};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
};

/// People outside the list that are named; the rest is counted.
const NAMED: usize = 50;

/// Whether an address may belong to a person of this tenant: to be asked wherever somebody is added, invited, imported, let in
/// by single sign-on, or given another address.
///
/// # Errors
/// [`Problem::Invalid`] on `email`, exactly `User domain not in allowed list`.
pub async fn admits(services: &Services, tenant: TenantId, email: &str) -> Result<(), Fault> {
    Ok(judge(&store::list(&services.db, tenant).await?, email)?)
}

/// [`admits`] inside a transaction.
///
/// # Errors
/// As [`admits`].
pub async fn admits_in(tx: &mut Tx, tenant: TenantId, email: &str) -> Result<(), Fault> {
    Ok(judge(&store::list_in(tx, tenant).await?, email)?)
}

fn judge(list: &[String], email: &str) -> Result<(), Problem> {
    if is_inside(list, email) { Ok(()) } else { Err(Problem::field("email", NOT_ADMITTED)) }
}

/// An address whose domain is none is inside an empty list only.
fn is_inside(list: &[String], email: &str) -> bool {
    list.is_empty() || name::to_ascii(&domain_of(email.trim())).is_some_and(|domain| list.contains(&domain))
}

/// The stored form of a domain; `None` when it is none.
pub(crate) fn stored_form(domain: &str) -> Option<String> {
    name::to_ascii(domain)
}

/// The list, and whom it leaves outside as far as the caller may see people. For holders of `tenant.read`.
///
/// # Errors
/// [`Fault::Store`] only.
pub async fn get(services: &Services, ctx: &Ctx) -> Result<AllowedDomains, Fault> {
    let list = store::list(&services.db, ctx.tenant()).await?;
    let outside = outside(services, ctx, &list).await?;
    let domains = list.into_iter().map(|ascii| AllowedDomain { shown: name::shown(&ascii), ascii }).collect();
    Ok(AllowedDomains { domains, outside })
}

/// Whom a list would leave outside if it were saved. For holders of `tenant.write`.
///
/// # Errors
/// As [`update`].
pub async fn preview(services: &Services, ctx: &Ctx, typed: &str) -> Result<Outside, Fault> {
    outside(services, ctx, &parse_list(typed)?).await
}

/// Replaces the list. `typed` parts the domains by commas, semicolons or white space. People who are here already stay. For
/// holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `domains` with the first entry that is no domain, stands in the list twice (in another spelling
/// too), is reserved or an IP address, or when there are more than [`MOST_DOMAINS`].
pub async fn update(services: &Services, ctx: &Ctx, typed: &str) -> Result<(), Fault> {
    let wanted = parse_list(typed)?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::list_in(&mut tx, ctx.tenant()).await?;
    let mut after = wanted.clone();
    after.sort_unstable();
    if before == after {
        return Ok(());
    }
    for gone in before.iter().filter(|domain| !after.contains(domain)) {
        store::delete(&mut tx, ctx.tenant(), gone).await?;
    }
    for new in after.iter().filter(|domain| !before.contains(domain)) {
        store::insert(&mut tx, ctx.tenant(), new, now).await?;
    }
    let event = Event {
        action: "tenant.domains.updated",
        subject_kind: "tenant",
        subject_id: ctx.tenant().to_string(),
        subject_name: ctx.tenant_name().to_owned(),
        changes: audit::diff(&[("domains", before.join(", "))], &[("domains", after.join(", "))]),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// The stored forms, in the order typed.
fn parse_list(typed: &str) -> Result<Vec<String>, Problem> {
    let mut list: Vec<(String, &str)> = Vec::new();
    let mut problems = Vec::new();
    let mut refuse = |message: String| problems.push(FieldProblem { field: "domains".into(), message });
    for entry in typed.split(|sign: char| matches!(sign, ',' | ';') || sign.is_whitespace()).filter(|entry| !entry.is_empty()) {
        match name::parse(entry) {
            Err(why) => refuse(why),
            Ok(domain) => match list.iter().find(|(known, _)| *known == domain) {
                Some((_, spelling)) if *spelling == entry => refuse(format!("{entry} stands in the list twice; remove one.")),
                Some((_, spelling)) => refuse(format!("{spelling} and {entry} are the same domain; remove one.")),
                None => list.push((domain, entry)),
            },
        }
    }
    if list.len() > MOST_DOMAINS {
        refuse(format!("The list has {} domains; {MOST_DOMAINS} is the most.", list.len()));
    }
    // One sentence at the field at a time: it is one box.
    problems.truncate(1);
    Problem::unless_empty(problems)?;
    Ok(list.into_iter().map(|(domain, _)| domain).collect())
}

async fn outside(services: &Services, ctx: &Ctx, list: &[String]) -> Result<Outside, Fault> {
    if list.is_empty() || !ctx.may(Capability::PeopleRead) {
        return Ok(Outside { you: !is_inside(list, ctx.email()), ..Outside::default() });
    }
    let mut found = Outside::default();
    for person in store::present(&services.db, ctx.tenant()).await? {
        if is_inside(list, &person.email) {
            continue;
        }
        found.count += 1;
        found.you |= ctx.user() == Some(person.user);
        if found.some.len() < NAMED {
            found.some.push(OutsideUser { name: person.name, email: person.email });
        }
    }
    Ok(found)
}

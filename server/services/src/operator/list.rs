//! The tenants that an operator may enter.

use model::{
    operator::OpenTenant,
    page::{DEFAULT_PAGE, Page},
};

use super::{Pass, store};
use crate::{Fault, Services, cursor, tenant};

/// Tenants that allow the help desk now, by name; those that do not are not shown at all. `search` is words of the name.
///
/// # Errors
/// [`model::Problem::Invalid`] on `after` when it is no cursor of this list.
pub async fn open_tenants(services: &Services, _pass: &Pass, search: &str, after: &str) -> Result<Page<OpenTenant>, Fault> {
    let after = cursor::decode::<2>(after)?.unwrap_or_default();
    let pattern = cursor::contains(search);
    let mut rows = store::open_tenants(&services.db, services.now(), &pattern, &after, i64::from(DEFAULT_PAGE) + 1).await?;
    let shown = usize::try_from(DEFAULT_PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|row| cursor::encode([row.name.clone(), row.id.to_string()]));
    let items = rows.into_iter().map(|row| {
        let zone = tenant::stored_zone(&row.time_zone)?;
        Ok(OpenTenant { id: row.id, name: row.name, decrypt: row.decrypt, until: zone.stamp_opt(row.until_micros) })
    });
    Ok(Page { items: items.collect::<Result<_, Fault>>()?, next })
}

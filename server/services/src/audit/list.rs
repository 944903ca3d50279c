//! The audit page: filters and paging.

use model::{
    FieldProblem, Problem,
    audit::{AuditEntry, AuditFilter},
    page::{DEFAULT_PAGE, Page},
};

use super::store::{self, Line, Query};
use crate::{Ctx, Fault, Services, clock::Zone, cursor};

/// Entries that match, newest first, [`DEFAULT_PAGE`] at a time.
///
/// # Errors
/// [`Problem::Invalid`] on `from`, `until` (no date) or `after` (no cursor of this list).
pub async fn list(services: &Services, ctx: &Ctx, filter: &AuditFilter) -> Result<Page<AuditEntry>, Fault> {
    let mut query = query_of(filter, ctx.zone())?;
    let page = page(services, ctx, &mut query, DEFAULT_PAGE, ctx.zone()).await?;
    Ok(Page { items: page.items.into_iter().map(|line| line.entry).collect(), next: page.next })
}

/// One page of `rows` entries; leaves the query pointing behind it.
pub(super) async fn page(services: &Services, ctx: &Ctx, query: &mut Query, rows: u32, zone: &Zone) -> Result<Page<Line>, Fault> {
    // One more than shown tells whether there is a further page.
    query.rows = i64::from(rows) + 1;
    let mut items = store::page(&services.db, ctx.tenant(), query, zone).await?;
    let shown = usize::try_from(rows).unwrap_or(usize::MAX);
    let more = items.len() > shown;
    items.truncate(shown);
    let Some(last) = items.last().filter(|_| more) else { return Ok(Page { items, next: None }) };
    query.before_id = last.entry.id.to_string();
    let next = Some(cursor::encode([query.before_id.clone()]));
    Ok(Page { items, next })
}

/// Resolves the texts of the filter.
pub(super) fn query_of(filter: &AuditFilter, zone: &Zone) -> Result<Query, Problem> {
    let mut problems = Vec::new();
    let from_micros = moment(&filter.from, "from", |day| zone.day_start(day), i64::MIN, &mut problems);
    let until_micros = moment(&filter.until, "until", |day| zone.day_end(day), i64::MAX, &mut problems);
    Problem::unless_empty(problems)?;
    let before_id = cursor::decode::<1>(&filter.after)?.map(|[id]| id).unwrap_or_default();
    let action = filter.action.trim().trim_end_matches('.').to_owned();
    let action_below = format!("{}.%", cursor::escape(&action));
    let mut words: [String; 4] = Default::default();
    // The last pattern takes whatever is left, spaces included.
    for (word, text) in words.iter_mut().zip(filter.search.trim().splitn(4, char::is_whitespace)) {
        *word = cursor::contains(text);
    }
    let (actor, subject) = (cursor::contains(&filter.actor), cursor::contains(&filter.subject));
    Ok(Query { from_micros, until_micros, action, action_below, words, actor, subject, before_id, rows: 0 })
}

fn moment(day: &str, field: &str, find: impl Fn(&str) -> Option<i64>, open_end: i64, problems: &mut Vec<FieldProblem>) -> i64 {
    if day.trim().is_empty() {
        return open_end;
    }
    find(day.trim()).unwrap_or_else(|| {
        problems.push(FieldProblem { field: field.to_owned(), message: "Enter a day as YYYY-MM-DD.".into() });
        open_end
    })
}

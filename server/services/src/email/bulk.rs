//! Statements over many rows at once. Placeholders are made from a static table, so the text stays static by construction.

use std::sync::LazyLock;

use store::{Args, Statement, Value};

/// Rows per statement. Few sizes, so that the caches of prepared statements stay small.
const SIZES: [usize; 4] = [64, 16, 4, 1];
/// Most columns of a row here, times the largest size.
const MOST: usize = 64 * 20;

static DOLLARS: LazyLock<Vec<String>> = LazyLock::new(|| (0..=MOST).map(|number| format!("${number}")).collect());

/// `$n`.
pub(crate) fn dollar(number: usize) -> &'static str {
    DOLLARS.get(number).map_or("$0", String::as_str)
}

/// Cuts `rows` into statements `before (…), (…) after tail`, where `before` ends where a list of values is due.
/// Arguments outside the list cannot be had: everything is in the rows.
pub(crate) fn statements(before: &'static str, after: &'static str, tail: &'static str, rows: Vec<Vec<Value>>) -> Vec<(Statement, Args)> {
    let mut statements = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let left = rows.len();
        let size = SIZES.into_iter().find(|size| *size <= left).unwrap_or(1);
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(size).collect();
        let columns = chunk.first().map_or(0, Vec::len);
        let mut parts = vec![before];
        values(&mut parts, chunk.len(), columns);
        parts.extend([after, tail]);
        statements.push((Statement::assembled(&parts), Args::from(chunk.into_iter().flatten().collect::<Vec<_>>())));
    }
    statements
}

/// `($1, $2), ($3, $4)`
fn values(parts: &mut Vec<&'static str>, rows: usize, columns: usize) {
    for row in 0..rows {
        parts.push(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                parts.push(", ");
            }
            parts.push(dollar(row * columns + column + 1));
        }
        parts.push(")");
    }
}

/// Cuts `items` into statements `before $1, $2, … after`, for `IN (…)`; the last one repeats its last item to fill up.
pub(crate) fn in_lists(before: &'static str, after: &'static str, items: &[Value]) -> Vec<(Statement, Args)> {
    const SIZE: usize = 32;
    items
        .chunks(SIZE)
        .map(|chunk| {
            let size = if chunk.len() == 1 { 1 } else { SIZE };
            let mut parts = vec![before];
            for number in 1..=size {
                parts.push(if number == 1 { "" } else { ", " });
                parts.push(dollar(number));
            }
            parts.push(after);
            let fill = chunk.last().cloned().into_iter().cycle();
            let args: Vec<Value> = chunk.iter().cloned().chain(fill).take(size).collect();
            (Statement::assembled(&parts), Args::from(args))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Dialect;

    #[test]
    fn rows_are_cut_into_few_statements() {
        let rows = (0..21_i64).map(|n| vec![Value::from(n), Value::from("x")]).collect();
        let made = statements("INSERT INTO t (a, b) VALUES ", " ON CONFLICT", " DO NOTHING", rows);
        let sizes: Vec<_> = made.iter().map(|(_, args)| args.len()).collect();
        assert_eq!(sizes, [32, 8, 2]);
        assert_eq!(made[2].0.text(Dialect::Sqlite), "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        assert!(made[1].0.text(Dialect::Postgres).contains("($1, $2), ($3, $4), ($5, $6), ($7, $8) ON"));
    }

    #[test]
    fn lists_are_filled_up() {
        let made = in_lists("SELECT a FROM t WHERE a IN (", ")", &[1_i64.into(), 2_i64.into()]);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].1.len(), 32);
        assert_eq!(made[0].1.values()[31], Value::from(2_i64));
    }
}

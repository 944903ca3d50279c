//! Many rows in one `INSERT`: the same statement with its list of values repeated.

use crate::{Args, Dialect, Statement};

/// A step of [`Tx::execute_many`](crate::Tx::execute_many).
pub(crate) enum Part<'a> {
    One(&'a Args),
    Joined(Statement, Args),
}

/// How many rows one statement takes. Few sizes, so that the cache of prepared statements stays small.
const SIZES: [usize; 3] = [64, 16, 4];

/// Cuts rows into as few statements as possible.
pub(crate) fn parts<'a>(statement: &'a Statement, dialect: Dialect, rows: &'a [&'a Args]) -> impl Iterator<Item = Part<'a>> {
    let shape = if rows.len() < 4 { None } else { Shape::of(statement.text(dialect)) };
    let shape = shape.filter(|shape| rows.iter().all(|row| row.len() == shape.columns));
    let mut rest = rows;
    std::iter::from_fn(move || {
        if let Some(shape) = &shape {
            let fits = |size: &&usize| **size <= rest.len() && **size * shape.columns <= dialect.max_placeholders();
            if let Some((now, later)) = SIZES.iter().find(fits).and_then(|size| rest.split_at_checked(*size)) {
                rest = later;
                let args: Vec<_> = now.iter().flat_map(|row| row.values().iter().cloned()).collect();
                return Some(Part::Joined(Statement::repeated(shape.repeated(now.len())), args.into()));
            }
        }
        let (first, later) = rest.split_first()?;
        rest = later;
        Some(Part::One(first))
    })
}

/// `INSERT INTO t (…) VALUES ($1, …, $n) tail`, where every placeholder stands once, in order, inside the list.
struct Shape<'s> {
    head: &'s str,
    tail: &'s str,
    /// What stands between and around the placeholders: `(`, `, `, …, `)`.
    between: Vec<&'s str>,
    columns: usize,
}

impl<'s> Shape<'s> {
    fn of(text: &'s str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        if !upper.trim_start().starts_with("INSERT INTO ") || upper.contains('\'') || upper.contains("SELECT") {
            return None;
        }
        let values = upper.find("VALUES")?;
        if upper.matches("VALUES").count() != 1 {
            return None;
        }
        let open = values + text.get(values..)?.find('(')?;
        let close = open + closing(text.get(open..)?)?;
        let (head, list, tail) = (text.get(..open)?, text.get(open..=close)?, text.get(close + 1..)?);
        // Of the endings only this one means the same for many rows: an upsert must not meet one row twice on PostgreSQL,
        // and nobody reads what `RETURNING` gives.
        let ending = tail.to_ascii_uppercase();
        if head.contains('$') || tail.contains('$') || ending.contains("DO UPDATE") || ending.contains("RETURNING") {
            return None;
        }
        let mut pieces = list.split('$');
        let mut between = vec![pieces.next()?];
        for (position, piece) in pieces.enumerate() {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            if piece.get(..digits)?.parse() != Ok(position + 1) {
                return None;
            }
            between.push(piece.get(digits..)?);
        }
        let columns = between.len() - 1;
        (columns > 0).then_some(Self { head, tail, between, columns })
    }

    fn repeated(&self, rows: usize) -> String {
        let mut text = self.head.to_owned();
        for row in 0..rows {
            if row > 0 {
                text.push_str(", ");
            }
            for (position, piece) in self.between.iter().enumerate() {
                if position > 0 {
                    text.push('$');
                    text.push_str(&(row * self.columns + position).to_string());
                }
                text.push_str(piece);
            }
        }
        text.push_str(self.tail);
        text
    }
}

/// Index of the parenthesis that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_insert_is_repeated() {
        let check = |text: &str, twice: Option<&str>| {
            assert_eq!(Shape::of(text).map(|shape| shape.repeated(2)).as_deref(), twice, "{text}");
        };
        check("INSERT INTO t (a, b) VALUES ($1, $2)", Some("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"));
        check(
            "INSERT INTO t (a, b, c) VALUES ($1, 0, lower($2)) ON CONFLICT DO NOTHING",
            Some("INSERT INTO t (a, b, c) VALUES ($1, 0, lower($2)), ($3, 0, lower($4)) ON CONFLICT DO NOTHING"),
        );
        check("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET n = t.n + 1", None);
        check("INSERT INTO t (a) VALUES ($1) RETURNING id", None);
        check("INSERT INTO t (a, b) VALUES ($1, $1)", None);
        check("INSERT INTO t (a, b) VALUES ($2, $1)", None);
        check("INSERT INTO t (a) SELECT $1", None);
        check("INSERT INTO t (a) VALUES ('$1')", None);
        check("UPDATE t SET a = $1", None);
    }

    #[test]
    fn rows_are_cut_into_few_statements_and_none_is_lost() {
        let statement = crate::sql!("INSERT INTO t (a) VALUES ($1)");
        for count in [0, 1, 3, 4, 5, 63, 64, 100, 513] {
            let rows: Vec<Args> = (0..count).map(|n| crate::args![i64::from(n)]).collect();
            let rows: Vec<&Args> = rows.iter().collect();
            let mut seen = Vec::new();
            for part in parts(&statement, Dialect::Sqlite, &rows) {
                match part {
                    Part::One(args) => seen.extend(args.values().to_vec()),
                    Part::Joined(_, args) => seen.extend(args.values().to_vec()),
                }
            }
            let expected: Vec<crate::Value> = (0..count).map(|n| i64::from(n).into()).collect();
            assert_eq!(seen, expected, "{count} rows");
        }
    }
}

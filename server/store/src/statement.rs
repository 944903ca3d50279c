//! Statements: static text, written once, for both databases.

mod scan;

use std::sync::Arc;

use crate::Dialect;

pub use scan::{SourceStatement, extract_from_source};

/// A statement with `$1`, `$2`, … placeholders. Its text is static by construction, so no value from outside can become SQL:
/// it is made by [`sql!`](crate::sql) or assembled of static parts.
///
/// Common ground of SQLite and PostgreSQL: `ON CONFLICT`, `RETURNING`, common table expressions (`AS MATERIALIZED` too),
/// `coalesce`, `lower`, `LIKE … ESCAPE`, `count(*)` (an integer on both), partial indexes, row values `(a, b) < ($1, $2)`.
/// Traps: `sum` of BIGINT is NUMERIC on PostgreSQL, write `CAST(sum(x) AS BIGINT)`; `LIKE` ignores case on SQLite only, so
/// compare `lower(…)`; NULLs sort first on SQLite and last on PostgreSQL unless `NULLS FIRST` or `LAST` is written; a literal
/// compared with nothing but a placeholder needs a `CAST`; after a failed statement a [`Tx`](crate::Tx) is over on both.
#[derive(Clone, Debug)]
pub struct Statement(Text);

#[derive(Clone, Debug)]
enum Text {
    Same(&'static str),
    Each { sqlite: &'static str, postgres: &'static str },
    Assembled(Arc<str>),
}

impl Statement {
    /// For [`sql!`](crate::sql), which a test finds in the sources.
    #[doc(hidden)]
    pub const fn literal(text: &'static str) -> Self {
        Self(Text::Same(text))
    }

    /// For [`sql!`](crate::sql) with one text per database.
    #[doc(hidden)]
    pub const fn literal_each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self(Text::Each { sqlite, postgres })
    }

    /// Joins static parts, without anything between them: for lists whose order and filters the caller chooses.
    pub fn assembled(parts: &[&'static str]) -> Self {
        Self(Text::Assembled(parts.concat().into()))
    }

    /// The text that a database gets.
    pub fn text(&self, dialect: Dialect) -> &str {
        match (&self.0, dialect) {
            (Text::Same(text), _) => text,
            (Text::Each { sqlite, .. }, Dialect::Sqlite) => sqlite,
            (Text::Each { postgres, .. }, Dialect::Postgres) => postgres,
            (Text::Assembled(text), _) => text,
        }
    }

    pub(crate) fn sql(&self, dialect: Dialect) -> sqlx::SqlStr {
        use sqlx::SqlSafeStr as _;
        match (&self.0, dialect) {
            (Text::Same(text), _) => sqlx::SqlStr::from_static(text),
            (Text::Each { sqlite, .. }, Dialect::Sqlite) => sqlx::SqlStr::from_static(sqlite),
            (Text::Each { postgres, .. }, Dialect::Postgres) => sqlx::SqlStr::from_static(postgres),
            // Static parts only: see `assembled`, and `bulk`, which repeats the placeholders of such a text.
            (Text::Assembled(text), _) => sqlx::AssertSqlSafe(Arc::clone(text)).into_sql_str(),
        }
    }

    pub(crate) fn repeated(text: String) -> Self {
        Self(Text::Assembled(text.into()))
    }
}

/// The highest `$n` of a statement outside quotes: how many arguments it takes.
pub(crate) fn placeholders(text: &str) -> usize {
    let mut highest = 0;
    let mut quote = None;
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'\'' || byte == b'"' => quote = Some(byte),
            None if byte == b'$' => {
                let mut number = 0_usize;
                while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
                    number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                }
                highest = highest.max(number);
            }
            None => {}
        }
    }
    highest
}

/// Makes a [`Statement`]: `sql!("SELECT name FROM tenant WHERE id = $1")`.
///
/// Where the databases must differ (full-text search), both texts stand side by side:
/// `sql!(sqlite: "… MATCH $2", postgres: "… @@ to_tsquery('simple', $2)")`.
/// Only literals are taken, and a test prepares every one of them on both databases.
#[macro_export]
macro_rules! sql {
    ($text:literal $(,)?) => {
        $crate::Statement::literal($text)
    };
    (sqlite: $sqlite:literal, postgres: $postgres:literal $(,)?) => {
        $crate::Statement::literal_each($sqlite, $postgres)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_by_the_highest_placeholder_outside_quotes() {
        let check = |text: &str, count: usize| assert_eq!(placeholders(text), count, "{text}");
        check("SELECT 1", 0);
        check("SELECT $1, $2, $1", 2);
        check("SELECT '$9' || $1 || \"$7\"", 1);
        check("VALUES ($10)", 10);
        check("SELECT 'it''s $4', $3", 3);
    }

    #[test]
    fn each_database_gets_its_text() {
        let same = crate::sql!("SELECT 1");
        assert_eq!((same.text(Dialect::Sqlite), same.text(Dialect::Postgres)), ("SELECT 1", "SELECT 1"));
        let each = crate::sql!(sqlite: "SELECT 2", postgres: "SELECT 3");
        assert_eq!((each.text(Dialect::Sqlite), each.text(Dialect::Postgres)), ("SELECT 2", "SELECT 3"));
        let joined = Statement::assembled(&["SELECT id FROM job", " ORDER BY id", " LIMIT $1"]);
        assert_eq!(joined.text(Dialect::Postgres), "SELECT id FROM job ORDER BY id LIMIT $1");
    }
}

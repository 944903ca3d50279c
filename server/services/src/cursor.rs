//! Keyset cursors and search patterns, shared by every list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::Problem;

/// What is searched for is cut here: a pattern costs time on every row, and SQLite refuses very long ones.
const MAX_PATTERN_CHARS: usize = 200;

/// Packs the sort key of a page's last row into the opaque text of `Page::next`.
pub fn encode<const N: usize>(key: [String; N]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::Value::from(key.to_vec()).to_string())
}

/// Reads what [`encode`] packed; `None` for the first page (empty text).
///
/// # Errors
/// [`Problem::Invalid`] on `after` when the text is no cursor of this list: cut off, edited, or of another list.
pub fn decode<const N: usize>(after: &str) -> Result<Option<[String; N]>, Problem> {
    if after.is_empty() {
        return Ok(None);
    }
    let json = URL_SAFE_NO_PAD.decode(after).map_err(|_| stale())?;
    let parts: Vec<String> = serde_json::from_slice(&json).map_err(|_| stale())?;
    parts.try_into().map(Some).map_err(|_| stale())
}

/// The answer to a cursor that is none of the list it was given to.
pub fn stale() -> Problem {
    Problem::field("after", "This link to a further page is not valid any more; start again from the first page.")
}

/// The pattern for `lower(column) LIKE lower($n) ESCAPE '!'` that finds `text` anywhere; empty when `text` is blank, so
/// that the same statement serves `$n = '' OR …`. The database lowers both sides: SQLite lowers ASCII only, and a text
/// typed exactly as stored must be found on either database.
pub fn contains(text: &str) -> String {
    let text: String = text.trim().chars().take(MAX_PATTERN_CHARS).collect();
    if text.is_empty() { String::new() } else { format!("%{}%", escape(&text)) }
}

/// `text` with the wildcards of LIKE made literal, for statements that say `ESCAPE '!'`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_only_in_its_own_shape() {
        let cursor = encode(["Ann \"A\"".to_owned(), "1".to_owned()]);
        assert_eq!(decode::<2>(&cursor), Ok(Some(["Ann \"A\"".to_owned(), "1".to_owned()])));
        assert_eq!(decode::<2>(""), Ok(None));
        for (bad, name) in [(cursor.as_str(), "three parts"), ("%%%", "no base64"), ("e30", "an object")] {
            assert!(matches!(decode::<3>(bad), Err(Problem::Invalid { .. })), "{name}");
        }
    }

    #[test]
    fn wildcards_become_literal() {
        let check = |text: &str, pattern: &str| assert_eq!(contains(text), pattern, "{text}");
        check("", "");
        check("   ", "");
        check(" Ann ", "%Ann%");
        check("100%_!", "%100!%!_!!%");
    }
}

//! Words of mails, cut the same way for both databases: each sees plain words between blanks, so that neither database's
//! own idea of addresses, hyphens or URLs decides what is found.

use store::Dialect;

/// Most bytes of words kept per mail.
const MAX_WORDS_BYTES: usize = 200 * 1024;
/// Longest word; longer runs (Base64, tokens) are cut, they are nobody's search term.
const MAX_WORD_CHARS: usize = 64;
/// Most terms of a query.
const MAX_TERMS: usize = 8;

/// The words of some texts, lower-cased, one blank between them.
pub fn words_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut words = String::new();
    for text in texts {
        for word in split(text) {
            if words.len() + word.len() >= MAX_WORDS_BYTES {
                return words;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&word);
        }
    }
    words
}

/// The terms of what a person typed: at most 8 words, no operator of any query language among them. Empty when nothing in
/// it can be searched for.
pub fn terms_of(typed: &str) -> Vec<String> {
    split(typed).take(MAX_TERMS).collect()
}

/// What a person typed as a query in the database's language: every word, each as a beginning. `None` when nothing in it can
/// be searched for.
pub fn query(dialect: Dialect, typed: &str) -> Option<String> {
    let terms = terms_of(typed);
    if terms.is_empty() {
        return None;
    }
    let each = terms.iter().map(|term| match dialect {
        Dialect::Sqlite => format!("\"{term}\"*"),
        Dialect::Postgres => format!("'{term}':*"),
    });
    let and = match dialect {
        Dialect::Sqlite => " ",
        Dialect::Postgres => " & ",
    };
    Some(each.collect::<Vec<_>>().join(and))
}

/// What stands before the placeholder of a [`query`] in a condition on `email_search`.
pub const fn matches(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "email_search MATCH ",
        Dialect::Postgres => "vector @@ to_tsquery('simple', ",
    }
}

/// What stands behind it.
pub const fn matches_end(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => ")",
    }
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let word: String = word.chars().take(MAX_WORD_CHARS).collect();
        word.to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_hold_no_operator() {
        let check = |typed, expected: &[&str]| assert_eq!(terms_of(typed), expected, "{typed}");
        check("", &[]);
        check("\"*:&|!()' -- ", &[]);
        check("Ann@Acme.example", &["ann", "acme", "example"]);
        check("foo\" OR bar*", &["foo", "or", "bar"]);
        check("Füße ÄRGER", &["füße", "ärger"]);
        check("a b c d e f g h i j", &["a", "b", "c", "d", "e", "f", "g", "h"]);
    }

    #[test]
    fn words_are_bounded() {
        assert_eq!(words_of(["Hello, World!", "a-b"]), "hello world a b");
        assert!(words_of([" x".repeat(500_000).as_str()]).len() <= MAX_WORDS_BYTES);
        assert_eq!(words_of(["y".repeat(500).as_str()]).len(), MAX_WORD_CHARS);
    }
}

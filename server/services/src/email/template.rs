//! `$(name)` placeholders of send requests: parsed once, filled per recipient.

use std::collections::BTreeMap;

/// Names and values of placeholders.
pub type Substitutions = BTreeMap<String, String>;

/// Longest name of a placeholder, in bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// Longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 8 * 1024;
/// Most names in one map.
pub const MAX_NAMES: usize = 200;

/// How a value is written into its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As it is: plain text.
    Plain,
    /// On one line: control characters become blanks, so that no value can add a header (RFC 5322 section 2.2).
    Line,
    /// As text inside HTML or an attribute of it.
    Html,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

/// A text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Finds the placeholders: `$(`, 1 to [`MAX_NAME_BYTES`] letters, digits, `_`, `-` or `.`, `)`. Everything else is text.
    pub fn parse(source: &str) -> Self {
        let mut pieces = Vec::new();
        let (mut rest, mut text) = (source, String::new());
        while let Some(at) = rest.find("$(") {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            match placeholder(from) {
                Some(name) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Placeholder(name.to_owned()));
                    rest = from.get(name.len() + 3..).unwrap_or_default();
                }
                None => {
                    text.push_str("$(");
                    rest = from.get(2..).unwrap_or_default();
                }
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Self(pieces)
    }

    /// Names in the order they stand, with repetitions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Fills the placeholders; a value in `own` beats the one in `common`. One without a value stays as it was written.
    pub fn fill(&self, own: &Substitutions, common: &Substitutions, escape: Escape) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Placeholder(name) => match own.get(name).or_else(|| common.get(name)) {
                    Some(value) => push_escaped(&mut filled, value, escape),
                    None => {
                        filled.push_str("$(");
                        filled.push_str(name);
                        filled.push(')');
                    }
                },
            }
        }
        filled
    }
}

/// The name when `from`, which begins with `$(`, is a placeholder.
fn placeholder(from: &str) -> Option<&str> {
    let inner = from.get(2..)?;
    let end = inner.bytes().take(MAX_NAME_BYTES + 1).position(|byte| byte == b')')?;
    inner.get(..end).filter(|name| is_name(name))
}

/// Whether a text can be the name of a placeholder.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn push_escaped(target: &mut String, value: &str, escape: Escape) {
    match escape {
        Escape::Plain => target.push_str(value),
        Escape::Line => target.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c })),
        Escape::Html => {
            for c in value.chars() {
                match c {
                    '&' => target.push_str("&amp;"),
                    '<' => target.push_str("&lt;"),
                    '>' => target.push_str("&gt;"),
                    '"' => target.push_str("&quot;"),
                    '\'' => target.push_str("&#39;"),
                    other => target.push(other),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(pairs: &[(&str, &str)]) -> Substitutions {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn placeholders_are_filled_and_escaped_for_their_surroundings() {
        let check = |source: &str, escape, expected: &str| {
            let (own, common) = (map(&[("first", "Ann <b> & 'c'\r\nBcc: x")]), map(&[("first", "no"), ("plan", "gold")]));
            assert_eq!(Template::parse(source).fill(&own, &common, escape), expected, "{source}");
        };
        check("Hi $(plan)!", Escape::Plain, "Hi gold!");
        check("$(first)", Escape::Line, "Ann <b> & 'c'  Bcc: x");
        check("<p title=\"$(first)\">", Escape::Html, "<p title=\"Ann &lt;b&gt; &amp; &#39;c&#39;\r\nBcc: x\">");
        check("$(gone) $( plan) $(plan", Escape::Plain, "$(gone) $( plan) $(plan");
        check("$($(plan))", Escape::Plain, "$(gold)");
        check("$(plan)$(plan)", Escape::Plain, "goldgold");
        check("5 $ (x) $()", Escape::Plain, "5 $ (x) $()");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let own = map(&[("a", "$(b)"), ("b", "secret")]);
        assert_eq!(Template::parse("$(a)").fill(&own, &Substitutions::new(), Escape::Plain), "$(b)");
    }

    proptest! {
        #[test]
        fn without_values_the_text_comes_back(source in "[$()a-z.é ]{0,60}") {
            let empty = Substitutions::new();
            prop_assert_eq!(Template::parse(&source).fill(&empty, &empty, Escape::Html), source);
        }
    }
}

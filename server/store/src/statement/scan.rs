//! Finds the statements of a Rust source file, for the test that prepares all of them.

/// One `sql!(…)` as it stands in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatement {
    /// Line of the macro, from 1.
    pub line: usize,
    /// Text for SQLite.
    pub sqlite: String,
    /// Text for PostgreSQL; the same unless the macro names both.
    pub postgres: String,
}

/// Every `sql!("…")`, `sql!(r#"…"#)` and `sql!(sqlite: "…", postgres: "…")` in a Rust source. Comments, strings and macro
/// definitions are passed over.
pub fn extract_from_source(source: &str) -> Vec<SourceStatement> {
    let mut scanner = Scanner { source, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = scanner.next() {
        if !matches!(token, Token::Word("sql")) {
            continue;
        }
        let line = source.get(..scanner.at).unwrap_or_default().matches('\n').count() + 1;
        let after_word = scanner.at;
        match scanner.statement(line) {
            Some(statement) => found.push(statement),
            None => scanner.at = after_word,
        }
    }
    found
}

#[derive(Debug, PartialEq)]
enum Token<'s> {
    Word(&'s str),
    Text(String),
    Mark(char),
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Scanner<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn statement(&mut self, line: usize) -> Option<SourceStatement> {
        if self.next()? != Token::Mark('!') || !matches!(self.next()?, Token::Mark('(' | '[' | '{')) {
            return None;
        }
        match self.next()? {
            Token::Text(text) => Some(SourceStatement { line, sqlite: text.clone(), postgres: text }),
            Token::Word("sqlite") => {
                let sqlite = self.labelled()?;
                if self.next()? != Token::Mark(',') || self.next()? != Token::Word("postgres") {
                    return None;
                }
                Some(SourceStatement { line, sqlite, postgres: self.labelled()? })
            }
            _ => None,
        }
    }

    fn labelled(&mut self) -> Option<String> {
        if self.next()? != Token::Mark(':') {
            return None;
        }
        match self.next()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<Token<'s>> {
        self.skip_blank();
        let rest = self.rest();
        let first = rest.chars().next()?;
        if let Some(text) = self.raw_string() {
            return Some(Token::Text(text));
        }
        if first == '"' {
            self.at += 1;
            return Some(Token::Text(self.quoted()));
        }
        if first == '\'' {
            self.skip_quote_mark();
            return Some(Token::Mark('\''));
        }
        if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            self.at += end;
            return Some(Token::Word(rest.get(..end).unwrap_or_default()));
        }
        self.at += first.len_utf8();
        Some(Token::Mark(first))
    }

    /// White space, line comments and nested block comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else if let Some(next) = rest.chars().next() {
                self.at += next.len_utf8();
            } else {
                return;
            }
        }
    }

    /// `r"…"`, `r#"…"#`, also with the prefixes `b` and `c`.
    fn raw_string(&mut self) -> Option<String> {
        let rest = self.rest();
        let after_prefix = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
        let after_hashes = after_prefix.trim_start_matches('#');
        let hashes = after_prefix.len() - after_hashes.len();
        let body = after_hashes.strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = body.find(&close)?;
        self.at += rest.len() - body.len() + end + close.len();
        body.get(..end).map(str::to_owned)
    }

    /// The rest of a string literal after its opening quote, with its escapes resolved (Rust reference, "Tokens").
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        let mut end = self.rest().len();
        while let Some((index, next)) = chars.next() {
            match next {
                '"' => {
                    end = index + 1;
                    break;
                }
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('x') => text.extend(character(chars.by_ref().take(2).map(|(_, digit)| digit))),
                    Some('u') => {
                        let digits = chars.by_ref().skip(1).map(|(_, digit)| digit).take_while(|digit| *digit != '}');
                        text.extend(character(digits.filter(|digit| *digit != '_')));
                    }
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('0') => text.push('\0'),
                    Some('\n') => {
                        // A line continuation takes the white space of the following lines with it.
                        let mut ahead = chars.clone();
                        while ahead.next().is_some_and(|(_, blank)| blank.is_ascii_whitespace()) {
                            chars.next();
                        }
                    }
                    Some(other) => text.push(other),
                    None => break,
                },
                other => text.push(other),
            }
        }
        self.at += end;
        text
    }

    /// A character literal, or the mark of a lifetime.
    fn skip_quote_mark(&mut self) {
        let rest = self.rest();
        let mut chars = rest.chars().skip(1);
        let length = match (chars.next(), chars.next()) {
            (Some('\\'), Some(escaped)) => {
                let after = 2 + escaped.len_utf8();
                after + rest.get(after..).and_then(|tail| tail.find('\'')).map_or(0, |close| close + 1)
            }
            (Some(letter), Some('\'')) => 2 + letter.len_utf8(),
            _ => 1,
        };
        self.at += length;
    }
}

/// The character with this hexadecimal number.
fn character(digits: impl Iterator<Item = char>) -> Option<char> {
    let digits: String = digits.collect();
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_survives_as_a_literal(text in any::<String>(), before in "[a-z ;(){}]{0,20}") {
            let source = format!("{before} sql!({text:?}) after");
            prop_assert_eq!(texts(&source), [text]);
        }

        #[test]
        fn any_source_is_read_to_its_end(source in "([ -~\n]|sql!|\\(|r#|\"|'|\\\\|ü|/\\*|\\*/){0,60}") {
            prop_assert!(extract_from_source(&source).len() <= source.matches("sql").count());
        }
    }

    fn texts(source: &str) -> Vec<String> {
        extract_from_source(source).into_iter().map(|found| found.sqlite).collect()
    }

    #[test]
    fn statements_are_found_as_the_compiler_reads_them() {
        let check = |source: &str, expected: &[&str]| assert_eq!(texts(source), expected, "{source}");
        check(r#"sql!("SELECT 1")"#, &["SELECT 1"]);
        check(r##"store::sql!(r#"SELECT "a" FROM b"#)"##, &["SELECT \"a\" FROM b"]);
        check("sql!(r\"SELECT 1\")", &["SELECT 1"]);
        check("sql! [\n    // which one\n    \"SELECT 2\",\n]", &["SELECT 2"]);
        check("sql!(\"SELECT \\\"a\\\",\\n 1 \\\n        FROM b\")", &["SELECT \"a\",\n 1 FROM b"]);
        check("let quote = '\"'; sql!(\"SELECT 3\")", &["SELECT 3"]);
        check("let quote = '\\''; sql!(\"SELECT 4\")", &["SELECT 4"]);
        check("fn f<'a>(x: &'a str) { sql!(\"SELECT 5\") }", &["SELECT 5"]);
        check("f(sql!(\"A\"), sql!(\"B\"))", &["A", "B"]);
    }

    #[test]
    fn what_only_looks_like_a_statement_is_passed_over() {
        let check = |source: &str| assert_eq!(texts(source), Vec::<String>::new(), "{source}");
        check("// sql!(\"SELECT 1\")");
        check("/* /* nested */ sql!(\"SELECT 1\") */");
        check("let text = \"sql!(\\\"SELECT 1\\\")\";");
        check("let text = r#\"sql!(\"SELECT 1\")\"#;");
        check("macro_rules! sql { ($text:literal) => { sql!($text) } }");
        check("mysql!(\"SELECT 1\")");
    }

    #[test]
    fn both_texts_and_the_line_are_told() {
        let source = "\n\nlet a = sql!(sqlite: \"SELECT 1\", postgres: r#\"SELECT 2\"#);";
        assert_eq!(extract_from_source(source), [SourceStatement { line: 3, sqlite: "SELECT 1".into(), postgres: "SELECT 2".into() }]);
    }
}

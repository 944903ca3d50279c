//! Finding by a few letters.

/// More than letters found apart can reach in a line.
const IN_A_ROW: u32 = 1000;

/// How well `query` fits `text`: its letters in order, more for the beginning of the text or of a word and for letters in a row; most when all of
/// them stand in a row (spaces and `_` aside), above all at the beginning of the text, then of a word. `None` when it does not fit; an empty query fits everything alike.
pub fn fuzzy_score(query: &str, text: &str) -> Option<u32> {
    let mut wanted = query.chars().filter(|sign| !sign.is_whitespace()).flat_map(char::to_lowercase).peekable();
    let (mut score, mut run, mut before) = (0_u32, 0_u32, ' ');
    for (at, sign) in text.chars().enumerate() {
        let lower = sign.to_lowercase().next().unwrap_or(sign);
        if wanted.peek() == Some(&lower) {
            wanted.next();
            run += 1;
            let begins = !before.is_alphanumeric() || (before.is_lowercase() && sign.is_uppercase());
            score += run + if begins { 8 } else { 0 } + if at == 0 { 4 } else { 0 };
        } else {
            run = 0;
        }
        before = sign;
    }
    wanted.peek().is_none().then(|| score + in_a_row(query, text))
}

/// What a query gets for standing in a text as it is.
fn in_a_row(query: &str, text: &str) -> u32 {
    let solid = |sign: &char| !sign.is_whitespace() && *sign != '_';
    let wanted: Vec<char> = query.chars().filter(solid).flat_map(char::to_lowercase).collect();
    if wanted.len() < 2 {
        return 0;
    }
    let mut begins = true;
    let mut signs: Vec<(char, bool)> = Vec::new();
    for sign in text.chars() {
        if solid(&sign) {
            signs.extend(sign.to_lowercase().map(|lower| (lower, begins)));
        }
        begins = !sign.is_alphanumeric();
    }
    let found = signs.windows(wanted.len()).enumerate().filter(|(_, window)| window.iter().zip(&wanted).all(|((sign, _), want)| sign == want));
    let worth = |(at, window): (usize, &[(char, bool)])| match window.first() {
        _ if at == 0 => 3 * IN_A_ROW,
        Some((_, true)) => 2 * IN_A_ROW,
        _ => IN_A_ROW,
    };
    found.map(worth).max().unwrap_or(0)
}

/// The entries that fit, the best first, entries alike in their order; at most `most`.
pub fn fuzzy_rank<T: Clone>(query: &str, entries: &[T], text: impl Fn(&T) -> String, most: usize) -> Vec<T> {
    let mut found: Vec<(u32, &T)> = entries.iter().filter_map(|entry| fuzzy_score(query, &text(entry)).map(|score| (score, entry))).collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().take(most).map(|(_, entry)| entry.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_must_come_in_order() {
        let check = |query, text, expected| assert_eq!(fuzzy_score(query, text).is_some(), expected, "{query} in {text}");
        check("", "Email", true);
        check("em", "Email", true);
        check("EML", "email", true);
        check("me", "Email", false);
        check("ea", "Europe/Athens", true);
        check("new york", "America/New_York", true);
        check("ü", "Übersicht", true);
        check("xyz", "Email", false);
    }

    #[test]
    fn what_stands_in_a_row_comes_before_letters_apart() {
        let entries = ["America/Belize CST", "Europe/Stockholm CEST CET", "America/New_York EDT EST", "Europe/London BST GMT", "Asia/Yekaterinburg"];
        let first = |query| fuzzy_rank(query, &entries, |entry| (*entry).to_owned(), 1).pop();
        let check = |query, expected: &str| assert_eq!(first(query), Some(expected), "{query}");
        check("new york", "America/New_York EDT EST");
        check("york", "America/New_York EDT EST");
        check("bst", "Europe/London BST GMT");
        check("est", "America/New_York EDT EST");
        check("stock", "Europe/Stockholm CEST CET");
        check("katerin", "Asia/Yekaterinburg");
        check("eulo", "Europe/London BST GMT");
    }

    #[test]
    fn what_begins_with_the_query_comes_before_what_only_tells_of_it() {
        let entries = ["US/Central CST now 09:30, UTC-06:00", "UTC now 15:30, UTC+00:00", "UTC+01:00 now 16:30, UTC+01:00"];
        let rank = fuzzy_rank("utc", &entries, |entry| (*entry).to_owned(), 1);
        assert_eq!(rank, ["UTC now 15:30, UTC+00:00"]);
    }

    #[test]
    fn beginnings_of_words_come_first() {
        let entries = ["Remove address", "Add email address", "Email"];
        let rank = |query| fuzzy_rank(query, &entries, |entry| (*entry).to_owned(), 2);
        assert_eq!(rank("em"), ["Email", "Add email address"]);
        assert_eq!(rank("aea"), ["Add email address"]);
        assert_eq!(rank(""), ["Remove address", "Add email address"]);
    }
}

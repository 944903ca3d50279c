//! Passwords that are tried first: a list of common ones in a compact filter, and the person's own surroundings.
//!
//! NIST SP 800-63B-4 section 3.1.1.2 asks for a comparison with commonly used and compromised passwords and with words of the context. The
//! filter travels inside the program, so nothing of a password leaves it. `tools/common-passwords.mjs` makes it.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// A Bloom filter of 100,000 texts in lower case: every password of a public list of a million breached ones that is long enough to be
/// accepted, and the commonest words that others are built around.
const FILTER: &[u8] = include_bytes!("common.bin");
/// Bits asked for each text, as in `tools/common-passwords.mjs`.
const HASHES: u64 = 10;
/// Shortest word that counts as the core of a password.
const SHORTEST_CORE: usize = 5;
/// Shortest word of the context that is looked for.
const SHORTEST_CONTEXT: usize = 3;
/// Letters and digits that have to be left when the words of the context are taken out.
const OWN_CHARS: usize = 8;

const COMMON: &str = "This password stands in lists that attackers try first; a sentence of your own works well.";
const PADDED: &str = "This is a common password with a few characters around it; a sentence of your own works well.";
const CONTEXT: &str = "The password is little more than your name, address or organisation; a sentence of your own works well.";

/// Why a password in NFC is too easily guessed for somebody with these words around them (name, address, organisation); nothing when it is not.
pub(super) fn judge(password: &str, context: &[&str]) -> Option<String> {
    let lower = password.to_lowercase();
    if contains(&lower) {
        return Some(COMMON.into());
    }
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let cores = [core, repeated_piece(&lower), repeated_piece(core)];
    if cores.iter().any(|core| core.len() < lower.len() && core.chars().count() >= SHORTEST_CORE && contains(core)) {
        return Some(PADDED.into());
    }
    made_of(&lower, context).then(|| CONTEXT.into())
}

/// The shortest piece that, repeated whole, gives all of it.
fn repeated_piece(text: &str) -> &str {
    let whole = |at: usize| text.get(..at).is_some_and(|piece| text.len().is_multiple_of(at) && piece.repeat(text.len() / at) == text);
    text.char_indices()
        .map(|(at, _)| at)
        .skip(1)
        .take_while(|at| at * 2 <= text.len())
        .find(|at| whole(*at))
        .and_then(|at| text.get(..at))
        .unwrap_or(text)
}

/// Whether little is left without the words of the context.
fn made_of(lower: &str, context: &[&str]) -> bool {
    let split = |text: &&str| text.nfc().collect::<String>().to_lowercase();
    let texts: Vec<String> = context.iter().map(split).collect();
    let mut words: Vec<&str> = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
    words.push("switchboard");
    words.retain(|word| word.chars().count() >= SHORTEST_CONTEXT);
    // The longest first: a short word may be part of a long one.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(lower.to_owned(), |rest, word| rest.replace(word, " "));
    rest != lower && rest.chars().filter(|c| c.is_alphanumeric()).count() < OWN_CHARS
}

/// Whether a text in lower case is in the filter: always for one of the list, once in a thousand for any other.
fn contains(text: &str) -> bool {
    let digest = Sha256::digest(text.as_bytes());
    let word = |at: usize| digest.iter().skip(at).take(8).fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    let (start, step) = (word(0), word(8) | 1);
    let bits = FILTER.len() as u64 * 8;
    (0..HASHES).all(|index| {
        let bit = start.wrapping_add(index.wrapping_mul(step)) % bits;
        let byte = usize::try_from(bit / 8).ok().and_then(|at| FILTER.get(at)).copied().unwrap_or_default();
        byte >> (bit % 8) & 1 == 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_and_what_is_built_around_them_are_refused() {
        let check = |password: &str, expected: Option<&str>| assert_eq!(judge(password, &[]).as_deref(), expected, "{password}");
        check("passwordpassword", Some(COMMON));
        check("QwertyuiopAsdfghjkl", Some(COMMON));
        check("manchesterunited", Some(COMMON));
        check("1qaz2wsx3edc4rfv", Some(COMMON));
        check("password!2345678", Some(PADDED));
        check("2026-!!-basketball-1", Some(PADDED));
        check("baseballbaseballbaseball", Some(PADDED));
        check("a password for tests only", None);
        check("a sentence that nobody else uses", None);
        check("seven herons at the lock gate", None);
        check("пять цапель у шлюза", None);
    }

    #[test]
    fn what_surrounds_a_person_is_no_password() {
        let context = ["Ann Müller", "ann.mueller@harbour.example", "Harbour Clinic"];
        let check = |password: &str, expected: bool| assert_eq!(judge(password, &context).is_some(), expected, "{password}");
        check("AnnMüller-Harbour-1", true);
        check("harbour clinic 2026", true);
        check("switchboard harbour", true);
        check("mueller mueller mueller", true);
        check("harbour lights seen from the hill", false);
        check("annual report of herons", false);
    }

    #[test]
    fn the_filter_is_small_and_seldom_wrong() {
        assert!(FILTER.len() < 300_000, "{} bytes", FILTER.len());
        let strangers = (0..50_000).filter(|number| contains(&format!("stranger number {number} of many"))).count();
        // Made for one in a thousand; 50 expected, twice as many would be far outside chance.
        assert!(strangers < 100, "{strangers} of 50,000 strangers pass for members");
    }
}

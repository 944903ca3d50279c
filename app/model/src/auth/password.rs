//! What a new password has to be, as far as that can be said without a list of common ones.

/// Shortest password accepted. NIST SP 800-63B-4 section 3.1.1.2 asks for 15 characters where a password may be the only factor, and allows 8
/// where it never is. A second factor can be taken off again by its holder or an owner, so the password has to stand alone: 15 for everybody.
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Longest password accepted, in characters; the same section asks for at least 64.
pub const PASSWORD_MAX_CHARS: usize = 256;
/// The same in bytes of UTF-8; bounds the hashing work.
pub const PASSWORD_MAX_BYTES: usize = 4 * PASSWORD_MAX_CHARS;

/// A piece repeated to fill the length has at least this many characters, or the password is as good as the piece.
const SHORTEST_PIECE: usize = 8;

/// Length, repetition and rows only: composition rules make passwords worse (NIST SP 800-63B-4 section 3.1.1.2). Any Unicode is welcome; the
/// server compares in Unicode's NFC and asks its list of common passwords too. A sentence with the cure, or nothing.
pub fn check_password(password: &str, email: &str) -> Option<String> {
    let chars: Vec<char> = password.chars().collect();
    if chars.len() < PASSWORD_MIN_CHARS {
        return Some(format!("Use at least {PASSWORD_MIN_CHARS} characters; a short sentence works well."));
    }
    if chars.len() > PASSWORD_MAX_CHARS {
        return Some(format!("Use at most {PASSWORD_MAX_CHARS} characters."));
    }
    let email = email.trim().to_lowercase();
    if !email.is_empty() && password.to_lowercase().contains(&email) {
        return Some("The password holds your email address; choose another one.".into());
    }
    match period(&chars) {
        1 => return Some("The password repeats one character; choose another one.".into()),
        piece if piece < SHORTEST_PIECE && piece < chars.len() => return Some("The password repeats one short piece; choose a sentence.".into()),
        _ => {}
    }
    is_row(&chars).then(|| "The password is a row of neighbouring characters; choose a sentence.".into())
}

/// Length of the shortest piece that, repeated, gives all of it (its last copy may be cut).
fn period(chars: &[char]) -> usize {
    (1..chars.len()).find(|step| chars.iter().zip(chars.iter().skip(*step)).all(|(a, b)| a == b)).unwrap_or(chars.len())
}

/// Three of four characters follow their neighbour in the alphabet or in the digits, up or down.
fn is_row(chars: &[char]) -> bool {
    let follow = chars.iter().zip(chars.iter().skip(1)).filter(|(a, b)| u32::from(**a).abs_diff(u32::from(**b)) <= 1).count();
    follow * 4 >= (chars.len().saturating_sub(1)) * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_judged_by_length_repetition_and_rows() {
        let check = |password: &str, refused: Option<&str>| {
            let told = check_password(password, "ann@acme.example");
            assert_eq!(told.is_some(), refused.is_some(), "{password}: {told:?}");
            assert!(told.unwrap_or_default().contains(refused.unwrap_or_default()), "{password}");
        };
        check("short", Some("at least 15"));
        check("fourteen chars", Some("at least 15"));
        check("correct horse b", None);
        check("correct horse battery", None);
        check("пятнадцать букв", None);
        check("all lower case and no digit", None);
        check("aaaaaaaaaaaaaaaaaaaa", Some("one character"));
        check("qwertyqwertyqwerty", Some("short piece"));
        check("ab ab ab ab ab ab", Some("short piece"));
        check("abcdefghijklmnop", Some("row"));
        check("98765432109876543", Some("row"));
        check("my ANN@acme.example pass", Some("email address"));
        check(&"x1 y2 z3 ".repeat(40), Some("at most 256"));
        check(&"é".repeat(15), Some("one character"));
        check(&format!("{}z", "ab cd ef g".repeat(25)), None);
    }
}

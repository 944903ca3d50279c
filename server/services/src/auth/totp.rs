//! Codes from an authenticator app: TOTP (RFC 6238) with SHA-1, six digits and steps of 30 seconds, which every app knows.

use hmac::{Hmac, KeyInit, Mac};
use model::auth::QrPicture;
use qrcode::{Color, EcLevel, QrCode};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::clock::SECOND;

/// Length of a secret in bytes: RFC 4226 section 4 recommends 160 bits.
pub(super) const SECRET_BYTES: usize = 20;
/// Length of a step (RFC 6238 section 5.2 recommends it).
const STEP_MICROS: i64 = 30 * SECOND;
/// Steps accepted before and after the present one, for clocks that differ and people who type slowly (RFC 6238 section 6).
const SKEW: i64 = 1;
const DIGITS: usize = 6;
/// White squares around the picture (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The number of a moment's step.
pub(super) fn step_at(now_micros: i64) -> i64 {
    now_micros.div_euclid(STEP_MICROS)
}

/// The 31 bits that a code is cut from (RFC 4226 section 5.3).
fn truncated(secret: &[u8], step: i64) -> u32 {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return 0 };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0x0f);
    digest.iter().skip(offset).take(4).fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) & 0x7fff_ffff
}

/// The code of a step.
pub(super) fn code(secret: &[u8], step: i64) -> String {
    format!("{:0DIGITS$}", truncated(secret, step) % 1_000_000)
}

/// The digits of a typed code; apps show it as `123 456`. `None` when it is none.
pub(super) fn digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(DIGITS + 1).collect();
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The step whose code this is, among those accepted now and later than the last one accepted. Every candidate is compared, so timing does not
/// tell which one was near.
pub(super) fn matching_step(secret: &[u8], digits: &str, now_micros: i64, last_step: i64) -> Option<i64> {
    let present = step_at(now_micros);
    (present - SKEW..=present + SKEW).fold(None, |found, step| {
        let same = bool::from(code(secret, step).as_bytes().ct_eq(digits.as_bytes()));
        if same && step > last_step { Some(step) } else { found }
    })
}

/// Base32 without padding (RFC 4648 section 6).
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bytes
        .chunks(5)
        .flat_map(|chunk| {
            let word = (0..5).fold(0_u64, |word, at| word << 8 | u64::from(chunk.get(at).copied().unwrap_or_default()));
            (0..(chunk.len() * 8).div_ceil(5)).map(move |at| char::from(LETTERS[usize::try_from(word >> (35 - 5 * at) & 31).unwrap_or_default()]))
        })
        .collect()
}

/// The address that apps read from the picture: `otpauth://totp/ISSUER:ACCOUNT?secret=…`. Algorithm, digits and period are left out: they are
/// what every app assumes.
pub(super) fn address(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (escape(issuer), escape(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The text as a picture; `None` when it is longer than a picture holds (about 2,300 bytes).
pub(super) fn picture(text: &str) -> Option<QrPicture> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (row, squares) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        for run in squares.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                path.push_str(&format!("M{} {}h{}v1h-{}z", column + QUIET, row + QUIET, run.len(), run.len()));
            }
            column += run.len();
        }
    }
    Some(QrPicture { size: u32::try_from(width + 2 * QUIET).ok()?, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        let check = |seconds: i64, eight_digits: u32| assert_eq!(truncated(SECRET, seconds / 30) % 100_000_000, eight_digits, "{seconds}");
        check(59, 94_287_082);
        check(1_111_111_109, 7_081_804);
        check(1_111_111_111, 14_050_471);
        check(1_234_567_890, 89_005_924);
        check(2_000_000_000, 69_279_037);
        check(20_000_000_000, 65_353_130);
    }

    #[test]
    fn the_vectors_of_rfc_4226_hold() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, expected) in (0..).zip(codes) {
            assert_eq!(code(SECRET, step), expected);
        }
    }

    #[test]
    fn a_clock_may_differ_by_one_step_and_a_step_counts_once() {
        let now = 1_111_111_109 * SECOND;
        let present = step_at(now);
        let check = |step: i64, last: i64, expected: bool| {
            assert_eq!(matching_step(SECRET, &code(SECRET, step), now, last), expected.then_some(step), "{} {last}", step - present);
        };
        for skew in -1..=1 {
            check(present + skew, 0, true);
        }
        check(present - 2, 0, false);
        check(present + 2, 0, false);
        // Used: that step and those before it.
        check(present, present, false);
        check(present - 1, present, false);
        check(present + 1, present, true);
        assert_eq!(matching_step(SECRET, "000000", now, 0), None);
    }

    #[test]
    fn a_code_is_read_as_apps_show_it() {
        let check = |typed: &str, expected: Option<&str>| assert_eq!(digits(typed).as_deref(), expected, "{typed}");
        check("123456", Some("123456"));
        check(" 123 456 ", Some("123456"));
        check("123-456", Some("123456"));
        check("12345", None);
        check("1234567", None);
        check("12345a", None);
        check("１２３４５６", None);
        check("", None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        let check = |text: &str, expected: &str| assert_eq!(base32(text.as_bytes()), expected);
        check("", "");
        check("f", "MY");
        check("fo", "MZXQ");
        check("foo", "MZXW6");
        check("foob", "MZXW6YQ");
        check("fooba", "MZXW6YTB");
        check("foobar", "MZXW6YTBOI");
    }

    #[test]
    fn the_address_is_what_apps_expect() {
        let address = address(SECRET, "Switchboard (Köln)", "ann@acme.example");
        assert_eq!(
            address,
            "otpauth://totp/Switchboard%20%28K%C3%B6ln%29:ann@acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Switchboard%20%28K%C3%B6ln%29"
        );
        let picture = picture(&address).unwrap();
        assert!(picture.size > 40 && picture.path.starts_with("M4 4h7v1h-7z"), "{picture:?}");
    }
}

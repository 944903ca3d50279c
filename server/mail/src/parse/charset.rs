//! Bytes to text, with the labels mails really carry.
use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

use super::Damage;

/// Decodes a body. A label that is missing, unknown or plainly wrong does not hide the text.
pub(super) fn decode(bytes: &[u8], label: Option<&str>, damage: &mut Damage) -> String {
    let label = label.map(str::trim).filter(|label| !label.is_empty());
    // A byte order mark says more than any label.
    if let Some(text) = by_mark(bytes) {
        return text;
    }
    let Some(label) = label else { return text_of_unlabelled(bytes).into_owned() };
    match label.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "unicode-1-1-utf-8" | "ansi_x3.4-1968" => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                damage.note(format!("The text is not in {label} as it says; another character set was guessed."));
                guess(bytes)
            }
        },
        // What calls itself Latin-1 is windows-1252 in practice, as in the WHATWG encoding standard.
        "iso-8859-1" | "iso8859-1" | "latin1" | "l1" | "iso_8859-1" => by_label(bytes, "windows-1252"),
        lower => match charset_decoder(lower.as_bytes()) {
            Some(decoder) => decoder(bytes),
            None => {
                damage.note(format!("The character set \"{}\" is not known; another one was guessed.", shortened(label)));
                text_of_unlabelled(bytes).into_owned()
            }
        },
    }
}

/// Text without a label: UTF-8 when it is that, else windows-1252.
pub(super) fn text_of_unlabelled(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(guess(bytes)),
    }
}

/// Not valid UTF-8: a cut or spoilt UTF-8 text when most of its 8-bit characters are sound, else windows-1252.
fn guess(bytes: &[u8]) -> String {
    let lossy = String::from_utf8_lossy(bytes);
    let spoilt = lossy.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let sound = lossy.chars().filter(|c| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER).count();
    if sound > spoilt { lossy.into_owned() } else { by_label(bytes, "windows-1252") }
}

fn by_label(bytes: &[u8], label: &str) -> String {
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn by_mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some(text_of_unlabelled(rest).into_owned()),
        [0xFF, 0xFE, rest @ ..] => Some(by_label(rest, "utf-16le")),
        [0xFE, 0xFF, rest @ ..] => Some(by_label(rest, "utf-16be")),
        _ => None,
    }
}

/// C1 control characters in decoded header text are windows-1252 characters that travelled as ISO-8859-1.
pub(super) fn repair_c1(text: &str) -> Cow<'_, str> {
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if !text.contains(is_c1) {
        return Cow::Borrowed(text);
    }
    let repaired = |c: char| match u8::try_from(u32::from(c)) {
        Ok(byte) if is_c1(c) => by_label(&[byte], "windows-1252"),
        _ => c.to_string(),
    };
    Cow::Owned(text.chars().map(repaired).collect())
}

fn shortened(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_bytes() {
        let check = |bytes: &[u8], label: Option<&str>, expected: &str, notes: usize| {
            let mut damage = Damage::default();
            assert_eq!(decode(bytes, label, &mut damage), expected, "{label:?}");
            assert_eq!(damage.notes.len(), notes, "{label:?} {:?}", damage.notes);
        };
        check(b"\x80 5 \x93x\x94", Some("ISO-8859-1"), "€ 5 “x”", 0);
        check(b"gr\xfc\xdfe", Some("iso-8859-15"), "grüße", 0);
        check(b"\x93\xfa\x96{", Some("Shift_JIS"), "日本", 0);
        check(b"\xc4\xe3\xba\xc3", Some("GB18030"), "你好", 0);
        check(b"\xc4\xe3\xba\xc3", Some("gb2312"), "你好", 0);
        check(b"\xf0\xd2\xc9\xd7\xc5\xd4", Some("koi8-r"), "Привет", 0);
        check(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), "Привет", 0);
        check(b"H\0i\0", Some("utf-16le"), "Hi", 0);
        check(b"\xff\xfeH\0i\0", Some("us-ascii"), "Hi", 0);
        check(b"\0H\0i", Some("utf-16be"), "Hi", 0);
        check(b"Hi +AOQ- there", Some("utf-7"), "Hi ä there", 0);
        check(b"\x1b$BF|K\\\x1b(B", Some("iso-2022-jp"), "日本", 0);
        check(b"\xc7\xd1\xb1\xb9", Some("euc-kr"), "한국", 0);
        check(b"\xa4\xa4\xa4\xe5", Some("big5"), "中文", 0);
        check("grüße".as_bytes(), None, "grüße", 0);
        check(b"gr\xfc\xdfe", None, "grüße", 0);
        check(b"gr\xfc\xdfe", Some("utf-8"), "grüße", 1);
        check(b"gr\xfc\xdfe", Some("us-ascii"), "grüße", 1);
        check("grüße, schön".as_bytes().split_last().map(|(_, b)| b).unwrap(), Some("utf-8"), "grüße, schö", 0);
        check(b"gr\xc3\xbc\xc3\x9fe sch\xc3\xb6n \xc3", Some("utf-8"), "grüße schön \u{fffd}", 1);
        check("grüße".as_bytes(), Some("x-nonsense"), "grüße", 1);
    }
}

//! Content transfer encodings (RFC 2045 section 6), lenient.
use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;

use super::Damage;

/// Decodes a part's body; what cannot be decoded is kept as it is.
pub(super) fn decode<'a>(body: &'a [u8], encoding: Option<&str>, damage: &mut Damage) -> Cow<'a, [u8]> {
    match encoding.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "7bit" | "8bit" | "binary" => Cow::Borrowed(body),
        "base64" => Cow::Owned(base64(body, damage)),
        "quoted-printable" => Cow::Owned(quoted_printable(body, damage)),
        _ => {
            damage.note("A part uses an unknown transfer encoding and is shown as it came.");
            Cow::Borrowed(body)
        }
    }
}

fn base64(body: &[u8], damage: &mut Damage) -> Vec<u8> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = body.iter().filter(|byte| is_digit(byte)).count();
    let padding = body.iter().rev().take(64).filter(|byte| **byte == b'=').count();
    if digits % 4 != 0 && padding == 0 {
        damage.note("A part in base64 was cut off.");
    }
    if let Some(decoded) = base64_decode(body) {
        return decoded;
    }
    damage.note("A part in base64 holds other characters; they were left out.");
    // What follows the padding is no content: a footer that a list or a virus scanner put there.
    let end = memchr::memchr(b'=', body).map_or(body.len(), |at| (at + 2).min(body.len()));
    let kept: Vec<u8> = body.iter().take(end).copied().filter(|byte| is_digit(byte) || matches!(byte, b'=' | b'\r' | b'\n')).collect();
    base64_decode(&kept).unwrap_or_default()
}

fn quoted_printable(body: &[u8], damage: &mut Damage) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        let (content, soft) = match bare.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (bare, false),
        };
        let mut rest = content;
        while let Some(at) = memchr::memchr(b'=', rest) {
            let (before, escape) = rest.split_at(at);
            out.extend_from_slice(before);
            let hex = |index: usize| escape.get(index).and_then(|byte| char::from(*byte).to_digit(16));
            if let (Some(high), Some(low)) = (hex(1), hex(2)) {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = escape.get(3..).unwrap_or_default();
            } else {
                damage.note("A part in quoted-printable holds a broken escape; it is shown as it came.");
                out.push(b'=');
                rest = escape.get(1..).unwrap_or_default();
            }
        }
        out.extend_from_slice(rest);
        if !soft && line.ends_with(b"\n") {
            out.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let check = |body: &str, encoding: &str, expected: &str, notes: usize| {
            let mut damage = Damage::default();
            let decoded = decode(body.as_bytes(), Some(encoding), &mut damage);
            assert_eq!(String::from_utf8_lossy(&decoded), expected, "{body}");
            assert_eq!(damage.notes.len(), notes, "{body}: {:?}", damage.notes);
        };
        check("aGVs\r\nbG8=\r\n", "Base64", "hello", 0);
        check("aGVsbG8", "base64", "hello", 1);
        check("aGVs!bG8=", "base64", "hello", 1);
        check("aGVsbG8=\r\n\r\n--\r\nfooter", "base64", "hello", 1);
        check("gr=C3=BC=\r\n=c3=9fe  \r\nx", "quoted-printable", "grüße\r\nx", 0);
        check("a=b =ZZ=", "quoted-printable", "a=b =ZZ", 1);
        check("a\nb=\nc", "quoted-printable", "a\nbc", 0);
        check("x", "8BIT", "x", 0);
        check("x", "x-uuencode", "x", 1);
    }
}

//! Small text rules that need no locale.

/// A size as a person reads it: `812 B`, `4.0 KB`, `20 MB`. Steps of 1024; one decimal below ten.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if count < 1024 {
        return format!("{count} B");
    }
    // Tenths of the unit, in whole numbers: the same text on the server and in the browser.
    let mut tenths = count.saturating_mul(10) / 1024;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for next in units {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = next;
    }
    if tenths < 100 { format!("{}.{} {unit}", tenths / 10, tenths % 10) } else { format!("{} {unit}", tenths / 10) }
}

/// One or two capitals for a person without a picture: `Ada Lovelace` gives `AL`, `ada@example.com` gives `A`.
pub fn initials(name: &str) -> String {
    let words = || name.split(|sign: char| !sign.is_alphanumeric()).filter_map(|word| word.chars().next());
    let first = words().next();
    let last = if name.contains('@') { None } else { words().nth(1).and_then(|_| words().next_back()) };
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Percent-encodes one part of a query (RFC 3986, section 2.3: everything but the unreserved signs).
pub(crate) fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.extend(HEX.get(usize::from(nibble)).map(|digit| char::from(*digit)));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_naturally() {
        let check = |count, expected: &str| assert_eq!(bytes(count), expected);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KB");
        check(1536, "1.5 KB");
        check(10 * 1024, "10 KB");
        check(1024 * 1024 - 1, "1023 KB");
        check(20 * 1024 * 1024, "20 MB");
        check(5 * 1024 * 1024 * 1024, "5.0 GB");
        check(u64::MAX, "1677721 TB");
    }

    #[test]
    fn initials_are_first_and_last() {
        let check = |name, expected: &str| assert_eq!(initials(name), expected);
        check("Ada Lovelace", "AL");
        check("Ada King Lovelace", "AL");
        check("ada", "A");
        check("ada.king@example.com", "A");
        check("  ", "");
        check("Ève Österlund", "ÈÖ");
    }

    #[test]
    fn a_query_part_is_safe_in_a_link() {
        assert_eq!(percent_encode("a b&c=ü/~"), "a%20b%26c%3D%C3%BC%2F~");
    }
}

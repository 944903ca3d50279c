//! File names a person can be shown and a disk can be given.

/// Longest name, in characters.
const MAX_CHARS: usize = 150;

/// Makes the name safe, or makes one from the media type and the part's number when nothing is left.
pub(super) fn safe(declared: Option<&str>, mimetype: &str, number: usize) -> String {
    let cleaned: String = declared
        .unwrap_or_default()
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control() && !is_direction_mark(*c))
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let cleaned = cleaned.trim().trim_matches('.').trim();
    if cleaned.is_empty() {
        return format!("attachment-{number}.{}", extension(mimetype));
    }
    shortened(cleaned)
}

/// Keeps the extension when the name is cut.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= 10 => {
            let room = MAX_CHARS - extension.chars().count() - 1;
            let stem: String = stem.chars().take(room).collect();
            format!("{stem}.{extension}")
        }
        _ => name.chars().take(MAX_CHARS).collect(),
    }
}

/// Characters that reverse or hide text, so that `exe.fdp` reads as `pdf.exe`.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{061c}' | '\u{feff}')
}

fn extension(mimetype: &str) -> &'static str {
    match mimetype {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers" => "txt",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/json" => "json",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
        "image/png" => "png",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "audio/mpeg" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        "video/mp4" => "mp4",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |declared: Option<&str>, expected: &str| assert_eq!(safe(declared, "application/pdf", 2), expected);
        check(Some("report.pdf"), "report.pdf");
        check(Some("../../etc/passwd"), "passwd");
        check(Some("C:\\temp\\a.pdf"), "a.pdf");
        check(Some("in\u{202e}fdp.exe"), "infdp.exe");
        check(Some("a\r\nb\0.pdf"), "ab.pdf");
        check(Some("what?.pdf"), "what_.pdf");
        check(Some("Überraschung 日本.pdf"), "Überraschung 日本.pdf");
        for nothing in [None, Some(""), Some(".."), Some("a/"), Some("\u{202e}"), Some(" . ")] {
            check(nothing, "attachment-2.pdf");
        }
        let long = format!("{}.pdf", "x".repeat(500));
        let cut = safe(Some(&long), "application/pdf", 1);
        assert!(cut.chars().count() == MAX_CHARS && cut.ends_with(".pdf"));
        assert_eq!(safe(None, "application/x-odd", 7), "attachment-7.bin");
    }
}

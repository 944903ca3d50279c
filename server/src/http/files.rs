//! Bytes as answers: a file under its name, whole or in part (RFC 9110 section 14), never acting in the reader's browser.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use services::file::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// Bytes per piece of a streamed file.
const PIECE: usize = 64 * 1024;

/// Marks an answer that is sent as it is: compressing it would change its length and its parts.
#[derive(Clone, Copy, Debug)]
pub struct Verbatim;

/// Types that a browser may show by itself. Everything else is a file to keep: SVG and HTML could act.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/mp4",
    "audio/webm",
    "video/mp4",
    "video/webm",
    "video/ogg",
];
/// Types that are named, but kept rather than shown.
const NAMED: &[&str] = &["application/pdf", "text/plain", "text/csv", "application/zip"];

/// What is told about a file besides its bytes.
pub struct About<'a> {
    /// File name.
    pub name: &'a str,
    /// Sent as `Content-Type`.
    pub mimetype: &'static str,
    /// Shown in the browser rather than kept.
    pub inline: bool,
    /// Changes with the content; becomes a strong `ETag`.
    pub version: &'a str,
}

/// The declared type when it is a harmless one, and whether a browser may show it.
pub fn harmless(declared: &str) -> (&'static str, bool) {
    let find = |list: &'static [&'static str]| list.iter().find(|known| declared.eq_ignore_ascii_case(known)).copied();
    match (find(SHOWN), find(NAMED)) {
        (Some(shown), _) => (shown, true),
        (None, Some(named)) => (named, false),
        (None, None) => ("application/octet-stream", false),
    }
}

/// Answers with the file, the part that was asked for, 304 when the caller has it, or 416 when there is no such part.
///
/// # Errors
/// From the disk.
pub async fn serve(method: &Method, asked: &HeaderMap, file: File, about: &About<'_>) -> std::io::Result<Response> {
    let etag = format!("\"{}\"", about.version);
    let len = match &file {
        File::Memory(bytes) => bytes.len() as u64,
        File::Disk { len, .. } => *len,
    };
    let known = text(asked, header::IF_NONE_MATCH).is_some_and(|known| names(known, &etag));
    let in_part = !known && method == Method::GET && still_meant(asked, &etag);
    let part = if in_part { part(text(asked, header::RANGE), len) } else { Part::Whole };
    let (status, body, length) = match part {
        _ if known => (StatusCode::NOT_MODIFIED, Body::empty(), None),
        Part::Whole => (StatusCode::OK, read(file, 0, len).await?, Some(len)),
        Part::From { start, length } => (StatusCode::PARTIAL_CONTENT, read(file, start, length).await?, Some(length)),
        Part::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, Body::empty(), Some(0)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.extensions_mut().insert(Verbatim);
    let headers = response.headers_mut();
    let mut put = |name: header::HeaderName, value: String| {
        // Every value here is made of printable ASCII.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    put(header::ETAG, etag);
    put(header::ACCEPT_RANGES, "bytes".into());
    put(header::CONTENT_TYPE, about.mimetype.into());
    put(header::CONTENT_DISPOSITION, disposition(about.inline, about.name));
    if let Some(length) = length {
        put(header::CONTENT_LENGTH, length.to_string());
    }
    match part {
        Part::From { start, length } => put(header::CONTENT_RANGE, format!("bytes {start}-{}/{len}", start + length - 1)),
        Part::Beyond => put(header::CONTENT_RANGE, format!("bytes */{len}")),
        Part::Whole => {}
    }
    Ok(response)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a list of entity tags names this one; weakness does not matter here (RFC 9110 section 13.1.2).
fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
}

/// Whether the range is meant for the content there is now (RFC 9110 section 13.1.5). There are no dates to compare.
fn still_meant(asked: &HeaderMap, etag: &str) -> bool {
    text(asked, header::IF_RANGE).is_none_or(|known| known == etag)
}

async fn read(file: File, start: u64, length: u64) -> std::io::Result<Body> {
    match file {
        File::Memory(bytes) => {
            let (start, length) = (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(length).unwrap_or(usize::MAX));
            Ok(Body::from(bytes.into_iter().skip(start).take(length).collect::<Vec<_>>()))
        }
        File::Disk { mut file, .. } => {
            file.seek(std::io::SeekFrom::Start(start)).await?;
            Ok(Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE)))
        }
    }
}

/// What of the content was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// This many bytes from here on; at least one.
    From { start: u64, length: u64 },
    /// None that exists.
    Beyond,
}

/// One range of bytes. Several at once, other units and what is no range at all mean the whole (RFC 9110 section 14.2 leaves that open).
fn part(range: Option<&str>, len: u64) -> Part {
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")).filter(|spec| !spec.contains(',')) else { return Part::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Part::Whole };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let (start, end) = match (first.is_empty(), last.is_empty()) {
        (true, true) => return Part::Whole,
        (true, false) => match number(last) {
            Some(0) => return Part::Beyond,
            Some(count) => (len.saturating_sub(count), len),
            None => return Part::Whole,
        },
        (false, true) => match number(first) {
            Some(start) => (start, len),
            None => return Part::Whole,
        },
        (false, false) => match number(first).zip(number(last)) {
            Some((start, last)) if start <= last => (start, last.saturating_add(1).min(len)),
            _ => return Part::Whole,
        },
    };
    if start >= end { Part::Beyond } else { Part::From { start, length: end - start } }
}

/// How a file is to be called (RFC 6266): the plain form for old clients, the exact one beside it.
fn disposition(inline: bool, name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ()".contains(c) { c } else { '_' }).collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    let kind = if inline { "inline" } else { "attachment" };
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_header() {
        let check = |name: &str, expected: &str| assert_eq!(disposition(false, name), expected);
        check("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
        check("x\"\r\nSet-Cookie: a=1", "attachment; filename=\"x___Set-Cookie_ a_1\"; filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20a%3D1");
        check("Übersicht.pdf", "attachment; filename=\"_bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht.pdf");
        assert!(disposition(true, "a.png").starts_with("inline; "));
    }

    #[test]
    fn one_range_is_understood_and_the_rest_is_the_whole() {
        let check = |range: &str, expected: Part| assert_eq!(part(Some(range), 100), expected, "{range}");
        let from = |start, length| Part::From { start, length };
        check("bytes=0-99", from(0, 100));
        check("bytes=0-0", from(0, 1));
        check("bytes=10-", from(10, 90));
        check("bytes=-1", from(99, 1));
        check("bytes=-500", from(0, 100));
        check("bytes=90-500", from(90, 10));
        check("bytes=100-", Part::Beyond);
        check("bytes=500-600", Part::Beyond);
        check("bytes=-0", Part::Beyond);
        check("bytes=5-4", Part::Whole);
        check("bytes=0-1,5-6", Part::Whole);
        check("bytes=-", Part::Whole);
        check("bytes=+1-2", Part::Whole);
        check("bytes=1", Part::Whole);
        check("lines=1-2", Part::Whole);
        check("bytes=99999999999999999999-", Part::Whole);
        assert_eq!(part(None, 100), Part::Whole);
        assert_eq!(part(Some("bytes=0-"), 0), Part::Beyond);
        assert_eq!(part(Some("bytes=0-18446744073709551615"), 100), from(0, 100));
    }

    #[test]
    fn what_could_act_is_kept_not_shown() {
        let check = |declared: &str, expected: (&str, bool)| assert_eq!(harmless(declared), expected, "{declared}");
        check("image/PNG", ("image/png", true));
        check("video/mp4", ("video/mp4", true));
        check("application/pdf", ("application/pdf", false));
        check("text/html", ("application/octet-stream", false));
        check("image/svg+xml", ("application/octet-stream", false));
        check("text/plain; charset=x", ("application/octet-stream", false));
        check("", ("application/octet-stream", false));
    }

    #[test]
    fn a_known_version_is_named_in_any_list() {
        let check = |list: &str, expected: bool| assert_eq!(names(list, "\"a\""), expected, "{list}");
        check("\"a\"", true);
        check("\"b\", W/\"a\"", true);
        check("*", true);
        check("\"b\"", false);
        check("a", false);
    }

    #[tokio::test]
    async fn a_file_in_memory_is_cut_like_one_on_disk() {
        let about = About { name: "a.txt", mimetype: "text/plain", inline: false, version: "v" };
        let check = async |method: Method, range: &'static str, status: u16, length: &str, body: &[u8]| {
            let asked = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(range))]);
            let answer = serve(&method, &asked, File::Memory(b"0123456789".to_vec()), &about).await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.headers()[header::CONTENT_LENGTH].to_str().unwrap()), (status, length), "{method} {range}");
            assert_eq!(axum::body::to_bytes(answer.into_body(), 100).await.unwrap(), body, "{method} {range}");
        };
        check(Method::GET, "bytes=2-4", 206, "3", b"234").await;
        check(Method::GET, "bytes=20-", 416, "0", b"").await;
        check(Method::HEAD, "bytes=2-4", 200, "10", b"0123456789").await;
    }
}

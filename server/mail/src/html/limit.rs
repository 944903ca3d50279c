//! Bounds what the HTML parser has to build.
//!
//! An HTML parser that follows the standard looks through all open elements at most start tags, and opens unclosed
//! formatting elements anew in every paragraph: a few megabytes of crafted tags cost hours or gigabytes. So before it
//! sees the text, tags that would nest too deep, too many tags, and everything this program never shows (comments,
//! scripts, raw text) are left out. This is about cost alone; what is safe is decided afterwards, by the real parser.
use std::collections::HashMap;

const MAX_TAGS: usize = 60_000;
/// Deepest nesting of what is shown; newsletters of nested tables stay under 100.
pub(super) const SHOWN_DEPTH: usize = 300;
const MAX_OPEN_FORMATTING: usize = 12;

/// Elements whose content is no HTML: dropped whole.
const RAW_TEXT: &[&str] = &["script", "style", "title"];
/// Tags that switch a parser to raw text or to another language: dropped, their content stays and reads as HTML.
const DROPPED: &[&str] = &["iframe", "math", "noembed", "noframes", "noscript", "plaintext", "select", "svg", "template", "textarea", "xmp"];
/// Elements that close by themselves when their like begins.
const SELF_LIMITING: &[&str] = &["p", "li", "dd", "dt", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "colgroup", "html", "head", "body"];
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
const FORMATTING: &[&str] = &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Copies `input` without the tags that would make parsing expensive, nesting at most `max_depth` deep.
pub(super) fn limit(input: &str, max_depth: usize) -> String {
    let mut limiter = Limiter { out: String::with_capacity(input.len()), max_depth, ..Limiter::default() };
    let mut rest = input;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (before, from_tag) = rest.split_at(at);
        limiter.out.push_str(before);
        rest = limiter.markup(from_tag);
    }
    limiter.out.push_str(rest);
    limiter.out
}

#[derive(Default)]
struct Limiter {
    out: String,
    max_depth: usize,
    open: HashMap<String, usize>,
    depth: usize,
    formatting: usize,
    tags: usize,
}

impl Limiter {
    /// Handles what begins with `<` and returns what follows it.
    fn markup<'a>(&mut self, text: &'a str) -> &'a str {
        let second = text.as_bytes().get(1).copied().unwrap_or_default();
        if let Some(comment) = text.strip_prefix("<!--") {
            return after_comment(comment);
        }
        if matches!(second, b'!' | b'?') {
            return after(text, ">");
        }
        let closing = second == b'/';
        let name_start = if closing { 2 } else { 1 };
        let first = text.as_bytes().get(name_start).copied().unwrap_or_default();
        if !first.is_ascii_alphabetic() {
            if closing {
                // "</" before anything but a letter begins a comment that ends with the next ">".
                return after(text, ">");
            }
            self.out.push_str("&lt;");
            return text.get(1..).unwrap_or_default();
        }
        let tail = text.get(name_start..).unwrap_or_default();
        let name_len = tail.bytes().position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>')).unwrap_or(tail.len());
        let name = tail.get(..name_len).unwrap_or_default().to_ascii_lowercase();
        let Some(length) = tag_length(text, name_start + name_len) else {
            // A tag that never ends swallows the rest, in every parser.
            return "";
        };
        let (tag, rest) = text.split_at(length);
        if RAW_TEXT.contains(&name.as_str()) {
            return if closing { rest } else { after_raw_text(rest, &name) };
        }
        self.tags += 1;
        if self.tags <= MAX_TAGS && !DROPPED.contains(&name.as_str()) && self.admits(&name, closing) {
            self.out.push_str(tag);
        }
        rest
    }

    /// Counts the tag in, or says that it must stay out.
    fn admits(&mut self, name: &str, closing: bool) -> bool {
        if SELF_LIMITING.contains(&name) || VOID.contains(&name) {
            return true;
        }
        let formatting = FORMATTING.contains(&name);
        if closing {
            let Some(count) = self.open.get_mut(name).filter(|count| **count > 0) else { return false };
            *count -= 1;
            self.depth -= 1;
            self.formatting -= usize::from(formatting);
            return true;
        }
        if self.depth >= self.max_depth || (formatting && self.formatting >= MAX_OPEN_FORMATTING) {
            return false;
        }
        *self.open.entry(name.to_owned()).or_default() += 1;
        self.depth += 1;
        self.formatting += usize::from(formatting);
        true
    }
}

/// Length of the tag that starts `text`, following the quotes of its attribute values; `None` when it has no end.
fn tag_length(text: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    let mut value_may_start = false;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => {
                quote = None;
                value_may_start = false;
            }
            (Some(_), _) => {}
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') if value_may_start => quote = Some(byte),
            (None, b'=') => value_may_start = true,
            (None, byte) => value_may_start = value_may_start && byte.is_ascii_whitespace(),
        }
    }
    None
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).and_then(|at| text.get(at + end.len()..)).unwrap_or_default()
}

/// `text` follows `<!--`.
fn after_comment(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return rest;
    }
    // One pass for both endings: looking for the rare one to the end of the text, comment by comment, would cost the
    // square of its length.
    memchr::memmem::find_iter(text.as_bytes(), b"--")
        .find_map(|at| {
            let end = text.get(at + 2..)?;
            end.strip_prefix('>').or_else(|| end.strip_prefix("!>"))
        })
        .unwrap_or_default()
}

fn after_raw_text<'a>(text: &'a str, name: &str) -> &'a str {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), b"</").map(|at| from + at) {
        let found = bytes.get(at + 2..at + 2 + name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()));
        if found {
            return after(text.get(at..).unwrap_or_default(), ">");
        }
        from = at + 2;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{SHOWN_DEPTH as MAX_DEPTH, *};

    fn limit(input: &str) -> String {
        super::limit(input, MAX_DEPTH)
    }

    #[test]
    fn ordinary_html_is_left_alone() {
        for html in ["<p>a<br>b</p><table><tr><td>1<td>2</table>", "<a href=\"x>y\">z</a> 1 < 2", "<b>bold <i>both</i></b> &amp; more"] {
            assert_eq!(limit(html), html.replace("1 < 2", "1 &lt; 2"));
        }
    }

    #[test]
    fn what_is_never_shown_is_left_out() {
        let check = |input: &str, expected: &str| assert_eq!(limit(input), expected, "{input}");
        check("a<!-- x <b> -->b", "ab");
        check("a<!--><b>c</b>", "a<b>c</b>");
        check("a<script>if (a<b) '</p>'</SCRIPT >c", "ac");
        check("<style>p{}</style>x", "x");
        check("<textarea></b></textarea>x", "x");
        check("a<![CDATA[<b>]]>c", "a]]>c");
        check("<b title='</b>", "");
        check("</3>x", "x");
        check("</b>x", "x");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = limit(&"<div>".repeat(10_000));
        assert_eq!(deep.matches("<div>").count(), MAX_DEPTH);
        let hidden = limit(&"<div><!--</div>--><a title=\"</div>\">".repeat(1000));
        assert!(hidden.matches("<div>").count() <= MAX_DEPTH);
        let bold = limit(&"<p><b id=1>x".repeat(1000));
        assert_eq!(bold.matches("<b ").count(), MAX_OPEN_FORMATTING);
        assert!(limit(&"<br>".repeat(200_000)).len() <= MAX_TAGS * 4);
    }
}

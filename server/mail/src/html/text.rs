use std::fmt::Write;

use html2text::config;

use super::{MAX_INPUT_BYTES, Remote, bounded, clean, limit::limit};

/// Column at which text made from HTML wraps.
const WIDTH: usize = 78;
/// Most HTML that is laid out as text, after cleaning.
const MAX_LAID_OUT_BYTES: usize = 1_000_000;
/// Deepest nesting that is laid out: text shows little of it, and tables in tables in tables cost much.
const LAID_OUT_DEPTH: usize = 60;
/// Longest word that is laid out whole: breaking a very long one costs the square of its length.
const MAX_WORD_CHARS: usize = 500;
/// Class of a quoted part, by its level; deeper ones share the last.
pub(super) const QUOTE_CLASSES: &[&str] = &["quote-1", "quote-2", "quote-3", "quote-4", "quote-5", "quote-6"];

/// HTML as plain text, for mails that carry no text part, for previews and for search. Addresses of links are left
/// out. The markup is cut at 2,000,000 bytes and, once cleaned, at 1,000,000, so the cost is bounded.
pub fn to_text(html: &str) -> String {
    let shallow = limit(bounded(html, 2 * MAX_LAID_OUT_BYTES), LAID_OUT_DEPTH);
    let cleaned = with_short_words(bounded(&clean(&shallow, Remote::Block).html, MAX_LAID_OUT_BYTES));
    let rendered = config::plain_no_decorate()
        .no_table_borders()
        .link_footnotes(false)
        .allow_width_overflow()
        .string_from_read(cleaned.as_bytes(), WIDTH)
        .unwrap_or_default();
    let mut text = String::with_capacity(rendered.len());
    let mut blank = 0;
    for line in rendered.lines().map(str::trim_end) {
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_matches('\n').to_owned()
}

/// Puts a space into words that are too long. `html` is cleaned: `<` in text is escaped, and attributes are quoted.
fn with_short_words(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / MAX_WORD_CHARS);
    let (mut in_tag, mut quoted, mut in_entity, mut length) = (false, false, false, 0);
    for c in html.chars() {
        out.push(c);
        match c {
            '"' if in_tag => quoted = !quoted,
            '<' if !quoted => in_tag = true,
            '>' if in_tag && !quoted => in_tag = false,
            '&' if !in_tag => in_entity = true,
            ';' => in_entity = false,
            _ => {}
        }
        length = if c.is_whitespace() { 0 } else { length + usize::from(!in_tag) };
        if length >= MAX_WORD_CHARS && !in_tag && !in_entity {
            out.push(' ');
            length = 0;
        }
    }
    out
}

/// Plain text as safe HTML: line breaks kept, web and mail addresses made links, parts quoted with `>` put into
/// `<blockquote class="quote-N">` by their level. Input beyond [`MAX_INPUT_BYTES`] is cut off.
pub fn text_to_html(text: &str) -> String {
    let text = bounded(text, MAX_INPUT_BYTES);
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    let mut level = 0;
    let mut line_open = false;
    for line in text.lines() {
        let (depth, content) = quote_depth(line);
        let depth = depth.min(QUOTE_CLASSES.len());
        if depth != level {
            line_open = false;
        }
        while level > depth {
            html.push_str("</blockquote>");
            level -= 1;
        }
        while level < depth {
            let class = QUOTE_CLASSES.get(level).copied().unwrap_or_default();
            let _ = write!(html, "<blockquote class=\"{class}\">");
            level += 1;
        }
        if line_open {
            html.push_str("<br>");
        }
        push_linked(&mut html, content);
        line_open = true;
    }
    for _ in 0..level {
        html.push_str("</blockquote>");
    }
    html
}

/// Counts leading `>` (with at most one space between them) and returns the rest (RFC 3676 section 4.5).
fn quote_depth(line: &str) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >").filter(|_| depth > 0)) {
        depth += 1;
        rest = inner;
    }
    (depth, if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest })
}

fn push_linked(html: &mut String, line: &str) {
    let mut spaces = 0;
    for word in line.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        if bare.is_empty() {
            // Runs of spaces matter in plain text; HTML would fold them.
            html.push_str(if spaces > 0 || html.ends_with('>') { "&nbsp;" } else { " " });
            spaces += 1;
            continue;
        }
        spaces = 1;
        push_word(html, bare);
        if word.len() > bare.len() {
            html.push(' ');
        }
    }
}

fn push_word(html: &mut String, word: &str) {
    let start = word.len() - word.trim_start_matches(['<', '(', '[', '"', '\'', ',']).len();
    let (lead, rest) = word.split_at(start);
    let core = rest.trim_end_matches(['>', ')', ']', '"', '\'', '.', ',', ';', ':', '!', '?']);
    let tail = rest.get(core.len()..).unwrap_or_default();
    let address = if core.starts_with("https://") || core.starts_with("http://") {
        Some(core.to_owned())
    } else if core.starts_with("www.") && core.len() > 6 {
        Some(format!("https://{core}"))
    } else if looks_like_mailbox(core) {
        Some(format!("mailto:{core}"))
    } else {
        None
    };
    push_escaped(html, lead);
    match address {
        Some(address) => {
            html.push_str("<a href=\"");
            push_escaped(html, &address);
            html.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
            push_escaped(html, core);
            html.push_str("</a>");
        }
        None => push_escaped(html, core),
    }
    push_escaped(html, tail);
}

fn looks_like_mailbox(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else { return false };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    !local.is_empty()
        && local.chars().all(fits)
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && domain.split_once('.').is_some_and(|(host, rest)| !host.is_empty() && rest.len() >= 2)
}

fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\t' => html.push_str("&nbsp;&nbsp;&nbsp; "),
            c if c.is_control() => {}
            c => html.push(c),
        }
    }
}

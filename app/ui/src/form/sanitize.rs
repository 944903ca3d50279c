//! What may stand in an edited or pasted text. The browser parses, so that what is judged is what would be shown.

use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, Node, SupportedType};

/// Elements that stay; the rest is unwrapped, its text kept.
const KEPT: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// Elements that go with everything in them.
const DROPPED: &[&str] = &[
    "applet", "base", "button", "canvas", "embed", "form", "frame", "frameset", "head", "iframe", "input", "link", "math", "meta", "noscript",
    "object", "script", "select", "style", "svg", "template", "textarea", "title",
];
/// Elements without an end tag.
const EMPTY: &[&str] = &["br", "hr", "img"];
/// Deeper nesting is unwrapped: nobody writes it, and recursion has to end.
const DEEPEST: u32 = 60;

/// The allowed part of an HTML text, rebuilt from the browser's own reading of it. Runs in the browser only.
pub(super) fn clean_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let parsed = DomParser::new().and_then(|parser| parser.parse_from_string(html, SupportedType::TextHtml));
    if let Some(body) = parsed.ok().and_then(|document| document.body()) {
        write_children(&body, &mut out, 0);
    }
    out
}

/// A plain text as HTML: escaped, one paragraph per line.
pub(super) fn text_to_html(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "<p><br></p>".to_owned() } else { format!("<p>{}</p>", escape(line)) };
    text.lines().map(line).collect()
}

fn write_children(node: &Node, out: &mut String, depth: u32) {
    let children = node.child_nodes();
    for child in (0..children.length()).filter_map(|index| children.item(index)) {
        match child.node_type() {
            Node::TEXT_NODE => out.push_str(&escape(&child.text_content().unwrap_or_default())),
            Node::ELEMENT_NODE => write_element(child.unchecked_ref(), out, depth),
            _ => {}
        }
    }
}

fn write_element(element: &Element, out: &mut String, depth: u32) {
    let name = element.local_name();
    if DROPPED.contains(&name.as_str()) {
        return;
    }
    if depth >= DEEPEST {
        out.push_str(&escape(&element.text_content().unwrap_or_default()));
        return;
    }
    if !KEPT.contains(&name.as_str()) {
        write_children(element, out, depth + 1);
        return;
    }
    let mut attributes = String::new();
    for attribute in ["href", "src", "alt", "colspan", "rowspan"] {
        if let Some(value) = element.get_attribute(attribute).filter(|value| is_allowed(&name, attribute, value)) {
            attributes.push_str(&format!(" {attribute}=\"{}\"", escape(value.trim())));
        }
    }
    if name == "img" && !attributes.contains(" src=") {
        return;
    }
    out.push_str(&format!("<{name}{attributes}>"));
    if !EMPTY.contains(&name.as_str()) {
        write_children(element, out, depth + 1);
        out.push_str(&format!("</{name}>"));
    }
}

/// Whether an attribute may stay on an element.
fn is_allowed(element: &str, attribute: &str, value: &str) -> bool {
    let value = value.trim();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| value.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)));
    match (element, attribute) {
        ("a", "href") => starts(&["https://", "http://", "mailto:", "tel:"]),
        ("img", "src") => starts(&["data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;", "https://", "cid:"]),
        ("img", "alt") => true,
        ("td" | "th", "colspan" | "rowspan") => value.parse::<u16>().is_ok_and(|span| (1..=50).contains(&span)),
        _ => false,
    }
}

/// Safe in text and in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_addresses_stay() {
        let check =
            |element, attribute, value, expected| assert_eq!(is_allowed(element, attribute, value), expected, "{element} {attribute} {value}");
        check("a", "href", "https://example.com", true);
        check("a", "href", " MAILTO:ada@example.com", true);
        check("a", "href", "javascript:alert(1)", false);
        check("a", "href", "data:text/html,x", false);
        check("a", "href", "é", false);
        check("img", "src", "data:image/png;base64,AAAA", true);
        check("img", "src", "data:image/svg+xml;base64,AAAA", false);
        check("img", "src", "http://example.com/a.png", false);
        check("td", "colspan", "2", true);
        check("td", "colspan", "9000", false);
        check("p", "onclick", "x", false);
        check("p", "style", "color:red", false);
    }

    #[test]
    fn plain_text_becomes_paragraphs() {
        assert_eq!(text_to_html("a <b>\n\nc"), "<p>a &lt;b&gt;</p><p><br></p><p>c</p>");
    }
}

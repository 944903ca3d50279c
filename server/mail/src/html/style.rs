//! What a `style` attribute may hold.

/// Properties that change how a mail reads but not where on the page it reaches, and that load nothing.
pub(super) const PROPERTIES: &[&str] = &[
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// The only functions a value may call.
const FUNCTIONS: &[&str] = &["rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "clamp"];

/// A style attribute longer than this is dropped.
const MAX_BYTES: usize = 8192;

/// Drops every declaration that could load something, before the CSS parser normalises the rest.
/// Returns the remaining text and how many declarations named a remote address.
///
/// The rule is textual on purpose: a `(` may only follow a name in [`FUNCTIONS`], and nothing may be escaped or
/// commented, so no spelling of `url(` can be left for the parser to find.
pub(super) fn filter(style: &str) -> (String, usize) {
    if style.len() > MAX_BYTES || style.contains('\\') || style.contains("/*") {
        return (String::new(), usize::from(style.to_ascii_lowercase().contains("http")));
    }
    let mut kept = String::with_capacity(style.len());
    let mut remote = 0;
    for declaration in style.split(';') {
        if calls_only_known_functions(declaration) {
            kept.push_str(declaration);
            kept.push(';');
        } else if declaration.to_ascii_lowercase().contains("url") {
            remote += 1;
        }
    }
    (kept, remote)
}

fn calls_only_known_functions(declaration: &str) -> bool {
    if declaration.contains(['@', '<', '>', '{', '}']) {
        return false;
    }
    let mut rest = declaration;
    while let Some(at) = rest.find('(') {
        let before = rest.get(..at).unwrap_or_default();
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').map_or(0, |at| at + 1);
        let name = before.get(before.ceil_char_boundary(start)..).unwrap_or_default().to_ascii_lowercase();
        if !FUNCTIONS.contains(&name.as_str()) {
            return false;
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn only_known_functions_stay() {
        let check = |input: &str, expected: &str, remote: usize| {
            assert_eq!(filter(input), (expected.to_owned(), remote), "{input}");
        };
        check("color: rgb(1, 2, 3); width: calc(1px + 2%)", "color: rgb(1, 2, 3); width: calc(1px + 2%);", 0);
        check("background: url(http://t.example/p.gif); color: red", " color: red;", 1);
        check("background: URL ('x')", "", 1);
        check("background: u\\72l(http://t.example)", "", 1);
        check("background: u/**/rl(x)", "", 0);
        check("background: image-set('x' 1x)", "", 0);
        check("width: expression(alert(1))", "", 0);
        check("font-family: 'Segoe UI', \"x\"", "font-family: 'Segoe UI', \"x\";", 0);
        check("@import 'x'; color: red", " color: red;", 0);
        check("äurl(x)", "", 1);
    }
}

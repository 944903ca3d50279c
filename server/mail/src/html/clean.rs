use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use ammonia::{Builder, UrlRelative};

use super::{
    MAX_INPUT_BYTES, bounded,
    limit::{SHOWN_DEPTH, limit},
    style,
};

/// Whether pictures from other servers may be loaded: they tell the sender who read the mail, when and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// Leave their addresses out, and count them.
    Block,
    /// Keep them (`http` and `https` only). Backgrounds stay blocked.
    Allow,
}

/// HTML safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// A fragment for the inside of `<body>`.
    pub html: String,
    /// How many pictures and backgrounds from other servers were left out.
    pub blocked_remote_count: usize,
}

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];
/// Their content is left out with them.
const CONTENT_TOO: &[&str] = &["script", "style", "title", "head", "noscript", "template", "iframe", "object", "svg", "math"];
const ANYWHERE: &[&str] = &["style", "dir", "lang", "title", "align", "valign", "bgcolor", "width", "height"];
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "cid", "data"];
/// Picture types a browser only ever draws. SVG is not among them: it can hold script and load things.
const DATA_PICTURES: &[&str] = &["png", "gif", "jpeg", "jpg", "webp", "bmp"];
const MAX_DATA_PICTURE_BYTES: usize = 2_000_000;

/// Cleans HTML; pictures of the mail itself (`cid:`) are left out. See [`clean_with`].
pub fn clean(html: &str, remote: Remote) -> Cleaned {
    clean_with(html, remote, &|_| None)
}

/// Cleans HTML for showing: no script, style sheet, form, frame, plug-in, refresh or base; links open apart and carry
/// no referrer; styles keep only harmless properties and load nothing; remote pictures go as `remote` says.
///
/// `resolve_cid` gives the address for a picture that the mail itself carries (RFC 2392; without the angle brackets),
/// or `None` to leave it out. What it returns is trusted. Input beyond [`MAX_INPUT_BYTES`] is cut off.
pub fn clean_with(html: &str, remote: Remote, resolve_cid: &dyn Fn(&str) -> Option<String>) -> Cleaned {
    let limited = limit(bounded(html, MAX_INPUT_BYTES), SHOWN_DEPTH);
    // ammonia's filter must own what it uses, so the wanted pictures are collected in a first run.
    let wanted = Arc::new(Mutex::new(HashSet::new()));
    let mut done = run(&limited, remote, Arc::default(), Arc::clone(&wanted));
    let wanted = std::mem::take(&mut *wanted.lock().unwrap_or_else(PoisonError::into_inner));
    let known: HashMap<String, String> = wanted.into_iter().filter_map(|id| resolve_cid(&id).map(|address| (id, address))).collect();
    let known = Arc::new(known);
    if !known.is_empty() {
        done = run(&limited, remote, Arc::clone(&known), Arc::default());
    }
    // Taking tags and attributes away can change how what is left is read. Cleaned once more until nothing changes, what is shown is what was
    // checked; a mail beyond the limit is safe after the first run and only not the same when it is cleaned again.
    for _ in 0..SETTLING_RUNS {
        if done.html.len() > SETTLED_BYTES {
            break;
        }
        let again = run(&done.html, remote, Arc::clone(&known), Arc::default()).html;
        if again == done.html {
            break;
        }
        done.html = again;
    }
    Cleaned { html: done.html, blocked_remote_count: done.blocked }
}

/// Largest HTML that is cleaned until it settles.
const SETTLED_BYTES: usize = 256 * 1024;
/// Most runs for that; two have been enough for everything the tests found.
const SETTLING_RUNS: usize = 4;

/// The outcome of one run of ammonia.
struct Done {
    html: String,
    blocked: usize,
}

fn run(html: &str, remote: Remote, known: Arc<HashMap<String, String>>, wanted: Arc<Mutex<HashSet<String>>>) -> Done {
    let blocked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&blocked);
    let filter = AttributeRules { remote, known, wanted, blocked };
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(CONTENT_TOO.iter().copied().collect())
        .generic_attributes(ANYWHERE.iter().copied().collect())
        .tag_attributes(tag_attributes())
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::PassThrough)
        .filter_style_properties(style::PROPERTIES.iter().copied().collect())
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .allowed_classes(HashMap::from([("blockquote", quote_classes()), ("div", quote_classes())]))
        .attribute_filter(move |element, attribute, value| filter.apply(element, attribute, value));
    let html = builder.clean(html).to_string();
    Done { html, blocked: counter.load(Ordering::Relaxed) }
}

fn quote_classes() -> HashSet<&'static str> {
    super::text::QUOTE_CLASSES.iter().copied().collect()
}

fn tag_attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    let table = ["border", "cellpadding", "cellspacing", "background"];
    let cell = ["colspan", "rowspan", "nowrap", "background"];
    HashMap::from([
        ("a", HashSet::from(["href", "name"])),
        ("img", HashSet::from(["src", "alt", "border", "hspace", "vspace"])),
        ("table", HashSet::from(table)),
        ("td", HashSet::from(cell)),
        ("th", HashSet::from(cell)),
        ("tr", HashSet::from(["background"])),
        ("col", HashSet::from(["span"])),
        ("colgroup", HashSet::from(["span"])),
        ("font", HashSet::from(["color", "face", "size"])),
        ("ol", HashSet::from(["start", "type"])),
        ("ul", HashSet::from(["type"])),
        ("li", HashSet::from(["value"])),
        ("time", HashSet::from(["datetime"])),
        ("hr", HashSet::from(["size", "noshade"])),
    ])
}

struct AttributeRules {
    remote: Remote,
    known: Arc<HashMap<String, String>>,
    wanted: Arc<Mutex<HashSet<String>>>,
    blocked: Arc<AtomicUsize>,
}

impl AttributeRules {
    fn apply<'v>(&self, element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
        match (element, attribute) {
            ("img", "src") => self.picture(value),
            (_, "background") => {
                self.count(usize::from(is_remote(value)));
                None
            }
            ("a", "href") => link(value),
            (_, "style") => {
                let (kept, remote) = style::filter(value);
                self.count(remote);
                (!kept.trim_matches([';', ' ']).is_empty()).then_some(Cow::Owned(kept))
            }
            // A table cell may span no more than this: text renderers make a column for each.
            (_, "colspan" | "rowspan" | "span") => value.trim().parse::<u16>().ok().filter(|n| (1..=100).contains(n)).map(|_| Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        }
    }

    fn picture<'v>(&self, value: &'v str) -> Option<Cow<'v, str>> {
        let address = value.trim();
        if let Some(id) = strip_scheme(address, "cid:") {
            let id = percent_decoded(id);
            if let Some(known) = self.known.get(&id) {
                return Some(Cow::Owned(known.clone()));
            }
            self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            return None;
        }
        if let Some(data) = strip_scheme(address, "data:image/") {
            let fits = data.split_once(";base64,").is_some_and(|(kind, content)| {
                DATA_PICTURES.contains(&kind.to_ascii_lowercase().as_str())
                    && content.len() <= MAX_DATA_PICTURE_BYTES
                    && content.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
            });
            return fits.then_some(Cow::Borrowed(address));
        }
        if self.known.values().any(|known| known == address) {
            return Some(Cow::Borrowed(address));
        }
        match self.remote {
            Remote::Allow if is_web(address) => Some(Cow::Borrowed(address)),
            _ => {
                self.count(usize::from(is_remote(address)));
                None
            }
        }
    }

    fn count(&self, more: usize) {
        self.blocked.fetch_add(more, Ordering::Relaxed);
    }
}

fn link(value: &str) -> Option<Cow<'_, str>> {
    let address = value.trim();
    let allowed = is_web(address) || strip_scheme(address, "mailto:").is_some() || strip_scheme(address, "tel:").is_some();
    allowed.then_some(Cow::Borrowed(address))
}

fn is_web(address: &str) -> bool {
    strip_scheme(address, "https://").or_else(|| strip_scheme(address, "http://")).is_some()
}

fn is_remote(address: &str) -> bool {
    is_web(address) || address.trim_start().starts_with("//") || address.trim_start().starts_with("\\\\")
}

fn strip_scheme<'v>(address: &'v str, scheme: &str) -> Option<&'v str> {
    address.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme))?;
    address.get(scheme.len()..)
}

/// RFC 2392 section 2: the id is percent-encoded in the address.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |b: u8| char::from(b).to_digit(16);
        let mut ahead = bytes.clone();
        let decoded = match (byte, ahead.next().and_then(hex), ahead.next().and_then(hex)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        match decoded {
            Some(decoded) => {
                out.push(decoded);
                bytes = ahead;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

//! The tree of parts (RFC 2046), walked over slices of the raw mail: nothing is copied but what is decoded.
use std::borrow::Cow;

use super::{Damage, MAX_NESTING, MAX_PARTS, MAX_TEXT_BYTES, ParsedAttachment, charset, decode, headers::Block, name};
use crate::html;

/// What the walk found.
#[derive(Default)]
pub(super) struct Content {
    pieces: Vec<Piece>,
    pub(super) attachments: Vec<ParsedAttachment>,
    /// `report-type` of a multipart/report, lower case (RFC 6522).
    pub(super) report_type: Option<String>,
    /// The text of message/delivery-status (RFC 3464).
    pub(super) delivery_status: Option<String>,
    /// `Message-ID` of the mail a report is about.
    pub(super) original_message_id: Option<String>,
    parts: usize,
}

/// A stretch of the mail's text.
enum Piece {
    Plain(String),
    Html(String),
    Both { plain: String, html: String },
}

/// One part with what its header fields say.
struct Part<'a> {
    kind: String,
    content_type: Option<mail_parser::ContentType<'a>>,
    disposition: Option<mail_parser::ContentType<'a>>,
    encoding: Option<Cow<'a, str>>,
    content_id: Option<String>,
    body: &'a [u8],
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// It is the whole mail.
    root: bool,
    /// A later part of multipart/related: something the first one refers to.
    related: bool,
    /// Media type of a part that does not say one.
    default_kind: &'static str,
}

pub(super) fn walk(raw: &[u8], root: &Block, damage: &mut Damage) -> Content {
    let mut walk = Walk { raw, content: Content::default(), damage };
    let body = raw.get(root.body_start..).unwrap_or_default();
    let place = Place { depth: 0, root: true, related: false, default_kind: "text/plain" };
    let pieces = walk.part(&Part::new(root, body, place.default_kind), place);
    let mut content = walk.content;
    content.pieces = pieces;
    content
}

struct Walk<'a, 'd> {
    raw: &'a [u8],
    content: Content,
    damage: &'d mut Damage,
}

impl<'a> Part<'a> {
    fn new(block: &'a Block, body: &'a [u8], default_kind: &str) -> Self {
        let content_type = block.parameterised("Content-Type");
        let kind = match &content_type {
            Some(content_type) => {
                let main: String = content_type.ctype().to_ascii_lowercase();
                match content_type.subtype() {
                    Some(subtype) => format!("{main}/{}", subtype.to_ascii_lowercase()),
                    // "Content-Type: text" is what very old programs wrote.
                    None if main == "text" || main.is_empty() => "text/plain".into(),
                    None => format!("{main}/x-unknown"),
                }
            }
            None => default_kind.to_owned(),
        };
        Self {
            kind: kind.chars().filter(|c| c.is_ascii_graphic()).take(100).collect(),
            content_type,
            disposition: block.parameterised("Content-Disposition"),
            encoding: block.raw("Content-Transfer-Encoding"),
            content_id: block.ids("Content-ID").into_iter().next(),
            body,
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.content_type.as_ref().and_then(|content_type| content_type.attribute(name))
    }

    fn file_name(&self) -> Option<String> {
        let declared = self.disposition.as_ref().and_then(|disposition| disposition.attribute("filename"));
        declared.or_else(|| self.parameter("name")).map(super::headers::one_line)
    }

    fn is(&self, disposition: &str) -> bool {
        self.disposition.as_ref().is_some_and(|found| found.ctype().eq_ignore_ascii_case(disposition))
    }
}

impl Walk<'_, '_> {
    fn part(&mut self, part: &Part<'_>, place: Place) -> Vec<Piece> {
        self.content.parts += 1;
        if self.content.parts > MAX_PARTS {
            self.damage.note(format!("The mail has more than {MAX_PARTS} parts; the rest is only in the raw mail."));
            return Vec::new();
        }
        if part.kind.starts_with("multipart/") {
            if place.depth >= MAX_NESTING {
                self.damage.note(format!("The mail nests deeper than {MAX_NESTING} levels; the rest is an attachment."));
            } else if let Some(children) = self.split(part) {
                return self.multipart(part, &children, place);
            } else {
                self.damage.note("A multipart has no boundary in its text; it is shown as it came.");
                return self.body_text(part, "text/plain");
            }
        }
        let text = matches!(part.kind.as_str(), "text/plain" | "text/html");
        let declared_file = part.is("attachment") || part.file_name().is_some() && !place.root;
        if text && !part.is("attachment") && (place.root || !declared_file) && !place.related {
            return self.body_text(part, &part.kind);
        }
        self.attach(part, place);
        Vec::new()
    }

    fn body_text(&mut self, part: &Part<'_>, kind: &str) -> Vec<Piece> {
        let bytes = decode::decode(part.body, part.encoding.as_deref(), self.damage);
        // Twice the limit: a character may take more bytes in the mail than in UTF-8.
        let cut = bytes.get(..bytes.len().min(MAX_TEXT_BYTES * 2)).unwrap_or_default();
        let text = charset::decode(cut, part.parameter("charset"), self.damage).replace("\r\n", "\n").replace('\0', "");
        vec![if kind == "text/html" { Piece::Html(text) } else { Piece::Plain(text) }]
    }

    fn multipart(&mut self, part: &Part<'_>, children: &[&[u8]], place: Place) -> Vec<Piece> {
        let subtype = part.kind.strip_prefix("multipart/").unwrap_or_default();
        if subtype == "report" && self.content.report_type.is_none() {
            self.content.report_type = part.parameter("report-type").map(str::to_ascii_lowercase);
        }
        let mut pieces = Vec::new();
        for (index, child) in children.iter().enumerate() {
            let block = Block::read(child, self.damage);
            let body = child.get(block.body_start..).unwrap_or_default();
            let place = Place {
                depth: place.depth + 1,
                root: false,
                related: place.related || (subtype == "related" && index > 0),
                default_kind: if subtype == "digest" { "message/rfc822" } else { "text/plain" },
            };
            pieces.extend(self.part(&Part::new(&block, body, place.default_kind), place));
        }
        if subtype == "alternative" { merged(pieces) } else { pieces }
    }

    /// The slices between the delimiter lines, or `None` when there is no delimiter.
    fn split<'b>(&mut self, part: &Part<'b>) -> Option<Vec<&'b [u8]>> {
        let declared = part.parameter("boundary").map(str::trim_end).filter(|boundary| !boundary.is_empty());
        let boundary = match declared {
            Some(boundary) => boundary.as_bytes().to_vec(),
            None => {
                let guessed = guess_boundary(part.body)?;
                self.damage.note("A multipart does not name its boundary; it was found in the text.");
                guessed
            }
        };
        let (children, closed) = split_at_boundary(part.body, &boundary);
        if children.is_empty() {
            return None;
        }
        if !closed {
            self.damage.note("A multipart has no end; the mail may have been cut off.");
        }
        Some(children)
    }

    fn attach(&mut self, part: &Part<'_>, place: Place) {
        let bytes = decode::decode(part.body, part.encoding.as_deref(), self.damage);
        self.read_report(part, &bytes);
        let number = self.content.attachments.len() + 1;
        let declared = part.file_name().or_else(|| nested_subject(&part.kind, &bytes));
        // Where the body lies: `body` is a slice of `raw`.
        let start = (part.body.as_ptr() as usize).saturating_sub(self.raw.as_ptr() as usize);
        let picture = part.kind.starts_with("image/");
        self.content.attachments.push(ParsedAttachment {
            name: name::safe(declared.as_deref(), &part.kind, number),
            mimetype: part.kind.clone(),
            inline: !part.is("attachment") && (part.content_id.is_some() && (place.related || picture) || part.is("inline") && picture),
            content_id: part.content_id.clone(),
            raw_range: start..start + part.body.len(),
            bytes: bytes.into_owned(),
        });
    }

    fn read_report(&mut self, part: &Part<'_>, bytes: &[u8]) {
        if self.content.report_type.is_none() {
            return;
        }
        match part.kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" if self.content.delivery_status.is_none() => {
                let cut = bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default();
                self.content.delivery_status = Some(charset::text_of_unlabelled(cut).into_owned());
            }
            "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers" if self.content.original_message_id.is_none() => {
                let block = Block::read_root(bytes, &mut Damage::default());
                self.content.original_message_id = block.ids("Message-ID").into_iter().next();
            }
            _ => {}
        }
    }
}

/// A forwarded mail is best named by its subject.
fn nested_subject(kind: &str, bytes: &[u8]) -> Option<String> {
    if !matches!(kind, "message/rfc822" | "message/global") {
        return None;
    }
    let subject = Block::read_root(bytes, &mut Damage::default()).text("Subject")?;
    let flat: String = subject.chars().map(|c| if matches!(c, '/' | '\\') { '-' } else { c }).take(80).collect();
    (!flat.trim().is_empty()).then(|| format!("{}.eml", flat.trim()))
}

/// The alternatives of one text: as plain text and as HTML.
fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let (mut plain, mut html) = (None::<String>, None::<String>);
    let append = |slot: &mut Option<String>, text: String| match slot {
        Some(there) => {
            there.push('\n');
            there.push_str(&text);
        }
        None => *slot = Some(text),
    };
    for piece in pieces {
        match piece {
            Piece::Plain(text) => append(&mut plain, text),
            Piece::Html(text) => append(&mut html, text),
            Piece::Both { plain: text, html: rich } => {
                append(&mut plain, text);
                append(&mut html, rich);
            }
        }
    }
    match (plain, html) {
        (Some(plain), Some(html)) => vec![Piece::Both { plain, html }],
        (Some(plain), None) => vec![Piece::Plain(plain)],
        (None, Some(html)) => vec![Piece::Html(html)],
        (None, None) => Vec::new(),
    }
}

impl Content {
    /// Text and HTML of the whole mail. Where only some of its stretches are in one of the forms, the others are
    /// converted, so that neither form lacks anything.
    pub(super) fn bodies(&self, damage: &mut Damage) -> (Option<String>, Option<String>) {
        let has_plain = self.pieces.iter().any(|piece| !matches!(piece, Piece::Html(_)));
        let has_html = self.pieces.iter().any(|piece| !matches!(piece, Piece::Plain(_)));
        let plain = has_plain.then(|| {
            let stretches = self.pieces.iter().map(|piece| match piece {
                Piece::Plain(text) | Piece::Both { plain: text, .. } => Cow::Borrowed(text.as_str()),
                Piece::Html(html) => Cow::Owned(html::to_text(html)),
            });
            join(stretches, damage)
        });
        let rich = has_html.then(|| {
            let stretches = self.pieces.iter().map(|piece| match piece {
                Piece::Html(html) | Piece::Both { html, .. } => Cow::Borrowed(html.as_str()),
                Piece::Plain(text) => Cow::Owned(format!("<div>{}</div>", html::text_to_html(text))),
            });
            join(stretches, damage)
        });
        (plain, rich)
    }
}

fn join<'a>(stretches: impl Iterator<Item = Cow<'a, str>>, damage: &mut Damage) -> String {
    let mut all = String::new();
    for stretch in stretches {
        if !all.is_empty() && !all.ends_with('\n') {
            all.push('\n');
        }
        all.push_str(&stretch);
        if all.len() > MAX_TEXT_BYTES {
            damage.note("The text is longer than 2 MB; the rest is only in the raw mail.");
            all.truncate(all.floor_char_boundary(MAX_TEXT_BYTES));
            break;
        }
    }
    all
}

/// RFC 2046 section 5.1.1: a delimiter is a line of its own; the line end before it belongs to it.
fn split_at_boundary<'b>(body: &'b [u8], boundary: &[u8]) -> (Vec<&'b [u8]>, bool) {
    let delimiter = [b"--", boundary].concat();
    let finder = memchr::memmem::Finder::new(&delimiter);
    let mut children = Vec::new();
    let mut open: Option<usize> = None;
    let mut from = 0;
    while let Some(at) = finder.find(body.get(from..).unwrap_or_default()).map(|at| from + at) {
        from = at + delimiter.len();
        let line_start = at == 0 || body.get(at - 1) == Some(&b'\n');
        let rest = body.get(from..).unwrap_or_default();
        let line_length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..line_length).unwrap_or_default().trim_ascii();
        if !line_start || !(line.is_empty() || line == b"--") {
            continue;
        }
        if let Some(start) = open.take() {
            children.push(without_last_line_end(body.get(start..at).unwrap_or_default()));
        }
        if line == b"--" {
            return (children, true);
        }
        from += line_length;
        open = Some(from);
        if children.len() > MAX_PARTS {
            break;
        }
    }
    if let Some(start) = open {
        children.push(body.get(start..).unwrap_or_default());
    }
    (children, false)
}

fn without_last_line_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}

/// The first line that looks like a delimiter and comes again.
fn guess_boundary(body: &[u8]) -> Option<Vec<u8>> {
    body.split(|byte| *byte == b'\n').take(200).find_map(|line| {
        let token = line.trim_ascii_end().strip_prefix(b"--")?;
        let fits = (4..=70).contains(&token.len()) && token.iter().all(u8::is_ascii_graphic) && token != b"--";
        if !fits {
            return None;
        }
        let (children, closed) = split_at_boundary(body, token);
        (closed || children.len() > 1).then(|| token.to_vec())
    })
}

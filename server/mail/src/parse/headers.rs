//! One block of header fields (RFC 5322 section 2.2).
use std::borrow::Cow;

use mail_parser::{Address, ContentType, HeaderValue, parsers::MessageStream};

use super::{
    Damage, MAX_HEADER_BYTES, MAX_HEADERS, Mailbox,
    charset::{repair_c1, text_of_unlabelled},
};

/// Fields of one part.
#[derive(Default)]
pub(super) struct Block {
    fields: Vec<Field>,
    /// Where the body begins in the slice the block was read from.
    pub(super) body_start: usize,
}

struct Field {
    name: String,
    /// As written, folded, UTF-8 (8-bit text without a label is read as UTF-8, else windows-1252), ended by a newline.
    value: String,
}

impl Block {
    /// The block at the start of the whole mail.
    pub(super) fn read_root(raw: &[u8], damage: &mut Damage) -> Self {
        let mut start = 0;
        while raw.get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            start += 1;
        }
        // The separator line of mailbox files is no field.
        let rest = raw.get(start..).unwrap_or_default();
        if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
            start += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        }
        let mut block = Self::read(raw.get(start..).unwrap_or_default(), damage);
        block.body_start += start;
        if block.fields.is_empty() {
            damage.note("The mail has no header fields; all of it is shown as text.");
        }
        block
    }

    /// The block at the start of `raw`: up to the first empty line, or the first line that is no field.
    pub(super) fn read(raw: &[u8], damage: &mut Damage) -> Self {
        let mut block = Self::default();
        let mut at = 0;
        let mut current: Option<(String, Vec<u8>)> = None;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or_default();
            let bare = line.trim_ascii_end();
            if bare.is_empty() && !is_folded_blank(line, current.is_some()) {
                at += length;
                break;
            }
            if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                match &mut current {
                    Some((_, value)) if value.len() + line.len() <= MAX_HEADER_BYTES => value.extend_from_slice(line),
                    Some(_) => damage.note("A header field is too long; its end is left out."),
                    None => {}
                }
            } else if let Some((name, value)) = split_field(line) {
                block.push(current.take(), damage);
                current = Some((name, value.get(..value.len().min(MAX_HEADER_BYTES)).unwrap_or_default().to_vec()));
            } else {
                damage.note("The header fields end without an empty line.");
                break;
            }
            at += length;
        }
        block.push(current, damage);
        block.body_start = at;
        block
    }

    fn push(&mut self, field: Option<(String, Vec<u8>)>, damage: &mut Damage) {
        let Some((name, value)) = field else { return };
        if self.fields.len() >= MAX_HEADERS {
            damage.note(format!("The mail has more than {MAX_HEADERS} header fields; the rest is left out."));
            return;
        }
        let mut value = text_of_unlabelled(&value).into_owned();
        if !value.ends_with('\n') {
            value.push('\n');
        }
        self.fields.push(Field { name, value });
    }

    fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| unfolded(&field.value))
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// The unfolded value as written.
    pub(super) fn raw(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|field| unfolded(&field.value))
    }

    /// Unstructured text, encoded words decoded (RFC 2047), one line.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = stream(self.get(name)?).parse_unstructured();
        let text = match value {
            HeaderValue::Text(text) => text.into_owned(),
            HeaderValue::TextList(list) => list.join(" "),
            _ => String::new(),
        };
        Some(one_line(&text))
    }

    pub(super) fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        let Some(field) = self.get(name) else { return Vec::new() };
        let value = stream(field).parse_address();
        let HeaderValue::Address(address) = value else { return Vec::new() };
        let flat: Vec<_> = match address {
            Address::List(list) => list,
            Address::Group(groups) => groups.into_iter().flat_map(|group| group.addresses).collect(),
        };
        flat.into_iter().filter_map(mailbox).take(1000).collect()
    }

    /// Message ids without their brackets.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let Some(field) = self.get(name) else { return Vec::new() };
        let ids: Vec<Cow<'_, str>> = match stream(field).parse_id() {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids,
            _ => return Vec::new(),
        };
        let tidy = |id: Cow<'_, str>| id.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take(998).collect();
        ids.into_iter().map(tidy).filter(|id: &String| !id.is_empty()).take(200).collect()
    }

    pub(super) fn date(&self, name: &str) -> Option<i64> {
        match stream(self.get(name)?).parse_date() {
            HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
            _ => None,
        }
    }

    /// A structured value with parameters: `Content-Type`, `Content-Disposition` (RFC 2045, 2183, 2231).
    pub(super) fn parameterised(&self, name: &str) -> Option<ContentType<'_>> {
        match stream(self.get(name)?).parse_content_type() {
            HeaderValue::ContentType(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn into_fields(self) -> Vec<(String, String)> {
        self.fields
            .into_iter()
            .map(|field| {
                let value = unfolded(&field.value).into_owned();
                (field.name, value)
            })
            .collect()
    }
}

fn stream(field: &Field) -> MessageStream<'_> {
    MessageStream::new(field.value.as_bytes())
}

/// A line of blanks continues a field when more of it follows; only a truly empty line ends the block.
fn is_folded_blank(line: &[u8], in_field: bool) -> bool {
    in_field && line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
}

/// RFC 5322 section 2.2: printable ASCII without a colon; blanks before the colon are tolerated (section 4.5).
fn split_field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let fits = !name.is_empty() && name.len() <= 200 && name.iter().all(|byte| (33..=126).contains(byte));
    if !fits {
        return None;
    }
    Some((String::from_utf8_lossy(name).into_owned(), line.get(colon + 1..)?))
}

fn unfolded(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim();
    if trimmed.contains(['\r', '\n']) {
        Cow::Owned(trimmed.split(['\r', '\n']).filter(|line| !line.is_empty()).collect())
    } else {
        Cow::Borrowed(trimmed)
    }
}

pub(super) fn one_line(text: &str) -> String {
    let spaced: String = repair_c1(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn mailbox(address: mail_parser::Addr<'_>) -> Option<Mailbox> {
    let name = address.name.map(|name| one_line(&name)).filter(|name| !name.is_empty());
    let address = address.address.map(|address| one_line(&address)).unwrap_or_default();
    if address.is_empty() && name.is_none() {
        return None;
    }
    Some(Mailbox { name: name.filter(|name| *name != address), address })
}

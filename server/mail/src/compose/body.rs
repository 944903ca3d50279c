use lettre::{
    Message,
    message::{
        Body, MessageBuilder, MultiPart, MultiPartBuilder, SinglePart,
        header::{ContentDisposition, ContentId, ContentTransferEncoding, ContentType},
    },
};

use super::{Attachment, ComposeError, OutgoingMail, headers::one_line};
use crate::html;

/// A part of either kind, so that levels can be put around it.
enum Node {
    Single(SinglePart),
    Multi(MultiPart),
}

pub(super) fn finish(builder: MessageBuilder, mail: &OutgoingMail) -> Result<Message, ComposeError> {
    let mut boundaries = Boundaries::new(&mail.message_id);
    let inline_wanted = mail.html.is_some();
    let (inline, attached): (Vec<_>, Vec<_>) = mail.attachments.iter().partition(|attachment| inline_wanted && attachment.content_id.is_some());
    let mut node = text_node(mail, &inline, &mut boundaries)?;
    if !attached.is_empty() {
        let mut mixed = add(MultiPart::mixed().boundary(boundaries.next()), node);
        for attachment in attached {
            mixed = mixed.singlepart(file(attachment, false)?);
        }
        node = Node::Multi(mixed);
    }
    match node {
        Node::Single(part) => builder.singlepart(part),
        Node::Multi(part) => builder.multipart(part),
    }
    .map_err(|error| ComposeError::Library(error.to_string()))
}

fn text_node(mail: &OutgoingMail, inline: &[&Attachment], boundaries: &mut Boundaries) -> Result<Node, ComposeError> {
    let Some(rich) = &mail.html else {
        return Ok(Node::Single(text(mail.text.as_deref().unwrap_or_default(), ContentType::TEXT_PLAIN)?));
    };
    let plain = match &mail.text {
        Some(text) => text.clone(),
        None => html::to_text(rich),
    };
    let mut rich_node = Node::Single(text(rich, ContentType::TEXT_HTML)?);
    if !inline.is_empty() {
        let mut related = add(MultiPart::related().boundary(boundaries.next()), rich_node);
        for attachment in inline {
            related = related.singlepart(file(attachment, true)?);
        }
        rich_node = Node::Multi(related);
    }
    let alternative = MultiPart::alternative().boundary(boundaries.next()).singlepart(text(&plain, ContentType::TEXT_PLAIN)?);
    Ok(Node::Multi(match rich_node {
        Node::Single(part) => alternative.singlepart(part),
        Node::Multi(part) => alternative.multipart(part),
    }))
}

fn add(builder: MultiPartBuilder, node: Node) -> MultiPart {
    match node {
        Node::Single(part) => builder.singlepart(part),
        Node::Multi(part) => builder.multipart(part),
    }
}

/// Always quoted-printable or base64: lines stay short, relays change nothing, and no boundary can occur in it.
fn text(content: &str, content_type: ContentType) -> Result<SinglePart, ComposeError> {
    let foreign = content.bytes().filter(|byte| !byte.is_ascii()).count();
    let encoding = if foreign * 6 > content.len() { ContentTransferEncoding::Base64 } else { ContentTransferEncoding::QuotedPrintable };
    let body =
        Body::new_with_encoding(content.replace('\0', ""), encoding).map_err(|_| ComposeError::Library("the text could not be encoded".into()))?;
    Ok(SinglePart::builder().header(content_type).body(body))
}

fn file(attachment: &Attachment, inline: bool) -> Result<SinglePart, ComposeError> {
    let name = one_line("The name of an attachment", attachment.name.trim())?;
    let name: String = name.chars().map(|c| if matches!(c, '"' | '\\' | '/') { '_' } else { c }).take(200).collect();
    let name = if name.is_empty() { "attachment".to_owned() } else { name };
    let kind = attachment.mimetype.trim().to_ascii_lowercase();
    let refuse = || ComposeError::MediaType { name: name.clone(), mimetype: attachment.mimetype.chars().take(100).collect() };
    if kind.len() > 200 || !kind.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(refuse());
    }
    let declared = ContentType::parse(&kind).map_err(|_| refuse())?;
    let composite = kind.starts_with("message/") || kind.starts_with("multipart/");
    let content_type = if composite { ContentType::parse("application/octet-stream").map_err(|_| refuse())? } else { declared };
    let body = Body::new_with_encoding(attachment.bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| ComposeError::Library("an attachment could not be encoded".into()))?;
    let mut builder = SinglePart::builder().header(content_type);
    if let Some(id) = attachment.content_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        builder = builder.header(ContentId::from(content_id(id)?));
    }
    builder = builder.header(if inline { ContentDisposition::inline_with_name(&name) } else { ContentDisposition::attachment(&name) });
    Ok(builder.body(body))
}

fn content_id(id: &str) -> Result<String, ComposeError> {
    let bare = id.trim_start_matches('<').trim_end_matches('>');
    let fits = !bare.is_empty() && bare.len() <= 200 && bare.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    if fits { Ok(format!("<{bare}>")) } else { Err(ComposeError::MessageId { id: id.chars().take(200).collect() }) }
}

/// Boundaries that are the same on every build. `=_` cannot stand in quoted-printable or base64 (RFC 2045 section 6.7).
struct Boundaries {
    stem: String,
    used: u32,
}

impl Boundaries {
    fn new(message_id: &str) -> Self {
        let stem: String = message_id.bytes().filter(u8::is_ascii_alphanumeric).map(char::from).take(40).collect();
        Self { stem, used: 0 }
    }

    fn next(&mut self) -> String {
        self.used += 1;
        format!("=_{}_{}", self.used, self.stem)
    }
}

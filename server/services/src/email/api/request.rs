//! Reading a Send Message v2 request, parameter by parameter, so that each refusal can name its own.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::ApiError;
use crate::email::template::Substitutions;

/// A Send Message v2 request for the email channel, its shape checked; addresses and sizes are checked on acceptance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendMessageV2 {
    /// Address of an asset.
    pub from: String,
    /// Recipients with what each has of its own.
    pub to: Vec<ApiRecipient>,
    /// Values for all recipients.
    pub substitutions: Substitutions,
    /// Also to, shown.
    pub cc: Vec<String>,
    /// Also to, hidden.
    pub bcc: Vec<String>,
    /// One mail to all instead of one each.
    pub multiple_to_recipients: bool,
    /// `options.fromName`; `None` takes the asset's.
    pub from_name: Option<String>,
    /// What is sent.
    pub content: ApiContent,
    /// Opaque text of at most 2000 characters.
    pub callback_data: String,
}

/// One entry of `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiRecipient {
    /// Addresses; each gets its own mail unless `multipleToRecipients`.
    pub email: Vec<String>,
    /// Values for these addresses.
    pub substitutions: Substitutions,
    /// The caller's reference.
    pub correlation_id: String,
}

/// `content`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiContent {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML; empty for `"type": "text"`.
    pub html: String,
    /// Reply-To.
    pub reply_to: String,
    /// Files.
    pub attachments: Vec<ApiAttachment>,
}

/// One entry of `content.attachments`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiAttachment {
    /// Type.
    pub mimetype: String,
    /// File name.
    pub name: String,
    /// Content-ID for inline images.
    pub cid: String,
    /// The bytes in Base64: our extension of the request.
    pub content: String,
}

/// Receipts that an SMTP route can give.
const RECEIPTS: &[&str] = &["submitted", "failed", "invalid"];

/// Parameters that mean something, but not to this installation.
const LATER: &[(&str, &str)] = &[
    ("template", "Templates are not available here: give the text in `content`."),
    ("notifyUrl", "Receipts are not posted to a URL here: leave `notifyUrl` out and read them from the message."),
    ("notifyUrlAuthId", "Receipts are not posted to a URL here: leave `notifyUrlAuthId` out."),
    ("contactPolicy", "Contact policies are not available here: leave `contactPolicy` out."),
    ("sendAt", "A later sending time is not available here: leave `sendAt` out and call when it is time."),
    ("expireAt", "An expiry is not available here: leave `expireAt` out."),
    ("validity", "An expiry is not available here: leave `validity` out."),
];

/// Options that mean something, but not to an SMTP asset.
const LATER_OPTIONS: &[(&str, &str)] = &[
    ("trackClicks", "SMTP assets do not track clicks: leave `trackClicks` out or set it to false."),
    ("trackOpens", "SMTP assets do not track opens: leave `trackOpens` out or set it to false."),
    ("shortenLinks", "Links are not shortened here: leave `shortenLinks` out or set it to false."),
    ("allowFallbackURL", "Links are not shortened here: leave `allowFallbackURL` out or set it to false."),
    ("domain", "Links are not shortened here: leave `domain` out."),
    ("tag1", "Links are not shortened here: leave `tag1` out."),
    ("tag2", "Links are not shortened here: leave `tag2` out."),
    ("listUnsubscribeUrl", "Unsubscribe headers are not available here: leave `listUnsubscribeUrl` out."),
    ("unsubscribeEmailAddress", "Unsubscribe headers are not available here: leave `unsubscribeEmailAddress` out."),
    ("unsubscribeEmailSubject", "Unsubscribe headers are not available here: leave `unsubscribeEmailSubject` out."),
];

impl SendMessageV2 {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`ApiError`] for the first parameter that is missing, of a wrong type, unknown, or asks for what is not done here.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::no_json(format!("The body is not JSON: {error}.")))?;
        let Value::Object(map) = value else { return Err(ApiError::no_json("The body is a JSON object.")) };
        let mut top = Part { path: String::new(), map };
        match top.text("channel")?.as_deref() {
            Some("email") => {}
            Some(_) => return Err(ApiError::refused("channel", "This installation sends over the channel \"email\" only.")),
            None => return Err(ApiError::missing("channel", "`channel` is missing; it is \"email\".")),
        }
        top.refuse_later(LATER)?;
        let from = top.text("from")?.filter(|from| !from.is_empty());
        let from = from.ok_or_else(|| ApiError::missing("from", "`from` is missing; it is the address of an email asset."))?;
        let to = recipients(top.list("to")?)?;
        check_receipts(top.take::<Vec<String>>("requestedReceipts", "a list of words")?)?;
        let content = top.part("content")?.ok_or_else(|| ApiError::missing("content", "`content` is missing."))?;
        let request = Self {
            from,
            to,
            substitutions: top.substitutions()?,
            cc: top.addresses("cc")?,
            bcc: top.addresses("bcc")?,
            multiple_to_recipients: top.flag("multipleToRecipients")?,
            from_name: options(top.part("options")?)?,
            content: read_content(content)?,
            callback_data: top.text("callbackData")?.unwrap_or_default(),
        };
        top.end()?;
        Ok(request)
    }
}

fn recipients(entries: Vec<Part>) -> Result<Vec<ApiRecipient>, ApiError> {
    let mut to = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let email = entry.addresses("email")?;
        if email.is_empty() {
            return Err(ApiError::missing(entry.name("email"), "Give at least one address here, as a list."));
        }
        to.push(ApiRecipient { email, substitutions: entry.substitutions()?, correlation_id: entry.text("correlationId")?.unwrap_or_default() });
        entry.end()?;
    }
    if to.is_empty() {
        return Err(ApiError::missing("to", "`to` is missing; it is a list of objects with `email`."));
    }
    Ok(to)
}

fn check_receipts(asked: Option<Vec<String>>) -> Result<(), ApiError> {
    match asked.iter().flatten().find(|word| !RECEIPTS.contains(&word.as_str())) {
        None => Ok(()),
        Some(_) => Err(ApiError::refused("requestedReceipts", format!("SMTP assets give these receipts only: {}.", RECEIPTS.join(", ")))),
    }
}

fn options(part: Option<Part>) -> Result<Option<String>, ApiError> {
    let Some(mut part) = part else { return Ok(None) };
    // Off is what happens anyway.
    part.map.retain(|_, value| !matches!(value, Value::Bool(false) | Value::Null) && value.as_str() != Some("false"));
    part.refuse_later(LATER_OPTIONS)?;
    let from_name = part.text("fromName")?;
    part.end()?;
    Ok(from_name)
}

fn read_content(mut part: Part) -> Result<ApiContent, ApiError> {
    let kind = part.text("type")?;
    let (text, html) = (part.text("text")?.unwrap_or_default(), part.text("html")?.unwrap_or_default());
    match kind.as_deref() {
        Some("html") if html.is_empty() => return Err(ApiError::missing("content.html", "`content.html` is missing for the type \"html\".")),
        Some("text") if text.is_empty() => return Err(ApiError::missing("content.text", "`content.text` is missing for the type \"text\".")),
        Some("text") if !html.is_empty() => {
            return Err(ApiError::refused("content.html", "The type is \"text\": leave `html` out, or set the type to \"html\"."));
        }
        Some("html" | "text") => {}
        Some(_) => return Err(ApiError::refused("content.type", "`content.type` is \"text\" or \"html\".")),
        None => return Err(ApiError::missing("content.type", "`content.type` is missing; it is \"text\" or \"html\".")),
    }
    let subject = part.text("subject")?.filter(|subject| !subject.trim().is_empty());
    let subject = subject.ok_or_else(|| ApiError::missing("content.subject", "`content.subject` is missing."))?;
    let reply_to = part.text("replyTo")?.unwrap_or_default();
    let mut attachments = Vec::new();
    for entry in part.list("attachments")? {
        attachments.push(read_attachment(entry)?);
    }
    part.end()?;
    Ok(ApiContent { subject, text, html, reply_to, attachments })
}

fn read_attachment(mut entry: Part) -> Result<ApiAttachment, ApiError> {
    if entry.text("mediaUrl")?.is_some_and(|url| !url.is_empty()) {
        return Err(ApiError::refused(entry.name("mediaUrl"), "Files are not fetched from a URL here: give the bytes in `content`, Base64-encoded."));
    }
    let content =
        entry.text("content")?.ok_or_else(|| ApiError::missing(entry.name("content"), "Give the bytes of the file here, Base64-encoded."))?;
    let attachment = ApiAttachment {
        mimetype: entry.text("mimetype")?.unwrap_or_default(),
        name: entry.text("name")?.unwrap_or_default(),
        cid: entry.text("cid")?.unwrap_or_default(),
        content,
    };
    entry.end()?;
    Ok(attachment)
}

/// An object of the request from which parameters are taken; what is left at the end is unknown.
struct Part {
    path: String,
    map: Map<String, Value>,
}

impl Part {
    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a parameter out; `null` counts as absent.
    fn take<T: DeserializeOwned>(&mut self, key: &str, wanted: &str) -> Result<Option<T>, ApiError> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                serde_json::from_value(value).map(Some).map_err(|_| ApiError::refused(self.name(key), format!("`{}` is {wanted}.", self.name(key))))
            }
        }
    }

    /// A text; a number is taken as its digits, because callers send references as either.
    fn text(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(ApiError::refused(self.name(key), format!("`{}` is a text.", self.name(key)))),
        }
    }

    /// A flag, as JSON or as the words `true` and `false`.
    fn flag(&mut self, key: &str) -> Result<bool, ApiError> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(word)) if word == "true" => Ok(true),
            Some(Value::String(word)) if word == "false" => Ok(false),
            Some(_) => Err(ApiError::refused(self.name(key), format!("`{}` is true or false.", self.name(key)))),
        }
    }

    /// A list of addresses; a single text is a list of one.
    fn addresses(&mut self, key: &str) -> Result<Vec<String>, ApiError> {
        if let Some(Value::String(one)) = self.map.get(key) {
            let one = one.clone();
            self.map.remove(key);
            return Ok(vec![one]);
        }
        Ok(self.take(key, "a list of email addresses")?.unwrap_or_default())
    }

    fn substitutions(&mut self) -> Result<Substitutions, ApiError> {
        let name = self.name("substitutions");
        let map: Map<String, Value> = self.take("substitutions", "an object of names and texts")?.unwrap_or_default();
        map.into_iter()
            .map(|(key, value)| match value {
                Value::String(text) => Ok((key, text)),
                Value::Number(number) => Ok((key, number.to_string())),
                Value::Bool(flag) => Ok((key, flag.to_string())),
                Value::Null => Ok((key, String::new())),
                Value::Array(_) | Value::Object(_) => Err(ApiError::refused(&name, "Values of substitutions are texts or numbers.")),
            })
            .collect()
    }

    fn part(&mut self, key: &str) -> Result<Option<Part>, ApiError> {
        let path = self.name(key);
        Ok(self.take(key, "an object")?.map(|map| Part { path, map }))
    }

    fn list(&mut self, key: &str) -> Result<Vec<Part>, ApiError> {
        let path = self.name(key);
        let entries: Vec<Map<String, Value>> = self.take(key, "a list of objects")?.unwrap_or_default();
        Ok(entries.into_iter().enumerate().map(|(position, map)| Part { path: format!("{path}[{position}]"), map }).collect())
    }

    fn refuse_later(&self, later: &[(&str, &'static str)]) -> Result<(), ApiError> {
        match later.iter().find(|(key, _)| self.map.get(*key).is_some_and(|value| !value.is_null())) {
            Some((key, sentence)) => Err(ApiError::refused(self.name(key), *sentence)),
            None => Ok(()),
        }
    }

    /// Refuses what nobody took.
    fn end(self) -> Result<(), ApiError> {
        match self.map.iter().find(|(_, value)| !value.is_null()) {
            Some((key, _)) => {
                let name: String = self.name(key).chars().filter(|c| !c.is_control()).take(80).collect();
                Err(ApiError::refused(&name, format!("There is no parameter `{name}`; check its spelling.")))
            }
            None => Ok(()),
        }
    }
}

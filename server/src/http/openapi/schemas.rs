//! The shapes of `POST /v2/messages`, for the document alone: the request is read parameter by parameter
//! ([`services::email::api::SendMessageV2::read`]), so that each refusal can name its own. A test reads the example of the document.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What `POST /v2/messages` takes. Unknown parameters are refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = example)]
pub struct SendMessage {
    /// Always `email`.
    #[schema(pattern = "^email$")]
    channel: String,
    /// Address of an active email asset.
    from: String,
    /// Recipients. Together with `cc` and `bcc` at most 50 addresses.
    to: Vec<Recipient>,
    /// Values for `$(name)` in subject and text, for all recipients.
    #[schema(required = false)]
    substitutions: BTreeMap<String, String>,
    /// Also to, shown.
    #[schema(required = false)]
    cc: Vec<String>,
    /// Also to, hidden.
    #[schema(required = false)]
    bcc: Vec<String>,
    /// One mail to all recipients instead of one each.
    #[schema(required = false, default = false)]
    multiple_to_recipients: bool,
    #[schema(required = false)]
    options: Options,
    content: Content,
    /// Which receipts are wanted; SMTP assets give `submitted`, `failed` and `invalid`.
    #[schema(required = false)]
    requested_receipts: Vec<String>,
    /// Opaque text of at most 2000 characters, kept with the message.
    #[schema(required = false, max_length = 2000)]
    callback_data: String,
}

/// Addresses with what they have of their own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// Each gets its own mail unless `multipleToRecipients`.
    email: Vec<String>,
    /// Values for these addresses; they win over those for all.
    #[schema(required = false)]
    substitutions: BTreeMap<String, String>,
    /// The caller's reference.
    #[schema(required = false)]
    correlation_id: String,
}

/// Options of the channel.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// Name beside the sender's address; else the asset's.
    #[schema(required = false)]
    from_name: String,
}

/// What is sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// `html`, with `text` beside it for mail programs that show none, or `text` alone.
    #[serde(rename = "type")]
    #[schema(pattern = "^(html|text)$")]
    kind: String,
    subject: String,
    /// Where answers go; else to the sender's address.
    #[schema(required = false)]
    reply_to: String,
    /// Needed for the type `text`.
    #[schema(required = false)]
    text: String,
    /// Needed for the type `html`.
    #[schema(required = false)]
    html: String,
    #[schema(required = false)]
    attachments: Vec<Attachment>,
}

/// One file.
#[derive(Serialize, ToSchema)]
pub struct Attachment {
    #[schema(required = false)]
    mimetype: String,
    #[schema(required = false)]
    name: String,
    /// For images that the HTML shows as `cid:…`.
    #[schema(required = false)]
    cid: String,
    /// The bytes, Base64-encoded.
    content: String,
}

/// What 201 answers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// When it was accepted, with the tenant's offset.
    request_timestamp: String,
    /// Id of the mail, or of the request when it makes several.
    message_id: String,
    /// The caller's reference of the first recipient.
    correlation_id: String,
    /// Always `queued`.
    status: String,
    /// The mails, when the request makes several.
    #[schema(required = false)]
    messages: Vec<Part>,
}

/// One of several mails.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    message_id: String,
    /// Its recipient.
    to: String,
    correlation_id: String,
}

/// What every refusal answers.
#[derive(Serialize, ToSchema)]
pub struct Refusal {
    /// Stable, for scripts.
    code: String,
    /// A sentence with the cure.
    message: String,
    /// The parameter it is about.
    #[schema(required = false)]
    field: String,
}

/// A request that works.
fn example() -> serde_json::Value {
    serde_json::json!({
        "channel": "email",
        "from": "care@acme.example",
        "to": [{ "email": ["ann@customer.example"], "substitutions": { "first": "Ann" }, "correlationId": "42" }],
        "options": { "fromName": "Acme Care" },
        "content": { "type": "html", "subject": "Your order", "text": "Hello Ann", "html": "<p>Hello Ann</p>" },
    })
}

#[cfg(test)]
mod tests {
    use services::email::api::SendMessageV2;

    use super::*;

    #[test]
    fn the_example_of_the_document_is_accepted() {
        let request = SendMessageV2::read(example().to_string().as_bytes()).unwrap();
        assert_eq!((request.from.as_str(), request.to.len()), ("care@acme.example", 1));
    }
}

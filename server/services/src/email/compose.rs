//! A mail that a person writes: a new one, or an answer in a conversation.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use store::{args, sql};

use model::{
    Problem,
    email::send::{ComposeForm, split_addresses},
    ids::{AssetId, MessageId, SendId, ThreadId},
};

use super::{
    accept::{self, Answer, File, Mail, SendRequest, Source},
    content::from_json,
    inbox,
};
use crate::{Ctx, Fault, Services};

/// A file that a person added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// Name as the browser gave it.
    pub name: String,
    /// Type as the browser gave it.
    pub mimetype: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Most ids in References of an answer: the first and the newest (RFC 5322 section 3.6.4 asks for all; lines must end).
const MAX_REFERENCES: usize = 40;
/// Most pictures taken out of the HTML.
const MAX_PICTURES: usize = 50;

/// Accepts one mail to all recipients. With `form.thread` it is an answer: In-Reply-To and References follow the conversation
/// and an empty subject becomes that of the conversation. Pictures that stand in the HTML as `data:` URLs become inline parts.
///
/// # Errors
/// [`Problem::Invalid`] with the form's field names; [`Problem::NotFound`] for an asset or conversation of another tenant.
pub async fn compose(services: &Services, ctx: &Ctx, mut form: ComposeForm, uploads: Vec<Upload>) -> Result<(SendId, MessageId), Fault> {
    let answers = if form.thread.is_empty() { None } else { Some(answer(services, ctx, &mut form).await?) };
    Problem::unless_empty(form.check())?;
    let asset: AssetId = form.asset.parse().map_err(|_| Problem::NotFound)?;
    let (html, attachments) = take_files(services, &form.html, uploads);
    let request = SendRequest {
        source: Source::Compose,
        mails: vec![Mail { to: split_addresses(&form.to), ..Mail::default() }],
        cc: split_addresses(&form.cc),
        bcc: split_addresses(&form.bcc),
        subject: form.subject.trim().to_owned(),
        text: form.text,
        html,
        attachments,
        answers,
        ..SendRequest::from_asset(asset)
    };
    let accepted = accept::submit(services, ctx, request).await?;
    accepted.only().ok_or(Fault::Stored { place: "email_message" })
}

/// The HTML with its pictures as parts, and all files of the mail.
pub(super) fn take_files(services: &Services, html: &str, uploads: Vec<Upload>) -> (String, Vec<File>) {
    let (html, pictures) = take_pictures(html, &services.entropy.word(8));
    let mut files: Vec<File> = uploads
        .into_iter()
        .filter(|upload| !(upload.name.is_empty() && upload.bytes.is_empty()))
        .map(|upload| File { name: upload.name, mimetype: upload.mimetype, content_id: String::new(), bytes: upload.bytes })
        .collect();
    files.extend(pictures);
    (html, files)
}

/// The conversation's asset sends the answer, whatever the form says; its newest received mail is the one that is answered.
async fn answer(services: &Services, ctx: &Ctx, form: &mut ComposeForm) -> Result<Answer, Fault> {
    let thread: ThreadId = form.thread.parse().map_err(|_| Problem::NotFound)?;
    let row = services
        .db
        .read_optional(sql!("SELECT asset_id, subject FROM email_thread WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), thread.uuid()])
        .await?
        .ok_or(Problem::NotFound)?;
    form.asset = row.text("asset_id")?;
    if form.subject.trim().is_empty() {
        form.subject = inbox::reply_subject(row.str("subject")?);
    }
    let newest = services
        .db
        .read_optional(
            sql!(
                "SELECT message_id_header, reference_headers FROM email_inbound
                 WHERE tenant_id = $1 AND thread_id = $2 ORDER BY received_micros DESC, id DESC LIMIT 1"
            ),
            args![ctx.tenant().uuid(), thread.uuid()],
        )
        .await?;
    let Some(newest) = newest else { return Ok(Answer { thread, in_reply_to: String::new(), references: Vec::new() }) };
    let in_reply_to = Some(newest.text("message_id_header")?).filter(|id| is_writable_id(id)).unwrap_or_default();
    let earlier: Vec<String> = from_json(newest.str("reference_headers")?, "email_inbound.reference_headers")?;
    Ok(Answer { thread, references: references(earlier, &in_reply_to), in_reply_to })
}

/// RFC 5322 section 3.6.4: the parent's references, then the parent.
fn references(earlier: Vec<String>, parent: &str) -> Vec<String> {
    let mut all: Vec<String> = earlier.into_iter().filter(|id| is_writable_id(id) && id != parent).collect();
    if !parent.is_empty() {
        all.push(parent.to_owned());
    }
    if all.len() > MAX_REFERENCES {
        all.drain(1..all.len() - MAX_REFERENCES + 1);
    }
    all
}

/// Whether a foreign Message-ID can stand in a header of ours.
fn is_writable_id(id: &str) -> bool {
    id.len() <= 250
        && id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
        && id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
}

/// Replaces `data:image/…;base64,…` in attribute values by `cid:` and gives the pictures.
fn take_pictures(html: &str, word: &str) -> (String, Vec<File>) {
    const START: &str = "data:image/";
    let (mut out, mut files, mut rest) = (String::with_capacity(html.len().min(64 * 1024)), Vec::new(), html);
    while let Some(at) = rest.find(START) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let quoted = before.chars().last().filter(|last| matches!(last, '"' | '\''));
        let end = quoted.and_then(|quote| from.find(quote));
        let picture = end.filter(|_| files.len() < MAX_PICTURES).and_then(|end| Some((end, picture(from.get(..end)?)?)));
        match picture {
            Some((end, (kind, bytes))) => {
                let number = files.len() + 1;
                let content_id = format!("image{number}.{word}@inline");
                out.push_str("cid:");
                out.push_str(&content_id);
                files.push(File { name: format!("image{number}.{kind}"), mimetype: format!("image/{kind}"), content_id, bytes });
                rest = from.get(end..).unwrap_or_default();
            }
            None => {
                out.push_str(START);
                rest = from.get(START.len()..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    (out, files)
}

/// Kind and bytes of a `data:` URL of a picture that mail readers draw.
fn picture(url: &str) -> Option<(&'static str, Vec<u8>)> {
    let (kind, data) = url.strip_prefix("data:image/")?.split_once(";base64,")?;
    let kind = ["png", "jpeg", "gif", "webp"].into_iter().find(|known| known.eq_ignore_ascii_case(kind))?;
    let clean: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Some((kind, BASE64.decode(clean).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_in_the_html_become_parts() {
        let html = r#"<p><img src="data:image/png;base64,AAEC"> and <img src='data:image/GIF;base64,AA=='></p>"#;
        let (out, files) = take_pictures(html, "w");
        assert_eq!(out, "<p><img src=\"cid:image1.w@inline\"> and <img src='cid:image2.w@inline'></p>");
        let files: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(files, [("image1.png", &[0_u8, 1, 2][..]), ("image2.gif", &[0][..])]);
    }

    #[test]
    fn what_is_no_picture_stays() {
        for html in
            ["data:image/png;base64,AAEC", "<a href=\"data:image/svg+xml;base64,AAEC\">", "<img src=\"data:image/png;base64,%%\">", "data:image/"]
        {
            assert_eq!(take_pictures(html, "w"), (html.to_owned(), Vec::new()), "{html}");
        }
    }

    #[test]
    fn references_are_bounded_and_keep_the_first() {
        let ids: Vec<String> = (0..100).map(|n| format!("{n}@x")).collect();
        let all = references(ids, "p@x");
        assert_eq!(all.len(), MAX_REFERENCES);
        assert_eq!((all[0].as_str(), all[1].as_str(), all[MAX_REFERENCES - 1].as_str()), ("0@x", "62@x", "p@x"));
        assert_eq!(references(vec!["a b@x".into(), "a>@x".into()], ""), Vec::<String>::new());
    }
}

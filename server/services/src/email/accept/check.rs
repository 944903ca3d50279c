//! The rules of a send request, whoever makes it.

use model::{
    FieldProblem, Problem,
    email::{
        address::check_email_address,
        send::{MAX_HTML_BYTES, MAX_MIME_BYTES, MAX_RECIPIENTS, MAX_SUBJECT_CHARS, MAX_TEXT_BYTES, check_content, check_recipients},
    },
};

use super::{Mail, SendRequest};
use crate::email::{
    content::{Content, Filled, Templates},
    template::{MAX_NAMES, MAX_VALUE_BYTES, Substitutions, is_name},
};

/// Longest opaque text of the caller, in characters.
const MAX_CALLBACK_CHARS: usize = 2000;
/// Longest reference of the caller, in characters.
const MAX_CORRELATION_CHARS: usize = 200;
/// Most files of a mail.
const MAX_FILES: usize = 50;

/// All refused fields.
pub(super) fn problems(request: &SendRequest) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    recipients(request, &mut problems);
    check_content(&request.subject, &request.text, &request.html, &mut problems);
    let mut refuse = |field: &str, message: String| problems.push(FieldProblem { field: field.into(), message });
    if request.from_name.as_ref().is_some_and(|name| name.chars().count() > 120 || name.chars().any(char::is_control)) {
        refuse("from_name", "The sender's name has at most 120 characters and no line breaks.".into());
    }
    if !request.reply_to.is_empty() && check_email_address(&request.reply_to).is_err() {
        refuse("reply_to", "The reply address is not an email address.".into());
    }
    if request.callback_data.chars().count() > MAX_CALLBACK_CHARS {
        refuse("callback_data", format!("callbackData has at most {MAX_CALLBACK_CHARS} characters."));
    }
    let fits = |id: &str| id.chars().count() <= MAX_CORRELATION_CHARS && !id.chars().any(char::is_control);
    if !request.mails.iter().all(|mail| fits(&mail.correlation_id)) {
        refuse("correlation_id", format!("A correlationId has at most {MAX_CORRELATION_CHARS} characters and no line breaks."));
    }
    if let Some(why) = values(&request.substitutions) {
        refuse("substitutions", why);
    }
    if let Some((position, why)) = request.mails.iter().enumerate().find_map(|(position, mail)| Some((position, values(&mail.substitutions)?))) {
        refuse(&format!("to[{position}].substitutions"), why);
    }
    files(request, &mut problems);
    problems
}

fn recipients(request: &SendRequest, problems: &mut Vec<FieldProblem>) {
    let to: usize = request.mails.iter().map(|mail| mail.to.len()).sum();
    if to == 0 || request.mails.iter().any(|mail| mail.to.is_empty()) {
        problems.push(FieldProblem { field: "to".into(), message: "Enter at least one recipient.".into() });
    }
    if to + request.cc.len() + request.bcc.len() > MAX_RECIPIENTS {
        let message = format!("A request has at most {MAX_RECIPIENTS} recipients over To, Cc and Bcc.");
        problems.push(FieldProblem { field: "to".into(), message });
        return;
    }
    for mail in &request.mails {
        check_recipients("to", &mail.to, problems);
    }
    check_recipients("cc", &request.cc, problems);
    check_recipients("bcc", &request.bcc, problems);
}

fn values(substitutions: &Substitutions) -> Option<String> {
    if substitutions.len() > MAX_NAMES {
        return Some(format!("At most {MAX_NAMES} substitutions are taken."));
    }
    if !substitutions.keys().all(|name| is_name(name)) {
        return Some("The name of a substitution has letters, digits, _, - and . only, at most 64.".into());
    }
    let long = substitutions.values().any(|value| value.len() > MAX_VALUE_BYTES);
    long.then(|| format!("The value of a substitution has at most {} KB.", MAX_VALUE_BYTES / 1024))
}

fn files(request: &SendRequest, problems: &mut Vec<FieldProblem>) {
    let mut refuse = |message: String| problems.push(FieldProblem { field: "attachments".into(), message });
    if request.attachments.len() > MAX_FILES {
        refuse(format!("A mail has at most {MAX_FILES} attachments."));
    }
    let bytes: usize = request.attachments.iter().map(|file| file.bytes.len()).sum();
    // Base64 makes 4 characters of 3 bytes (RFC 2045 section 6.8): more than this cannot fit.
    if bytes > MAX_MIME_BYTES / 4 * 3 {
        refuse(format!(
            "The attachments have {} MB together; a mail holds at most {} MB of them.",
            bytes / 1_048_576,
            MAX_MIME_BYTES / 4 * 3 / 1_048_576
        ));
    }
    let is_cid = |cid: &str| cid.len() <= 200 && cid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+@".contains(&byte));
    if !request.attachments.iter().all(|file| is_cid(&file.content_id)) {
        refuse("A content id (cid) has ASCII letters, digits and . _ - + @ only.".into());
    }
}

/// When a request gives values at all, each placeholder must have one: nobody wants to be greeted as `$(first)`.
pub(super) fn placeholders(content: &Content, templates: &Templates, mails: &[Mail]) -> Result<(), Problem> {
    let gives_values = !content.substitutions.is_empty() || mails.iter().any(|mail| !mail.substitutions.is_empty());
    if !content.templated {
        return Ok(());
    }
    if templates.names().any(|name| name == "unsubscribe") && !content.substitutions.contains_key("unsubscribe") {
        return Err(Problem::field(
            "html",
            "Unsubscribe links are not available here: take $(unsubscribe) out, or give its value in `substitutions`.",
        ));
    }
    if !gives_values {
        return Ok(());
    }
    for (position, mail) in mails.iter().enumerate() {
        let missing = templates.names().find(|name| !mail.substitutions.contains_key(*name) && !content.substitutions.contains_key(*name));
        if let Some(name) = missing {
            let field = if mails.len() == 1 { "substitutions".to_owned() } else { format!("to[{position}].substitutions") };
            return Err(Problem::field(field, format!("The text holds $({name}), but there is no value for it.")));
        }
    }
    Ok(())
}

/// The limits hold after filling too.
pub(super) fn filled(filled: &Filled) -> Result<(), Problem> {
    if filled.html.len() > MAX_HTML_BYTES {
        return Err(Problem::field("html", format!("With its values filled in, the HTML has more than {} KB.", MAX_HTML_BYTES / 1024)));
    }
    if filled.text.len() > MAX_TEXT_BYTES {
        return Err(Problem::field("text", format!("With its values filled in, the text has more than {} KB.", MAX_TEXT_BYTES / 1024)));
    }
    if filled.subject.chars().count() > MAX_SUBJECT_CHARS {
        return Err(Problem::field("subject", format!("With its values filled in, the subject has more than {MAX_SUBJECT_CHARS} characters.")));
    }
    Ok(())
}

/// A file name without folders and control characters, at most 200 characters.
pub(crate) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && !is_direction_mark(*c)).take(200).collect();
    let clean = clean.trim().trim_matches('.').trim();
    if clean.is_empty() { "attachment".to_owned() } else { clean.to_owned() }
}

/// Marks that turn the reading direction make `exe.jpg` of `gpj.exe`.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `type/subtype` of RFC 2045 section 5.1; anything else becomes `application/octet-stream`.
pub(crate) fn mimetype(typed: &str) -> String {
    let typed = typed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    match typed.split_once('/') {
        Some((kind, sub)) if typed.len() <= 127 && is_token(kind) && is_token(sub) => typed,
        _ => "application/octet-stream".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_leave_their_folder() {
        let check = |name, expected| assert_eq!(file_name(name), expected, "{name}");
        check("logo.png", "logo.png");
        check("../../etc/passwd", "passwd");
        check("C:\\Users\\a\\b.doc", "b.doc");
        check("..", "attachment");
        check("", "attachment");
        check("a\r\nb.txt", "ab.txt");
        check("annual\u{202e}fdp.exe", "annualfdp.exe");
    }

    #[test]
    fn types_are_tokens() {
        let check = |typed, expected| assert_eq!(mimetype(typed), expected, "{typed}");
        check("Image/PNG", "image/png");
        check("text/plain; charset=utf-8", "text/plain");
        check("text", "application/octet-stream");
        check("text/plain\r\nX: y", "application/octet-stream");
        check("", "application/octet-stream");
    }
}

//! Mail of the system itself: invitations, password resets. It leaves through one of the tenant's email assets by the ordinary outbox.
//!
//! Such mail holds personal links, so its text is kept from everybody but its reader: the console's lists show that it went out, not what it
//! says, and the debug log holds no body of it.

use ::store::{args, sql};
use model::{
    Problem,
    ids::{AssetId, TenantId},
    people::{SystemMail, SystemMailAsset},
};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    email::sending::{self, Mail, Ready, SendRequest, Source, submit},
};

/// A mail to one person, as plain text and as HTML of the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The one address it goes to.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

impl Letter {
    /// A letter of paragraphs with one link among them: `before`, the link under `words`, `after`. Everything is escaped here; nothing in it is
    /// taken for HTML.
    pub fn with_link(to: &str, subject: &str, before: &[&str], words: &str, link: &str, after: &[&str]) -> Self {
        let mut text = String::new();
        let mut html = String::from("<!doctype html><html lang=\"en\"><body style=\"font:15px/1.5 sans-serif;color:#1a1f26\">");
        let paragraph = |text: &mut String, html: &mut String, words: &str| {
            text.push_str(words);
            text.push_str("\n\n");
            html.push_str("<p>");
            escape_into(html, words);
            html.push_str("</p>");
        };
        for words in before {
            paragraph(&mut text, &mut html, words);
        }
        text.push_str(link);
        text.push_str("\n\n");
        html.push_str("<p><a href=\"");
        escape_into(&mut html, link);
        html.push_str("\">");
        escape_into(&mut html, words);
        html.push_str("</a></p>");
        for words in after {
            paragraph(&mut text, &mut html, words);
        }
        html.push_str("</body></html>");
        text.truncate(text.trim_end().len());
        text.push('\n');
        Self { to: to.to_owned(), subject: subject.to_owned(), text, html }
    }
}

fn escape_into(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// The asset that system mail of this tenant leaves from: the owner's choice while it is active, else the oldest active one. `None` when there is
/// none. Only an asset whose server was set, or that was chosen, by a holder of `tenant.write` counts: who manages email alone could otherwise
/// lead an owner's reset link past a server of their own.
///
/// # Errors
/// [`Fault::Store`].
pub async fn asset(services: &Services, tenant: TenantId) -> Result<Option<AssetId>, Fault> {
    let found = services
        .db
        .read_optional(
            sql!(
                "SELECT a.id FROM email_asset a LEFT JOIN people_post_office p ON p.tenant_id = a.tenant_id AND p.asset_id = a.id
                 WHERE a.tenant_id = $1 AND a.active = 1 AND a.route_trusted = 1
                 ORDER BY CASE WHEN p.asset_id IS NULL THEN 1 ELSE 0 END, a.created_micros, a.id LIMIT 1"
            ),
            args![tenant.uuid()],
        )
        .await?;
    Ok(found.map(|row| row.parse("id")).transpose()?)
}

/// Puts a letter into the outbox; when this returns `true` it survives a crash. `false` when the tenant has no active asset: nothing was sent.
/// The caller's `Ctx` names the tenant; where nobody is signed in, [`Principal::system`](crate::Principal::system) gives one.
///
/// # Errors
/// [`Problem::Invalid`] on `to` and the like when the letter is none that can be sent.
pub async fn send(services: &Services, ctx: &Ctx, letter: Letter) -> Result<bool, Fault> {
    let Some(asset) = asset(services, ctx.tenant()).await? else { return Ok(false) };
    submit(services, ctx, request(asset, letter)).await?;
    Ok(true)
}

/// [`send`] for a caller who writes more in the same transaction: the letter is in the outbox once [`Ready::write`] is committed. `None` when the
/// tenant has no active asset. A letter has no files, so one that is not written leaves nothing behind.
///
/// # Errors
/// As [`send`].
pub(super) async fn ready(services: &Services, ctx: &Ctx, letter: Letter) -> Result<Option<Ready>, Fault> {
    let Some(asset) = asset(services, ctx.tenant()).await? else { return Ok(None) };
    sending::ready(services, ctx, request(asset, letter)).await.map(Some)
}

fn request(asset: AssetId, letter: Letter) -> SendRequest {
    SendRequest {
        source: Source::System,
        mails: vec![Mail { to: vec![letter.to], ..Mail::default() }],
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
        ..SendRequest::from_asset(asset)
    }
}

/// Which asset system mail leaves from, and which there are.
///
/// # Errors
/// [`Fault::Store`].
pub async fn system_mail(services: &Services, ctx: &Ctx) -> Result<SystemMail, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT a.id, a.name, a.email_address, a.active, a.route_trusted, CASE WHEN p.asset_id IS NULL THEN 0 ELSE 1 END AS chosen
                 FROM email_asset a LEFT JOIN people_post_office p ON p.tenant_id = a.tenant_id AND p.asset_id = a.id
                 WHERE a.tenant_id = $1 ORDER BY lower(a.name), a.id LIMIT 500"
            ),
            args![ctx.tenant().uuid()],
        )
        .await?;
    let mut chosen = None;
    let mut assets = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: AssetId = row.parse("id")?;
        if row.flag("chosen")? {
            chosen = Some(id);
        }
        assets.push(SystemMailAsset {
            id,
            name: format!("{} <{}>", row.str("name")?, row.str("email_address")?),
            active: row.flag("active")?,
            route_trusted: row.flag("route_trusted")?,
        });
    }
    Ok(SystemMail { chosen, in_use: asset(services, ctx.tenant()).await?, assets })
}

/// Chooses the asset that system mail leaves from, with the server that it has now; `None` goes back to the oldest active one. For holders of
/// `tenant.write`.
///
/// # Errors
/// [`Problem::NotFound`] for an asset of nobody's.
pub async fn choose_asset(services: &Services, ctx: &Ctx, asset: Option<AssetId>) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let name_of = sql!("SELECT name FROM email_asset WHERE tenant_id = $1 AND id = $2");
    let before = tx
        .optional(
            sql!(
                "SELECT a.name FROM people_post_office p JOIN email_asset a ON a.id = p.asset_id AND a.tenant_id = p.tenant_id
                 WHERE p.tenant_id = $1"
            ),
            args![ctx.tenant().uuid()],
        )
        .await?;
    let before = before.map(|row| row.text("name")).transpose()?;
    let mut after = None;
    match asset {
        None => {
            tx.execute(sql!("DELETE FROM people_post_office WHERE tenant_id = $1"), args![ctx.tenant().uuid()]).await?;
        }
        Some(asset) => {
            let row = tx.optional(name_of, args![ctx.tenant().uuid(), asset.uuid()]).await?.ok_or(Problem::NotFound)?;
            after = Some(row.text("name")?);
            let put = sql!(
                "INSERT INTO people_post_office (tenant_id, asset_id, updated_micros) VALUES ($1, $2, $3)
                 ON CONFLICT (tenant_id) DO UPDATE SET asset_id = excluded.asset_id, updated_micros = excluded.updated_micros"
            );
            tx.execute(put, args![ctx.tenant().uuid(), asset.uuid(), services.now()]).await?;
            let trust = sql!("UPDATE email_asset SET route_trusted = 1 WHERE tenant_id = $1 AND id = $2");
            tx.execute(trust, args![ctx.tenant().uuid(), asset.uuid()]).await?;
        }
    }
    let shown = |name: Option<String>| name.unwrap_or_else(|| "the first active one".into());
    let changes = audit::diff(&[("asset", shown(before))], &[("asset", shown(after))]);
    if !changes.is_empty() {
        let event = Event {
            action: "tenant.system_mail.chosen",
            subject_kind: "tenant",
            subject_id: ctx.tenant().to_string(),
            subject_name: ctx.tenant_name().to_owned(),
            changes,
        };
        audit::record(&mut tx, services, ctx, event).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_the_same_twice_and_nothing_in_it_is_html() {
        let letter = Letter::with_link("a@b.example", "Hi", &["<b>Ann</b> & Bob"], "Open", "https://x.example/?a=1&b=2", &["Bye."]);
        assert_eq!(letter.text, "<b>Ann</b> & Bob\n\nhttps://x.example/?a=1&b=2\n\nBye.\n");
        assert!(letter.html.contains("<p>&lt;b&gt;Ann&lt;/b&gt; &amp; Bob</p>"), "{}", letter.html);
        assert!(letter.html.contains("<a href=\"https://x.example/?a=1&amp;b=2\">Open</a>"), "{}", letter.html);
    }
}

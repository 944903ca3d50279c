//! The wire of the email room: one server function for each thing a page or a script can ask for.

use leptos::prelude::*;
use model::{
    Problem,
    email::{
        asset::{Asset, AssetDependents, AssetForm, ProbeStep},
        log::{DecryptedLine, LogFilter, LogLine},
        send::{MessageDetail, MessageFilter, MessageRow, SendProgress},
        thread::{InboxFilter, Thread, ThreadRow},
    },
    page::{Page, PageRequest},
};

#[cfg(feature = "ssr")]
use {
    crate::shell::{authorise, told},
    model::people::Capability,
    services::{
        debuglog,
        email::{assets, inbox, sending},
    },
};

/// Email assets by name. **Permissions**: `email.read`.
#[server(prefix = "/api", endpoint = "email/list_assets")]
pub async fn list_assets(#[server(default)] page: PageRequest) -> Result<Page<Asset>, Problem> {
    let (services, ctx) = authorise(Capability::EmailRead).await?;
    assets::list(&services, &ctx, &page).await.map_err(told(&ctx))
}

/// One asset. **Permissions**: `email.read`.
#[server(prefix = "/api", endpoint = "email/get_asset")]
pub async fn get_asset(id: String) -> Result<Asset, Problem> {
    let (services, ctx) = authorise(Capability::EmailRead).await?;
    assets::get(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Creates an asset and answers with its id. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/create_asset")]
pub async fn create_asset(#[server(flatten)] form: AssetForm) -> Result<String, Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::create(&services, &ctx, form).await.map_err(told(&ctx)).map(|id| id.to_string())
}

/// Changes an asset; an empty password keeps the present one. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/update_asset")]
pub async fn update_asset(id: String, version: i64, #[server(flatten)] form: AssetForm) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::update(&services, &ctx, parse(&id)?, version, form).await.map_err(told(&ctx))
}

/// Switches an asset on or off. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/set_asset_active")]
pub async fn set_asset_active(id: String, #[server(default)] active: bool) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::set_active(&services, &ctx, parse(&id)?, active).await.map_err(told(&ctx))
}

/// What would go with an asset. **Permissions**: `email.read`.
#[server(name = CountDependents, prefix = "/api", endpoint = "email/asset_dependents")]
pub async fn asset_dependents(id: String) -> Result<AssetDependents, Problem> {
    let (services, ctx) = authorise(Capability::EmailRead).await?;
    assets::dependents(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Deletes an asset with everything that depends on it. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/delete_asset")]
pub async fn delete_asset(id: String, #[server(default)] cancel_queued: bool) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::delete(&services, &ctx, parse(&id)?, cancel_queued).await.map_err(told(&ctx))
}

/// Tests the SMTP route as typed, before or after saving. With an asset's id and an empty password the stored one is used, for the
/// stored server only. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/test_connection")]
pub async fn test_connection(#[server(default)] id: String, #[server(flatten)] form: AssetForm) -> Result<Vec<ProbeStep>, Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    let asset = if id.is_empty() { None } else { Some(parse(&id)?) };
    assets::probe(&services, &ctx, assets::ProbeTarget::Form { asset, form: Box::new(form) }, |_| ()).await.map_err(told(&ctx))
}

/// Tests the SMTP route as stored. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/test_stored_connection")]
pub async fn test_stored_connection(id: String) -> Result<Vec<ProbeStep>, Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::probe(&services, &ctx, assets::ProbeTarget::Stored(parse(&id)?), |_| ()).await.map_err(told(&ctx))
}

/// Sends a test mail to the caller's own address and answers with the message's id. **Permissions**: `email.manage`.
#[server(prefix = "/api", endpoint = "email/send_test_mail")]
pub async fn send_test_mail(id: String) -> Result<String, Problem> {
    let (services, ctx) = authorise(Capability::EmailManage).await?;
    assets::send_test_mail(&services, &ctx, parse(&id)?).await.map_err(told(&ctx)).map(|(_, message)| message.to_string())
}

/// Outgoing mails, newest first. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/list_messages")]
pub async fn list_messages(#[server(default)] filter: MessageFilter) -> Result<Page<MessageRow>, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    sending::list(&services, &ctx, &filter).await.map_err(told(&ctx))
}

/// One outgoing mail with its receipts. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/get_message")]
pub async fn get_message(id: String) -> Result<MessageDetail, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    sending::get(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Stops a mail that has not left yet. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/cancel_message")]
pub async fn cancel_message(id: String) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    sending::cancel(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Tries a failed mail again. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/retry_message")]
pub async fn retry_message(id: String) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    sending::retry(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// How far a request with many mails is. **Permissions**: `email.inbox`.
#[server(name = ReadProgress, prefix = "/api", endpoint = "email/send_progress")]
pub async fn send_progress(id: String) -> Result<SendProgress, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    sending::progress(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Conversations, newest first. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/list_threads")]
pub async fn list_threads(#[server(default)] filter: InboxFilter) -> Result<Page<ThreadRow>, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    inbox::list(&services, &ctx, &filter).await.map_err(told(&ctx))
}

/// One conversation. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/get_thread")]
pub async fn get_thread(id: String) -> Result<Thread, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    inbox::thread(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Marks every mail of a conversation read or unread. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/mark_thread")]
pub async fn mark_thread(id: String, #[server(default)] unread: bool) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    let id = parse(&id)?;
    let marked = if unread { inbox::mark_unread(&services, &ctx, id).await } else { inbox::mark_read(&services, &ctx, id).await };
    marked.map_err(told(&ctx))
}

/// The debug log of an asset, newest first, bodies hidden. **Permissions**: `debuglog.read`.
#[server(prefix = "/api", endpoint = "email/list_log")]
pub async fn list_log(#[server(flatten)] filter: LogFilter) -> Result<Page<LogLine>, Problem> {
    let (services, ctx) = authorise(Capability::DebugLogRead).await?;
    debuglog::list(&services, &ctx, &filter).await.map_err(told(&ctx))
}

/// Decrypts the body kept with one line; the reading is audited. **Permissions**: `debuglog.decrypt`.
#[server(prefix = "/api", endpoint = "email/decrypt_log")]
pub async fn decrypt_log(id: String) -> Result<DecryptedLine, Problem> {
    let (services, ctx) = authorise(Capability::DebugLogDecrypt).await?;
    debuglog::decrypt(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// An id from a URL; what is no id does not exist.
#[cfg(feature = "ssr")]
pub(super) fn parse<I: std::str::FromStr>(text: &str) -> Result<I, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

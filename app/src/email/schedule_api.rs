//! The wire of scheduled sending. A schedule is made by `email/compose`, with a time.

use leptos::prelude::*;
use model::{
    Problem,
    email::schedule::{ScheduleDetail, ScheduleFilter, ScheduleForm, SchedulePreview, ScheduleRow, ZonedSchedules},
    page::Page,
};

#[cfg(feature = "ssr")]
use {
    super::api::parse,
    crate::shell::{authorise, told},
    model::people::Capability,
    services::email::schedules,
};

/// Schedules, newest first. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/list_schedules")]
pub async fn list_schedules(#[server(default)] filter: ScheduleFilter) -> Result<Page<ScheduleRow>, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    schedules::list(&services, &ctx, &filter).await.map_err(told(&ctx))
}

/// One schedule, its next runs, and a page of what its runs came to. **Permissions**: `email.inbox`.
#[server(prefix = "/api", endpoint = "email/get_schedule")]
pub async fn get_schedule(
    /// Its id.
    id: String,
    /// Cursor of the history; empty for its newest page.
    #[server(default)]
    after: String,
) -> Result<ScheduleDetail, Problem> {
    let (services, ctx) = authorise(Capability::EmailInbox).await?;
    schedules::get(&services, &ctx, parse(&id)?, &after).await.map_err(told(&ctx))
}

/// What a timing would do: its words and its next five runs. Stores nothing. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/preview_schedule")]
pub async fn preview_schedule(#[server(flatten)] form: ScheduleForm) -> Result<SchedulePreview, Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    schedules::preview(&services, &ctx, &form).map_err(told(&ctx))
}

/// Gives a schedule another timing. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/reschedule")]
pub async fn reschedule(
    /// Its id.
    id: String,
    /// The version that the change is based on.
    version: i64,
    /// The new timing, all of it.
    #[server(flatten)]
    form: ScheduleForm,
) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    schedules::reschedule(&services, &ctx, parse(&id)?, version, &form).await.map_err(told(&ctx))
}

/// Stops a schedule for now, or lets it go on. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/set_schedule_paused")]
pub async fn set_schedule_paused(id: String, #[server(default)] paused: bool) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    schedules::set_paused(&services, &ctx, parse(&id)?, paused).await.map_err(told(&ctx))
}

/// Sends the mail of a schedule at once, besides its own times, and answers with the message's id. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/run_schedule")]
pub async fn run_schedule(id: String) -> Result<String, Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    schedules::run_now(&services, &ctx, parse(&id)?).await.map_err(told(&ctx)).map(|message| message.to_string())
}

/// Deletes a schedule with its history; the mails it made stay. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/delete_schedule")]
pub async fn delete_schedule(id: String) -> Result<(), Problem> {
    let (services, ctx) = authorise(Capability::EmailSend).await?;
    schedules::delete(&services, &ctx, parse(&id)?).await.map_err(told(&ctx))
}

/// Names of the zones that a schedule may have. **Permissions**: `email.send`.
#[server(prefix = "/api", endpoint = "email/schedule_zones")]
pub async fn schedule_zones() -> Result<Vec<String>, Problem> {
    let (_, _) = authorise(Capability::EmailSend).await?;
    Ok(services::schedule::zone_names())
}

/// The schedules in the tenant's zone, about which a change of that zone has to decide. **Permissions**: `tenant.write`.
#[server(prefix = "/api", endpoint = "email/schedules_in_zone")]
pub async fn schedules_in_zone() -> Result<ZonedSchedules, Problem> {
    let (services, ctx) = authorise(Capability::TenantWrite).await?;
    schedules::in_tenant_zone(&services, &ctx).await.map_err(told(&ctx))
}

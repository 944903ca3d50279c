//! What the owners of a tenant allow the help desk.

use model::{Problem, access::AccessSettings, live::Kind};

use super::{
    partners,
    store::{self, Setting},
    visit::{Because, mark_ended, tell_ended},
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    events,
};

/// Settings and partners. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Fault::Store`].
pub async fn get(services: &Services, ctx: &Ctx) -> Result<AccessSettings, Fault> {
    let setting = store::setting(&services.db, ctx.tenant()).await?;
    Ok(AccessSettings {
        help_desk: setting.help_desk,
        decrypt: setting.decrypt,
        until: until_text(ctx, setting.until_micros),
        over: setting.help_desk && setting.until_micros.is_some_and(|until| until <= services.now()),
        partners: partners::of_customer(services, ctx).await?,
    })
}

fn until_text(ctx: &Ctx, until_micros: Option<i64>) -> String {
    until_micros.map(|until| ctx.zone().stamp(until).text.chars().take(16).collect()).unwrap_or_default()
}

/// Changes them. Switching off ends the help desk's running visits in the same transaction. `until` is `YYYY-MM-DD HH:MM` in the tenant's
/// zone, or empty for no end; it is not looked at when the help desk is switched off. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Problem::Invalid`] on `until_date` or `until_time`, whichever part is missing or does not fit; on `until_date` when the moment has passed.
pub async fn update(services: &Services, ctx: &Ctx, help_desk: bool, decrypt: bool, until: &str) -> Result<(), Fault> {
    let now = services.now();
    let until_micros = if help_desk { moment(ctx, until, now)? } else { None };
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::setting_in(&mut tx, ctx.tenant()).await?;
    let after = Setting { help_desk, decrypt, until_micros };
    let changes = audit::diff(&texts(ctx, &before), &texts(ctx, &after));
    if changes.is_empty() {
        return Ok(());
    }
    store::put_setting(&mut tx, ctx.tenant(), &after, now).await?;
    let event = Event {
        action: "access.help_desk.updated",
        subject_kind: "tenant",
        subject_id: ctx.tenant().to_string(),
        subject_name: ctx.tenant_name().to_owned(),
        changes,
    };
    let inside = if help_desk { Vec::new() } else { store::running_help_desk(&mut tx, ctx.tenant()).await? };
    let ended = mark_ended(&mut tx, services, inside, Because::SwitchedOff).await?;
    events::publish(&mut tx, ctx.tenant(), Kind::AccessChanged);
    audit::record(&mut tx, services, ctx, event).await?;
    tell_ended(&mut tx, services, ctx, &ended, Because::SwitchedOff).await?;
    tx.commit().await?;
    Ok(())
}

fn moment(ctx: &Ctx, until: &str, now: i64) -> Result<Option<i64>, Problem> {
    let (date, time) = match until.trim().split_once(' ') {
        Some((date, time)) => (date, time.trim()),
        // One of the two alone.
        None if until.contains(':') => ("", until.trim()),
        None => (until.trim(), ""),
    };
    if date.is_empty() && time.is_empty() {
        return Ok(None);
    }
    if ctx.zone().day_start(date).is_none() {
        return Err(Problem::field("until_date", "Choose a day, such as 2026-11-30, or empty both fields for no end."));
    }
    let hour = if time.len() == 4 { format!("0{time}") } else { time.to_owned() };
    let moment = if time.is_empty() { None } else { ctx.zone().moment(&format!("{date} {hour}")) };
    let micros = moment.ok_or_else(|| Problem::field("until_time", "Enter a time of the 24-hour clock, such as 18:00."))?;
    if micros <= now {
        return Err(Problem::field("until_date", "This moment has passed. Choose a later one, or switch help-desk access off."));
    }
    Ok(Some(micros))
}

fn texts(ctx: &Ctx, setting: &Setting) -> [(&'static str, String); 3] {
    let word = |on: bool| if on { "yes" } else { "no" }.to_owned();
    [("help_desk", word(setting.help_desk)), ("decrypt", word(setting.decrypt)), ("until", until_text(ctx, setting.until_micros))]
}

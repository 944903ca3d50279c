//! "Test connection": the route of a stored asset, or of a form that is not saved yet.

use std::time::Duration;

use ::store::SecretText;
use mail::{
    probe::{self, Outcome, StepKind},
    smtp_out::{Route, Timeouts},
};
use model::{
    Problem,
    email::asset::{AssetForm, ProbeOutcome, ProbeStep},
    ids::AssetId,
};

use super::store::{self, AssetRow};
use crate::{Ctx, Fault, Services, clock::SECOND};

/// What is tested.
#[derive(Clone, Debug)]
pub enum ProbeTarget {
    /// The asset as it is stored.
    Stored(AssetId),
    /// A form as it stands on the page. With `asset` and an empty password the stored one is used, if the form leads to the
    /// same server.
    Form {
        /// The asset that is being edited.
        asset: Option<AssetId>,
        /// The form.
        form: Box<AssetForm>,
    },
}

/// Tests a route step by step; `on_step` hears of each step as it ends. Sends no mail and changes nothing.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] for a form that could not be saved either.
pub async fn probe(services: &Services, ctx: &Ctx, target: ProbeTarget, mut on_step: impl FnMut(&ProbeStep) + Send) -> Result<Vec<ProbeStep>, Fault> {
    let (row, password) = route_of(services, ctx, target).await?;
    // Somebody is watching: a server that has not answered by then is shown as one that stalls.
    let timeouts = Timeouts { connect: Duration::from_secs(10), command: Duration::from_secs(15), data: Duration::from_secs(15) };
    let route = Route { timeouts, ..row.route(services, password) };
    let now_seconds = services.now() / SECOND;
    let mut steps = Vec::new();
    probe::run(&route, &row.email_address, &services.dns, &services.tls, now_seconds, |step| {
        let step = shown(step);
        on_step(&step);
        steps.push(step);
    })
    .await;
    Ok(steps)
}

async fn route_of(services: &Services, ctx: &Ctx, target: ProbeTarget) -> Result<(AssetRow, Option<SecretText>), Fault> {
    let (asset, form) = match target {
        ProbeTarget::Stored(id) => {
            let row = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
            let password = row.unsealed_password(services)?;
            return Ok((row, password));
        }
        ProbeTarget::Form { asset, form } => (asset, form),
    };
    let checked = form.check().map_err(|fields| Problem::Invalid { fields })?;
    let stored = match asset {
        Some(id) => Some(store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?),
        None => None,
    };
    let password = match &stored {
        _ if !form.password.is_empty() => Some(crate::ctx::secret(form.password)),
        Some(row) if row.password.is_some() && !checked.username.is_empty() => {
            if row.leads_elsewhere(&checked) {
                return Err(super::ask_again().into());
            }
            row.unsealed_password(services)?
        }
        _ => None,
    };
    Ok((AssetRow::of_form(asset, checked), password))
}

fn shown(step: probe::Step) -> ProbeStep {
    let name = match step.kind {
        StepKind::Dns => "DNS",
        StepKind::Tcp => "TCP",
        StepKind::Tls => "TLS",
        StepKind::Ehlo => "EHLO",
        StepKind::Auth => "AUTH",
        StepKind::MailFrom => "MAIL FROM",
    };
    let outcome = match step.outcome {
        Outcome::Ok => ProbeOutcome::Ok,
        Outcome::Warning => ProbeOutcome::Warning,
        Outcome::Failed => ProbeOutcome::Failed,
        Outcome::Skipped => ProbeOutcome::Skipped,
    };
    ProbeStep { name: name.into(), outcome, millis: step.millis, detail: step.detail, server_words: step.server_words }
}

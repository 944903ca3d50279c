//! `switchboard partner …`

use clap::Args;
use model::access::Access;
use services::access;

use crate::{cli::print, config::Config};

/// Two organisations.
#[derive(Args)]
pub struct Pair {
    /// Name of the organisation that looks after the other.
    #[arg(long, value_name = "NAME")]
    partner: String,
    /// Name of the organisation that is looked after.
    #[arg(long, value_name = "NAME")]
    customer: String,
}

/// Arguments of `link`.
#[derive(Args)]
pub struct Link {
    #[command(flatten)]
    pair: Pair,
    /// How far the partner's people get: read-only, full or full-with-decrypt.
    #[arg(long, value_name = "ACCESS")]
    access: Access,
    /// The customer has agreed elsewhere. Without it the offer opens nothing until an owner of the customer accepts it in the settings.
    #[arg(long)]
    accepted: bool,
}

/// Offers a partner, or changes its access.
///
/// # Errors
/// A line for each name that is refused.
pub async fn link(config: &Config, arguments: Link) -> anyhow::Result<()> {
    let Link { pair, access, accepted } = arguments;
    let services = super::services(config).await?;
    access::link(&services, &pair.partner, &pair.customer, access, accepted).await.map_err(super::told)?;
    services.db.close().await;
    let state = if accepted { "is a partner" } else { "is offered as a partner" };
    print(&format!("{} {state} of {} with {} access.", pair.partner, pair.customer, access.phrase()))?;
    Ok(())
}

/// Ends a partnership.
///
/// # Errors
/// A line for each name that is refused.
pub async fn end(config: &Config, pair: Pair) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    access::end_by_name(&services, &pair.partner, &pair.customer).await.map_err(super::told)?;
    services.db.close().await;
    print(&format!("{} is no partner of {} any more.", pair.partner, pair.customer))?;
    Ok(())
}

/// One line each: partner, customer, access, state, parted by tabs.
///
/// # Errors
/// From the database.
pub async fn list(config: &Config) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    let all = access::partner_lines(&services).await.map_err(super::told)?;
    services.db.close().await;
    for one in all {
        let state = if one.accepted { "accepted" } else { "offered" };
        print(&format!("{}\t{}\t{}\t{state}", one.partner, one.customer, one.access))?;
    }
    Ok(())
}

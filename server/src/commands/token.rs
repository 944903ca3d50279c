//! `switchboard token create`

use clap::Args;
use model::people::Capability;
use services::people;

use crate::{cli::print, config::Config};

/// Arguments.
#[derive(Args)]
pub struct Create {
    /// Address of the user the token acts for.
    #[arg(long, value_name = "ADDRESS")]
    user: String,
    /// To tell tokens apart.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it may do; without it, everything its user may.
    #[arg(long = "capability", value_name = "CAPABILITY")]
    capabilities: Vec<Capability>,
}

/// Makes the token and prints its secret, the only time it is shown.
///
/// # Errors
/// A line for each field that is refused.
pub async fn create(config: &Config, arguments: Create) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    let made = people::create_token_for(&services, &arguments.user, &arguments.name, arguments.capabilities).await.map_err(super::told)?;
    services.db.close().await;
    print(&made.secret)?;
    Ok(())
}

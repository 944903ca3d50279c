//! `switchboard password reset`

use clap::Args;
use services::auth;

use crate::{cli::print, config::Config};

/// Arguments.
#[derive(Args)]
pub struct Reset {
    /// Sign-in address of the account.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

/// Makes a link that works once, within half an hour, and prints it. A second factor is asked for all the same.
///
/// # Errors
/// When no active account has the address.
pub async fn reset(config: &Config, arguments: Reset) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    let link = auth::reset_link_for(&services, &arguments.email).await.map_err(super::told)?;
    services.db.close().await;
    print(&link)?;
    Ok(())
}

//! `switchboard operator …`

use clap::Args;
use model::access::Access;
use services::operator;

use crate::{cli::print, config::Config};

/// Arguments of `create`.
#[derive(Args)]
pub struct Create {
    /// Sign-in address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The most they may ask for: read-only, full or full-with-decrypt.
    #[arg(long, value_name = "ACCESS")]
    access: Access,
    /// Read the password from standard input, up to its first line break. Arguments can be seen by others on the machine.
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Arguments of `set-access`.
#[derive(Args)]
pub struct SetAccess {
    /// Sign-in address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The most they may ask for: read-only, full or full-with-decrypt.
    #[arg(long, value_name = "ACCESS")]
    access: Access,
}

/// One operator.
#[derive(Args)]
pub struct Named {
    /// Sign-in address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

/// Adds an operator.
///
/// # Errors
/// A line for each field that is refused.
pub async fn create(config: &Config, arguments: Create) -> anyhow::Result<()> {
    let password = super::password_from_stdin()?;
    let services = super::services(config).await?;
    operator::create(&services, &arguments.email, arguments.access, password).await.map_err(super::told)?;
    let url = services.settings.public_url.clone();
    services.db.close().await;
    print(&format!("{} signs in at {url}/operator.", arguments.email))?;
    Ok(())
}

/// Sets the most an operator may ask for.
///
/// # Errors
/// When there is no such operator.
pub async fn set_access(config: &Config, arguments: SetAccess) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    operator::set_access(&services, &arguments.email, arguments.access).await.map_err(super::told)?;
    services.db.close().await;
    print(&format!("{} has {} access at most now.", arguments.email, arguments.access.phrase()))?;
    Ok(())
}

/// Shuts an operator out, or lets them in again.
///
/// # Errors
/// When there is no such operator.
pub async fn set_active(config: &Config, arguments: Named, active: bool) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    operator::set_active(&services, &arguments.email, active).await.map_err(super::told)?;
    services.db.close().await;
    print(&format!("{} {} sign in.", arguments.email, if active { "may" } else { "may not" }))?;
    Ok(())
}

/// One line each: address, access, state, last sign-in in UTC, parted by tabs.
///
/// # Errors
/// From the database.
pub async fn list(config: &Config) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    let all = operator::accounts(&services).await.map_err(super::told)?;
    services.db.close().await;
    for one in all {
        let state = if one.active { "active" } else { "disabled" };
        let seen = one.last_seen.map_or_else(|| "never".to_owned(), |at| at.text);
        print(&format!("{}\t{}\t{state}\t{seen}", one.email, one.access))?;
    }
    Ok(())
}

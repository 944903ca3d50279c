//! `switchboard owner create`

use clap::Args;
use services::{access, auth};

use crate::{cli::print, config::Config};

/// Arguments.
#[derive(Args)]
pub struct Create {
    /// Name of the organisation.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The owner's address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Time zone of a new organisation.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Read the password from standard input, up to its first line break. Arguments can be seen by others on the machine.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Print a link that signs this owner in once, within ten minutes: for provisioning that sends them straight to the console.
    #[arg(long)]
    launch_link: bool,
}

/// Adds the owner, and the tenant when it is new.
///
/// # Errors
/// A line for each field that is refused.
pub async fn create(config: &Config, arguments: Create) -> anyhow::Result<()> {
    let password = super::password_from_stdin()?;
    let services = super::services(config).await?;
    let made = auth::create_owner(&services, &arguments.tenant, &arguments.email, password, &arguments.time_zone).await;
    let (tenant, owner) = made.map_err(super::told)?;
    let link = if arguments.launch_link { Some(access::owner_link(&services, tenant, owner).await.map_err(super::told)?) } else { None };
    services.db.close().await;
    print(&format!("{} owns {} now.", arguments.email, arguments.tenant))?;
    if let Some(link) = link {
        print(&link)?;
    }
    Ok(())
}

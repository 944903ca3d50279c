//! `switchboard owner create`

use std::io::Read;

use anyhow::{Context, bail};
use clap::Args;
use services::auth;
use store::SecretText;

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
}

/// Longest input that is read.
const LONGEST: u64 = 4096;

/// Adds the owner, and the tenant when it is new.
///
/// # Errors
/// A line for each field that is refused.
pub async fn create(config: &Config, arguments: Create) -> anyhow::Result<()> {
    let mut typed = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut typed).context("the password cannot be read from standard input")?;
    let password = typed.lines().next().unwrap_or_default();
    if password.is_empty() {
        bail!("no password came on standard input");
    }
    let services = super::services(config).await?;
    let made = auth::create_owner(&services, &arguments.tenant, &arguments.email, SecretText::from(password), &arguments.time_zone).await;
    made.map_err(super::told)?;
    services.db.close().await;
    print(&format!("{} owns {} now.", arguments.email, arguments.tenant))?;
    Ok(())
}

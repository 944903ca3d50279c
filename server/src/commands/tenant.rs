//! `switchboard tenant …`: what the operator decides about a tenant.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use services::{
    people::{self, LicenceTotal},
    tenant,
};

use crate::{cli::print, config::Config};

/// Arguments of `tenant licences`.
#[derive(Args)]
pub struct Licences {
    /// Name of the tenant.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Contact Center licences: a number or `unlimited`. Without it they stay as they are.
    #[arg(long, value_name = "N")]
    contact_center: Option<Total>,
    /// Interact licences: a number or `unlimited`. Without it they stay as they are.
    #[arg(long, value_name = "N")]
    interact: Option<Total>,
}

/// A number or `unlimited`.
#[derive(Clone, Copy)]
struct Total(LicenceTotal);

impl FromStr for Total {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "unlimited" => Ok(Self(LicenceTotal::Unlimited)),
            number => number.parse().map(|number| Self(LicenceTotal::AtMost(number))).map_err(|_| "write a number or `unlimited`"),
        }
    }
}

/// Sets how many licences a tenant has, and prints how many of them are assigned.
///
/// # Errors
/// A line when there is no such tenant.
pub async fn licences(config: &Config, arguments: Licences) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    let total = |total: Option<Total>| total.map(|Total(total)| total);
    let counts = people::set_licence_totals(&services, &arguments.tenant, total(arguments.contact_center), total(arguments.interact)).await;
    let counts = counts.map_err(super::told)?;
    services.db.close().await;
    for count in counts {
        let total = count.total.map_or_else(|| "unlimited".to_owned(), |total| total.to_string());
        print(&format!("{}: {} assigned, {total} in all.", count.licence.label(), count.assigned))?;
    }
    Ok(())
}

/// Arguments of `tenant feature`.
#[derive(Args)]
pub struct Feature {
    /// Name of the tenant; without it, all are listed.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Whether its owner may choose short-lived links for inbound media; without it, the present state is listed.
    #[arg(long, value_name = "on|off", requires = "tenant")]
    secure_media: Option<Switch>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// Switches features of a tenant, or lists them.
///
/// # Errors
/// A line for each argument that is refused.
pub async fn feature(config: &Config, arguments: Feature) -> anyhow::Result<()> {
    let services = super::services(config).await?;
    if let (Some(name), Some(switch)) = (&arguments.tenant, arguments.secure_media) {
        tenant::set_media_feature(&services, name, switch == Switch::On).await.map_err(super::told)?;
    }
    let features = tenant::list_media_features(&services).await.map_err(super::told)?;
    services.db.close().await;
    let mut lines = features.iter().filter(|(name, _)| arguments.tenant.as_ref().is_none_or(|wanted| wanted == name)).peekable();
    if let (None, Some(name)) = (lines.peek(), &arguments.tenant) {
        anyhow::bail!("tenant: There is no organisation called {name}.");
    }
    for (name, on) in lines {
        print(&format!("{name}: secure-media {}", if *on { "on" } else { "off" }))?;
    }
    Ok(())
}

//! The commands, one file each.

pub mod backup;
pub mod demo;
mod demo_mail;
pub mod doctor;
pub mod owner;
pub mod password;
pub mod serve;
pub mod tenant;
pub mod token;

use services::{Fault, Services};

use crate::{config::Config, wiring};

/// Services for a command that ends.
async fn services(config: &Config) -> anyhow::Result<Services> {
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http_addr));
    Ok(wiring::open(config, public_url).await?)
}

/// What a person at the command line is told of a fault: every refused field, or the whole chain of a defect.
fn told(fault: Fault) -> anyhow::Error {
    match fault {
        Fault::Refused(problem) if !problem.fields().is_empty() => {
            let lines: Vec<_> = problem.fields().iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        }
        Fault::Refused(problem) => anyhow::anyhow!("{problem}"),
        defect => anyhow::anyhow!("{}", services::error::chain(&defect)),
    }
}

//! The commands, one file each.

pub mod audit;
pub mod backup;
pub mod demo;
mod demo_mail;
pub mod doctor;
pub mod operator;
pub mod owner;
pub mod partner;
pub mod password;
pub mod serve;
pub mod tenant;
pub mod token;

use std::io::Read;

use anyhow::{Context, bail};
use services::{Fault, Services};
use store::SecretText;

use crate::{config::Config, wiring};

/// Longest input that is read as a password, in bytes.
const LONGEST: u64 = 4096;

/// The first line of standard input. Arguments can be seen by others on the machine.
fn password_from_stdin() -> anyhow::Result<SecretText> {
    let mut typed = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut typed).context("the password cannot be read from standard input")?;
    let password = typed.lines().next().unwrap_or_default();
    if password.is_empty() {
        bail!("no password came on standard input");
    }
    Ok(SecretText::from(password))
}

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

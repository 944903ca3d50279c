//! `switchboard audit verify`

use std::process::ExitCode;

use clap::Args;
use services::audit::{self, Finding};

use crate::{cli::print, config::Config};

/// Arguments.
#[derive(Args)]
pub struct Verify {
    /// Name of the organisation; without it, all of them.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// Prints a line for each tenant; the exit code is 0 when every chain holds.
///
/// # Errors
/// When there is no such tenant, or the database does not answer.
pub async fn verify(config: &Config, arguments: Verify) -> anyhow::Result<ExitCode> {
    let services = super::services(config).await?;
    let found = audit::verify(&services, arguments.tenant.as_deref()).await.map_err(super::told)?;
    services.db.close().await;
    let mut well = true;
    for one in &found {
        well &= matches!(one.finding, Finding::Intact { .. });
        print(&line(&one.tenant, &one.finding))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(tenant: &str, finding: &Finding) -> String {
    let mark = if matches!(finding, Finding::Intact { .. }) { "✓" } else { "✗" };
    format!("{mark} {tenant}: {finding}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_found() {
        let check = |finding: Finding, expected: &str| assert_eq!(line("Acme", &finding), expected);
        check(Finding::Intact { entries: 7, expired: 0, waiting: 0 }, "✓ Acme: intact, 7 entries");
        check(Finding::Intact { entries: 7, expired: 3, waiting: 0 }, "✓ Acme: intact, 7 entries, 3 older ones let go by the retention setting");
        check(
            Finding::Intact { entries: 1, expired: 0, waiting: 2 },
            "✓ Acme: intact, 1 entry, 2 of a release before wait to be linked by the running service",
        );
        check(Finding::Broken("Entry number 3 is missing.".into()), "✗ Acme: Entry number 3 is missing.");
    }
}

//! The contract of the design: what scripts and operators rely on, tried on the built binary.

#[path = "contract/backup.rs"]
mod backup;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/configuration.rs"]
mod configuration;
#[path = "contract/first_run.rs"]
mod first_run;
#[path = "contract/http.rs"]
mod http;
#[path = "contract/plain_posts.rs"]
mod plain_posts;
#[path = "contract/secrets.rs"]
mod secrets;
#[path = "contract/shutdown.rs"]
mod shutdown;
#[path = "contract/sign_in.rs"]
mod sign_in;

use anyhow::Result;
use tempfile::TempDir;
use tests::switchboard::{Database, Setup};

/// A folder of its own and free ports.
fn fresh(database: Database) -> Result<(TempDir, Setup)> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database)?;
    Ok((folder, setup))
}

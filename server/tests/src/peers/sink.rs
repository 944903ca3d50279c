//! Postfix's `smtp-sink`: accepts mail and keeps it in files, or throws it away.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;

use super::program;
use crate::{process::Process, wait};

/// A running `smtp-sink`.
pub struct Sink {
    process: Process,
    folder: Option<PathBuf>,
    /// Its port.
    pub port: u16,
}

impl Sink {
    /// Keeps each mail in a file of `folder`.
    ///
    /// # Errors
    /// When the package is missing.
    pub fn keeping(folder: &Path) -> Result<Self> {
        let mails = folder.join("sink");
        std::fs::create_dir_all(&mails)?;
        let mut command = Command::new(program("smtp-sink", "postfix")?);
        command.current_dir(&mails).args(["-d", "mail."]);
        Self::launch(command, folder, Some(mails))
    }

    /// Counts only: for load.
    ///
    /// # Errors
    /// When the package is missing.
    pub fn counting(folder: &Path) -> Result<Self> {
        let command = Command::new(program("smtp-sink", "postfix")?);
        Self::launch(command, folder, None)
    }

    /// With more of `smtp-sink`'s own options, as `-r rcpt` or `-w 5`.
    ///
    /// # Errors
    /// When the package is missing.
    pub fn with(folder: &Path, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(program("smtp-sink", "postfix")?);
        command.args(options);
        Self::launch(command, folder, None)
    }

    fn launch(mut command: Command, folder: &Path, mails: Option<PathBuf>) -> Result<Self> {
        let port = wait::free_port()?;
        // It does not run as root without being told so, and takes the option from nobody else.
        if rustix::process::getuid().is_root() {
            command.args(["-u", "root"]);
        }
        command.arg("-8").arg(format!("127.0.0.1:{port}")).arg("1000");
        let mut process = Process::start("smtp-sink", command, &folder.join(format!("sink-{port}.log")))?;
        if let Err(silent) = wait::port_answers(port, Duration::from_secs(10)) {
            process.ensure_running()?;
            return Err(silent);
        }
        Ok(Self { process, folder: mails, port })
    }

    /// The mails kept so far; a file still being written is left out.
    ///
    /// # Errors
    /// From the file system.
    pub fn mails(&self) -> Result<Vec<String>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let mut mails = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            if text.contains("\n\n") {
                mails.push(text);
            }
        }
        Ok(mails)
    }

    /// What it printed.
    pub fn log(&self) -> String {
        self.process.output()
    }
}

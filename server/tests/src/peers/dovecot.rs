//! Dovecot as Postfix's password check (SASL).

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;

use super::program;
use crate::process::Process;

/// A Dovecot that answers authentication requests on a socket.
pub struct Dovecot {
    process: Process,
    socket: PathBuf,
}

impl Dovecot {
    /// Starts it with one user.
    ///
    /// # Errors
    /// When the package is missing or the socket does not appear.
    pub fn start(folder: &Path, user: &str, password: &str) -> Result<Self> {
        let home = folder.join("dovecot");
        std::fs::create_dir_all(home.join("run"))?;
        std::fs::write(home.join("users"), format!("{user}:{{PLAIN}}{password}\n"))?;
        let socket = home.join("auth-client");
        let config = home.join("dovecot.conf");
        std::fs::write(&config, config_text(&home, &socket))?;
        let mut command = Command::new(program("dovecot", "dovecot-core")?);
        command.arg("-F").arg("-c").arg(&config);
        let mut process = Process::start("dovecot", command, &home.join("log"))?;
        for _ in 0..200 {
            if socket.exists() {
                return Ok(Self { process, socket });
            }
            process.ensure_running()?;
            std::thread::sleep(Duration::from_millis(30));
        }
        anyhow::bail!("Dovecot's socket did not appear:\n{}", process.output())
    }

    /// The socket for Postfix's `smtpd_sasl_path`.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.process.output()
    }
}

fn config_text(home: &Path, socket: &Path) -> String {
    let home = home.display();
    let socket = socket.display();
    format!(
        "base_dir = {home}/run\nstate_dir = {home}/run\nlog_path = /dev/stderr\nprotocols =\nssl = no\nlisten = 127.0.0.1\n\
         auth_mechanisms = plain login\ndisable_plaintext_auth = no\nauth_failure_delay = 0\n\
         passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%u {home}/users\n}}\n\
         userdb {{\n  driver = static\n  args = uid=nobody gid=nogroup home=/nonexistent\n}}\n\
         service auth {{\n  unix_listener {socket} {{\n    mode = 0666\n  }}\n}}\n"
    )
}

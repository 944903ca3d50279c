//! `swaks`: the Swiss army knife for SMTP, as a person at another company would use it.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use super::program;

/// Hands a whole mail, headers and body, to a server.
///
/// # Errors
/// With swaks' transcript when the server did not take it.
pub fn inject(port: u16, from: &str, to: &str, mail: &Path) -> Result<String> {
    let output = Command::new(program("swaks", "swaks")?)
        .args(["--server", "127.0.0.1", "--port", &port.to_string(), "--from", from, "--to", to, "--suppress-data"])
        .arg("--data")
        .arg(format!("@{}", mail.display()))
        .output()?;
    let transcript = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "swaks was refused:\n{transcript}");
    Ok(transcript)
}

//! A private Postfix: own configuration, own queue, loopback ports.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};

use super::{authority::Certificate, program};
use crate::{process::Process, wait};

/// What a test wants of its Postfix.
#[derive(Default)]
pub struct PostfixSettings<'a> {
    /// Certificate for STARTTLS and for the TLS port.
    pub certificate: Option<&'a Certificate>,
    /// Dovecot's socket; then the server offers AUTH over TLS and relays only for those who used it.
    pub sasl: Option<&'a Path>,
    /// Everything accepted is handed on to this port (usually `smtp-sink`).
    pub relay_to: Option<u16>,
    /// `address=target` aliases.
    pub aliases: Vec<(String, String)>,
    /// `domain=port`: mail for the domain goes there.
    pub routes: Vec<(String, u16)>,
    /// Recipients answered with the given reply (`450 4.2.0 Greylisted`, `550 5.1.1 No such user`).
    pub replies: Vec<(String, String)>,
    /// Port of a policy service (greylisting).
    pub policy: Option<u16>,
}

/// A running Postfix. It needs root, as Postfix does.
pub struct Postfix {
    process: Process,
    folder: PathBuf,
    /// Plain SMTP with STARTTLS.
    pub port: u16,
    /// TLS from the first byte; only with a certificate.
    pub tls_port: u16,
}

impl Postfix {
    /// Writes the configuration and starts it.
    ///
    /// # Errors
    /// When the package is missing or the port does not answer.
    pub fn start(folder: &Path, settings: &PostfixSettings<'_>) -> Result<Self> {
        let folder = folder.join("postfix");
        for part in ["etc", "spool", "lib"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        let (port, tls_port) = (wait::free_port()?, wait::free_port()?);
        std::fs::write(folder.join("etc/main.cf"), main_cf(&folder, settings)?)?;
        std::fs::write(folder.join("etc/master.cf"), master_cf(port, tls_port, settings))?;
        open_to_postfix(&folder)?;
        let mut command = Command::new(program("postfix", "postfix")?);
        command.arg("-c").arg(folder.join("etc")).arg("start-fg");
        let mut process = Process::start("postfix", command, &folder.join("log"))?;
        if let Err(silent) = wait::port_answers(port, Duration::from_secs(20)) {
            process.ensure_running()?;
            return Err(silent.context(process.output()));
        }
        Ok(Self { process, folder, port, tls_port })
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// The queue as `postqueue -j` prints it, one JSON object a line.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub fn queue(&self) -> Result<String> {
        let output = Command::new(program("postqueue", "postfix")?).arg("-c").arg(self.folder.join("etc")).arg("-j").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Tries everything in the queue now.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub fn flush(&self) -> Result<()> {
        Command::new(program("postqueue", "postfix")?).arg("-c").arg(self.folder.join("etc")).arg("-f").status()?;
        Ok(())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Ok(postfix) = program("postfix", "postfix") {
            let _stopped = Command::new(postfix).arg("-c").arg(self.folder.join("etc")).arg("stop").output();
        }
    }
}

/// Postfix's daemons leave root behind: every folder on the way must be passable, and the data folder theirs.
fn open_to_postfix(folder: &Path) -> Result<()> {
    let status = Command::new("chown").arg("-R").arg("postfix").arg(folder.join("lib")).status().context("chown")?;
    anyhow::ensure!(status.success(), "the `postfix` user is missing, or this is not root: Postfix runs as root only");
    let mut at = Some(folder);
    while let Some(path) = at.filter(|path| path.starts_with(std::env::temp_dir())) {
        use std::os::unix::fs::PermissionsExt;
        if path != std::env::temp_dir() {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        }
        at = path.parent();
    }
    Ok(())
}

fn main_cf(folder: &Path, settings: &PostfixSettings<'_>) -> Result<String> {
    let home = folder.display();
    let mut text = format!(
        "compatibility_level = 3.6\nqueue_directory = {home}/spool\ndata_directory = {home}/lib\nmaillog_file = /dev/stdout\n\
         myhostname = mx.peer.example\nmydestination =\nlocal_recipient_maps =\nmynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\nsmtp_host_lookup = native\nsmtp_dns_support_level = disabled\nmessage_size_limit = 60000000\n\
         mailbox_size_limit = 0\nvirtual_mailbox_limit = 0\nsmtputf8_enable = yes\ndefault_process_limit = 20\n\
         minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\nsmtpd_client_connection_count_limit = 0\n\
         smtpd_client_connection_rate_limit = 0\nsmtpd_error_sleep_time = 0\nsmtpd_hard_error_limit = 1000\n"
    );
    if let Some(certificate) = settings.certificate {
        writeln!(
            text,
            "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {}\nsmtpd_tls_key_file = {}",
            certificate.certificate.display(),
            certificate.key.display()
        )?;
        writeln!(text, "smtpd_tls_loglevel = 1")?;
    }
    let mut recipient = String::new();
    if !settings.replies.is_empty() {
        let table: Vec<_> = settings.replies.iter().map(|(address, reply)| format!("{{ {address} = {reply} }}")).collect();
        write!(recipient, "check_recipient_access inline:{{ {} }}, ", table.join(", "))?;
    }
    if let Some(policy) = settings.policy {
        write!(recipient, "check_policy_service inet:127.0.0.1:{policy}, ")?;
    }
    if let Some(socket) = settings.sasl {
        writeln!(text, "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {}", socket.display())?;
        writeln!(text, "smtpd_tls_auth_only = {}", if settings.certificate.is_some() { "yes" } else { "no" })?;
        writeln!(text, "smtpd_relay_restrictions = permit_sasl_authenticated, reject")?;
        writeln!(text, "smtpd_recipient_restrictions = {recipient}permit_sasl_authenticated, reject")?;
    } else {
        writeln!(text, "smtpd_relay_restrictions = permit_mynetworks, reject")?;
        writeln!(text, "smtpd_recipient_restrictions = {recipient}permit_mynetworks, reject")?;
    }
    if let Some(port) = settings.relay_to {
        writeln!(text, "relayhost = [127.0.0.1]:{port}")?;
    }
    if !settings.aliases.is_empty() {
        let table: Vec<_> = settings.aliases.iter().map(|(from, to)| format!("{{ {from} = {to} }}")).collect();
        writeln!(text, "virtual_alias_maps = inline:{{ {} }}", table.join(", "))?;
    }
    if !settings.routes.is_empty() {
        let table: Vec<_> = settings.routes.iter().map(|(domain, port)| format!("{{ {domain} = smtp:[127.0.0.1]:{port} }}")).collect();
        writeln!(text, "transport_maps = inline:{{ {} }}", table.join(", "))?;
    }
    Ok(text)
}

fn master_cf(port: u16, tls_port: u16, settings: &PostfixSettings<'_>) -> String {
    let mut text = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
    if settings.certificate.is_some() {
        text.push_str(&format!("127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"));
    }
    text.push_str(
        "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 1 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
         rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
         flush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\n\
         showq unix n - n - - showq\nerror unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n",
    );
    text
}

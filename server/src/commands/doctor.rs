//! `switchboard doctor`: one line for each thing the service needs.

use std::{io, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path, process::ExitCode, time::Duration};

use services::Clock;
use store::{Db, newest_version};
use tokio::net::TcpListener;

use crate::{cli::print, config::Config, wiring};

/// Less than this on the data folder's disk is a warning to act on.
const DISK_WANTED: u64 = 1024 * 1024 * 1024;
/// 2025-01-01 UTC: a clock before this is not set.
const CLOCK_FLOOR_MICROS: i64 = 1_735_689_600_000_000;
/// For one name look-up.
const DNS_PATIENCE: Duration = Duration::from_secs(5);

/// What a check found: a fact, or what is wrong and the cure.
type Finding = Result<String, String>;

/// Prints a line each; the exit code is 0 when everything is well.
///
/// # Errors
/// Only from printing.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let findings = [
        ("database", database(config).await),
        ("key file", key_file(&config.key_file)),
        ("http port", port(Some(config.http_addr), "SWITCHBOARD_HTTP_ADDR").await),
        ("smtp port", port(config.smtp_addr, "SWITCHBOARD_SMTP_ADDR").await),
        ("disk", disk(&config.data_dir)),
        ("dns", dns(config).await),
        ("clock", clock(&Clock::System)),
    ];
    let mut well = true;
    for (name, finding) in findings {
        well &= finding.is_ok();
        let (mark, words) = match &finding {
            Ok(words) => ('✓', words),
            Err(words) => ('✗', words),
        };
        print(&format!("{mark} {name}: {words}"))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Looks without changing anything: a file that is not there yet is not made.
async fn database(config: &Config) -> Finding {
    let url = config.database_url.expose();
    if let Some(path) = url.strip_prefix("sqlite://")
        && !Path::new(path.split('?').next().unwrap_or(path)).exists()
    {
        return Ok("not made yet; the first start makes it".into());
    }
    let cure = "check DATABASE_URL and that the server runs";
    let db = Db::open(url).await.map_err(|error| format!("{}; {cure}", services::error::chain(&error)))?;
    let version = db.schema_version().await.map_err(|error| format!("{}; {cure}", services::error::chain(&error)))?;
    let newest = newest_version();
    db.close().await;
    match version.cmp(&newest) {
        std::cmp::Ordering::Equal => Ok(format!("reached, schema version {version}")),
        std::cmp::Ordering::Less => Ok(format!("reached, schema version {version}; the next start brings it to {newest}")),
        std::cmp::Ordering::Greater => Err(format!("its schema version {version} is newer than this program ({newest}); run the newer program")),
    }
}

fn key_file(path: &Path) -> Finding {
    let shown = path.display();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 == 0 => Ok(format!("{shown}, readable by its owner alone")),
        Ok(_) => Err(format!("others can read {shown}; run: chmod 600 {shown}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(format!("{shown} is not made yet; the first start makes it")),
        Err(error) => Err(format!("{shown} cannot be read ({error}); give it to the user that runs switchboard")),
    }
}

async fn port(address: Option<SocketAddr>, variable: &str) -> Finding {
    let Some(address) = address else { return Ok("off".into()) };
    match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(format!("{address} is taken (by a running switchboard?); end what listens there or set {variable}"))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(format!("{address} needs more rights; set {variable} to a port above 1023, or give the program CAP_NET_BIND_SERVICE"))
        }
        Err(error) => Err(format!("{address} cannot be listened on ({error}); set {variable}")),
    }
}

/// Of the folder, or of the nearest one above it that exists.
fn disk(folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    let stat =
        rustix::fs::statvfs(existing).map_err(|error| format!("{} cannot be looked at ({error}); check SWITCHBOARD_DATA_DIR", existing.display()))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let words = format!("{} free for {}", ui::bytes(free), folder.display());
    if free >= DISK_WANTED { Ok(words) } else { Err(format!("{words}; make room, mail is refused when the disk is full")) }
}

/// Any answer will do, "there is no such name" too: what matters is that somebody answers.
async fn dns(config: &Config) -> Finding {
    let resolver = wiring::resolver(config).map_err(|error| error.to_string())?.with_timeout(DNS_PATIENCE);
    match resolver.mx(&config.inbound_domain).await {
        Ok(found) => Ok(format!("answers; {} has {} mail server(s)", config.inbound_domain, found.len())),
        Err(mail::dns::DnsError::NotFound) => Ok(format!("answers; {} has no mail server record", config.inbound_domain)),
        Err(error) => Err(format!("{error}; check the network or set SWITCHBOARD_DNS_SERVERS")),
    }
}

fn clock(clock: &Clock) -> Finding {
    let now = clock.micros();
    let words = services::clock::Zone::utc().stamp(now).text;
    if now >= CLOCK_FLOOR_MICROS {
        Ok(format!("{words} UTC"))
    } else {
        Err(format!("{words} UTC cannot be; set the machine's clock (timedatectl set-ntp true)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        assert!(key_file(&path).is_ok());
        std::fs::write(&path, "k").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key_file(&path).unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(key_file(&path).is_ok());
    }

    #[tokio::test]
    async fn a_taken_port_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = listener.local_addr().unwrap();
        assert!(port(Some(taken), "X").await.unwrap_err().contains("is taken"));
        drop(listener);
        assert!(port(Some(taken), "X").await.is_ok());
    }

    #[test]
    fn an_unset_clock_is_found() {
        assert!(clock(&Clock::fixed(0)).is_err());
        assert!(clock(&Clock::fixed(CLOCK_FLOOR_MICROS)).is_ok());
    }
}

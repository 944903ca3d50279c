//! `switchboard backup` and `restore`: database, files and keys as one folder.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use services::Clock;
use store::{Db, Dialect};

use crate::{cli::print, config::Config, wiring};

/// Names inside a backup.
const DATABASE: &str = "switchboard.db";
const KEY_FILE: &str = "secret.key";
const FILES: &str = "blobs";
/// Written last: without it a backup was cut short.
const COMPLETE: &str = "COMPLETE";

/// Copies everything while the service may go on running. The database is copied first and files are never changed once written, so every file
/// that the copy names is there, unless its mail is deleted meanwhile.
///
/// # Errors
/// When the folder exists, on PostgreSQL, or from the operating system.
pub async fn write(config: &Config, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        bail!("{} exists already; name a new folder", folder.display());
    }
    let db = wiring::open_database(config, &Clock::System).await?;
    if db.dialect() == Dialect::Postgres {
        bail!("the database is PostgreSQL: back it up with pg_dump, together with {} and {}", config.key_file.display(), config.blob_dir.display());
    }
    fs::create_dir_all(folder)?;
    // The folder holds the keys beside what they seal.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    db.backup_to(&folder.join(DATABASE)).await?;
    db.close().await;
    let files = copy_folder(&config.blob_dir, &folder.join(FILES))?;
    copy_durably(&config.key_file, &folder.join(KEY_FILE)).context("the key file cannot be copied; start the service once to make it")?;
    write_durably(&folder.join(COMPLETE), b"switchboard backup 1\n")?;
    print(&format!("The backup is in {} ({files} files). It holds the keys: keep it as safe as the service.", folder.display()))?;
    Ok(())
}

/// Puts a backup where the configuration says. Nothing that exists is replaced.
///
/// # Errors
/// When the backup is not complete, or when anything stands where it has to go.
pub async fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    if !folder.join(COMPLETE).is_file() {
        bail!("{} is no complete backup", folder.display());
    }
    let database = sqlite_path(config)?;
    for (target, what) in [(database.as_path(), "the database"), (config.key_file.as_path(), "the key file")] {
        if target.exists() {
            bail!("{what} {} exists already; restore into an empty data folder", target.display());
        }
    }
    for occupied in [&config.data_dir, &config.blob_dir] {
        if !is_empty(occupied)? {
            bail!("the folder {} is not empty; restore into an empty data folder", occupied.display());
        }
    }
    for parent in [database.parent(), config.key_file.parent()].into_iter().flatten() {
        fs::create_dir_all(parent)?;
    }
    let files = copy_folder(&folder.join(FILES), &config.blob_dir)?;
    copy_durably(&folder.join(KEY_FILE), &config.key_file)?;
    fs::set_permissions(&config.key_file, fs::Permissions::from_mode(0o600))?;
    copy_durably(&folder.join(DATABASE), &database)?;
    // An older backup is brought to this program's schema now, not at a busy moment later.
    let db = Db::open(config.database_url.expose()).await?;
    db.migrate(Clock::System.micros()).await?;
    db.close().await;
    print(&format!("Restored into {} ({files} files).", config.data_dir.display()))?;
    Ok(())
}

fn sqlite_path(config: &Config) -> anyhow::Result<PathBuf> {
    match config.database_url.expose().strip_prefix("sqlite://") {
        Some(path) => Ok(PathBuf::from(path.split('?').next().unwrap_or(path))),
        None => bail!("the database is PostgreSQL: restore it with pg_restore"),
    }
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Copies a folder; tells how many files that were. What is still arriving (the spool) belongs to no backup.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<u64> {
    fs::create_dir_all(to)?;
    let mut count = 0;
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            // A file that was deleted since the folder was listed is not missed.
            match copy_durably(&entry.path(), &target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => {
                    other?;
                    count += 1;
                }
            }
        } else if entry.file_name() != "spool" {
            count += copy_folder(&entry.path(), &target)?;
        }
    }
    fs::File::open(to)?.sync_all()?;
    Ok(count)
}

fn copy_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()
}

fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::write(path, content)?;
    fs::File::open(path)?.sync_all()?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

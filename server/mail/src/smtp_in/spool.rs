//! Where a body waits while it arrives: in memory, and from a size on in a temporary file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::Body;

const FILE_PREFIX: &str = "inbound-";
const FILE_SUFFIX: &str = ".spool";

/// Once a body is in a file, memory holds at most about this much of it between two writes.
const BUFFER_BYTES: usize = 64 * 1024;

/// Names of one process differ by this; those of others by the process id and by `create_new`.
static NEXT_FILE: AtomicU64 = AtomicU64::new(0);

/// Deletes what a process that was killed left in a spool folder, and gives the number of files. To be called before
/// listeners start, by a process that has the folder to itself.
pub async fn remove_leftovers(spool_dir: &Path) -> io::Result<usize> {
    let mut entries = tokio::fs::read_dir(spool_dir).await?;
    let mut removed = 0;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(FILE_PREFIX) && name.ends_with(FILE_SUFFIX));
        if ours {
            tokio::fs::remove_file(entry.path()).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The body of the message that is arriving.
#[derive(Default)]
pub(super) struct Spool {
    /// Where the session puts its bytes; to be relieved between two reads.
    pub memory: Vec<u8>,
    file: Option<SpoolFile>,
}

struct SpoolFile {
    handle: File,
    len: u64,
    path: TemporaryPath,
}

/// Deletes what is at its path when dropped; a file renamed away is safe.
pub(super) struct TemporaryPath(PathBuf);

impl Drop for TemporaryPath {
    fn drop(&mut self) {
        // Nothing to do about a failure: mostly the file was renamed away, which is as it should be.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Spool {
    /// Forgets everything; a file is deleted.
    pub(super) fn clear(&mut self) {
        self.file = None;
        self.memory.clear();
    }

    /// Whether there is nothing to clear.
    pub(super) fn is_clear(&self) -> bool {
        self.file.is_none() && self.memory.is_empty()
    }

    /// Moves the bytes to the file when there are more than memory is meant to hold.
    pub(super) async fn relieve(&mut self, spool_dir: &Path, memory_bytes: usize) -> io::Result<()> {
        let most = if self.file.is_some() { BUFFER_BYTES } else { memory_bytes };
        if self.memory.len() <= most {
            return Ok(());
        }
        self.write_out(spool_dir).await
    }

    /// The complete body, and the guard of its file: dropping that deletes what is still there.
    pub(super) async fn finish(&mut self, spool_dir: &Path) -> io::Result<(Body, Option<TemporaryPath>)> {
        if self.file.is_none() {
            return Ok((Body::Memory(std::mem::take(&mut self.memory)), None));
        }
        self.write_out(spool_dir).await?;
        let Some(mut file) = self.file.take() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        file.handle.flush().await?;
        let body = Body::File { path: file.path.0.clone(), len: file.len };
        Ok((body, Some(file.path)))
    }

    async fn write_out(&mut self, spool_dir: &Path) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(create(spool_dir).await?),
        };
        file.handle.write_all(&self.memory).await?;
        file.len += self.memory.len() as u64;
        self.memory.clear();
        // What collected before the file was opened is more than what comes between two writes from now on.
        self.memory.shrink_to(BUFFER_BYTES);
        Ok(())
    }
}

async fn create(spool_dir: &Path) -> io::Result<SpoolFile> {
    loop {
        let number = NEXT_FILE.fetch_add(1, Ordering::Relaxed);
        let path = spool_dir.join(format!("{FILE_PREFIX}{}-{number}{FILE_SUFFIX}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        match options.open(&path).await {
            Ok(handle) => {
                return Ok(SpoolFile { handle, len: 0, path: TemporaryPath(path) });
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_stays_in_memory_large_goes_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut spool = Spool::default();
        spool.memory.extend_from_slice(b"0123456789");
        spool.relieve(folder.path(), 10).await.unwrap();
        let (body, guard) = spool.finish(folder.path()).await.unwrap();
        assert_eq!((body, guard.is_some(), files()), (Body::Memory(b"0123456789".to_vec()), false, 0));

        spool.memory.extend_from_slice(b"0123456789a");
        spool.relieve(folder.path(), 10).await.unwrap();
        assert!(spool.memory.is_empty() && files() == 1);
        spool.memory.extend_from_slice(b"bc");
        let (body, guard) = spool.finish(folder.path()).await.unwrap();
        let Body::File { path, len } = &body else { panic!("{body:?}") };
        assert_eq!((std::fs::read(path).unwrap(), *len), (b"0123456789abc".to_vec(), 13));
        drop(guard);
        assert_eq!(files(), 0);

        spool.memory.extend_from_slice(b"0123456789a");
        spool.relieve(folder.path(), 10).await.unwrap();
        assert_eq!(files(), 1);
        spool.clear();
        assert!(spool.is_clear() && files() == 0);
    }

    #[tokio::test]
    async fn leftovers_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["inbound-1-2.spool", "inbound-9-0.spool", "inbound-x", "other.spool"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(remove_leftovers(folder.path()).await.unwrap(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

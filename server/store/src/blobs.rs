//! The blob store: content too large for rows, one file each.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use crate::{StoreError, error::because};

/// A folder of files, each under the id its owner gave it. Cheap to clone. When [`Blobs::put`] or [`Blobs::adopt`] has
/// returned, a power cut does not take the file away.
///
/// Files stand in 65,536 folders by the last four hexadecimal digits of the id, the random end of a UUIDv7, and are readable
/// by the service's user only. A file is never changed: it appears whole or not at all.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    spool: PathBuf,
    /// Tells apart what is being stored at the same time.
    count: AtomicU64,
    /// One bit per folder that is known to be on the disk.
    durable: Mutex<Vec<u64>>,
}

impl Blobs {
    /// Opens the store, making its folders when missing, and deletes spool files that were last written more than
    /// `stale_after` before `now_micros` (microseconds UTC): what a crash left behind.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when the folder cannot be made or read.
    pub async fn open(root: impl Into<PathBuf>, now_micros: i64, stale_after: Duration) -> Result<Self, StoreError> {
        let root = root.into();
        let blobs = Self(Arc::new(Folder { spool: root.join("spool"), root, count: AtomicU64::new(0), durable: Mutex::new(vec![0; 1024]) }));
        let folder = Arc::clone(&blobs.0);
        blocking(format!("The blob folder {} cannot be opened.", blobs.0.root.display()), move || {
            make_folder(&folder.root, true)?;
            make_folder(&folder.spool, true)?;
            sync_folder(&folder.root)?;
            sweep(&folder.spool, now_micros, stale_after)
        })
        .await?;
        Ok(blobs)
    }

    /// Where content that is still arriving is written, so that [`Blobs::adopt`] can take it over by renaming. Names must be
    /// unique; what is neither adopted nor deleted is swept at a later start.
    pub fn spool_dir(&self) -> &Path {
        &self.0.spool
    }

    /// Stores content under an id. An id that is stored already gets the new content, whole.
    ///
    /// # Errors
    /// [`StoreError::Blob`] for an id that is not a lower-case UUID or hexadecimal text, or when the disk refuses.
    pub async fn put(&self, id: &str, content: Vec<u8>) -> Result<(), StoreError> {
        let place = place(id)?;
        let folder = Arc::clone(&self.0);
        blocking(format!("Blob {id} cannot be stored."), move || {
            let count = folder.count.fetch_add(1, Ordering::Relaxed);
            let temporary = folder.spool.join(format!("put-{}-{count}-{}", std::process::id(), place.name));
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(&content)?;
            file.sync_all()?;
            folder.take(&temporary, &place)
        })
        .await
    }

    /// Takes over a finished file, best from [`Blobs::spool_dir`]; it must lie on the same file system. The file is gone from
    /// its old place afterwards.
    ///
    /// # Errors
    /// See [`Blobs::put`].
    pub async fn adopt(&self, id: &str, file: &Path) -> Result<(), StoreError> {
        let place = place(id)?;
        let (folder, file) = (Arc::clone(&self.0), file.to_owned());
        blocking(format!("Blob {id} cannot be stored."), move || {
            File::open(&file)?.sync_all()?;
            folder.take(&file, &place)
        })
        .await
    }

    /// The content, whole in memory: for what is known to be small. [`Blobs::open_file`] streams.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when there is no such blob or the disk refuses.
    pub async fn read(&self, id: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.0.path(&place(id)?);
        tokio::fs::read(path).await.map_err(|error| refused(format!("Blob {id} cannot be read."), error))
    }

    /// The file and its length in bytes.
    ///
    /// # Errors
    /// See [`Blobs::read`].
    pub async fn open_file(&self, id: &str) -> Result<(tokio::fs::File, u64), StoreError> {
        let path = self.0.path(&place(id)?);
        let wrap = |error| refused(format!("Blob {id} cannot be read."), error);
        let file = tokio::fs::File::open(path).await.map_err(wrap)?;
        let length = file.metadata().await.map_err(wrap)?.len();
        Ok((file, length))
    }

    /// Deletes a blob. `false`: there was none.
    ///
    /// # Errors
    /// [`StoreError::Blob`] for a bad id or when the disk refuses.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let path = self.0.path(&place(id)?);
        match tokio::fs::remove_file(path).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(refused(format!("Blob {id} cannot be deleted."), error)),
        }
    }
}

/// Where a blob lies.
struct Place {
    name: String,
    /// First and second level.
    levels: [String; 2],
    number: u16,
}

fn place(id: &str) -> Result<Place, StoreError> {
    let sane = (8..=64).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let digits: String = id.chars().rev().filter(|digit| *digit != '-').take(4).collect();
    match u16::from_str_radix(&digits, 16) {
        Ok(number) if sane && digits.len() == 4 => {
            let [high, low] = number.to_be_bytes();
            Ok(Place { name: id.to_owned(), levels: [format!("{high:02x}"), format!("{low:02x}")], number })
        }
        _ => Err(StoreError::Blob { sentence: "A blob's id must be a lower-case UUID or hexadecimal text.".into(), source: None }),
    }
}

impl Folder {
    fn path(&self, place: &Place) -> PathBuf {
        let [first, second] = &place.levels;
        self.root.join(first).join(second).join(&place.name)
    }

    /// The content of `file` is on the disk; its name follows.
    fn take(&self, file: &Path, place: &Place) -> io::Result<()> {
        let [first, second] = &place.levels;
        let first = self.root.join(first);
        let second = first.join(second);
        let (word, bit) = (usize::from(place.number >> 6), 1_u64 << (place.number & 63));
        let known = |durable: &Vec<u64>| durable.get(word).is_some_and(|word| word & bit != 0);
        if !known(&self.durable.lock().unwrap_or_else(PoisonError::into_inner)) {
            make_folder(&first, false)?;
            make_folder(&second, false)?;
            sync_folder(&first)?;
            sync_folder(&self.root)?;
            if let Some(word) = self.durable.lock().unwrap_or_else(PoisonError::into_inner).get_mut(word) {
                *word |= bit;
            }
        }
        fs::rename(file, second.join(&place.name))?;
        sync_folder(&second)
    }
}

fn make_folder(path: &Path, recursive: bool) -> io::Result<()> {
    match DirBuilder::new().recursive(recursive).mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// A new name is durable only when its folder is.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn sweep(spool: &Path, now_micros: i64, stale_after: Duration) -> io::Result<()> {
    let oldest = Duration::from_micros(u64::try_from(now_micros).unwrap_or(0)).saturating_sub(stale_after);
    for entry in fs::read_dir(spool)? {
        let entry = entry?;
        let written = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        if written < oldest {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(sentence: String, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refused(sentence, error)),
        Err(error) => Err(StoreError::Blob { sentence, source: Some(because(error.to_string())) }),
    }
}

fn refused(sentence: String, error: io::Error) -> StoreError {
    StoreError::Blob { sentence, source: Some(Arc::new(error)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01936b2e-7c4a-7000-8abc-0123456789ab";

    async fn open(folder: &Path) -> Blobs {
        Blobs::open(folder.join("blobs"), 0, Duration::from_secs(3600)).await.unwrap()
    }

    #[tokio::test]
    async fn content_goes_in_and_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path()).await;
        blobs.put(ID, b"first".to_vec()).await.unwrap();
        assert_eq!(blobs.read(ID).await.unwrap(), b"first");
        assert!(folder.path().join("blobs/ba/98").join(ID).is_file());
        blobs.put(ID, b"second".to_vec()).await.unwrap();
        let (_, length) = blobs.open_file(ID).await.unwrap();
        assert_eq!(length, 6);
        assert_eq!(open(folder.path()).await.read(ID).await.unwrap(), b"second");
        assert!(blobs.remove(ID).await.unwrap());
        assert!(!blobs.remove(ID).await.unwrap());
        assert!(matches!(blobs.read(ID).await, Err(StoreError::Blob { .. })));
        assert_eq!(fs::read_dir(blobs.spool_dir()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_spooled_file_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path()).await;
        let spooled = blobs.spool_dir().join("incoming");
        fs::write(&spooled, b"mail").unwrap();
        blobs.adopt(ID, &spooled).await.unwrap();
        assert!(!spooled.exists());
        assert_eq!(blobs.read(ID).await.unwrap(), b"mail");
    }

    #[tokio::test]
    async fn ids_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path()).await;
        for id in ["", "abc", "../../etc/passwd", "aaaaaaaa/../../b", "01936B2E7C4A", "--------", "aaaaaaaa\0", &"a".repeat(65)] {
            assert!(matches!(blobs.put(id, vec![]).await, Err(StoreError::Blob { source: None, .. })), "{id:?}");
            assert!(matches!(blobs.read(id).await, Err(StoreError::Blob { source: None, .. })), "{id:?}");
        }
    }

    #[tokio::test]
    async fn only_old_leftovers_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("blobs/spool");
        fs::create_dir_all(&spool).unwrap();
        let file = File::create(spool.join("left")).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(10_000)).unwrap();
        let hour = Duration::from_secs(3600);
        Blobs::open(folder.path().join("blobs"), 13_000_000_000, hour).await.unwrap();
        assert!(spool.join("left").exists());
        Blobs::open(folder.path().join("blobs"), 14_000_000_000, hour).await.unwrap();
        assert!(!spool.join("left").exists());
    }
}

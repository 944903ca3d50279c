//! Secrets: types that do not show themselves, and encryption at rest with XChaCha20-Poly1305.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;

use crate::{StoreError, blobs::sync_folder};

/// A text that must not be shown: no `Debug`, no `Serialize`, no `Clone`; wiped from memory when dropped.
pub struct SecretText(SecretString);

impl SecretText {
    /// The text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it is empty, as a form field that was left alone is.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// A second copy, asked for by name.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::from(self.expose())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned().into())
    }
}

/// Bytes that must not be shown: what [`SecretBox::unseal`] gives. Wiped from memory when dropped.
pub struct SecretBytes(SecretSlice<u8>);

impl SecretBytes {
    /// The bytes, for the one call that needs them.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// As text.
    ///
    /// # Errors
    /// [`StoreError::Secret`] when the bytes are not UTF-8.
    pub fn into_text(self) -> Result<SecretText, StoreError> {
        match std::str::from_utf8(self.expose()) {
            Ok(text) => Ok(SecretText::from(text)),
            Err(_) => Err(StoreError::secret("The sealed value is not text.")),
        }
    }
}

/// First byte of a sealed value: XChaCha20-Poly1305, key id in front.
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// A key file is a few lines.
const LONGEST_FILE: u64 = 64 * 1024;

/// Seals values for the database with the keys of a file. Cheap to clone.
///
/// The file holds one `key-id:base64` per line, 32 bytes each; empty lines and lines that begin with `#` are passed over. The
/// last line is the newest key, which seals; every key opens what it sealed, so a key is changed by adding a line.
///
/// A sealed value is `version (1) · length of the key id (1) · key id · nonce (24) · ciphertext with tag`. Version and key id are
/// authenticated with the associated data.
#[derive(Clone)]
pub struct SecretBox(Arc<Vec<Key>>);

/// One line of the key file.
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    /// Keyed apart from the cipher, so that neither use tells anything about the other.
    signer: Hmac<Sha256>,
}

/// What the signing key is derived for.
const SIGNING: &[u8] = b"switchboard: signatures";
/// Shortest signature that is looked at, in bytes.
const SHORTEST_SIGNATURE: usize = 16;

impl SecretBox {
    /// Reads the key file. With `create` (32 random bytes), a missing file is made with that key and mode 0600, on the disk
    /// before this returns: a lost key is a lost secret.
    ///
    /// # Errors
    /// [`StoreError::Secret`] with a sentence when the file is missing, readable by others, or not of this form.
    pub fn open(path: &Path, create: Option<[u8; 32]>) -> Result<Self, StoreError> {
        let show = path.display();
        match (fs::metadata(path), create) {
            (Ok(_), _) => {}
            (Err(error), Some(key)) if error.kind() == io::ErrorKind::NotFound => {
                write_new(path, &key).map_err(|error| StoreError::secret(format!("The key file {show} cannot be made: {error}.")))?;
            }
            (Err(error), _) => return Err(StoreError::secret(format!("The key file {show} cannot be read: {error}."))),
        }
        let read = |error: io::Error| StoreError::secret(format!("The key file {show} cannot be read: {error}."));
        let metadata = fs::metadata(path).map_err(read)?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(StoreError::secret(format!("The key file {show} has mode {mode:04o}, so others can read it. Run: chmod 600 {show}")));
        }
        if metadata.len() > LONGEST_FILE {
            return Err(StoreError::secret(format!("The key file {show} is too large to be one.")));
        }
        let text = SecretText::from(fs::read_to_string(path).map_err(read)?);
        let keys = parse(text.expose()).map_err(|why| StoreError::secret(format!("The key file {show}: {why}")))?;
        Ok(Self(Arc::new(keys)))
    }

    /// Id of the key that seals.
    pub fn newest_key_id(&self) -> &str {
        self.0.last().map_or("", |key| &key.id)
    }

    /// Seals a value for one place, `associated` = `table/column/row id`: opened for another place it is refused. `nonce` must
    /// be random and used once.
    ///
    /// # Errors
    /// [`StoreError::Secret`] when the value is longer than the cipher takes (256 GiB).
    pub fn seal(&self, plain: &[u8], associated: &str, nonce: [u8; NONCE]) -> Result<Vec<u8>, StoreError> {
        let broken = || StoreError::secret("The value cannot be sealed.");
        let Key { id, cipher, .. } = self.0.last().ok_or_else(broken)?;
        let mut sealed = vec![VERSION, u8::try_from(id.len()).map_err(|_| broken())?];
        sealed.extend_from_slice(id.as_bytes());
        let authenticated = [&sealed, associated.as_bytes()].concat();
        let text = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &authenticated }).map_err(|_| broken())?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens a sealed value for the place it was sealed for.
    ///
    /// # Errors
    /// [`StoreError::Secret`] with a sentence when its key is not in the key file, or when it was changed, cut off or sealed
    /// for another place.
    pub fn unseal(&self, sealed: &[u8], associated: &str) -> Result<SecretBytes, StoreError> {
        let broken = || StoreError::secret("A sealed value does not open: it was changed, or it belongs to another row.");
        let (&[version, id_length], rest) = sealed.split_first_chunk::<2>().ok_or_else(broken)?;
        if version != VERSION {
            return Err(StoreError::secret(format!("A sealed value has format {version}, which this program does not know.")));
        }
        let (id, rest) = rest.split_at_checked(usize::from(id_length)).ok_or_else(broken)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let Some(Key { cipher, .. }) = self.0.iter().find(|key| key.id.as_bytes() == id) else {
            let id = String::from_utf8_lossy(id).escape_debug().to_string();
            return Err(StoreError::secret(format!("A value was sealed with the key \"{id}\", which is not in the key file. Add its line again.")));
        };
        let authenticated = [&[version, id_length], id, associated.as_bytes()].concat();
        let plain = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &authenticated }).map_err(|_| broken())?;
        Ok(SecretBytes(plain.into()))
    }

    /// HMAC-SHA-256 of a message under a key derived from the newest one. `message` names what is signed first, so that a signature is good
    /// for nothing else.
    ///
    /// # Errors
    /// [`StoreError::Secret`] when there is no key, which [`SecretBox::open`] does not let happen.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 32], StoreError> {
        let signer = self.0.last().map(|key| key.signer.clone()).ok_or_else(|| StoreError::secret("There is no key to sign with."))?;
        Ok(signer.chain_update(message).finalize().into_bytes().into())
    }

    /// Whether a signature, or at least its first 16 bytes, was made of this message with any key of the file. Takes the same time for every
    /// wrong one.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let good = |key: &Key| key.signer.clone().chain_update(message).verify_truncated_left(signature).is_ok();
        signature.len() >= SHORTEST_SIGNATURE && self.0.iter().any(good)
    }
}

fn parse(text: &str) -> Result<Vec<Key>, String> {
    let mut keys: Vec<Key> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (id, key) = line.split_once(':').ok_or_else(|| format!("line {number} is not of the form key-id:base64."))?;
        let sane = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !sane || keys.iter().any(|key| key.id == id) {
            return Err(format!("the key id of line {number} must be new, at most 64 letters, digits, '-', '_' or '.'."));
        }
        let bytes = STANDARD.decode(key.trim()).ok().map(|bytes| SecretBytes(bytes.into()));
        let made = bytes.and_then(|bytes| Some((XChaCha20Poly1305::new_from_slice(bytes.expose()).ok()?, signer_of(bytes.expose())?)));
        let (cipher, signer) = made.ok_or_else(|| format!("the key of line {number} is not 32 bytes in base64."))?;
        keys.push(Key { id: id.to_owned(), cipher, signer });
    }
    if keys.is_empty() { Err("it holds no key.".to_owned()) } else { Ok(keys) }
}

fn signer_of(key: &[u8]) -> Option<Hmac<Sha256>> {
    let derived = Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(SIGNING).finalize().into_bytes();
    Hmac::new_from_slice(&derived).ok()
}

/// Writes beside and links into place: two processes that start together end up with one file, whole.
fn write_new(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(".new-key-{}", std::process::id()));
    let line = SecretText::from(format!("# Seals secrets in the database. Back it up apart from the database.\nk1:{}\n", STANDARD.encode(key)));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(line.expose().as_bytes())?;
    file.sync_all()?;
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    };
    fs::remove_file(&temporary)?;
    linked?;
    sync_folder(folder)?;
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T>(result: Result<T, StoreError>) -> String {
        result.err().expect("refused").to_string()
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SecretBox::open(&folder.path().join("new/key"), Some([7; 32])).unwrap();
        let sealed = secrets.seal("geheim ü".as_bytes(), "email_asset/password/1", [9; 24]).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"geheim"));
        assert_eq!(secrets.unseal(&sealed, "email_asset/password/1").unwrap().into_text().unwrap().expose(), "geheim ü");
        assert!(refusal(secrets.unseal(&sealed, "email_asset/password/2")).contains("another row"));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(secrets.unseal(&changed, "email_asset/password/1").is_err(), "byte {index}");
            assert!(secrets.unseal(&sealed[..index], "email_asset/password/1").is_err(), "cut at {index}");
        }
    }

    #[test]
    fn the_newest_key_seals_and_every_known_key_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let old = SecretBox::open(&path, Some([1; 32])).unwrap();
        let sealed_by_old = old.seal(b"x", "t/c/1", [0; 24]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}2026-01:{}\n", STANDARD.encode([2; 32]))).unwrap();
        let both = SecretBox::open(&path, None).unwrap();
        assert_eq!((old.newest_key_id(), both.newest_key_id()), ("k1", "2026-01"));
        assert_eq!(both.unseal(&sealed_by_old, "t/c/1").unwrap().expose(), b"x");
        let sealed_by_new = both.seal(b"y", "t/c/1", [0; 24]).unwrap();
        let sentence = refusal(old.unseal(&sealed_by_new, "t/c/1"));
        assert_eq!(sentence, "A value was sealed with the key \"2026-01\", which is not in the key file. Add its line again.");
    }

    #[test]
    fn a_signature_is_of_one_message_and_outlives_a_new_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let old = SecretBox::open(&path, Some([1; 32])).unwrap();
        let signature = old.sign(b"media/1").unwrap();
        assert!(old.signed(b"media/1", &signature) && old.signed(b"media/1", &signature[..16]));
        assert!(!old.signed(b"media/2", &signature) && !old.signed(b"media/1", &signature[..15]) && !old.signed(b"media/1", &[]));
        for index in 0..16 {
            let mut changed = signature;
            changed[index] ^= 1;
            assert!(!old.signed(b"media/1", &changed[..16]), "byte {index}");
        }
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}k2:{}\n", STANDARD.encode([2; 32]))).unwrap();
        let both = SecretBox::open(&path, None).unwrap();
        assert!(both.signed(b"media/1", &signature));
        assert_ne!(both.sign(b"media/1").unwrap(), signature);
        assert!(!old.signed(b"media/1", &both.sign(b"media/1").unwrap()));
    }

    #[test]
    fn a_bad_key_file_is_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(refusal(SecretBox::open(&path, None)).contains("cannot be read"));
        let key = STANDARD.encode([1; 32]);
        let check = |text: &str, mode: u32, part: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let sentence = refusal(SecretBox::open(&path, Some([3; 32])));
            assert!(sentence.contains(part), "{sentence}");
            assert!(!sentence.contains(&key));
        };
        check(&format!("a:{key}\n"), 0o640, "has mode 0640");
        check("", 0o600, "holds no key");
        check(&key, 0o600, "line 1 is not of the form");
        check(&format!("a:{key}\na:{key}\n"), 0o600, "line 2 must be new");
        check("# none\na:AAAA\n", 0o600, "line 2 is not 32 bytes");
        fs::write(&path, format!("\n# two\na:{key}\n")).unwrap();
        assert_eq!(SecretBox::open(&path, None).unwrap().newest_key_id(), "a");
    }
}

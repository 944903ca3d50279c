//! Bytes to serve.

use crate::{Fault, Services, email::cleanup};

/// Content that the edge hands to a caller.
#[derive(Debug)]
pub enum File {
    /// Small ones.
    Memory(Vec<u8>),
    /// A file, to be streamed.
    Disk {
        /// Open for reading, at its beginning.
        file: tokio::fs::File,
        /// Length in bytes.
        len: u64,
    },
}

/// A blob, open for reading.
pub(crate) async fn open(services: &Services, blob: &str) -> Result<File, Fault> {
    let (file, len) = services.blobs.open_file(blob).await?;
    Ok(File::Disk { file, len })
}

/// Keeps bytes until a moment, in microseconds UTC; the name they are read back by. A job removes them, written before they are.
///
/// # Errors
/// [`Fault::Store`] when the database or the blob store does not answer.
pub async fn keep_until(services: &Services, bytes: Vec<u8>, until_micros: i64) -> Result<String, Fault> {
    let blob = services.entropy.uuid(services.now()).to_string();
    let mut tx = services.db.write().await?;
    cleanup::remove_at(services, &mut tx, std::slice::from_ref(&blob), until_micros).await?;
    tx.commit().await?;
    services.blobs.put(&blob, bytes).await?;
    Ok(blob)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::MINUTE,
        testing::{must, worlds},
    };

    #[tokio::test]
    async fn what_is_kept_for_a_while_is_gone_afterwards() {
        for (name, world) in worlds().await {
            let services = &world.services;
            let blob = must(keep_until(services, b"typed".to_vec(), services.now() + 6 * MINUTE).await, name);
            must(cleanup::run_due(services).await, name);
            assert_eq!(services.blobs.read(&blob).await.unwrap(), b"typed", "{name}");
            world.advance(7 * MINUTE);
            must(cleanup::run_due(services).await, name);
            assert!(services.blobs.read(&blob).await.is_err(), "{name}");
        }
    }
}

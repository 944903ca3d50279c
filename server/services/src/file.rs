//! Bytes to serve.

use crate::{Fault, Services};

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

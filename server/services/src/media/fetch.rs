//! Following a link.

use ::store::SecretText;
use model::Problem;

use super::{credential, link, store};
use crate::{
    Fault, RequestInfo, Services, auth,
    clock::SECOND,
    file::{self, File},
};

/// Longest key that is looked at, in bytes: bounds the work of a comparison.
const LONGEST_KEY: usize = 512;

/// What is known of a file besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Changes when the content does, which it never does under one link.
    pub version: String,
    /// File name as it came, made safe.
    pub name: String,
    /// Type as declared by its sender.
    pub mimetype: String,
}

/// What following a link came to.
#[derive(Debug)]
pub enum Fetched {
    /// A persistent link.
    Public(Media, File),
    /// A short-lived link before its expiry; it works this many seconds more.
    Open(Media, File, u32),
    /// An expired link with a good key.
    ByKey(Media, File),
    /// An expired link without a good key: `given` tells whether there was one at all.
    KeyNeeded {
        /// A wrong key came along.
        given: bool,
    },
}

/// Follows the link whose address ends with `token`; `key` is what came in the header of the media access key.
///
/// # Errors
/// [`Problem::NotFound`] for an address that was not made here, was taken back, or whose file or tenant is gone; [`Problem::Busy`] after too
/// many wrong keys from one network address; [`Fault::Store`] when the file cannot be read.
pub async fn fetch(services: &Services, token: &str, key: Option<SecretText>, info: &RequestInfo) -> Result<Fetched, Fault> {
    let id = link::read(&services.secrets, token).ok_or(Problem::NotFound)?;
    let row = store::find(&services.db, id).await?.ok_or(Problem::NotFound)?;
    let remaining = row.expires_micros.map(|at| at - services.now());
    let by_key = remaining.is_some_and(|micros| micros <= 0);
    if by_key {
        let Some(key) = key.filter(|key| !key.is_empty()) else { return Ok(Fetched::KeyNeeded { given: false }) };
        let keys = auth::keys_of_media_key(&info.remote_address);
        auth::refuse_while_blocked(services, &keys).await?;
        if key.expose().len() > LONGEST_KEY || !credential::opens(services, row.channel, row.tenant, &key).await? {
            auth::count_failure(services, &keys).await?;
            tracing::info!(request = %info.request_id, "a wrong media access key");
            return Ok(Fetched::KeyNeeded { given: true });
        }
    }
    let file = file::open(services, &row.blob).await?;
    let media = Media { version: id.to_string(), name: row.name, mimetype: row.mimetype };
    Ok(match remaining {
        None => Fetched::Public(media, file),
        Some(_) if by_key => Fetched::ByKey(media, file),
        Some(micros) => Fetched::Open(media, file, u32::try_from(micros / SECOND).unwrap_or(u32::MAX)),
    })
}

//! What opens a link after its expiry.
//!
//! Spec tenant-settings: the profile API / media access key for all channels, and for in-app messaging also the app's client key or a JWT that
//! the app signed. There are no in-app channels yet; they add their kinds to [`Credential`] and to the list of their channel.

use model::{ids::TenantId, media::MediaChannel};
use store::SecretText;

use crate::{Fault, Services, tenant::profile_key};

/// One kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credential {
    /// The tenant's profile API / media access key.
    ProfileKey,
}

/// What a channel's links accept, the likeliest first.
const fn accepted(channel: MediaChannel) -> &'static [Credential] {
    match channel {
        MediaChannel::Email => &[Credential::ProfileKey],
    }
}

impl Credential {
    async fn matches(self, services: &Services, tenant: TenantId, given: &SecretText) -> Result<bool, Fault> {
        match self {
            Self::ProfileKey => profile_key::matches(services, tenant, given.expose()).await,
        }
    }
}

/// Whether what the caller sent is good for links of this channel. Takes the same time for every wrong one.
pub(super) async fn opens(services: &Services, channel: MediaChannel, tenant: TenantId, given: &SecretText) -> Result<bool, Fault> {
    for credential in accepted(channel) {
        if credential.matches(services, tenant, given).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

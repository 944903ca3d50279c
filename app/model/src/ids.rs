//! Typed identifiers. A single `Uuid` type risks handing one kind of row to a query about another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID, version 7 wherever the server makes one.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = UnknownId;

            fn from_str(text: &str) -> Result<Self, UnknownId> {
                Uuid::try_parse(text).map(Self).map_err(|_| UnknownId)
            }
        }
    )*};
}

/// The text is not an identifier of this product; answered as "not found".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an identifier")]
pub struct UnknownId;

ids! {
    /// An organisation that uses this installation.
    TenantId;
    /// A person with an account in one tenant.
    UserId;
    /// One signed-in browser.
    SessionId;
    /// A passkey of a user.
    PasskeyId;
    /// A named API token of a user.
    TokenId;
    /// A group of people of one tenant.
    TeamId;
    /// One invitation link, from its making to its end.
    InvitationId;
    /// A file of people that is checked and taken in.
    ImportId;
    /// One entry of the audit log.
    AuditId;
    /// An email asset: one address with its outbound route and its forwarding address.
    AssetId;
    /// One accepted send request, which may hold many messages.
    SendId;
    /// A mail that leaves later, or again and again.
    ScheduleId;
    /// One outbound mail with its receipts.
    MessageId;
    /// One received mail.
    InboundId;
    /// A conversation of inbound and outbound mails.
    ThreadId;
    /// A file that belongs to a mail.
    AttachmentId;
    /// One line of the debug log.
    LogId;
    /// A profile key of a tenant.
    ProfileKeyId;
    /// A customer's profile.
    ProfileId;
    /// One accepted request of the profile API.
    ProfileBatchId;
    /// An account of the installation, which belongs to no tenant.
    OperatorId;
    /// One stay of the help desk or a partner in a tenant.
    VisitId;
    /// The tie between a partner organisation and one of its customers.
    PartnerId;
    /// A link to a file that a customer sent.
    MediaLinkId;
    /// A role of a tenant's own.
    RoleId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_rubbish_is_refused() {
        let id = AssetId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("support".parse::<AssetId>(), Err(UnknownId));
    }
}

//! Invitations.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AssetId, UserId},
    time::Stamp,
};

/// An invitation can be accepted for this many days.
pub const INVITATION_DAYS: i64 = 7;

/// Somebody was invited, or invited again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Whom.
    pub id: UserId,
    /// The link to hand over, when it does not go out by mail: the only moment it can be seen.
    pub link: Option<String>,
}

/// How the invitation of somebody stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// It went, or will go, out by mail.
    pub by_mail: bool,
    /// When it was handed to the outbox.
    pub mailed: Option<Stamp>,
    /// Why it could not be; empty when there is nothing to tell.
    pub mail_problem: String,
    /// Until when it can be accepted.
    pub expires: Stamp,
    /// That moment has passed.
    pub expired: bool,
}

/// What an invitation link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Open {
        /// Who invites.
        tenant_name: String,
        /// The address to sign in with.
        email: String,
        /// The name as the inviting person wrote it.
        name: String,
    },
    /// It can be accepted at the organisation's own provider only: single sign-on is the one way in.
    SingleSignOn {
        /// Who invites.
        tenant_name: String,
        /// The address to sign in with.
        email: String,
        /// The organisation in the address of its single sign-on.
        slug: String,
    },
    /// It was accepted.
    Used,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// A newer link was made.
    Replaced,
    /// The organisation is closed.
    Closed,
}

/// Which address the mail of the system leaves from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemMail {
    /// The owner's choice, if it still exists.
    pub chosen: Option<AssetId>,
    /// The one in use: the choice when it can be used, else the first that can.
    pub in_use: Option<AssetId>,
    /// Every asset.
    pub assets: Vec<SystemMailAsset>,
}

/// An asset that system mail may leave from while it is active and its route trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemMailAsset {
    /// Which.
    pub id: AssetId,
    /// Its name with its address.
    pub name: String,
    /// Whether it is switched on.
    pub active: bool,
    /// Whether its server was set, or the asset chosen, by somebody who may change the organisation's settings.
    pub route_trusted: bool,
}

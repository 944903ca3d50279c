//! People: who they are, what each may do, teams, licences, invitations.

mod capability;
mod import;
mod invitation;
mod licence;
pub mod profile;
mod role;
mod team;
mod user;

pub use capability::{Capability, CapabilitySet};
pub use import::{
    IMPORT_COLUMNS, Import, ImportForm, ImportLine, ImportMode, ImportPage, ImportProblem, ImportStatus, MAX_IMPORT_BYTES, MAX_IMPORT_LINES,
    parse_licences,
};
pub use invitation::{INVITATION_DAYS, Invitation, InvitationState, Invited, SystemMail};
pub use licence::{Licence, LicenceCount, Licences};
pub use role::Role;
pub use team::{Team, TeamDetail, TeamName};
pub use user::{BULK_MOST, BulkOutcome, PeopleFilter, PersonStatus, RefusedPerson, User, Work, WorkItem};

use serde::{Deserialize, Serialize};

use crate::{ids::TokenId, time::Stamp};

/// An API token as lists show it; the token itself is shown once, when made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Id.
    pub id: TokenId,
    /// Name given by its maker.
    pub name: String,
    /// First characters, to tell tokens apart.
    pub prefix: String,
    /// What it may do at most; its user's role bounds it further.
    pub capabilities: Vec<Capability>,
    /// When it was made.
    pub created: Stamp,
    /// Last use, if any.
    pub last_used: Option<Stamp>,
}

/// A token just made: the only moment its text exists outside the caller's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The row.
    pub token: ApiToken,
    /// The secret to copy now.
    pub secret: String,
}

//! People: who they are, what each may do, teams, licences, invitations.

mod capability;
mod import;
mod invitation;
mod licence;
mod own_role;
pub mod profile;
mod role;
mod team;
mod template;
mod user;

pub use capability::{Capability, CapabilitySet};
pub use import::{
    IMPORT_COLUMNS, Import, ImportForm, ImportLine, ImportMode, ImportPage, ImportProblem, ImportStatus, MAX_IMPORT_BYTES, MAX_IMPORT_LINES,
    parse_licences,
};
pub use invitation::{INVITATION_DAYS, Invitation, InvitationState, Invited, SystemMail, SystemMailAsset};
pub use licence::{Licence, LicenceCount, Licences};
pub use own_role::{ALWAYS, OwnRole, Position, RESERVED, RoleChoice, RoleRow, Verdict, check_role, explain, explain_token};
pub use role::Role;
pub use team::{Team, TeamDetail, TeamName};
pub use template::RoleTemplate;
pub use user::{BULK_MOST, BulkOutcome, PeopleFilter, PersonStatus, RefusedPerson, User, Work, WorkItem};

use serde::{Deserialize, Serialize};

use crate::{ids::TokenId, time::Stamp};

impl User {
    /// What they are, whichever kind of role it is.
    pub fn position(&self) -> Position {
        Position { role: self.role, own: self.own_role.clone() }
    }
}

/// What somebody may do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Signed in.
    pub person: Vec<Verdict>,
    /// Through each of their API tokens; empty for callers who may not manage people.
    pub tokens: Vec<TokenVerdicts>,
}

/// What somebody may do through one API token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenVerdicts {
    /// Name of the token.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// Capability by capability.
    pub verdicts: Vec<Verdict>,
}

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

//! Visitors: the help desk of the installation and partners, how far they get, and what a tenant's owners decide about them
//! (spec tenant-settings, "Help Desk" and "Partner and Tenant User Cross Launch").

mod level;

pub use level::{Access, UnknownAccess};

use serde::{Deserialize, Serialize};

use crate::{
    ids::{PartnerId, TenantId, VisitId},
    time::Stamp,
};

/// What somebody who may not use a link is told, whatever is wrong with it.
pub const LINK_REFUSED: &str = "This link does not lead in. A link works once, for a short time, and only for the person and the organisation it was \
                                made for. Ask for a new one where you got it.";

/// Where a visitor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitKind {
    /// An operator of the installation.
    HelpDesk,
    /// Somebody of a partner organisation.
    Partner,
}

impl VisitKind {
    /// The stored word; it also stands in the id that a visitor acts under.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HelpDesk => "help_desk",
            Self::Partner => "partner",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HelpDesk => "Help desk",
            Self::Partner => "Partner",
        }
    }
}

/// The text names no kind of visit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind of visit `{0}`")]
pub struct UnknownVisitKind(pub String);

impl std::str::FromStr for VisitKind {
    type Err = UnknownVisitKind;

    fn from_str(text: &str) -> Result<Self, UnknownVisitKind> {
        [Self::HelpDesk, Self::Partner].into_iter().find(|kind| kind.word() == text).ok_or_else(|| UnknownVisitKind(text.to_owned()))
    }
}

/// The id that a visitor acts under in the audit log: `<who>+<tenant id>+help_desk@<their domain>`, or `+partner@`.
///
/// The spec's own format is garbled (`+ ""+ + ""+"help_desk@" +`): three parts that are not named, joined, `help_desk@` before the last.
/// Here the first is the local part of the visitor's address, the second the tenant, the third the domain of that address: nobody else
/// has this id, and whoever reads it sees who it was.
pub fn acts_as(kind: VisitKind, visitor: &str, tenant: TenantId) -> String {
    let (local, domain) = visitor.rsplit_once('@').unwrap_or((visitor, "localhost"));
    format!("{local}+{tenant}+{}@{domain}", kind.word())
}

/// The visit that a signed-in visitor is on, as their own pages need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visiting {
    /// The visit.
    pub id: VisitId,
    /// Where they come from.
    pub kind: VisitKind,
    /// How far they get at the moment.
    pub access: Access,
    /// When they came.
    pub since: Stamp,
}

/// One visit, as the people of the tenant see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Id.
    pub id: VisitId,
    /// Where the visitor comes from.
    pub kind: VisitKind,
    /// Their address.
    pub visitor: String,
    /// The organisation they come from; empty for the help desk.
    pub organisation: String,
    /// The id they act under in the audit log.
    pub acts_as: String,
    /// Asked for; what is granted may be less.
    pub access: Access,
    /// When they came.
    pub started: Stamp,
    /// Their last request.
    pub last_seen: Stamp,
    /// When it ended; `None` while it lasts.
    pub ended: Option<Stamp>,
    /// Why it ended, as a phrase; empty while it lasts.
    pub ended_because: String,
}

impl Visit {
    /// One sentence for everybody of the tenant.
    pub fn sentence(&self) -> String {
        let from = if self.organisation.is_empty() { String::new() } else { format!(" of {}", self.organisation) };
        format!(
            "{}: {}{from} is in your organisation with {} access since {}.",
            self.kind.label(),
            self.visitor,
            self.access.phrase(),
            self.started.text
        )
    }
}

/// The access page of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessSettings {
    /// The help desk may enter.
    pub help_desk: bool,
    /// Whoever of the help desk enters may decrypt logs, whatever their own access.
    pub decrypt: bool,
    /// `YYYY-MM-DD HH:MM` in the tenant's zone; empty for no end.
    pub until: String,
    /// That moment has passed: the help desk may not enter although it is allowed.
    pub over: bool,
    /// Partners, offered and accepted.
    pub partners: Vec<Partner>,
}

/// A partner organisation, as its customer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Id of the tie.
    pub id: PartnerId,
    /// The partner's name.
    pub name: String,
    /// How far its people get.
    pub access: Access,
    /// When an owner accepted; `None` while it is an offer, which opens nothing.
    pub accepted: Option<Stamp>,
}

/// A customer, as its partner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Whom to enter.
    pub tenant: TenantId,
    /// Name.
    pub name: String,
    /// How far the partner's people get.
    pub access: Access,
    /// A channel is open and an owner can sign in. Before that there is no link (spec tenant-settings: "only if digital channels are
    /// enabled and the tenant provisioning is completed").
    pub ready: bool,
}

/// What a link leads to, before it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// The organisation.
    pub organisation: String,
    /// How far a visitor gets; `None` for a link that signs an owner in.
    pub access: Option<Access>,
    /// Who enters.
    pub who: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_acts_under_an_id_that_shows_who_it_is() {
        let tenant: TenantId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
        let check = |kind, visitor: &str, expected: &str| assert_eq!(acts_as(kind, visitor, tenant), expected, "{visitor}");
        check(VisitKind::HelpDesk, "mara@support.example", "mara+01900000-0000-7000-8000-000000000001+help_desk@support.example");
        check(VisitKind::Partner, "\"a@b\"@p.example", "\"a@b\"+01900000-0000-7000-8000-000000000001+partner@p.example");
        check(VisitKind::HelpDesk, "nobody", "nobody+01900000-0000-7000-8000-000000000001+help_desk@localhost");
    }
}

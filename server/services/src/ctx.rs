//! Who is asking, and the pass that every use case takes.

use model::{
    Problem,
    access::{Access, VisitKind},
    ids::{SessionId, TenantId, TokenId, UserId, VisitId},
    people::{Capability, CapabilitySet, Role},
};
use store::SecretText;

use crate::clock::Zone;

/// What the edge knows about a request before anybody is recognised.
#[derive(Clone, Debug, Default)]
pub struct RequestInfo {
    /// Network address of the caller; empty for the command line and background work.
    pub remote_address: String,
    /// `User-Agent`, at most 200 characters.
    pub user_agent: String,
    /// Reference that stands in the log and in error answers.
    pub request_id: String,
}

/// How the caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A session cookie.
    Session(SessionId),
    /// An API token.
    Token(TokenId),
    /// The tenant's profile key.
    ProfileKey,
    /// A visitor's cookie: the help desk or a partner. Such a caller has no account in the tenant.
    Visit(VisitProof),
    /// The command line or background work of this process.
    System,
}

/// The visit that a caller is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitProof {
    /// Which.
    pub id: VisitId,
    /// Where the visitor comes from.
    pub kind: VisitKind,
    /// How far they get at this moment.
    pub access: Access,
    /// When they came, in microseconds UTC.
    pub since_micros: i64,
}

/// A recognised caller. It may do nothing yet: see [`Principal::authorise`].
#[derive(Clone, Debug)]
pub struct Principal {
    pub(crate) tenant: TenantId,
    pub(crate) tenant_name: String,
    pub(crate) user: Option<UserId>,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    pub(crate) role_name: String,
    pub(crate) capabilities: CapabilitySet,
    pub(crate) zone: Zone,
    pub(crate) proof: Proof,
    /// Name of the API token, for the audit log.
    pub(crate) token_name: Option<String>,
    /// A second factor is required and the time to set one up is over: the capabilities are cut down to the own account.
    pub(crate) must_enrol: bool,
    pub(crate) info: RequestInfo,
}

impl Principal {
    /// The pass to a use case.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when the capability is missing: what a caller may not use does not exist for them.
    pub fn authorise(self, capability: Capability) -> Result<Ctx, Problem> {
        if self.capabilities.has(capability) { Ok(Ctx { principal: self }) } else { Err(Problem::NotFound) }
    }

    /// The tenant this caller belongs to, for the log.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Whether there is nothing for this caller but their own account until they have a second factor.
    pub fn must_enrol(&self) -> bool {
        self.must_enrol
    }

    /// The user; `None` for background work.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// How the caller proved who they are.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// What this caller may do.
    pub fn capabilities(&self) -> CapabilitySet {
        self.capabilities
    }

    /// A pass for background work and the command line, inside one tenant. It holds every capability, so it is made only
    /// where this process itself is the actor.
    pub fn system(tenant: TenantId, zone: Zone) -> Ctx {
        Ctx {
            principal: Self {
                tenant,
                tenant_name: String::new(),
                user: None,
                name: "system".into(),
                email: String::new(),
                role: Role::Owner,
                role_name: Role::Owner.label().into(),
                capabilities: CapabilitySet::all(),
                zone,
                proof: Proof::System,
                token_name: None,
                must_enrol: false,
                info: RequestInfo::default(),
            },
        }
    }
}

impl Ctx {
    /// The pass of whoever holds the tenant's profile key: customers' profiles, nothing else.
    pub(crate) fn of_profile_key(tenant: TenantId, zone: Zone, info: RequestInfo) -> Self {
        let capabilities = CapabilitySet::EMPTY.with(Capability::ProfileRead).with(Capability::ProfileWrite);
        let Self { principal } = Principal::system(tenant, zone);
        let name = "profile key".to_owned();
        Self { principal: Principal { name, role: Role::ReadOnly, capabilities, proof: Proof::ProfileKey, info, ..principal } }
    }
}

/// A caller with a capability they were checked for. Its fields are private: there is no other way to make one.
#[derive(Clone, Debug)]
pub struct Ctx {
    principal: Principal,
}

impl Ctx {
    /// The tenant that every query of the use case filters by.
    pub fn tenant(&self) -> TenantId {
        self.principal.tenant
    }

    /// The tenant's name.
    pub fn tenant_name(&self) -> &str {
        &self.principal.tenant_name
    }

    /// The user; `None` for background work.
    pub fn user(&self) -> Option<UserId> {
        self.principal.user
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.principal.name
    }

    /// The user's address.
    pub fn email(&self) -> &str {
        &self.principal.email
    }

    /// The user's built-in role; without meaning for somebody with a role of the tenant's own, who is never an owner.
    pub fn role(&self) -> Role {
        self.principal.role
    }

    /// Name of the user's role, whichever kind it is.
    pub fn role_name(&self) -> &str {
        &self.principal.role_name
    }

    /// Whether the caller also holds another capability, where a use case shows more to some.
    pub fn may(&self, capability: Capability) -> bool {
        self.principal.capabilities.has(capability)
    }

    /// Everything the caller may do.
    pub fn capabilities(&self) -> CapabilitySet {
        self.principal.capabilities
    }

    /// Whether a second factor has to be set up before anything else.
    pub fn must_enrol(&self) -> bool {
        self.principal.must_enrol
    }

    /// The tenant's zone.
    pub fn zone(&self) -> &Zone {
        &self.principal.zone
    }

    /// How the caller proved who they are.
    pub fn proof(&self) -> Proof {
        self.principal.proof
    }

    /// Address, browser and reference of the request.
    pub fn info(&self) -> &RequestInfo {
        &self.principal.info
    }

    /// Background work that finishes what a request began is logged under that request.
    pub(crate) fn came_from(&mut self, info: RequestInfo) {
        self.principal.info = info;
    }

    /// The caller without the capability they were checked for.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    /// For changes that a capability to read brings along, such as marking something as read: a visitor who can only view makes none.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn unless_viewing(&self) -> Result<(), Problem> {
        match self.principal.proof {
            Proof::Visit(VisitProof { access: Access::ReadOnly, .. }) => {
                Err(Problem::Forbidden { why: "You are here with read-only access, so nothing is changed.".into() })
            }
            _ => Ok(()),
        }
    }

    /// The actor as the audit log writes it.
    pub fn actor(&self) -> String {
        match (&self.principal.proof, &self.principal.token_name) {
            (Proof::System, _) => "system".into(),
            (Proof::ProfileKey, _) => "profile key".into(),
            // The id that shows the visitor and where they come from.
            (Proof::Visit(_), _) => self.principal.email.clone(),
            (_, Some(token)) => format!("token {token} of {}", self.principal.email),
            _ => format!("{} <{}>", self.principal.name, self.principal.email),
        }
    }
}

/// Makes a [`SecretText`] of a posted field, so that it never meets a `Debug` or a log.
pub fn secret(text: String) -> SecretText {
    SecretText::from(text)
}

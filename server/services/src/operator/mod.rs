//! Operators: accounts of the installation, not of a tenant. They see which tenants allow the help desk and enter those; that is all they
//! can do. They are made on the command line.

mod accounts;
mod list;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub use accounts::{create, list as accounts, set_access, set_active};
pub use list::open_tenants;

use model::{access::Access, ids::OperatorId, operator::OperatorMe};
use uuid::Uuid;

use crate::RequestInfo;

/// A recognised operator. Its fields are private: it comes from a session only.
#[derive(Clone, Debug)]
pub struct Pass {
    id: OperatorId,
    email: String,
    access: Access,
    session: Uuid,
    info: RequestInfo,
}

impl Pass {
    pub(crate) fn new(found: store::FoundSession, info: RequestInfo) -> Self {
        Self { id: found.operator, email: found.email, access: found.access, session: found.session, info }
    }

    /// The account.
    pub fn id(&self) -> OperatorId {
        self.id
    }

    /// Sign-in address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The most they may ask for, as it stood when they were recognised.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Address, browser and reference of the request.
    pub fn info(&self) -> &RequestInfo {
        &self.info
    }

    pub(crate) fn session(&self) -> Uuid {
        self.session
    }
}

/// Who is signed in, as the operators' console shows it.
pub fn me(pass: &Pass) -> OperatorMe {
    OperatorMe { email: pass.email.clone(), access: pass.access }
}

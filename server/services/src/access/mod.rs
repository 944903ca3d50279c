//! Visitors: links that lead into a tenant, the visits they begin, and what a tenant's owners decide about them
//! (spec tenant-settings, "Help Desk" and "Partner and Tenant User Cross Launch").
//!
//! A link is sealed for one tenant, holds who may use it and until when, and works once: a row that only one transaction can consume. A
//! visit is a session without an account. What it may do is worked out anew at every request from the settings as they stand, so
//! switching off, revoking and lowering need nobody to remember who is inside.

mod link;
mod partners;
mod settings;
mod store;
mod token;
mod visit;
mod visits;

#[cfg(test)]
mod tests;

pub use link::{Claimant, Entered, NewVisit, enter, launch_as_operator, launch_as_partner, look, owner_link};
pub use partners::{PartnerLine, accept as accept_partner, customers, end as end_partner, end_by_name, link, list as partner_lines};
pub use settings::{get, update};
pub use visit::leave;
pub use visits::{end as end_visit, list as visits, present, settle, sweep};

pub(crate) use visit::recognise;

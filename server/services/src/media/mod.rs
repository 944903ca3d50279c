//! Links to files that customers sent (spec tenant-settings, "Secure handling of Inbound media files").
//!
//! The room that stores a file makes its link in the same transaction: public for ever, or short-lived where the tenant chose that. The
//! setting counts at that moment: links made while it is on expire even when it is switched off later, and public ones stay public. After the
//! expiry the same address needs a credential of its channel ([`credential`]).

mod credential;
mod fetch;
mod link;
mod store;

#[cfg(test)]
mod tests;

pub use fetch::{Fetched, Media, fetch};

pub(crate) use link::{EMAIL_ATTACHMENT, Lifetimes, NewLink, revoke, shown};
pub(crate) use store::INSERT;

//! One endpoint and what its arguments hold.

use tests::organisation::Kind;

/// What an argument holds.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// Names one thing: another tenant's does not exist.
    Id(Kind),
    /// Names several things, as a list of one here: another tenant's does not exist.
    Ids(Kind),
    /// Narrows a list: another tenant's gives nothing. Left out otherwise.
    Filter(Kind),
    /// No identifier; a value that passes.
    Value(&'static str),
    /// No identifier; left out.
    Empty,
}

/// An endpoint.
pub struct Call {
    /// `/api/…`.
    pub path: &'static str,
    /// Every argument; `filter.asset` stands inside `filter`.
    pub fields: &'static [(&'static str, Field)],
    /// Changes nothing.
    pub reads: bool,
    /// Takes `multipart/form-data`.
    pub upload: bool,
}

/// One that changes nothing.
pub const fn reads(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: true, upload: false }
}

/// One that changes something.
pub const fn changes(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: false, upload: false }
}

/// One that takes files.
pub const fn upload(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: false, upload: true }
}

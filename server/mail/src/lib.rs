//! Mail: SMTP in and out, MIME, DNS and HTML cleaning. Knows no room and no database.
#![forbid(unsafe_code)]

pub mod compose;
pub mod dns;
pub mod html;
pub mod parse;
pub mod probe;
pub mod smtp_in;
pub mod smtp_out;

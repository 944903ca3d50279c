//! Real mail servers, and a real OpenID provider.

pub mod authority;
pub mod dovecot;
pub mod oidc;
pub mod postfix;
pub mod sink;
pub mod swaks;

pub use authority::Authority;
pub use dovecot::Dovecot;
pub use oidc::OidcProvider;
pub use postfix::{Postfix, PostfixSettings};
pub use sink::Sink;

use std::path::PathBuf;

use anyhow::{Context, Result};

/// Finds a Debian program that may stand outside a user's PATH.
///
/// # Errors
/// A sentence naming the package to install.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/postfix/sbin"];
    folders
        .iter()
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.exists())
        .with_context(|| format!("`{name}` is missing: install Debian's package `{package}`, or run `make test`, which does"))
}

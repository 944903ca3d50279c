//! Second factors and sign-ins as pages show them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ids::PasskeyId, time::Stamp};

/// Recovery codes made at once.
pub const RECOVERY_CODES: usize = 10;
/// Longest name of a passkey.
pub const PASSKEY_NAME_MAX_CHARS: usize = 60;

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// A password alone.
    Password,
    /// Password and a code from an app.
    PasswordTotp,
    /// Password and a recovery code.
    PasswordRecovery,
    /// Password and a passkey.
    PasswordPasskey,
    /// A passkey that checked the person itself.
    Passkey,
    /// Somebody else vouched for them: single sign-on, a cross-launch.
    #[default]
    Elsewhere,
}

impl SignInMethod {
    /// Every one.
    pub const ALL: &'static [Self] =
        &[Self::Password, Self::PasswordTotp, Self::PasswordRecovery, Self::PasswordPasskey, Self::Passkey, Self::Elsewhere];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordTotp => "password+totp",
            Self::PasswordRecovery => "password+recovery",
            Self::PasswordPasskey => "password+passkey",
            Self::Passkey => "passkey",
            Self::Elsewhere => "",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::PasswordTotp => "Password and code",
            Self::PasswordRecovery => "Password and recovery code",
            Self::PasswordPasskey => "Password and passkey",
            Self::Passkey => "Passkey",
            Self::Elsewhere => "Single sign-on",
        }
    }
}

/// The text names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no way of signing in called `{0}`")]
pub struct UnknownMethod(pub String);

impl fmt::Display for SignInMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for SignInMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.iter().copied().find(|one| one.word() == text).ok_or_else(|| UnknownMethod(text.to_owned()))
    }
}

/// One attempt to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInEvent {
    /// When.
    pub at: Stamp,
    /// Network address.
    pub remote_address: String,
    /// Browser, as it names itself, shortened.
    pub user_agent: String,
    /// How; of a failure, what was tried.
    pub method: SignInMethod,
    /// It worked.
    pub succeeded: bool,
}

/// What the second page of signing in may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondStep {
    /// Who is signing in; they typed it a moment ago.
    pub email: String,
    /// An app shows codes.
    pub totp: bool,
    /// There is a passkey.
    pub passkey: bool,
    /// There are recovery codes left.
    pub recovery: bool,
}

/// A picture of squares to be photographed by an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrPicture {
    /// Squares on each side, quiet zone included.
    pub size: u32,
    /// The dark squares as an SVG path in units of one square.
    pub path: String,
}

/// What an app needs to show codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSetup {
    /// The secret in base32, in groups of four, for typing.
    pub secret: String,
    /// `otpauth:` address, for apps on the same device.
    pub uri: String,
    /// The address as a picture.
    pub qr: QrPicture,
}

/// A passkey as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Id.
    pub id: PasskeyId,
    /// Name given by its holder.
    pub name: String,
    /// It is copied to the holder's other devices by whoever keeps it.
    pub synced: bool,
    /// When it was added.
    pub created: Stamp,
    /// Last sign-in with it.
    pub last_used: Option<Stamp>,
}

/// The security of the own account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// There is a password to sign in with.
    pub password: bool,
    /// The person proved who they are a moment ago, so factors can be changed without asking again.
    pub recent: bool,
    /// Since when an app shows codes.
    pub totp: Option<Stamp>,
    /// An app that has not shown a right code yet; only while `recent`.
    pub pending: Option<TotpSetup>,
    /// Passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// Why there can be no passkeys here; empty when there can.
    pub no_passkeys: String,
    /// Recovery codes that have not been used.
    pub recovery_left: u32,
    /// From when on the organisation requires a second factor of this person, who has none.
    pub due: Option<Stamp>,
    /// That moment has passed.
    pub overdue: bool,
}

impl Security {
    /// Whether there is a second factor.
    pub fn has_factor(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_back() {
        for method in SignInMethod::ALL {
            assert_eq!(method.word().parse(), Ok(*method));
        }
        assert!("guess".parse::<SignInMethod>().is_err());
    }
}

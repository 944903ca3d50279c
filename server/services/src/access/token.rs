//! The text inside a link: sealed with the installation's key for one tenant.
//!
//! XChaCha20-Poly1305 authenticates it, so it is a signature and hides the content besides; the tenant is part of the associated data, so a
//! token opens for its own tenant only. Keys are changed as for everything sealed: an old link opens while its key is in the file.

use ::store::SecretBox;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    access::Access,
    ids::{OperatorId, PartnerId, TenantId, UserId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Fault;

/// Longest token that is looked at.
const LONGEST: usize = 1024;

/// Whom a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    /// An operator, who enters with this access or less.
    Operator { id: OperatorId, access: Access },
    /// Somebody of a partner organisation.
    Partner { link: PartnerId, organisation: TenantId, user: UserId, access: Access },
    /// An owner of the tenant itself.
    Owner { user: UserId },
}

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub subject: Subject,
    /// Also the id of the row that lets it work once.
    pub nonce: Uuid,
    pub expires_micros: i64,
}

/// Why a token is not taken. The caller is told one sentence for all of them; the log has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No token of ours, changed on the way, or made for another tenant.
    Foreign,
    /// Too old.
    Expired,
    /// Used before, or its row is gone.
    Used,
    /// Whoever shows it is not who it was made for.
    Stranger,
    /// What it leads to is not allowed any more.
    Revoked,
}

fn place(audience: TenantId) -> String {
    format!("access_link/token/{audience}")
}

/// The token for one tenant. `nonce` are the cipher's random bytes.
///
/// # Errors
/// [`Fault::Store`] when it cannot be sealed.
pub(super) fn seal(secrets: &SecretBox, audience: TenantId, claims: &Claims, nonce: [u8; 24]) -> Result<String, Fault> {
    let plain = serde_json::to_vec(claims).map_err(|_| Fault::Stored { place: "access_link.token" })?;
    Ok(URL_SAFE_NO_PAD.encode(secrets.seal(&plain, &place(audience), nonce)?))
}

/// What a token says, when it was made for this tenant and is not too old.
///
/// # Errors
/// [`Refused::Foreign`] or [`Refused::Expired`].
pub(super) fn open(secrets: &SecretBox, audience: TenantId, token: &str, now: i64) -> Result<Claims, Refused> {
    if token.len() > LONGEST {
        return Err(Refused::Foreign);
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| Refused::Foreign)?;
    let plain = secrets.unseal(&sealed, &place(audience)).map_err(|_| Refused::Foreign)?;
    let claims: Claims = serde_json::from_slice(plain.expose()).map_err(|_| Refused::Foreign)?;
    if claims.expires_micros <= now { Err(Refused::Expired) } else { Ok(claims) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: TenantId = TenantId::new(Uuid::from_u128(1));
    const ZENITH: TenantId = TenantId::new(Uuid::from_u128(2));

    fn keys(byte: u8) -> SecretBox {
        let folder = tempfile::tempdir().unwrap();
        SecretBox::open(&folder.path().join("key"), Some([byte; 32])).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            subject: Subject::Operator { id: OperatorId::new(Uuid::from_u128(9)), access: Access::Full },
            nonce: Uuid::from_u128(5),
            expires_micros: 1_000,
        }
    }

    #[test]
    fn a_token_opens_for_its_tenant_until_its_end() {
        let keys = keys(7);
        let token = seal(&keys, ACME, &claims(), [3; 24]).unwrap();
        let check =
            |audience, token: &str, now, expected: Result<Claims, Refused>| assert_eq!(open(&keys, audience, token, now), expected, "{token} {now}");
        check(ACME, &token, 0, Ok(claims()));
        check(ACME, &token, 999, Ok(claims()));
        check(ACME, &token, 1_000, Err(Refused::Expired));
        check(ACME, &token, i64::MAX, Err(Refused::Expired));
        check(ZENITH, &token, 0, Err(Refused::Foreign));
        check(ACME, "", 0, Err(Refused::Foreign));
        check(ACME, "no-such-token", 0, Err(Refused::Foreign));
        check(ACME, &token[1..], 0, Err(Refused::Foreign));
        check(ACME, &token[..token.len() - 1], 0, Err(Refused::Foreign));
        check(ACME, &format!("{token}AAAA"), 0, Err(Refused::Foreign));
        check(ACME, &"A".repeat(LONGEST + 1), 0, Err(Refused::Foreign));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let keys = keys(7);
        let token = seal(&keys, ACME, &claims(), [3; 24]).unwrap();
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert_eq!(open(&keys, ACME, &changed, 0), Err(Refused::Foreign), "character {at}");
        }
    }

    #[test]
    fn another_installations_token_is_foreign() {
        let token = seal(&keys(8), ACME, &claims(), [3; 24]).unwrap();
        assert_eq!(open(&keys(7), ACME, &token, 0), Err(Refused::Foreign));
    }

    #[test]
    fn a_token_shows_nothing_of_what_it_says() {
        let token = seal(&keys(7), ACME, &claims(), [3; 24]).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("operator"));
    }
}

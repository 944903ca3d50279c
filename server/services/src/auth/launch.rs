//! Signing in by a link that proves who comes, in place of a password: an owner made by provisioning.

use ::store::Tx;
use model::ids::{TenantId, UserId};

use super::{
    sign_in::{SignedIn, open_session},
    store,
};
use crate::{Fault, RequestInfo, Services, people};

/// Opens a session for an owner of this tenant in the transaction that used the link up; `None` when there is no such owner any more.
///
/// # Errors
/// [`Fault::Store`].
pub(crate) async fn open_owner_session(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    owner: UserId,
    info: &RequestInfo,
) -> Result<Option<SignedIn>, Fault> {
    let Some(user) = people::store::find(&services.db, tenant, owner).await? else { return Ok(None) };
    let Some(account) = store::account_by_email(services, &user.email).await? else { return Ok(None) };
    if account.tenant != tenant || account.user != owner || account.role != model::people::Role::Owner {
        return Ok(None);
    }
    if !store::note_sign_in(tx, &account, services.now()).await? {
        return Ok(None);
    }
    open_session(tx, services, account, info).await.map(Some)
}

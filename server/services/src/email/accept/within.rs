//! Accepting a request within a transaction of the caller's: what the caller writes and the mails then stand or fall together.

use store::{Batch, Tx};

use super::{Accepted, AssetRow, Prepared, SendRequest, asset_store, check, drop_files, keep_files, must_be_active, prepare, rows};
use model::Problem;

use crate::{Ctx, Fault, Services};

/// A request that passed, its files stored, its rows not yet.
pub(crate) struct Ready {
    prepared: Prepared,
    batch: Batch,
}

/// [`super::submit`] in two steps, for callers outside of this room who write more in the same transaction. Call [`Ready::write`] next, or
/// [`Ready::discard`].
///
/// # Errors
/// As [`super::submit`]; nothing is left behind.
pub(crate) async fn ready(services: &Services, ctx: &Ctx, request: SendRequest) -> Result<Ready, Fault> {
    let asset = asset_store::find(&services.db, ctx.tenant(), request.asset).await?.ok_or(Problem::NotFound)?;
    make_ready(services, ctx, &asset, request).await
}

/// Checks a request as [`super::submit`] does, without storing anything.
///
/// # Errors
/// As [`super::submit`].
pub(in crate::email) fn rehearse(services: &Services, asset: &AssetRow, request: SendRequest) -> Result<(), Fault> {
    Problem::unless_empty(check::problems(&request))?;
    must_be_active(asset)?;
    prepare(services, asset, request).map(drop)
}

/// Checks a request and stores its files. Call [`Ready::write`] next, or [`Ready::discard`].
///
/// # Errors
/// As [`super::submit`]; nothing is left behind.
pub(in crate::email) async fn make_ready(services: &Services, ctx: &Ctx, asset: &AssetRow, request: SendRequest) -> Result<Ready, Fault> {
    Problem::unless_empty(check::problems(&request))?;
    must_be_active(asset)?;
    let prepared = prepare(services, asset, request)?;
    let batch = rows::batch(services, ctx, &prepared)?;
    if let Err(fault) = keep_files(services, &prepared).await {
        drop_files(services, &prepared).await;
        return Err(fault);
    }
    Ok(Ready { prepared, batch })
}

impl Ready {
    /// Writes the rows; the mails exist once the caller commits.
    ///
    /// # Errors
    /// [`Fault::Store`], after which the transaction is over.
    pub async fn write(&mut self, tx: &mut Tx) -> Result<Accepted, Fault> {
        std::mem::take(&mut self.batch).run_in(tx).await?;
        Ok(self.prepared.accepted.clone())
    }

    /// Removes the files of a request whose rows were not committed.
    pub async fn discard(self, services: &Services) {
        drop_files(services, &self.prepared).await;
    }
}

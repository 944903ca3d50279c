//! The inbound worker: raw mail that the listener committed becomes mails in conversations.
//!
//! Every raw mail has a row in `email_raw_waiting` until the transaction that stores its parts deletes it. A worker that
//! takes one moves its due time ahead, so a mail whose worker died comes back by itself; storing twice is impossible because
//! only one transaction can delete that row.

mod apply;
mod bounce;
mod load;
mod thread;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::load::Loaded;
use super::INBOUND;
use crate::{Fault, Services, clock::SECOND, error::chain};

/// Mails per transaction: few, because the listener waits for the same writer.
const BATCH: u32 = 32;
/// How long a taken mail is a worker's own, in microseconds.
const LEASE_MICROS: i64 = 60 * SECOND;
/// Attempts at reading a mail before it is stored as it is, with its damage told.
const MAX_ATTEMPTS: i64 = 5;

/// Parses received mail. Any number of processes may run one each.
pub struct Worker {
    services: Services,
}

impl Worker {
    /// A worker over all tenants.
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Works until `shutdown`; the batch in hand is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut wake = self.services.db.wake(INBOUND);
        while !shutdown.is_cancelled() {
            match self.step().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::error!(error = %chain(&fault), "received mail cannot be read; trying again"),
            }
            tokio::select! {
                _ = wake.wait(Duration::from_secs(5)) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Parses what is due, one batch; how many mails were taken.
    ///
    /// # Errors
    /// [`Fault::Store`] when the database does not answer. A mail that cannot be stored is no error here: it is tried again.
    pub async fn step(&self) -> Result<usize, Fault> {
        let taken = load::claim(&self.services, BATCH, LEASE_MICROS).await?;
        let count = taken.len();
        let mut loaded = Vec::with_capacity(count);
        for one in taken {
            let (id, attempts) = (one.raw, one.attempts);
            match load::parse(&self.services, one, MAX_ATTEMPTS).await {
                Ok(Some(mail)) => loaded.push(mail),
                // The asset was deleted meanwhile.
                Ok(None) => {}
                Err(fault) => self.put_off(id, attempts, &fault).await?,
            }
        }
        if loaded.is_empty() {
            return Ok(count);
        }
        if let Err(fault) = apply::store(&self.services, &loaded).await {
            tracing::warn!(error = %chain(&fault), mails = loaded.len(), "a batch of received mail is stored one by one");
            self.one_by_one(&loaded).await?;
        }
        Ok(count)
    }

    async fn one_by_one(&self, loaded: &[Loaded]) -> Result<(), Fault> {
        for mail in loaded {
            if let Err(fault) = apply::store(&self.services, std::slice::from_ref(mail)).await {
                apply::drop_files(&self.services, mail).await;
                self.put_off(mail.raw, mail.attempts, &fault).await?;
            }
        }
        Ok(())
    }

    /// Tries again later: 10 s, 20 s, 40 s, … at most an hour.
    async fn put_off(&self, raw: uuid::Uuid, attempts: i64, fault: &Fault) -> Result<(), Fault> {
        tracing::error!(error = %chain(fault), raw = %raw, attempts, "a received mail cannot be stored in parts; it is kept and tried again");
        let wait = (10 * SECOND) << u32::try_from(attempts.clamp(1, 9) - 1).unwrap_or(0);
        load::put_off(&self.services, raw, self.services.now() + wait).await
    }
}

//! Background work of people: imports and the mails of invitations.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{import, invitations};
use crate::{Fault, Services, error::chain};

/// How often the queues are looked at without being woken.
const SWEEP: Duration = Duration::from_secs(5);

/// Takes imports in and writes the mails of invitations. Any number of processes may run one each.
pub struct Worker {
    services: Services,
    stop: CancellationToken,
}

impl Worker {
    /// A worker over all tenants.
    pub fn new(services: Services) -> Self {
        Self { services, stop: CancellationToken::new() }
    }

    /// Works until `shutdown`; the batch in hand is finished first, the rest of an import goes back into the queue.
    pub async fn run(mut self, shutdown: CancellationToken) {
        self.stop = shutdown.clone();
        let (mut imports, mut mails) = (self.services.db.wake(import::QUEUE), self.services.db.wake(invitations::QUEUE));
        while !shutdown.is_cancelled() {
            match self.step().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::error!(error = %chain(&fault), "the queues of people cannot be read; trying again"),
            }
            tokio::select! {
                _ = imports.wait(SWEEP) => {}
                _ = mails.wait(SWEEP) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Does what is due: the mails first, then one import; how many jobs were taken.
    ///
    /// # Errors
    /// [`Fault::Store`] when the database does not answer.
    pub async fn step(&self) -> Result<usize, Fault> {
        Ok(invitations::send_due(&self.services).await? + import::run_due(&self.services, &self.stop).await?)
    }
}

/// Removes imports that nobody needs any more. To be run now and then; tells how many went.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    import::sweep(services).await
}

//! Wake-ups: who waits for rows hears of a commit at once. A hint only; who waits still looks at the rows now and then.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{Db, StoreError, db::Engine};

/// The one PostgreSQL channel; the payload names ours.
pub(crate) const POSTGRES_CHANNEL: &str = "switchboard_wake";

/// Who waits in this process, by channel.
#[derive(Default)]
pub(crate) struct Registry {
    channels: Mutex<HashMap<String, watch::Sender<u64>>>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Registry {
    fn channels(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<u64>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fire(&self, channel: &str) {
        let mut channels = self.channels();
        if let Some(sender) = channels.get(channel) {
            if sender.receiver_count() == 0 {
                channels.remove(channel);
            } else {
                sender.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }

    /// After a gap in listening nobody knows what was missed.
    fn fire_all(&self) {
        self.channels().retain(|_, sender| {
            sender.send_modify(|count| *count = count.wrapping_add(1));
            sender.receiver_count() > 0
        });
    }

    fn subscribe(&self, channel: &str) -> watch::Receiver<u64> {
        let mut channels = self.channels();
        channels.retain(|name, sender| name == channel || sender.receiver_count() > 0);
        channels.entry(channel.to_owned()).or_default().subscribe()
    }

    pub(crate) fn stop(&self) {
        if let Some(task) = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for commits that notified one channel.
pub struct Wake {
    receiver: watch::Receiver<u64>,
}

impl Wake {
    /// Returns at once when the channel was notified since the last call (or since [`Db::wake`]), else at the next
    /// notification, at the latest after `max`. Whether it was notified. May wake for nothing; safe to cancel.
    pub async fn wait(&mut self, max: Duration) -> bool {
        match tokio::time::timeout(max, self.receiver.changed()).await {
            Ok(Ok(())) => true,
            // The database handle is gone: nothing will come, but the caller's pace is kept.
            Ok(Err(_)) => {
                tokio::time::sleep(max).await;
                false
            }
            Err(_) => false,
        }
    }
}

impl Db {
    /// Listens on a channel, such as the name of a queue or `inbox:<tenant>`. On PostgreSQL notifications of other processes
    /// arrive too, over one connection of their own that is made anew when it breaks. Needs a running tokio runtime.
    pub fn wake(&self, channel: &str) -> Wake {
        let receiver = self.wakes().subscribe(channel);
        if let Engine::Postgres { pool } = self.engine() {
            let mut listener = self.wakes().listener.lock().unwrap_or_else(PoisonError::into_inner);
            if listener.as_ref().is_none_or(JoinHandle::is_finished) {
                *listener = Some(tokio::spawn(listen(self.weak(), pool.connect_options().as_ref().clone())));
            }
        }
        Wake { receiver }
    }

    /// Wakes a channel without a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] and [`StoreError::Busy`] on PostgreSQL; never on SQLite.
    pub async fn notify(&self, channel: &str) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite { .. } => self.wakes().fire(channel),
            Engine::Postgres { .. } => {
                self.read_all(crate::dialect::NOTIFY, crate::args![POSTGRES_CHANNEL, channel]).await?;
            }
        }
        Ok(())
    }
}

async fn listen(db: crate::db::WeakDb, options: sqlx::postgres::PgConnectOptions) {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);
    // A pool of its own, because a listener keeps its connection for good.
    let pool: PgPool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(options);
    let mut pause = SHORTEST;
    loop {
        match listen_once(&db, &pool, &mut pause).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "listening for notifications broke off; trying again"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// `Ok` when the database handle is gone.
async fn listen_once(db: &crate::db::WeakDb, pool: &PgPool, pause: &mut Duration) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(POSTGRES_CHANNEL).await?;
    *pause = Duration::from_millis(100);
    match db.upgrade() {
        Some(db) => db.wakes().fire_all(),
        None => return Ok(()),
    }
    loop {
        let heard = listener.try_recv().await?;
        let Some(db) = db.upgrade() else { return Ok(()) };
        match heard {
            Some(notification) => db.wakes().fire(notification.payload()),
            None => db.wakes().fire_all(),
        }
    }
}

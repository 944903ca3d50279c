//! Live events from a use case to the open pages of a tenant.
//!
//! An event is a word, carried by the store's wake-ups: it goes out with the commit of the change, to every process on the same
//! PostgreSQL, and two of a kind that nobody has heard yet are one. Like every wake-up it may come for nothing (after a gap in listening
//! nobody knows what was missed), so a page that hears one looks before it does anything.

use std::time::Duration;

use ::store::{Db, Tx, Wake};
use futures::{
    StreamExt,
    stream::{BoxStream, SelectAll, unfold},
};
use model::{ids::TenantId, live::Kind};

/// The longest that one wait of a wake-up lasts; the next one begins at once.
const WAIT: Duration = Duration::from_secs(3600);

/// Tells every open page of the tenant, once this transaction is committed.
pub fn publish(tx: &mut Tx, tenant: TenantId, kind: Kind) {
    tx.notify(&channel(tenant, kind));
}

fn channel(tenant: TenantId, kind: Kind) -> String {
    format!("live:{tenant}:{kind}")
}

/// Hears the events of one tenant.
pub struct Subscription {
    kinds: SelectAll<BoxStream<'static, Kind>>,
}

impl Subscription {
    /// Hears everything that is published from now on. Needs a running tokio runtime.
    pub fn open(db: &Db, tenant: TenantId) -> Self {
        let kinds = Kind::ALL.into_iter().map(|kind| heard(db.wake(&channel(tenant, kind)), kind).boxed());
        Self { kinds: kinds.collect() }
    }

    /// The next event; `None` when none came within `patience`. Safe to cancel.
    pub async fn next(&mut self, patience: Duration) -> Option<Kind> {
        tokio::time::timeout(patience, self.kinds.next()).await.ok().flatten()
    }
}

fn heard(wake: Wake, kind: Kind) -> impl futures::Stream<Item = Kind> + Send {
    unfold(wake, move |mut wake| async move {
        while !wake.wait(WAIT).await {}
        Some((kind, wake))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{services, worlds};

    const SOON: Duration = Duration::from_secs(5);
    const NOTHING: Duration = Duration::from_millis(300);

    /// PostgreSQL's listener wakes everybody once when it is ready.
    async fn settled(subscription: &mut Subscription) {
        while subscription.next(Duration::from_millis(800)).await.is_some() {}
    }

    #[tokio::test]
    async fn an_event_goes_out_with_the_commit_to_its_tenant_alone_and_to_every_process() {
        for (name, world) in worlds().await {
            let (acme, zenith) = (world.acme.tenant, world.zenith.tenant);
            let other = if name == "postgres" { ::store::Db::open(world.db.url()).await.unwrap() } else { services(&world.db).await.db };
            let mut here = Subscription::open(&world.services.db, acme);
            let mut there = Subscription::open(&other, acme);
            let mut stranger = Subscription::open(&world.services.db, zenith);
            settled(&mut here).await;
            settled(&mut there).await;
            settled(&mut stranger).await;
            let mut tx = world.services.db.write().await.unwrap();
            publish(&mut tx, acme, Kind::AccessChanged);
            publish(&mut tx, acme, Kind::AccessChanged);
            assert_eq!(here.next(NOTHING).await, None, "{name}: not before the commit");
            tx.commit().await.unwrap();
            assert_eq!(here.next(SOON).await, Some(Kind::AccessChanged), "{name}");
            assert_eq!(there.next(SOON).await, Some(Kind::AccessChanged), "{name}: the other process");
            // On PostgreSQL a process hears its own word once more from the database: never another one.
            assert!(matches!(here.next(NOTHING).await, None | Some(Kind::AccessChanged)), "{name}: nothing else");
            assert_eq!(stranger.next(NOTHING).await, None, "{name}: another tenant");
        }
    }

    #[tokio::test]
    async fn what_is_rolled_back_was_never_told() {
        for (name, world) in worlds().await {
            let mut here = Subscription::open(&world.services.db, world.acme.tenant);
            settled(&mut here).await;
            let mut tx = world.services.db.write().await.unwrap();
            publish(&mut tx, world.acme.tenant, Kind::TenantChanged);
            tx.rollback().await.unwrap();
            assert_eq!(here.next(NOTHING).await, None, "{name}");
        }
    }
}

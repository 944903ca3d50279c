//! Wake-ups.

use std::time::Duration;

use store::{Db, testing::databases};

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_commit_wakes_who_waits_and_nobody_else() {
    for (name, db) in databases().await {
        let (mut inbox, mut other) = (db.wake("inbox"), db.wake("other"));
        // The listener tells everybody once when its connection stands.
        while inbox.wait(SHORT).await {}
        while other.wait(SHORT).await {}
        let mut tx = db.write().await.unwrap();
        tx.notify("inbox");
        assert!(!inbox.wait(SHORT).await, "{name}: not before the commit");
        tx.commit().await.unwrap();
        assert!(inbox.wait(LONG).await, "{name}");
        assert!(!other.wait(SHORT).await, "{name}");
        let mut undone = db.write().await.unwrap();
        while inbox.wait(SHORT).await {}
        undone.notify("inbox");
        drop(undone);
        assert!(!inbox.wait(SHORT).await, "{name}");
        db.notify("inbox").await.unwrap();
        assert!(inbox.wait(LONG).await, "{name}");
    }
}

#[tokio::test]
async fn another_process_is_heard_on_postgres_also_after_its_connection_broke() {
    let databases = databases().await;
    let (_, db) = &databases[1];
    let other = Db::open(db.url()).await.unwrap();
    let mut wake = db.wake("inbox");
    while wake.wait(SHORT).await {}
    let mut tx = other.write().await.unwrap();
    tx.notify("inbox");
    tx.commit().await.unwrap();
    assert!(wake.wait(LONG).await);
    while wake.wait(SHORT).await {}
    let kill = store::sql!(
        sqlite: "SELECT 1",
        postgres: "SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    );
    assert_eq!(other.read_all(kill, store::args![]).await.unwrap().len(), 1);
    // Reconnected: everybody is woken, for what may have been missed.
    assert!(wake.wait(LONG).await);
    while wake.wait(SHORT).await {}
    other.notify("inbox").await.unwrap();
    assert!(wake.wait(LONG).await);
    other.close().await;
}

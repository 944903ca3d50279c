//! Group commit.

use std::{sync::Arc, time::Instant};

use store::{Batch, Db, GroupWriter, StoreError, args, sql, testing::databases};

async fn tables(db: &Db) {
    db.execute(sql!("CREATE TABLE send (id TEXT PRIMARY KEY, content TEXT NOT NULL)"), args![]).await.unwrap();
    let message = sql!("CREATE TABLE message (id TEXT PRIMARY KEY, send_id TEXT NOT NULL REFERENCES send (id), status TEXT NOT NULL)");
    db.execute(message, args![]).await.unwrap();
}

fn batch(n: usize, content: &str) -> Batch {
    let (send, message) = (format!("s{n}"), format!("m{n}"));
    Batch::new()
        .with(sql!("INSERT INTO send (id, content) VALUES ($1, $2)"), args![&send, content])
        .with(sql!("INSERT INTO message (id, send_id, status) VALUES ($1, $2, 'queued')"), args![&message, &send])
}

async fn count(db: &Db) -> (i64, i64) {
    let row = db.read_one(sql!("SELECT (SELECT count(*) FROM send) AS sends, (SELECT count(*) FROM message) AS messages"), args![]).await.unwrap();
    (row.int("sends").unwrap(), row.int("messages").unwrap())
}

#[tokio::test]
async fn everybody_is_answered_after_the_commit() {
    for (name, db) in databases().await {
        tables(&db).await;
        let group = GroupWriter::start(db.clone());
        let mut tasks = Vec::new();
        for n in 0..500 {
            let (group, db) = (group.clone(), db.clone());
            tasks.push(tokio::spawn(async move {
                group.write(batch(n, "x")).await.unwrap();
                let seen = db.read_optional(sql!("SELECT id FROM message WHERE send_id = $1"), args![format!("s{n}")]).await.unwrap();
                assert!(seen.is_some());
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(count(&db).await, (500, 500), "{name}");
    }
}

#[tokio::test]
async fn a_bad_batch_fails_alone_and_whole() {
    for (name, db) in databases().await {
        tables(&db).await;
        db.execute(sql!("INSERT INTO send (id, content) VALUES ('s7', 'first')"), args![]).await.unwrap();
        let group = GroupWriter::start(db.clone());
        let results = (0..40).map(|n| {
            let batch = match n {
                13 => batch(n, "x").with(sql!("INSERT INTO message (id, send_id, status) VALUES ($1, $2, $3)"), args!["orphan", "nobody", "x"]),
                _ => batch(n, "x"),
            };
            let group = group.clone();
            tokio::spawn(async move { group.write(batch).await })
        });
        let results: Vec<_> = results.collect();
        for (n, result) in results.into_iter().enumerate() {
            match (n, result.await.unwrap()) {
                (7, Err(StoreError::Conflict { constraint })) => assert_eq!(constraint, "send_pkey"),
                (13, Err(StoreError::Reference)) => {}
                (7 | 13, other) => panic!("{name}: {n} gave {other:?}"),
                (_, result) => result.unwrap(),
            }
        }
        assert_eq!(count(&db).await, (39, 38), "{name}");
    }
}

#[tokio::test]
async fn what_was_handed_in_is_written_though_nobody_waits() {
    for (name, db) in databases().await {
        tables(&db).await;
        let group = GroupWriter::start(db.clone());
        let mut wake = db.wake("done");
        // The listener of PostgreSQL tells everybody once when its connection stands.
        while wake.wait(std::time::Duration::from_millis(200)).await {}
        let write = group.write(batch(1, "x").wake("done"));
        // Polled once, then dropped.
        assert!(tokio::time::timeout(std::time::Duration::ZERO, write).await.is_err(), "{name}");
        drop(group);
        assert!(wake.wait(std::time::Duration::from_secs(5)).await, "{name}");
        assert_eq!(count(&db).await, (1, 1), "{name}");
    }
}

/// Not a bar, a measurement: printed with `--nocapture`.
#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_accepted_mails_is_measured() {
    const MAILS: usize = 4000;
    const CALLERS: usize = 400;
    for (name, db) in databases().await {
        tables(&db).await;
        let group = GroupWriter::start(db.clone());
        let content: Arc<str> = "x".repeat(4096).into();
        let start = Instant::now();
        let mut tasks = Vec::new();
        for caller in 0..CALLERS {
            let (group, content) = (group.clone(), Arc::clone(&content));
            tasks.push(tokio::spawn(async move {
                for n in 0..MAILS / CALLERS {
                    group.write(batch(caller * 1000 + n, &content)).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let rate = MAILS as f64 / start.elapsed().as_secs_f64();
        println!("{name}: {rate:.0} mails of 4 KB in two rows each per second, {CALLERS} callers");
        let stored = i64::try_from(MAILS).unwrap();
        assert_eq!(count(&db).await, (stored, stored), "{name}");
    }
}

//! The job queue.

use std::collections::BTreeSet;

use store::{
    Db,
    jobs::{self, Depth, Job, NewJob},
    testing::migrated,
};

fn new(n: u32, run_at_micros: i64) -> NewJob {
    NewJob { id: format!("{n:06}"), queue: "mail", payload: format!("{{\"n\":{n}}}"), run_at_micros, unique_key: None, now_micros: 0 }
}

async fn enqueue(db: &Db, job: NewJob) -> bool {
    let mut tx = db.write().await.unwrap();
    let added = jobs::enqueue(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    added
}

async fn complete(db: &Db, job: &Job) -> bool {
    let mut tx = db.write().await.unwrap();
    let done = jobs::complete(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn ids(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.id.as_str()).collect()
}

#[tokio::test]
async fn due_jobs_come_in_the_order_of_their_time() {
    for (name, db) in migrated().await {
        for (n, run_at) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
            assert!(enqueue(&db, new(n, run_at)).await, "{name}");
        }
        assert_eq!(ids(&jobs::claim(&db, "other", "me", 10, 50, 100).await.unwrap()), [""; 0], "{name}");
        assert_eq!(ids(&jobs::claim(&db, "mail", "me", 2, 50, 100).await.unwrap()), ["000002", "000003"], "{name}");
        assert_eq!(ids(&jobs::claim(&db, "mail", "me", 2, 50, 100).await.unwrap()), ["000001"], "{name}");
        assert_eq!(ids(&jobs::claim(&db, "mail", "me", 2, 50, 100).await.unwrap()), [""; 0], "{name}");
        let depths = jobs::depths(&db).await.unwrap();
        assert_eq!(depths, [("mail".to_owned(), Depth { queued: 1, running: 3, dead: 0 })], "{name}");
    }
}

#[tokio::test]
async fn no_job_is_given_twice_to_two_processes() {
    for (name, db) in migrated().await {
        for n in 0..300 {
            enqueue(&db, new(n, 0)).await;
        }
        let other = Db::open(db.url()).await.unwrap();
        let mut workers = Vec::new();
        for n in 0..8 {
            let db = if n % 2 == 0 { db.clone() } else { other.clone() };
            workers.push(tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = jobs::claim(&db, "mail", &format!("worker {n}"), 7, 1, 1_000_000).await.unwrap();
                    assert!(claimed.len() <= 7, "{}", claimed.len());
                    if claimed.is_empty() {
                        return mine;
                    }
                    for job in claimed {
                        assert!(complete(&db, &job).await);
                        mine.push(job.id);
                    }
                }
            }));
        }
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        assert_eq!(all.len(), 300, "{name}");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 300, "{name}");
        assert!(jobs::depths(&db).await.unwrap().is_empty(), "{name}");
        other.close().await;
    }
}

#[tokio::test]
async fn an_abandoned_job_is_claimed_again_and_its_old_owner_is_told() {
    for (name, db) in migrated().await {
        enqueue(&db, new(1, 0)).await;
        // The first owner's process ends between claim and completion.
        let killed = Db::open(db.url()).await.unwrap();
        let first = jobs::claim(&killed, "mail", "killed", 1, 10, 100).await.unwrap().remove(0);
        killed.close().await;
        assert!(jobs::claim(&db, "mail", "next", 1, 109, 100).await.unwrap().is_empty(), "{name}: the lease runs");
        let second = jobs::claim(&db, "mail", "next", 1, 110, 100).await.unwrap().remove(0);
        assert_eq!((first.attempt, second.attempt, &first.payload), (1, 2, &second.payload), "{name}");
        assert!(!jobs::renew(&db, &first, 999).await.unwrap(), "{name}");
        assert!(!complete(&db, &first).await, "{name}");
        assert!(jobs::renew(&db, &second, 1000).await.unwrap(), "{name}");
        assert!(jobs::claim(&db, "mail", "third", 1, 999, 100).await.unwrap().is_empty(), "{name}: renewed");
        assert!(complete(&db, &second).await, "{name}");
        assert!(!complete(&db, &second).await, "{name}");
    }
}

#[tokio::test]
async fn a_process_that_starts_again_takes_back_what_it_held() {
    for (name, db) in migrated().await {
        enqueue(&db, new(1, 0)).await;
        enqueue(&db, new(2, 0)).await;
        jobs::claim(&db, "mail", "one", 1, 10, 100).await.unwrap();
        jobs::claim(&db, "mail", "two", 1, 10, 100).await.unwrap();
        assert_eq!(jobs::take_back(&db, "other", "one", 20).await.unwrap(), 0, "{name}");
        assert_eq!(jobs::take_back(&db, "mail", "one", 20).await.unwrap(), 1, "{name}");
        assert_eq!(ids(&jobs::claim(&db, "mail", "one", 9, 20, 100).await.unwrap()), ["000001"], "{name}: the other's lease runs");
    }
}

#[tokio::test]
async fn retry_waits_and_fail_keeps_the_dead() {
    for (name, db) in migrated().await {
        enqueue(&db, new(1, 0)).await;
        let job = jobs::claim(&db, "mail", "me", 1, 10, 100).await.unwrap().remove(0);
        let mut tx = db.write().await.unwrap();
        assert!(jobs::retry(&mut tx, &job, 50, "451 later").await.unwrap());
        tx.commit().await.unwrap();
        assert!(jobs::claim(&db, "mail", "me", 1, 49, 100).await.unwrap().is_empty(), "{name}");
        let job = jobs::claim(&db, "mail", "me", 1, 50, 100).await.unwrap().remove(0);
        assert_eq!(job.attempt, 2);
        let mut tx = db.write().await.unwrap();
        assert!(jobs::fail(&mut tx, &job, &"ü".repeat(3000)).await.unwrap());
        tx.commit().await.unwrap();
        let dead = jobs::dead(&db, "mail", None, 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].attempts, dead[0].last_error.len()), (1, 2, 2000), "{name}");
        assert!(jobs::dead(&db, "mail", Some("000001"), 10).await.unwrap().is_empty(), "{name}");
        let mut tx = db.write().await.unwrap();
        assert!(jobs::revive(&mut tx, "000001", 60).await.unwrap());
        assert!(!jobs::revive(&mut tx, "000001", 60).await.unwrap());
        assert!(!jobs::discard(&mut tx, "000001").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(jobs::claim(&db, "mail", "me", 1, 60, 100).await.unwrap()[0].attempt, 3, "{name}");
    }
}

#[tokio::test]
async fn a_unique_key_holds_while_the_job_waits() {
    for (name, db) in migrated().await {
        let keyed = |n| NewJob { unique_key: Some("thread 7".into()), ..new(n, 0) };
        assert!(enqueue(&db, keyed(1)).await, "{name}");
        assert!(!enqueue(&db, keyed(2)).await, "{name}");
        assert!(enqueue(&db, NewJob { queue: "other", ..keyed(3) }).await, "{name}");
        let running = jobs::claim(&db, "mail", "me", 1, 1, 100).await.unwrap().remove(0);
        assert!(enqueue(&db, keyed(4)).await, "{name}: the running one may have read too early");
        // The running one must wait again, but the new one will do its work.
        let mut tx = db.write().await.unwrap();
        assert!(jobs::retry(&mut tx, &running, 1, "later").await.unwrap(), "{name}");
        tx.commit().await.unwrap();
        assert_eq!(ids(&jobs::claim(&db, "mail", "me", 9, 1, 100).await.unwrap()), ["000004"], "{name}");
    }
}

#[tokio::test]
async fn an_undone_cause_leaves_no_job() {
    for (name, db) in migrated().await {
        let mut tx = db.write().await.unwrap();
        jobs::enqueue(&mut tx, new(1, 0)).await.unwrap();
        drop(tx);
        assert!(jobs::claim(&db, "mail", "me", 1, 1, 100).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn claiming_uses_its_indexes() {
    let databases = migrated().await;
    let (_, db) = &databases[0];
    let plan = store::sql!(
        sqlite: "EXPLAIN QUERY PLAN SELECT id FROM job WHERE queue = $1 AND status = 'queued' AND run_at_micros <= $2 ORDER BY run_at_micros, id LIMIT 1",
        postgres: "SELECT $1 || $2"
    );
    let rows = db.read_all(plan, store::args!["mail", 1]).await.unwrap();
    let plan: Vec<_> = rows.iter().map(|row| row.text("detail").unwrap()).collect();
    assert_eq!(plan, ["SEARCH job USING COVERING INDEX job_due (queue=? AND run_at_micros<?)"]);
}

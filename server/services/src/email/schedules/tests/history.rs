//! What is kept of runs, and who is told of them.

use std::time::Duration;

use ::store::{args, sql};
use model::{
    email::schedule::{KEPT_RUNS, RunOutcome},
    live::Kind,
};

use super::super::*;
use super::{Office, cron, daily};
use crate::{
    clock::MINUTE,
    events::Subscription,
    testing::{must, worlds},
};

#[tokio::test]
async fn the_newest_lines_of_the_history_are_kept() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-10-24T08:00:00Z").await;
        let (services, tenant) = (&office.world.services, office.ctx.tenant());
        let (full, other) = (office.schedule(cron("* * * * *")).await, office.schedule(daily("09:00")).await);
        let mut tx = services.db.write().await.unwrap();
        for (id, lines) in [(other, 3), (full, KEPT_RUNS)] {
            let (stored, _) = must(store::find_in(&mut tx, tenant, id).await, name).unwrap();
            for line in 0..lines {
                let at = services.now() - (lines - line) * MINUTE;
                let run = store::NewRun { due: Some(at), at, outcome: RunOutcome::Sent, sentence: format!("Line {line}."), message: None };
                must(store::insert_run(services, &mut tx, &stored, run).await, name);
            }
        }
        tx.commit().await.unwrap();
        office.at("2026-10-24T08:01:00Z");
        assert_eq!(office.sweep().await, 1, "{name}");
        for (id, lines) in [(full, KEPT_RUNS), (other, 3)] {
            let counted = sql!("SELECT count(*) AS runs FROM email_schedule_run WHERE schedule_id = $1");
            let counted = services.db.read_one(counted, args![id.uuid()]).await.unwrap();
            assert_eq!(counted.int("runs").unwrap(), lines, "{name}");
        }
        let gone = sql!("SELECT count(*) AS runs FROM email_schedule_run WHERE schedule_id = $1 AND sentence = 'Line 0.'");
        assert_eq!(services.db.read_one(gone, args![full.uuid()]).await.unwrap().int("runs").unwrap(), 0, "{name}: the oldest one went");
        assert_eq!(office.history(full).await[0], (RunOutcome::Sent, String::new()), "{name}: the newest one came");
    }
}

#[tokio::test]
async fn open_pages_are_told_of_a_run() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-10-24T08:00:00Z").await;
        let services = &office.world.services;
        let id = office.schedule(cron("* * * * *")).await;
        let mut heard = Subscription::open(&services.db, office.ctx.tenant());
        let mut stranger = Subscription::open(&services.db, office.world.zenith.tenant);
        // PostgreSQL's listener wakes everybody once when it is ready.
        for subscription in [&mut heard, &mut stranger] {
            while subscription.next(Duration::from_millis(800)).await.is_some() {}
        }
        office.at("2026-10-24T08:01:00Z");
        assert_eq!(office.sweep().await, 1, "{name}");
        assert_eq!(heard.next(Duration::from_secs(5)).await, Some(Kind::SchedulesChanged), "{name}: by its time");
        while heard.next(Duration::from_millis(300)).await.is_some() {}
        must(run_now(services, &office.ctx, id).await, name);
        assert_eq!(heard.next(Duration::from_secs(5)).await, Some(Kind::SchedulesChanged), "{name}: by hand");
        while heard.next(Duration::from_millis(300)).await.is_some() {}
        must(set_paused(services, &office.ctx, id, true).await, name);
        assert_eq!(heard.next(Duration::from_secs(5)).await, Some(Kind::SchedulesChanged), "{name}: by a change");
        assert_eq!(stranger.next(Duration::from_millis(300)).await, None, "{name}: another tenant");
    }
}

mod changes;
mod history;

use ::store::{args, sql};
use jiff::Timestamp;
use model::{
    Problem,
    email::{
        schedule::{RunOutcome, ScheduleDetail, ScheduleForm, ScheduleStatus},
        send::{ComposeForm, MessageFilter},
    },
    ids::{AssetId, ScheduleId},
};

use super::*;
use crate::{
    clock::MINUTE,
    email::{
        assets,
        fixtures::{SmtpStub, asset, other_process, quick, run_outbox, wait_status},
        sending::{self, Upload},
    },
    testing::{World, must, refusal, worlds},
};

fn daily(time: &str) -> ScheduleForm {
    ScheduleForm { when: "repeat".into(), repeats: "daily".into(), time: time.into(), ..ScheduleForm::default() }
}

fn cron(text: &str) -> ScheduleForm {
    ScheduleForm { when: "repeat".into(), repeats: "cron".into(), cron: text.into(), ..ScheduleForm::default() }
}

fn once(date: &str, time: &str) -> ScheduleForm {
    ScheduleForm { when: "later".into(), date: date.into(), time: time.into(), ..ScheduleForm::default() }
}

fn letter(asset: AssetId) -> ComposeForm {
    ComposeForm {
        asset: asset.to_string(),
        to: "ann@out.example".into(),
        subject: "Reminder".into(),
        text: "Good day.".into(),
        ..ComposeForm::default()
    }
}

/// An office in Europe/London, its asset, and the time it is.
struct Office {
    world: World,
    ctx: Ctx,
    asset: AssetId,
    stub: SmtpStub,
}

impl Office {
    async fn open(world: World, now: &str) -> Self {
        let ctx = world.acme.owner();
        let stub = SmtpStub::obliging().await;
        let asset = asset(&world.services, &ctx, "support@acme.example", stub.address).await;
        let office = Self { world, ctx, asset, stub };
        office.at(now);
        office
    }

    /// Sets the clock.
    fn at(&self, utc: &str) {
        self.world.advance(utc.parse::<Timestamp>().unwrap().as_microsecond() - self.world.services.now());
    }

    async fn schedule(&self, form: ScheduleForm) -> ScheduleId {
        must(create(&self.world.services, &self.ctx, letter(self.asset), form, Vec::new()).await, "a schedule")
    }

    async fn detail(&self, id: ScheduleId) -> ScheduleDetail {
        must(get(&self.world.services, &self.ctx, id, "").await, "the schedule")
    }

    /// What ran since, at this moment of the clock.
    async fn sweep(&self) -> usize {
        must(run_due(&self.world.services).await, "a look at the schedules").runs
    }

    async fn next(&self, id: ScheduleId) -> String {
        self.detail(id).await.row.next.map(|next| format!("{} {}", next.text, next.offset)).unwrap_or_default()
    }

    async fn mails(&self) -> usize {
        must(sending::list(&self.world.services, &self.ctx, &MessageFilter::default()).await, "the sent mails").items.len()
    }

    async fn history(&self, id: ScheduleId) -> Vec<(RunOutcome, String)> {
        self.detail(id).await.runs.items.into_iter().map(|run| (run.outcome, run.sentence)).collect()
    }
}

#[tokio::test]
async fn half_past_nine_runs_at_half_past_nine_over_both_changes() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-10-24T08:00:00Z").await;
        let id = office.schedule(daily("09:30")).await;
        assert_eq!(office.next(id).await, "2026-10-24 09:30:00 UTC+01:00", "{name}");
        assert_eq!(office.sweep().await, 0, "{name}: not before its time");
        for (now, next, mails) in [
            ("2026-10-24T08:30:00Z", "2026-10-25 09:30:00 UTC+00:00", 1),
            ("2026-10-25T08:30:00Z", "2026-10-25 09:30:00 UTC+00:00", 1),
            ("2026-10-25T09:30:00Z", "2026-10-26 09:30:00 UTC+00:00", 2),
        ] {
            office.at(now);
            office.sweep().await;
            assert_eq!((office.next(id).await.as_str(), office.mails().await), (next, mails), "{name} {now}");
        }
        office.at("2027-03-27T12:00:00Z");
        office.sweep().await;
        office.at("2027-03-28T08:29:59Z");
        assert_eq!(office.sweep().await, 0, "{name}");
        office.at("2027-03-28T08:30:00Z");
        assert_eq!(office.sweep().await, 1, "{name}: an hour earlier in UTC");
        assert_eq!(office.next(id).await, "2027-03-29 09:30:00 UTC+01:00", "{name}");
    }
}

#[tokio::test]
async fn a_skipped_time_and_a_doubled_one_run_once() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-03-28T12:00:00Z").await;
        let id = office.schedule(daily("01:30")).await;
        assert_eq!(office.next(id).await, "2026-03-29 02:00:00 UTC+01:00", "{name}");
        let shown = office.detail(id).await;
        assert!(shown.upcoming[0].note.contains("01:30 does not exist"), "{name}: {:?}", shown.upcoming);
        assert_eq!(shown.upcoming.len(), 5, "{name}");
        for now in ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"] {
            office.at(now);
            office.sweep().await;
        }
        assert_eq!(office.mails().await, 1, "{name}");
        office.at("2026-10-24T13:00:00Z");
        office.sweep().await;
        let before = office.mails().await;
        for now in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"] {
            office.at(now);
            office.sweep().await;
        }
        assert_eq!(office.mails().await, before + 1, "{name}");
    }
}

#[tokio::test]
async fn a_run_is_an_ordinary_mail_with_its_files_and_leads_there_from_the_history() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-10-24T08:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let form = ComposeForm { text: String::new(), html: "<p>Hi <img src=\"data:image/png;base64,AAEC\"></p>".into(), ..letter(office.asset) };
        let file = Upload { name: "map.txt".into(), mimetype: "text/plain".into(), bytes: b"Second floor".to_vec() };
        let id = must(create(services, ctx, form, once("2026-10-25", "09:30"), vec![file]).await, name);
        let shown = office.detail(id).await;
        assert!(shown.html.contains("data:image/png;base64,AAEC"), "{name}: {}", shown.html);
        assert_eq!(shown.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["map.txt"], "{name}");
        office.at("2026-10-25T09:30:00Z");
        assert_eq!(office.sweep().await, 1, "{name}");
        let after = office.detail(id).await;
        assert_eq!((after.row.status, after.row.next.is_none(), after.upcoming.len()), (ScheduleStatus::Finished, true, 0), "{name}");
        let message = after.runs.items[0].message.unwrap();
        let worker = run_outbox(services, quick());
        wait_status(services, message, model::email::send::MessageStatus::Submitted).await;
        worker.stop().await;
        let sent = must(sending::get(services, ctx, message).await, name);
        assert_eq!((sent.row.to.as_str(), sent.row.subject.as_str()), ("ann@out.example", "Reminder"), "{name}");
        assert_eq!(sent.attachments.len(), 2, "{name}: the file and the picture");
        let data = office.stub.taken()[0].data.clone();
        assert!(data.contains("map.txt") && data.contains("cid:image1."), "{name}: {data}");
        must(delete(services, ctx, id).await, name);
        office.world.advance(MINUTE);
        must(crate::email::cleanup::run_due(services).await, name);
        assert!(matches!(refusal(get(services, ctx, id, "").await), Problem::NotFound), "{name}");
        assert_eq!(must(sending::get(services, ctx, message).await, name).attachments.len(), 2, "{name}: the mail keeps its own copies");
        let left = services.db.read_one(sql!("SELECT count(*) AS files FROM email_attachment WHERE owner_kind = 'schedule'"), args![]).await.unwrap();
        assert_eq!(left.int("files").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn missed_runs_make_one_mail_or_none() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let caught = office.schedule(daily("09:30")).await;
        let skipped = office.schedule(ScheduleForm { missed: "skip".into(), ..daily("09:30") }).await;
        let lost = office.schedule(ScheduleForm { missed: "skip".into(), ..once("2026-06-02", "09:30") }).await;
        // The server comes back on the third day, after three times have passed.
        office.at("2026-06-03T12:00:00Z");
        assert_eq!(office.sweep().await, 3, "{name}");
        assert_eq!(office.sweep().await, 0, "{name}");
        assert_eq!(office.mails().await, 1, "{name}");
        assert_eq!(
            office.history(caught).await,
            [(
                RunOutcome::CaughtUp,
                "The server did not run at 2026-06-01 09:30:00 UTC+01:00: sent as soon as it was back. 2 further runs were left out.".to_owned()
            )],
            "{name}"
        );
        assert_eq!(
            office.history(skipped).await,
            [(RunOutcome::Skipped, "The server did not run at 2026-06-01 09:30:00 UTC+01:00: 3 runs were left out.".to_owned())],
            "{name}"
        );
        let lost = office.detail(lost).await.row;
        assert_eq!(lost.status, ScheduleStatus::Finished, "{name}");
        assert!(lost.note.ends_with("1 run was left out."), "{name}: {}", lost.note);
        for id in [caught, skipped] {
            assert_eq!(office.next(id).await, "2026-06-04 09:30:00 UTC+01:00", "{name}");
        }
        // A restart takes less than five minutes: that is no missed run, whatever the policy.
        office.at("2026-06-04T08:34:00Z");
        assert_eq!(office.sweep().await, 2, "{name}");
        assert_eq!(office.history(skipped).await[0], (RunOutcome::Sent, String::new()), "{name}");
        // A run every minute is not made up for minute by minute either.
        let minutely = office.schedule(cron("* * * * *")).await;
        office.at("2026-06-04T08:38:00Z");
        assert_eq!(office.sweep().await, 1, "{name}");
        assert_eq!(office.history(minutely).await, [(RunOutcome::Sent, "3 further runs were left out.".to_owned())], "{name}");
    }
}

#[tokio::test]
async fn paused_means_nothing_is_sent_and_nothing_is_made_up_for() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let id = office.schedule(daily("09:30")).await;
        must(set_paused(services, ctx, id, true).await, name);
        assert!(office.detail(id).await.upcoming.is_empty(), "{name}");
        office.at("2026-06-03T12:00:00Z");
        assert_eq!(office.sweep().await, 0, "{name}");
        must(set_paused(services, ctx, id, false).await, name);
        assert_eq!((office.sweep().await, office.next(id).await.as_str()), (0, "2026-06-04 09:30:00 UTC+01:00"), "{name}");
        let message = must(run_now(services, ctx, id).await, name);
        assert_eq!(must(sending::get(services, ctx, message).await, name).row.subject, "Reminder", "{name}");
        assert_eq!(office.history(id).await[0], (RunOutcome::Manual, format!("Asked for by {}.", ctx.actor())), "{name}");
        assert_eq!(office.next(id).await, "2026-06-04 09:30:00 UTC+01:00", "{name}: its next run stays");
        let actions =
            services.db.read_all(sql!("SELECT action FROM audit_entry WHERE subject_kind = 'email_schedule' ORDER BY id"), args![]).await.unwrap();
        let mut actions: Vec<_> = actions.iter().map(|row| row.text("action").unwrap()).collect();
        actions.sort();
        assert_eq!(actions, ["email.schedule.created", "email.schedule.paused", "email.schedule.resumed", "email.schedule.run"], "{name}");
        let last = office.schedule(once("2026-06-03", "14:00")).await;
        must(set_paused(services, ctx, last, true).await, name);
        office.at("2026-06-05T00:00:00Z");
        let problem = refusal(set_paused(services, ctx, last, false).await);
        assert!(problem.message().contains("Its time has passed"), "{name}: {problem}");
    }
}

#[tokio::test]
async fn three_failures_in_a_row_stop_a_schedule_and_a_cure_starts_it() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let id = office.schedule(daily("09:30")).await;
        let single = office.schedule(once("2026-06-01", "10:00")).await;
        must(assets::set_active(services, ctx, office.asset, false).await, name);
        for day in 1..=2 {
            office.at(&format!("2026-06-0{day}T12:00:00Z"));
            office.sweep().await;
            assert_eq!(office.detail(id).await.row.status, ScheduleStatus::Active, "{name}");
        }
        office.at("2026-06-03T08:30:00Z");
        assert_eq!(office.sweep().await, 1, "{name}");
        let stopped = office.detail(id).await;
        assert_eq!((stopped.row.status, office.mails().await), (ScheduleStatus::Failed, 0), "{name}");
        assert!(
            stopped.row.note.starts_with("3 runs in a row failed, the last one because: This asset is switched off"),
            "{name}: {}",
            stopped.row.note
        );
        assert_eq!(stopped.runs.items.len(), 3, "{name}");
        assert_eq!(office.detail(single).await.row.status, ScheduleStatus::Failed, "{name}: it has no further run");
        office.at("2026-06-10T00:00:00Z");
        assert_eq!(office.sweep().await, 0, "{name}");
        must(assets::set_active(services, ctx, office.asset, true).await, name);
        must(set_paused(services, ctx, id, false).await, name);
        office.at("2026-06-10T08:30:00Z");
        office.sweep().await;
        assert_eq!(office.mails().await, 1, "{name}");
        // One failure is forgotten by the next success.
        must(assets::delete(services, ctx, office.asset, true).await, name);
        office.at("2026-06-11T08:30:00Z");
        office.sweep().await;
        let history = office.history(id).await;
        assert_eq!((history[0].0, history[1].0), (RunOutcome::Failed, RunOutcome::Sent), "{name}");
        assert!(history[0].1.contains("was deleted"), "{name}: {history:?}");
        let row = office.detail(id).await.row;
        assert_eq!((row.status, row.asset_name.as_str()), (ScheduleStatus::Active, ""), "{name}");
    }
}

#[tokio::test]
async fn two_processes_never_make_the_same_run_twice() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let other = other_process(&office.world, "other", 99).await;
        let mut ids = Vec::new();
        for _ in 0..10 {
            ids.push(office.schedule(cron("*/10 * * * *")).await);
        }
        for round in 1..=5 {
            office.world.advance(10 * MINUTE);
            let (one, two, three) = tokio::join!(run_due(&office.world.services), run_due(&other), run_due(&other));
            let runs = [one, two, three].map(|swept| must(swept, name)).map(|swept| (swept.runs, swept.put_off));
            assert_eq!(runs.iter().map(|(runs, _)| runs).sum::<usize>(), 10, "{name} round {round}: {runs:?}");
            assert_eq!(runs.iter().map(|(_, put_off)| put_off).sum::<usize>(), 0, "{name}: {runs:?}");
        }
        let rows = office.world.services.db.read_one(sql!("SELECT count(*) AS mails FROM email_message"), args![]).await.unwrap();
        assert_eq!(rows.int("mails").unwrap(), 50, "{name}");
        for id in ids {
            assert_eq!(office.history(id).await.len(), 5, "{name}");
        }
    }
}

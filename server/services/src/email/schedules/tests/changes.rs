//! Changing schedules, and being refused.

use model::{
    Problem,
    email::{
        schedule::{Rezone, ScheduleFilter, ScheduleForm, ScheduleStatus},
        send::ComposeForm,
    },
    people::{Capability, Role},
};

use super::super::*;
use super::{Office, cron, daily, letter, once};
use crate::{
    clock::{MINUTE, SECOND, Zone},
    email::sending::Upload,
    testing::{must, refusal, worlds},
};

#[tokio::test]
async fn what_is_wrong_is_named_at_its_field_and_nothing_is_kept() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-10-25T09:30:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let fields = |problem: Problem| problem.fields().iter().map(|field| field.field.clone()).collect::<Vec<_>>();
        let refused = |form: ScheduleForm| create(services, ctx, letter(office.asset), form, Vec::new());
        assert_eq!(fields(refusal(refused(ScheduleForm { zone: "Europe/Atlantis".into(), ..daily("9.30") }).await)), ["time", "zone"], "{name}");
        assert_eq!(fields(refusal(refused(ScheduleForm { zone: "Europe/Atlantis".into(), ..daily("09:30") }).await)), ["zone"], "{name}");
        let past = refusal(refused(once("2026-10-25", "09:30")).await);
        assert_eq!(past.message(), "This moment has passed: it is 2026-10-25 09:30:00 UTC+00:00 now. Choose a later one.", "{name}");
        assert_eq!(fields(refusal(refused(cron("0 0 30 2 *")).await)), ["cron"], "{name}");
        assert_eq!(fields(refusal(refused(ScheduleForm::default()).await)), ["when"], "{name}");
        let bare = ComposeForm { asset: office.asset.to_string(), ..ComposeForm::default() };
        let both = refusal(create(services, ctx, bare, daily("x"), Vec::new()).await);
        assert_eq!(fields(both), ["to", "subject", "text", "time"], "{name}");
        assert!(must(list(services, ctx, &ScheduleFilter::default()).await, name).items.is_empty(), "{name}");
        let preview = must(preview(services, ctx, &ScheduleForm { zone: "america/new_york".into(), ..daily("09:30") }), name);
        assert_eq!(preview.words, "Every day at 09:30 (America/New_York)", "{name}");
        let shown: Vec<_> = preview.runs.iter().map(|run| format!("{} {}", run.text, run.offset)).collect();
        assert_eq!((shown[0].as_str(), shown[4].as_str()), ("2026-10-25 09:30:00 UTC-04:00", "2026-10-29 09:30:00 UTC-04:00"), "{name}");
    }
}

#[tokio::test]
async fn a_change_needs_the_present_version_and_revives_what_was_finished() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let id = office.schedule(once("2026-06-01", "09:30")).await;
        must(reschedule(services, ctx, id, 1, &once("2026-06-01", "10:30")).await, name);
        assert!(matches!(refusal(reschedule(services, ctx, id, 1, &daily("08:00")).await), Problem::Conflict { .. }), "{name}");
        office.at("2026-06-01T09:30:00Z");
        office.sweep().await;
        assert_eq!(office.detail(id).await.row.status, ScheduleStatus::Finished, "{name}");
        assert!(matches!(refusal(set_paused(services, ctx, id, false).await), Problem::Conflict { .. }), "{name}");
        must(reschedule(services, ctx, id, 2, &daily("08:00")).await, name);
        assert_eq!(office.next(id).await, "2026-06-02 08:00:00 UTC+01:00", "{name}: a run does not move the version");
        let file = || vec![Upload { name: "a.txt".into(), mimetype: "text/plain".into(), bytes: b"a".to_vec() }];
        let form = ComposeForm { subject: "Changed".into(), ..letter(office.asset) };
        must(change_mail(services, ctx, id, 3, form.clone(), file(), false).await, name);
        must(change_mail(services, ctx, id, 4, form.clone(), file(), false).await, name);
        assert_eq!(office.detail(id).await.attachments.len(), 2, "{name}");
        must(change_mail(services, ctx, id, 5, form.clone(), file(), true).await, name);
        let shown = office.detail(id).await;
        assert_eq!((shown.row.subject.as_str(), shown.attachments.len(), shown.version), ("Changed", 1, 6), "{name}");
        assert!(matches!(refusal(change_mail(services, ctx, id, 5, form, Vec::new(), false).await), Problem::Conflict { .. }), "{name}");
        let stranger = office.world.zenith.ctx(Role::Owner, Capability::EmailSend);
        for problem in [
            refusal(get(services, &stranger, id, "").await),
            refusal(reschedule(services, &stranger, id, 6, &daily("08:00")).await),
            refusal(set_paused(services, &stranger, id, true).await),
            refusal(run_now(services, &stranger, id).await),
            refusal(delete(services, &stranger, id).await),
            refusal(create(services, &stranger, letter(office.asset), daily("08:00"), Vec::new()).await),
        ] {
            assert!(matches!(problem, Problem::NotFound), "{name}: {problem:?}");
        }
    }
}

#[tokio::test]
async fn a_new_zone_of_the_tenant_moves_the_clocks_or_leaves_them() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        let (moving, elsewhere) =
            (office.schedule(daily("09:30")).await, office.schedule(ScheduleForm { zone: "UTC".into(), ..daily("09:30") }).await);
        let soon = office.schedule(once("2026-06-01", "01:30")).await;
        let found = must(in_tenant_zone(services, ctx).await, name);
        assert_eq!((found.zone.as_str(), found.count, found.first.len()), ("Europe/London", 2, 2), "{name}");
        let berlin = Zone::find("Europe/Berlin").unwrap();
        for (policy, moved, next) in
            [(Rezone::KeepZone, 0, "2026-06-01 09:30:00 UTC+01:00"), (Rezone::KeepWallClock, 1, "2026-06-01 09:30:00 UTC+02:00")]
        {
            let mut tx = services.db.write().await.unwrap();
            assert_eq!(must(rezone(&mut tx, services, ctx, "Europe/London", &berlin, policy).await, name), moved, "{name}");
            tx.commit().await.unwrap();
            assert_eq!(office.next(moving).await, next, "{name}");
        }
        assert_eq!(office.next(elsewhere).await, "2026-06-01 09:30:00 UTC+00:00", "{name}");
        assert_eq!(office.next(soon).await, "2026-06-01 01:30:00 UTC+01:00", "{name}: in Berlin its time has passed");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    for (name, world) in worlds().await {
        let office = Office::open(world, "2026-06-01T00:00:00Z").await;
        let (services, ctx) = (&office.world.services, &office.ctx);
        for _ in 0..52 {
            office.world.advance(SECOND);
            office.schedule(daily("09:30")).await;
        }
        let paused = office.schedule(daily("10:00")).await;
        must(set_paused(services, ctx, paused, true).await, name);
        let first = must(list(services, ctx, &ScheduleFilter::default()).await, name);
        assert_eq!(first.items.len(), 50, "{name}");
        let filter = ScheduleFilter { after: first.next.unwrap_or_default(), ..ScheduleFilter::default() };
        assert_eq!(must(list(services, ctx, &filter).await, name).items.len(), 3, "{name}");
        let count = async |filter: ScheduleFilter| must(list(services, ctx, &filter).await, name).items.len();
        assert_eq!(count(ScheduleFilter { status: "paused".into(), ..ScheduleFilter::default() }).await, 1, "{name}");
        assert_eq!(count(ScheduleFilter { search: "nobody".into(), ..ScheduleFilter::default() }).await, 0, "{name}");
        assert_eq!(count(ScheduleFilter { search: "ANN@".into(), status: "paused".into(), ..ScheduleFilter::default() }).await, 1, "{name}");
        assert_eq!(count(ScheduleFilter { asset: office.asset.to_string(), ..ScheduleFilter::default() }).await, 50, "{name}");
        assert!(must(list(services, &office.world.zenith.owner(), &ScheduleFilter::default()).await, name).items.is_empty(), "{name}");
        // The history pages too.
        let busy = office.schedule(cron("* * * * *")).await;
        for _ in 0..55 {
            office.world.advance(MINUTE);
            office.sweep().await;
        }
        let page = office.detail(busy).await.runs;
        assert_eq!(page.items.len(), 50, "{name}");
        let rest = must(get(services, ctx, busy, &page.next.unwrap_or_default()).await, name).runs;
        assert!((4..=5).contains(&rest.items.len()) && rest.next.is_none(), "{name}: {}", rest.items.len());
    }
}

use model::{
    audit::AuditFilter,
    email::{schedule::ScheduleForm, send::ComposeForm},
    people::{Capability, Role},
    tenant::ReportsIn,
};

use super::{get, get_records, list_zones, update, update_records};
use crate::{
    audit,
    email::schedules,
    testing::{must, refusal, worlds},
};

#[tokio::test]
async fn an_owner_changes_name_and_zone_and_it_is_audited() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        update(&world.services, &ctx, " Acme Ltd ".into(), "America/New_York".into(), "").await.unwrap();
        let tenant = get(&world.services, &ctx).await.unwrap();
        assert_eq!((tenant.name.as_str(), tenant.time_zone.as_str()), ("Acme Ltd", "America/New_York"), "{name}");
        let filter = AuditFilter { action: "tenant.updated".into(), ..Default::default() };
        let entries = audit::list(&world.services, &ctx, &filter).await.unwrap().items;
        let changes: Vec<_> = entries[0].changes.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(changes, [("name", Some("Acme"), Some("Acme Ltd")), ("time_zone", Some("Europe/London"), Some("America/New_York"))]);
        update(&world.services, &ctx, "Acme Ltd".into(), "America/New_York".into(), "").await.unwrap();
        let again = audit::list(&world.services, &ctx, &filter).await.unwrap().items;
        assert_eq!(again.len(), 1, "{name}: a save that changes nothing tells nothing");
        let theirs = get(&world.services, &world.zenith.owner()).await.unwrap();
        assert_eq!((theirs.name.as_str(), theirs.time_zone.as_str()), ("Zenith", "Asia/Kolkata"), "{name}");
        assert!(audit::list(&world.services, &world.zenith.owner(), &filter).await.unwrap().items.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn bad_fields_are_all_named_and_nothing_changes() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        let problem = refusal(update(&world.services, &ctx, " ".into(), "Europe/Atlantis".into(), "x").await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["name", "time_zone", "schedules"], "{name}");
        assert_eq!(get(&world.services, &ctx).await.unwrap().name, "Acme", "{name}");
    }
}

#[tokio::test]
async fn a_new_zone_asks_about_scheduled_mail_and_does_as_told() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let server = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
        let asset = crate::email::fixtures::asset(services, &ctx, "support@acme.example", server).await;
        let mail = ComposeForm {
            asset: asset.to_string(),
            to: "ann@out.example".into(),
            subject: "Reminder".into(),
            text: "Good day.".into(),
            ..ComposeForm::default()
        };
        let daily = ScheduleForm { when: "repeat".into(), repeats: "daily".into(), time: "09:30".into(), ..ScheduleForm::default() };
        let id = must(schedules::create(services, &ctx, mail, daily, Vec::new()).await, name);
        let change = async |zone: &str, policy: &str| update(services, &ctx, "Acme".into(), zone.into(), policy).await;
        must(change("Europe/London", "").await, "the zone stays");
        let problem = refusal(change("Europe/Berlin", "").await);
        let asked = "One scheduled mail runs by the clock in Europe/London. Choose whether its time on the clock or its zone is kept.";
        assert_eq!(problem.for_field("schedules"), Some(asked), "{name}");
        assert_eq!(get(services, &ctx).await.unwrap().time_zone, "Europe/London", "{name}: nothing is half done");
        must(change("Europe/Berlin", "keep_wall_clock_in_new_zone").await, name);
        assert_eq!(must(schedules::get(services, &ctx, id, "").await, name).row.zone, "Europe/Berlin", "{name}");
        must(change("Asia/Tokyo", "keep_zone").await, name);
        assert_eq!(must(schedules::get(services, &ctx, id, "").await, name).row.zone, "Europe/Berlin", "{name}");
        must(change("UTC", "").await, "nothing runs in Tokyo");
    }
}

#[tokio::test]
async fn a_zone_is_stored_as_the_database_writes_it_and_an_unknown_one_is_refused_with_the_cure() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        update(&world.services, &ctx, "Acme".into(), " america/new_york ".into(), "").await.unwrap();
        assert_eq!(get(&world.services, &ctx).await.unwrap().time_zone, "America/New_York", "{name}");
        for bad in ["Europe/Atlantis", "Etc/Unknown", "", "UTC+1", "Europe/London'; --"] {
            let problem = refusal(update(&world.services, &ctx, "Acme".into(), bad.into(), "").await);
            let sentence = problem.for_field("time_zone").unwrap_or_default();
            assert!(sentence.starts_with("There is no such time zone"), "{name} {bad}: {problem:?}");
        }
    }
}

#[tokio::test]
async fn every_zone_is_offered_with_its_time_now() {
    for (name, world) in worlds().await {
        let zones = list_zones(&world.services, &world.acme.owner()).await.unwrap();
        assert!(zones.len() > 500 && zones.is_sorted_by(|one, next| one.name < next.name), "{name}: {}", zones.len());
        let london = zones.iter().find(|zone| zone.name == "Europe/London").unwrap();
        assert_eq!(london.about, "now 12:00, UTC+00:00, changes on 30 March", "{name}");
        assert!(zones.iter().all(|zone| zone.name != "Etc/Unknown"), "{name}");
        // Whatever is offered is taken.
        for zone in zones.iter().step_by(50) {
            let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
            update(&world.services, &ctx, "Acme".into(), zone.name.clone(), "").await.unwrap();
            assert_eq!(get(&world.services, &ctx).await.unwrap().time_zone, zone.name, "{name}");
        }
    }
}

#[tokio::test]
async fn reports_are_in_utc_and_entries_kept_for_ever_until_an_owner_says_otherwise() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        let stored = async || {
            let records = get_records(&world.services, &ctx).await.unwrap();
            (records.reports_in, records.audit_days)
        };
        assert_eq!(stored().await, (ReportsIn::Utc, None), "{name}");
        update_records(&world.services, &ctx, "tenant", " 90 ").await.unwrap();
        update_records(&world.services, &ctx, "tenant", "90").await.unwrap();
        assert_eq!(stored().await, (ReportsIn::Tenant, Some(90)), "{name}");
        let filter = AuditFilter { action: "tenant.records".into(), ..Default::default() };
        let entries = audit::list(&world.services, &ctx, &filter).await.unwrap().items;
        assert_eq!((entries.len(), entries[0].changes.len()), (1, 2), "{name}: a save that changes nothing tells nothing");
        let problem = refusal(update_records(&world.services, &ctx, "moon", "29").await);
        assert!(problem.for_field("reports_in").is_some() && problem.for_field("audit_days").is_some(), "{name} {problem:?}");
        assert_eq!(stored().await, (ReportsIn::Tenant, Some(90)), "{name}");
        let theirs = get_records(&world.services, &world.zenith.owner()).await.unwrap();
        assert_eq!((theirs.reports_in, theirs.audit_days), (ReportsIn::Utc, None), "{name}");
    }
}

mod chain;

use std::sync::{Arc, Mutex};

use model::{
    Problem,
    audit::{AuditEntry, AuditFilter, Change},
    page::DEFAULT_PAGE,
    people::{Capability, Role},
};

use super::{Event, diff, export_csv, export_json, list, record, secret};
use crate::{
    Ctx, Fault,
    clock::DAY,
    tenant,
    testing::{World, refusal, worlds},
};

fn reader(world: &World) -> Ctx {
    world.acme.ctx(Role::Owner, Capability::AuditRead)
}

async fn write(world: &World, ctx: &Ctx, action: &'static str, name: &str) {
    // Ids order by the microsecond; within one, chance decides.
    world.advance(1);
    let event = Event { action, subject_kind: "thing", subject_id: "1".into(), subject_name: name.into(), changes: Vec::new() };
    let mut tx = world.services.db.write().await.unwrap();
    record(&mut tx, &world.services, ctx, event).await.unwrap();
    tx.commit().await.unwrap();
}

async fn all(world: &World, filter: AuditFilter) -> Vec<AuditEntry> {
    let mut filter = filter;
    let mut entries = Vec::new();
    loop {
        let page = list(&world.services, &reader(world), &filter).await.unwrap();
        entries.extend(page.items);
        let Some(next) = page.next else { return entries };
        filter.after = next;
    }
}

async fn names(world: &World, filter: AuditFilter) -> Vec<String> {
    all(world, filter).await.into_iter().map(|entry| entry.subject_name).collect()
}

#[test]
fn a_diff_names_what_differs_and_only_that() {
    let pair = |field: &'static str, value: &str| (field, value.to_owned());
    let change = |field: &str, before: Option<&str>, after: Option<&str>| Change {
        field: field.into(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let before = [pair("name", "A"), pair("port", "25"), pair("old", "x")];
    let after = [pair("port", "587"), pair("name", "A"), pair("new", "")];
    assert_eq!(diff(&before, &after), [change("port", Some("25"), Some("587")), change("new", None, Some("")), change("old", Some("x"), None)]);
    assert_eq!(diff(&[], &[pair("name", "A")]), [change("name", None, Some("A"))]);
    assert_eq!(diff(&[pair("name", "A")], &[]), [change("name", Some("A"), None)]);
    assert_eq!(diff(&before, &before), []);
    assert_eq!(secret("password", false, true), change("password", None, Some("•••")));
    assert_eq!(secret("password", true, false), change("password", Some("•••"), None));
}

#[tokio::test]
async fn entries_tell_who_what_where_and_when() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        let mut tx = world.services.db.write().await.unwrap();
        let event = Event {
            action: "email.asset.updated",
            subject_kind: "asset",
            subject_id: "42".into(),
            subject_name: "Support".into(),
            changes: vec![secret("password", true, true), diff(&[], &[("note", "x".repeat(5000))]).remove(0)],
        };
        record(&mut tx, &world.services, &ctx, event).await.unwrap();
        tx.commit().await.unwrap();
        let entry = all(&world, AuditFilter { action: "email.asset.updated".into(), ..Default::default() }).await.remove(0);
        assert_eq!(entry.actor, "owner <owner@acme.example>", "{name}");
        assert_eq!((entry.remote_address.as_str(), entry.subject.as_str()), ("192.0.2.1", "asset 42"));
        assert_eq!(entry.at.iso, "2025-03-01T12:00:00.000+00:00");
        assert_eq!(entry.changes[0], secret("password", true, true));
        assert_eq!(entry.changes[1].after.as_ref().unwrap().chars().count(), 2001, "long values are cut");
    }
}

#[tokio::test]
async fn an_entry_goes_with_its_transaction() {
    for (name, world) in worlds().await {
        let before = all(&world, AuditFilter::default()).await.len();
        let mut tx = world.services.db.write().await.unwrap();
        let event = Event { action: "x.y.z", subject_kind: "x", subject_id: String::new(), subject_name: String::new(), changes: vec![] };
        record(&mut tx, &world.services, &world.acme.owner(), event).await.unwrap();
        drop(tx);
        assert_eq!(all(&world, AuditFilter::default()).await.len(), before, "{name}");
    }
}

#[tokio::test]
async fn pages_hold_every_entry_once_newest_first() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        let wanted = usize::try_from(DEFAULT_PAGE).unwrap() * 2 + 7;
        for number in 0..wanted {
            // Several in one millisecond, and some later.
            world.advance(i64::try_from(number % 5).unwrap() * 300);
            write(&world, &ctx, "test.page.made", &number.to_string()).await;
        }
        let filter = AuditFilter { action: "test.page".into(), ..Default::default() };
        let found = all(&world, filter.clone()).await;
        assert_eq!(found.len(), wanted, "{name}");
        assert!(found.is_sorted_by(|newer, older| newer.id > older.id), "{name}");
        let first = list(&world.services, &reader(&world), &filter).await.unwrap();
        assert_eq!(first.items.len(), usize::try_from(DEFAULT_PAGE).unwrap());
        let bad = AuditFilter { after: "nonsense!".into(), ..Default::default() };
        assert!(refusal(list(&world.services, &reader(&world), &bad).await).for_field("after").is_some());
    }
}

#[tokio::test]
async fn filters_find_words_actions_and_days() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        write(&world, &ctx, "a.thing.made", "100% pure_wool").await;
        write(&world, &ctx, "a.thingy.made", "1000 purewool Über").await;
        world.advance(DAY);
        write(&world, &ctx, "b.thing.made", "Later!").await;
        write(&world, &ctx, "snake_case.of.action", "Escaped").await;
        let check = async |filter: AuditFilter, expected: &[&str]| {
            let mut filter = filter;
            if filter.action.is_empty() && filter.search.is_empty() {
                filter.search = "thing".into();
            }
            assert_eq!(names(&world, filter.clone()).await, expected, "{name} {filter:?}");
        };
        let search = |text: &str| AuditFilter { search: text.into(), ..Default::default() };
        check(search("0% P"), &["100% pure_wool"]).await;
        check(search("e_w"), &["100% pure_wool"]).await;
        check(search("LATER!"), &["Later!"]).await;
        check(search("Über"), &["1000 purewool Über"]).await;
        check(search("pure owner@ACME thing 1000"), &["1000 purewool Über"]).await;
        check(search("zenith thing"), &[]).await;
        let action = |text: &str| AuditFilter { action: text.into(), ..Default::default() };
        check(action("a.thing"), &["100% pure_wool"]).await;
        check(action("a.thing.made"), &["100% pure_wool"]).await;
        check(action("a."), &["1000 purewool Über", "100% pure_wool"]).await;
        check(action("a._hing"), &[]).await;
        check(action("snake_case"), &["Escaped"]).await;
        let actor = |text: &str| AuditFilter { actor: text.into(), search: "thing".into(), ..Default::default() };
        check(actor("OWNER@acme"), &["Later!", "1000 purewool Über", "100% pure_wool"]).await;
        check(actor("zenith"), &[]).await;
        let subject = |text: &str| AuditFilter { subject: text.into(), search: "thing".into(), ..Default::default() };
        check(subject("Later"), &["Later!"]).await;
        check(subject("thing 1 100%"), &["100% pure_wool"]).await;
        check(subject("owner@acme"), &[]).await;
        let days = |from: &str, until: &str| AuditFilter { from: from.into(), until: until.into(), ..Default::default() };
        check(days("2025-03-02", ""), &["Later!"]).await;
        check(days("", "2025-03-01"), &["1000 purewool Über", "100% pure_wool"]).await;
        check(days("2025-03-03", "2025-03-09"), &[]).await;
        let bad = refusal(list(&world.services, &reader(&world), &days("yesterday", "2025-02-30")).await);
        assert!(bad.for_field("from").is_some() && bad.for_field("until").is_some(), "{name} {bad:?}");
    }
}

#[tokio::test]
async fn no_entry_is_seen_from_another_tenant() {
    for (name, world) in worlds().await {
        write(&world, &world.zenith.owner(), "a.thing.made", "Zenith's").await;
        let seen = all(&world, AuditFilter::default()).await;
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|entry| !entry.subject_name.contains("Zenith")), "{name}");
        // A cursor is an id; one of another tenant opens nothing of that tenant.
        let theirs = list(&world.services, &world.zenith.owner(), &AuditFilter::default()).await.unwrap();
        let cursor = crate::cursor::encode([theirs.items[0].id.to_string()]);
        let crossed = list(&world.services, &reader(&world), &AuditFilter { after: cursor, ..Default::default() }).await.unwrap();
        assert!(crossed.items.iter().all(|entry| !entry.subject_name.contains("Zenith")), "{name}");
        let csv = exported(&world, AuditFilter::default()).await.concat();
        assert!(!String::from_utf8(csv).unwrap().contains("Zenith"), "{name}");
    }
}

async fn exported(world: &World, filter: AuditFilter) -> Vec<Vec<u8>> {
    let chunks = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&chunks);
    let write = move |chunk: Vec<u8>| {
        let sink = Arc::clone(&sink);
        async move {
            sink.lock().unwrap().push(chunk);
            Ok(())
        }
    };
    export_csv(&world.services, &reader(world), &filter, write).await.unwrap();
    std::mem::take(&mut *chunks.lock().unwrap())
}

#[tokio::test]
async fn an_export_streams_every_match_and_runs_no_formula() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        for number in 0..520 {
            write(&world, &ctx, "test.row.made", &format!("=HYPERLINK(\"{number}\")")).await;
        }
        let filter = AuditFilter { action: "test.row".into(), ..Default::default() };
        let chunks = exported(&world, filter).await;
        assert_eq!(chunks.len(), 2, "{name}: 500 rows at a time");
        let text = chunks.concat();
        let mut reader_of_csv = csv::Reader::from_reader(text.as_slice());
        let rows: Vec<csv::StringRecord> = reader_of_csv.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 520, "{name}");
        assert_eq!(&rows[0][7], "'=HYPERLINK(\"519\")", "{name}: newest first, defused");
        assert_eq!(
            reader_of_csv.headers().unwrap().iter().collect::<Vec<_>>().join(","),
            "id,at (UTC),at_iso,actor,remote_address,action,subject,subject_name,changes,number,hash"
        );
        let told = all(&world, AuditFilter { action: "audit.log.exported".into(), ..Default::default() }).await;
        assert_eq!(told[0].changes[0].after.as_deref(), Some("test.row"), "{name}: the export is audited");
    }
}

/// What an export in JSON writes, by chunks.
async fn exported_json(world: &World, filter: AuditFilter) -> Vec<Vec<u8>> {
    let chunks = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&chunks);
    let write = move |chunk: Vec<u8>| {
        let sink = Arc::clone(&sink);
        async move {
            sink.lock().unwrap().push(chunk);
            Ok(())
        }
    };
    export_json(&world.services, &reader(world), &filter, write).await.unwrap();
    std::mem::take(&mut *chunks.lock().unwrap())
}

#[tokio::test]
async fn an_export_in_json_is_an_array_with_every_link() {
    for (name, world) in worlds().await {
        for number in 0..510 {
            write(&world, &world.acme.owner(), "test.row.made", &format!("\"{number}\"")).await;
        }
        let filter = AuditFilter { action: "test.row".into(), ..Default::default() };
        let chunks = exported_json(&world, filter).await;
        assert_eq!(chunks.len(), 2, "{name}: 500 entries at a time");
        let entries: Vec<serde_json::Value> = serde_json::from_slice(&chunks.concat()).unwrap();
        assert_eq!(entries.len(), 510, "{name}");
        assert_eq!((&entries[0]["subject_name"], &entries[509]["subject_name"]), (&"\"509\"".into(), &"\"0\"".into()), "{name}");
        assert_eq!(entries[0]["number"].as_i64().unwrap() - 1, entries[1]["number"].as_i64().unwrap(), "{name}");
        assert_eq!(entries[0]["hash"].as_str().unwrap().len(), 64, "{name}");
        let nothing = exported_json(&world, AuditFilter { action: "no.such".into(), ..Default::default() }).await;
        assert_eq!(nothing.concat(), b"[]\n", "{name}");
    }
}

#[tokio::test]
async fn a_report_stands_in_the_zone_that_was_chosen_for_reports() {
    for (name, world) in worlds().await {
        let owner = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        // Two in the afternoon in London, one in UTC.
        world.advance(120 * DAY);
        write(&world, &owner, "test.row.made", "Summer").await;
        let check = async |header: &str, text: &str, iso: &str| {
            let filter = AuditFilter { action: "test.row".into(), ..Default::default() };
            let csv = String::from_utf8(exported(&world, filter.clone()).await.concat()).unwrap();
            let (head, row) = csv.split_once("\r\n").unwrap();
            assert!(head.starts_with(&format!("id,{header},at_iso,")), "{name}: {head}");
            assert!(row.contains(&format!(",{text},{iso},")), "{name}: {row}");
            let json: serde_json::Value = serde_json::from_slice(&exported_json(&world, filter).await.concat()).unwrap();
            assert_eq!(json[0]["at"], iso, "{name}");
        };
        check("at (UTC)", "2025-06-29 12:00:00", "2025-06-29T12:00:00.000+00:00").await;
        tenant::update_records(&world.services, &owner, "tenant", "").await.unwrap();
        check("at (Europe/London)", "2025-06-29 13:00:00", "2025-06-29T13:00:00.000+01:00").await;
    }
}

#[tokio::test]
async fn an_export_ends_when_its_reader_has_gone() {
    for (name, world) in worlds().await {
        let gone = |_: Vec<u8>| async { Err(Fault::Task { what: "the reader has gone" }) };
        let result = export_csv(&world.services, &reader(&world), &AuditFilter::default(), gone).await;
        assert!(matches!(result, Err(Fault::Task { .. })), "{name}");
        let bad = AuditFilter { from: "x".into(), ..Default::default() };
        assert!(matches!(refusal(export_csv(&world.services, &reader(&world), &bad, gone).await), Problem::Invalid { .. }));
    }
}

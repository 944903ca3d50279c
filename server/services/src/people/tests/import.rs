use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use model::{
    Problem,
    ids::ImportId,
    people::{Capability, Import, ImportLine, ImportMode, ImportStatus, MAX_IMPORT_LINES, PeopleFilter, PersonStatus, Role},
};
use store::{args, sql};
use tokio_util::sync::CancellationToken;

use crate::{
    Services,
    clock::DAY,
    email::fixtures::other_process,
    people::{
        self, LicenceTotal, RoleForm, Upload, Worker, check_import, create_role, create_team, delete_role, discard_import, export_import_problems,
        get_import, list_users, set_licence_totals, start_import,
    },
    testing::{World, refusal, worlds},
};

fn upload(text: &str) -> Upload {
    Upload { name: "people.csv".into(), bytes: text.as_bytes().to_vec() }
}

async fn check(world: &World, text: &str) -> ImportId {
    check_import(&world.services, &world.acme.owner(), upload(text)).await.unwrap()
}

async fn standing(world: &World, id: ImportId) -> Import {
    get_import(&world.services, &world.acme.owner(), id, "").await.unwrap().import
}

/// Every wrong line, page by page.
async fn wrong(world: &World, id: ImportId) -> Vec<ImportLine> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    loop {
        let page = get_import(&world.services, &world.acme.owner(), id, &after).await.unwrap();
        lines.extend(page.lines);
        match page.next {
            Some(next) => after = next,
            None => return lines,
        }
    }
}

async fn run(services: &Services) {
    services.clock.advance(1);
    let worker = Worker::new(services.clone());
    while worker.step().await.unwrap() > 0 {}
}

async fn people_in(services: &Services, pattern: &str) -> i64 {
    let count = sql!("SELECT count(*) AS n FROM people_user WHERE email LIKE $1");
    services.db.read_one(count, args![pattern]).await.unwrap().int("n").unwrap()
}

/// A file of 10,000 lines of which exactly these are wrong, each in its own way.
fn ten_thousand() -> (String, Vec<(i64, &'static str)>) {
    let mut text = String::from("email,name,role,licences,teams\n");
    let mut expected = Vec::new();
    for number in 0..MAX_IMPORT_LINES {
        let line = i64::try_from(number).unwrap() + 2;
        let kind = if number % 270 == 7 && expected.len() < 37 { expected.len() % 8 } else { 99 };
        let long = "n".repeat(130);
        let (cells, column) = match kind {
            0 => (format!("p{number},Ann,agent,,"), "email"),
            1 => (format!("p{number}@many.example,Ann,boss,,"), "role"),
            2 => (format!("p{number}@many.example,Ann,agent,voice,"), "licences"),
            3 => (format!("p{number}@many.example,Ann,agent,,Nowhere"), "teams"),
            4 => (format!("p{}@many.example,Ann,agent,,", number - 1), "email"),
            5 => (format!("p{number}@many.example,{long},agent,,"), "name"),
            6 => ("agent@acme.example,Ann,agent,,".to_owned(), "email"),
            7 => (format!("p{number}@many.example,Ann,agent,,,surplus"), ""),
            _ => (format!("p{number}@many.example,Person {number},agent,contact_center,Billing"), "none"),
        };
        if kind < 99 {
            expected.push((line, column));
        }
        writeln!(text, "{cells}").unwrap();
    }
    (text, expected)
}

#[tokio::test]
async fn of_ten_thousand_lines_exactly_the_thirty_seven_wrong_ones_are_named() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        create_team(services, &ctx, "Billing").await.unwrap();
        let (text, expected) = ten_thousand();
        assert_eq!(expected.len(), 37);
        let id = check(&world, &text).await;
        let import = standing(&world, id).await;
        assert_eq!((import.total, import.wrong, import.status), (10_000, 37, ImportStatus::Checked), "{name}");
        let found = wrong(&world, id).await;
        let named: Vec<_> = found.iter().map(|line| (line.line, line.problems[0].column.as_str())).collect();
        assert_eq!(named, expected, "{name}");
        assert!(found.iter().flat_map(|line| &line.problems).all(|problem| problem.message.len() > 20), "{name}: {found:?}");
        assert_eq!(people_in(services, "%@many.example").await, 0, "{name}: a check adds nobody");
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        export_import_problems(services, &ctx, id, |chunk| {
            sink.lock().unwrap().extend(chunk);
            async { Ok(()) }
        })
        .await
        .unwrap();
        let file = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let problems: usize = found.iter().map(|line| line.problems.len()).sum();
        assert_eq!(file.lines().count(), problems + 1, "{name}");
        let refused = refusal(start_import(services, &ctx, id, ImportMode::All, false).await);
        assert!(refused.for_field("mode").unwrap().contains("37 lines are wrong"), "{name}");
        for theirs in [
            start_import(services, &world.zenith.owner(), id, ImportMode::Good, false).await,
            get_import(services, &world.zenith.owner(), id, "").await.map(drop),
            discard_import(services, &world.zenith.owner(), id).await,
        ] {
            assert_eq!(refusal(theirs), Problem::NotFound, "{name}");
        }
    }
}

fn some(count: usize) -> String {
    let mut text = String::from("email;name;role;licences;teams\r\n");
    for number in 0..count {
        write!(text, "p{number}@many.example;Person {number};supervisor;contact_center|interact;Billing\r\n").unwrap();
    }
    text
}

#[tokio::test]
async fn a_killed_import_goes_on_where_it_was() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        create_team(services, &ctx, "Billing").await.unwrap();
        let id = check(&world, &some(250)).await;
        start_import(services, &ctx, id, ImportMode::Good, false).await.unwrap();
        assert!(matches!(refusal(start_import(services, &ctx, id, ImportMode::Good, false).await), Problem::Conflict { .. }), "{name}");
        assert!(matches!(refusal(discard_import(services, &ctx, id).await), Problem::Conflict { .. }), "{name}");
        world.advance(1);
        // A worker that is told to stop at once does one batch and gives the rest back.
        let stopped = CancellationToken::new();
        stopped.cancel();
        people::import::run_due(services, &stopped).await.unwrap();
        let half = standing(&world, id).await;
        assert_eq!((half.status, half.imported, half.processed), (ImportStatus::Running, 100, 100), "{name}");
        assert_eq!(people_in(services, "%@many.example").await, 100, "{name}");
        // Another one dies in the middle of a batch: its transaction is never committed, its lease runs out.
        let dying = other_process(&world, "dying", 11).await;
        let taken = store::jobs::claim(&dying.db, people::import::QUEUE, "dying", 1, dying.now(), 1000).await.unwrap();
        assert_eq!(taken.len(), 1, "{name}");
        assert_eq!(Worker::new(services.clone()).step().await.unwrap(), 0, "{name}: the lease holds");
        world.advance(1001);
        run(services).await;
        let done = standing(&world, id).await;
        assert_eq!((done.status, done.imported, done.processed, done.wrong), (ImportStatus::Done, 250, 250, 0), "{name}");
        assert_eq!(people_in(services, "%@many.example").await, 250, "{name}");
        let filter = PeopleFilter { search: "p249@".into(), ..Default::default() };
        let one = &list_users(services, &ctx, &filter).await.unwrap().items[0];
        assert_eq!((one.name.as_str(), one.status, one.role, one.teams.len()), ("Person 249", PersonStatus::Invited, Role::Supervisor, 1), "{name}");
        assert!(one.licences.contact_center && one.licences.interact, "{name}");
        // The same file again: everybody is there already.
        let again = check(&world, &some(250)).await;
        assert_eq!(standing(&world, again).await.wrong, 250, "{name}");
        assert!(refusal(start_import(services, &ctx, again, ImportMode::Good, false).await).for_field("mode").is_some(), "{name}");
        world.advance(8 * DAY);
        assert_eq!(people::sweep(services).await.unwrap(), 2, "{name}");
        assert_eq!(refusal(get_import(services, &ctx, id, "").await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn all_or_nothing_is_nothing_when_a_line_went_bad_meanwhile() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        create_team(services, &ctx, "Billing").await.unwrap();
        let first = check(&world, &some(150)).await;
        let second = check(&world, &some(150)).await;
        let third = check(&world, "email\np0@many.example\nnew@many.example\n").await;
        start_import(services, &ctx, first, ImportMode::All, false).await.unwrap();
        run(services).await;
        assert_eq!(standing(&world, first).await.imported, 150, "{name}");
        start_import(services, &ctx, second, ImportMode::All, false).await.unwrap();
        run(services).await;
        let stopped = standing(&world, second).await;
        assert_eq!((stopped.status, stopped.imported, stopped.wrong), (ImportStatus::Stopped, 0, 150), "{name}");
        assert!(!stopped.why.is_empty(), "{name}");
        // With the good lines only, the bad one is left out and told.
        start_import(services, &ctx, third, ImportMode::Good, false).await.unwrap();
        run(services).await;
        let done = standing(&world, third).await;
        assert_eq!((done.status, done.imported, done.wrong), (ImportStatus::Done, 1, 1), "{name}");
        assert_eq!(wrong(&world, third).await[0].line, 2, "{name}");
        assert_eq!(people_in(services, "%@many.example").await, 151, "{name}");
    }
}

#[tokio::test]
async fn licences_domains_and_rights_count_line_by_line() {
    for (name, world) in worlds().await {
        let services = &world.services;
        set_licence_totals(services, "Acme", None, Some(LicenceTotal::AtMost(1))).await.unwrap();
        let text = "email,licences,role\na@many.example,interact,\nb@many.example,interact,\nc@many.example,,Owner\n";
        let lines = wrong(&world, check(&world, text).await).await;
        assert_eq!(lines.iter().map(|line| (line.line, line.problems[0].column.as_str())).collect::<Vec<_>>(), [(3, "licences")], "{name}");
        let full = world.acme.ctx(Role::FullAccess, model::people::Capability::PeopleWrite);
        let id = check_import(services, &full, upload(text)).await.unwrap();
        assert_eq!(wrong(&world, id).await.iter().map(|line| line.line).collect::<Vec<_>>(), [3, 4], "{name}: only owners make owners");
        crate::tenant::domains::update(services, &world.acme.owner(), "acme.example").await.unwrap();
        let lines = wrong(&world, check(&world, "email\na@many.example\nb@acme.example\n").await).await;
        assert_eq!(lines.len(), 1, "{name}");
        assert_eq!(lines[0].problems[0].message, "User domain not in allowed list", "{name}");
    }
}

#[tokio::test]
async fn everybody_of_a_file_gets_their_mail() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let id = check(&world, "email\na@many.example\nb@many.example\n").await;
        assert!(refusal(start_import(services, &ctx, id, ImportMode::Good, true).await).for_field("send").is_some(), "{name}");
        super::mail::open_asset(&world).await;
        start_import(services, &ctx, id, ImportMode::Good, true).await.unwrap();
        run(services).await;
        let mut to: Vec<_> = super::mail::outbox(services).await.into_iter().map(|(_, to, _)| to).collect();
        to.sort();
        assert_eq!(to, ["a@many.example", "b@many.example"], "{name}");
    }
}

#[tokio::test]
async fn roles_of_ones_own_are_given_by_name_and_checked_when_a_file_is_started() {
    for (name, world) in worlds().await {
        let (services, owner) = (&world.services, world.acme.owner());
        let make = async |name: &str, may: Capability| create_role(services, &owner, RoleForm { name: name.into(), capabilities: vec![may] }).await;
        let night = make("Night shift", Capability::EmailInbox).await.unwrap();
        let gone = make("Day shift", Capability::EmailInbox).await.unwrap();
        let id = check(&world, "email,role\na@many.example,night SHIFT\nb@many.example,Day shift\nc@many.example,Dusk\n").await;
        let lines = wrong(&world, id).await;
        assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [4], "{name}");
        assert!(lines[0].problems[0].message.contains("Night shift"), "{name}: the names to choose from: {lines:?}");
        delete_role(services, &owner, gone, None).await.unwrap();
        start_import(services, &owner, id, ImportMode::Good, false).await.unwrap();
        run(services).await;
        let lines = wrong(&world, id).await;
        assert_eq!(lines.iter().map(|line| (line.line, line.problems[0].column.as_str())).collect::<Vec<_>>(), [(3, "role"), (4, "role")], "{name}");
        let filter = PeopleFilter { role: night.to_string(), ..Default::default() };
        let found = list_users(services, &owner, &filter).await.unwrap().items;
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].email.as_str(), found[0].position().label()), ("a@many.example", "Night shift"), "{name}");
        // What an owner checked, somebody with less does not start.
        let id = check(&world, "email,role\nd@many.example,owner\n").await;
        let full = world.acme.ctx(Role::FullAccess, Capability::PeopleWrite);
        let refused = refusal(start_import(services, &full, id, ImportMode::Good, false).await);
        assert!(refused.for_field("mode").is_some_and(|why| why.contains("Only owners make owners")), "{name}: {refused:?}");
        assert_eq!(standing(&world, id).await.status, ImportStatus::Checked, "{name}");
        start_import(services, &owner, id, ImportMode::Good, false).await.unwrap();
    }
}

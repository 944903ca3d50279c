use std::sync::{Arc, Mutex};

use model::people::{Licences, PeopleFilter, PersonStatus, Role};

use crate::{
    people::{UserForm, assign, create_team, create_user, export_users, list_users, set_active},
    testing::{PASSWORD, World, refusal, secret, worlds},
};

async fn add(world: &World, name: &str, email: &str, role: Role) -> model::ids::UserId {
    let form = UserForm { name: name.into(), email: email.into(), role: role.into(), password: secret(PASSWORD) };
    create_user(&world.services, &world.acme.owner(), form).await.unwrap()
}

async fn names(world: &World, filter: PeopleFilter) -> Vec<String> {
    list_users(&world.services, &world.acme.owner(), &filter).await.unwrap().items.into_iter().map(|user| user.name).collect()
}

#[tokio::test]
async fn lists_sort_search_and_page() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        for number in 0..120 {
            world.advance(1_000_000);
            add(&world, &format!("Zoe {:03}", 119 - number), &format!("zoe{number}@acme.example"), Role::Agent).await;
        }
        for sort in ["name", "email", "role", "created", "last_seen", "nonsense"] {
            for descending in ["", "true"] {
                let mut filter = PeopleFilter { sort: sort.into(), descending: descending.into(), ..Default::default() };
                let mut seen = Vec::new();
                loop {
                    let page = list_users(&world.services, &ctx, &filter).await.unwrap();
                    assert!(page.items.len() <= 50);
                    seen.extend(page.items);
                    let Some(next) = page.next else { break };
                    filter.after = next;
                }
                let mut unique: Vec<_> = seen.iter().map(|user| user.id).collect();
                unique.sort();
                unique.dedup();
                assert_eq!((seen.len(), unique.len()), (126, 126), "{name} {sort} {descending}");
                if sort == "created" {
                    let backwards = descending == "true";
                    assert!(seen.is_sorted_by(|a, b| if backwards { a.created.iso >= b.created.iso } else { a.created.iso <= b.created.iso }));
                }
            }
        }
        let search = |text: &str| PeopleFilter { search: text.into(), ..Default::default() };
        assert_eq!(names(&world, search("zOE3@")).await, ["Zoe 116"], "{name}");
        assert!(names(&world, search("%")).await.is_empty(), "{name}");
        let by_name = list_users(&world.services, &ctx, &PeopleFilter::default()).await.unwrap();
        let wrong = PeopleFilter { sort: "created".into(), after: by_name.next.unwrap(), ..Default::default() };
        assert!(refusal(list_users(&world.services, &ctx, &wrong).await).for_field("after").is_some(), "{name}");
    }
}

#[tokio::test]
async fn filters_narrow_and_join() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let team = create_team(services, &ctx, "Billing").await.unwrap();
        let (ann, bob) = (add(&world, "Ann", "ann@acme.example", Role::Agent).await, add(&world, "Bob", "bob@acme.example", Role::Supervisor).await);
        assign(services, &ctx, ann, Licences { contact_center: true, interact: false }, &[team]).await.unwrap();
        assign(services, &ctx, bob, Licences { contact_center: true, interact: true }, &[team]).await.unwrap();
        set_active(services, &ctx, bob, false).await.unwrap();
        let filter = || PeopleFilter { team: team.to_string(), ..Default::default() };
        assert_eq!(names(&world, filter()).await, ["Ann", "Bob"], "{name}");
        assert_eq!(names(&world, PeopleFilter { role: "supervisor".into(), ..filter() }).await, ["Bob"], "{name}");
        assert_eq!(names(&world, PeopleFilter { status: "active".into(), ..filter() }).await, ["Ann"], "{name}");
        assert_eq!(names(&world, PeopleFilter { status: "inactive".into(), ..filter() }).await, ["Bob"], "{name}");
        assert!(names(&world, PeopleFilter { status: "invited".into(), ..filter() }).await.is_empty(), "{name}");
        assert_eq!(names(&world, PeopleFilter { licence: "interact".into(), ..filter() }).await, ["Bob"], "{name}");
        assert_eq!(names(&world, PeopleFilter { licence: "none".into(), ..Default::default() }).await.len(), Role::ALL.len(), "{name}");
        for rubbish in [PeopleFilter { status: "rubbish".into(), ..filter() }, PeopleFilter { licence: "rubbish".into(), ..filter() }] {
            assert!(names(&world, rubbish).await.is_empty(), "{name}");
        }
        // A team of nobody's, or of another tenant, has nobody.
        let theirs = create_team(services, &world.zenith.owner(), "Billing").await.unwrap();
        assert!(names(&world, PeopleFilter { team: theirs.to_string(), ..Default::default() }).await.is_empty(), "{name}");
        let found = list_users(services, &ctx, &filter()).await.unwrap().items;
        assert_eq!((found[0].teams[0].name.as_str(), found[1].status), ("Billing", PersonStatus::Inactive), "{name}");
    }
}

#[tokio::test]
async fn the_file_holds_everybody_who_fits_and_runs_no_formula() {
    for (name, world) in worlds().await {
        add(&world, "=HYPERLINK(1)", "evil@acme.example", Role::Agent).await;
        let written = Arc::new(Mutex::new(Vec::new()));
        let filter = PeopleFilter { role: "agent".into(), ..Default::default() };
        let sink = Arc::clone(&written);
        export_users(&world.services, &world.acme.owner(), &filter, |chunk| {
            sink.lock().unwrap().extend(chunk);
            async { Ok(()) }
        })
        .await
        .unwrap();
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{name}: {text}");
        assert!(lines[1].starts_with("evil@acme.example,'=HYPERLINK(1),agent,,,active,"), "{name}: {text}");
    }
}

use std::sync::Mutex;

use model::{
    Problem,
    audit::AuditFilter,
    ids::ProfileId,
    page::PageRequest,
    people::{
        Capability, Role,
        profile::{Direction, ProfileForm},
    },
};

use crate::{
    Ctx, audit,
    clock::HOUR,
    email::fixtures,
    people::profiles::{self, create, delete, export_csv, get, list, update},
    testing::{World, refusal, worlds},
};

fn writer(world: &World) -> Ctx {
    world.acme.ctx(Role::Supervisor, Capability::ProfileWrite)
}

fn form(name: &str, email: &str, msisdn: &str) -> ProfileForm {
    ProfileForm { name: name.into(), email: email.into(), msisdn: msisdn.into(), attributes: String::new() }
}

async fn add(world: &World, id: &str, form: &ProfileForm) -> ProfileId {
    create(&world.services, &writer(world), id, form).await.unwrap()
}

async fn found(world: &World, search: &str) -> Vec<String> {
    let request = PageRequest { search: search.into(), ..Default::default() };
    let page = list(&world.services, &writer(world), &request).await.unwrap();
    page.items.into_iter().map(|row| row.customer_id).collect()
}

#[tokio::test]
async fn a_customer_is_added_changed_and_deleted_and_it_is_audited() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, writer(&world));
        let typed = ProfileForm { attributes: "plan: gold\nnote: one\\ntwo".into(), ..form(" Ann  Archer ", "Ann@X.example", "+41 79 123 45 67") };
        let id = add(&world, " 4711 ", &typed).await;
        let customer = get(services, &ctx, id).await.unwrap();
        assert_eq!((customer.row.customer_id.as_str(), customer.row.name.as_str(), customer.version), ("4711", "Ann Archer", 1), "{name}");
        assert_eq!((customer.row.email.as_str(), customer.row.msisdn.as_str()), ("ann@x.example", "41791234567"), "{name}");
        assert_eq!(customer.attributes.get("note").map(String::as_str), Some("one\ntwo"), "{name}");
        world.advance(HOUR);
        let mut changed = ProfileForm::of(&customer);
        changed.attributes = "plan: silver".into();
        update(services, &ctx, id, 1, &changed).await.unwrap();
        assert!(matches!(refusal(update(services, &ctx, id, 1, &changed).await), Problem::Conflict { .. }), "{name}: an older page");
        let customer = get(services, &ctx, id).await.unwrap();
        assert_eq!((customer.attributes.len(), customer.version, customer.row.updated.text.as_str()), (1, 2, "2025-03-01 13:00:00"), "{name}");
        update(services, &ctx, id, 2, &changed).await.unwrap();
        assert_eq!(get(services, &ctx, id).await.unwrap().version, 2, "{name}: a save that changes nothing");
        delete(services, &ctx, id).await.unwrap();
        assert_eq!(refusal(get(services, &ctx, id).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(delete(services, &ctx, id).await), Problem::NotFound, "{name}");
        let filter = AuditFilter { action: "people.profile".into(), ..Default::default() };
        let told: Vec<_> = audit::list(services, &world.acme.owner(), &filter).await.unwrap().items.into_iter().map(|entry| entry.action).collect();
        let expected = ["people.profile.deleted", "people.profile.updated", "people.profile.created"];
        assert!(told.len() == 3 && expected.iter().all(|action| told.iter().any(|one| one == action)), "{name}: {told:?}");
    }
}

#[tokio::test]
async fn bad_fields_are_named_and_ids_are_unique() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, writer(&world));
        add(&world, "1", &form("One", "", "")).await;
        let problem = refusal(create(services, &ctx, "1", &form("Other", "", "")).await);
        assert!(problem.for_field("customer_id").is_some(), "{name}: taken");
        assert!(refusal(create(services, &ctx, " ", &form("Other", "", "")).await).for_field("customer_id").is_some(), "{name}");
        let bad = ProfileForm { attributes: "no colon".into(), ..form("x", "nobody", "12") };
        let problem = refusal(create(services, &ctx, "2", &bad).await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["attributes", "email", "msisdn"], "{name}");
        assert_eq!(found(&world, "").await, ["1"], "{name}: nothing half-done");
        let zenith = world.zenith.ctx(Role::Owner, Capability::ProfileWrite);
        create(services, &zenith, "1", &form("Theirs", "", "")).await.unwrap();
        let id = add(&world, "3", &form("Three", "", "")).await;
        assert_eq!(refusal(get(services, &zenith, id).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(update(services, &zenith, id, 1, &form("x", "", "")).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(delete(services, &zenith, id).await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn customers_are_found_by_name_address_number_and_id() {
    for (name, world) in worlds().await {
        add(&world, "CRN-1", &form("Ann Archer", "ann@x.example", "+41 79 123 45 67")).await;
        add(&world, "CRN-2", &form("bob", "bob_1@y.example", "4420555")).await;
        add(&world, "CRN-3", &form("", "", "")).await;
        let check = async |search: &str, expected: &[&str]| assert_eq!(found(&world, search).await, expected, "{name}: {search}");
        check("", &["CRN-3", "CRN-1", "CRN-2"]).await;
        check("ARCH", &["CRN-1"]).await;
        check("Y.EXAMPLE", &["CRN-2"]).await;
        check("_", &["CRN-2"]).await;
        check("+41 79 123", &["CRN-1"]).await;
        check("(079) 123", &[]).await;
        check("123-45", &["CRN-1"]).await;
        check("crn-3", &["CRN-3"]).await;
        check("nobody", &[]).await;
    }
}

#[tokio::test]
async fn long_lists_come_page_by_page_and_as_a_file() {
    for (name, world) in worlds().await {
        for n in 0..7 {
            add(&world, &format!("{n}"), &form(if n % 2 == 0 { "Even" } else { "=odd" }, "", "")).await;
        }
        let ctx = writer(&world);
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = list(&world.services, &ctx, &PageRequest { after, limit: 2, ..Default::default() }).await.unwrap();
            seen.extend(page.items.into_iter().map(|row| row.customer_id));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(sorted, ["0", "1", "2", "3", "4", "5", "6"], "{name}: each once: {seen:?}");
        let bad = PageRequest { after: "rubbish".into(), ..Default::default() };
        assert!(refusal(list(&world.services, &ctx, &bad).await).for_field("after").is_some(), "{name}");
        let file = Mutex::new(Vec::new());
        export_csv(&world.services, &ctx, "odd", |chunk| {
            file.lock().unwrap().extend(chunk);
            async { Ok(()) }
        })
        .await
        .unwrap();
        let text = String::from_utf8(file.into_inner().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 4, "{name}: {text}");
        assert!(text.starts_with("customer_id,name,") && text.contains(",'=odd,"), "{name}: {text}");
        let filter = AuditFilter { action: "people.profiles.exported".into(), ..Default::default() };
        assert_eq!(audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn mail_is_shown_to_whoever_may_read_mail() {
    for (name, world) in worlds().await {
        let owner = world.acme.owner();
        let stub = fixtures::SmtpStub::obliging().await;
        let asset = fixtures::asset(&world.services, &owner, "care@acme.example", stub.address).await;
        let to = fixtures::forwarding(&world.services, &owner, asset).await;
        let mail = "From: Ann <Ann@X.example>\nTo: care@acme.example\nSubject: Where is it\nMessage-ID: <1@x.example>\n\nMy parcel?\n";
        fixtures::deliver(&world.services, &[&to], mail).await;
        fixtures::parse_all(&world.services).await;
        let running = fixtures::run_outbox(&world.services, fixtures::quick());
        for address in ["ann@x.example", "other@x.example"] {
            let sent = fixtures::accept(&world.services, &owner, fixtures::request(asset, &[address])).await;
            fixtures::wait_status(&world.services, sent[0], model::email::send::MessageStatus::Submitted).await;
        }
        running.stop().await;
        let id = add(&world, "1", &form("Ann", "ann@x.example", "")).await;
        let stranger = add(&world, "2", &form("Nobody", "nobody@x.example", "")).await;
        let interactions = get(&world.services, &owner, id).await.unwrap().interactions.unwrap();
        let kinds: Vec<_> = interactions.iter().map(|one| one.direction).collect();
        assert!(kinds.len() == 2 && kinds.contains(&Direction::Received) && kinds.contains(&Direction::Sent), "{name}: {interactions:?}");
        assert!(interactions.iter().any(|one| one.subject == "Where is it" && one.href.starts_with("/email/threads/")), "{name}: {interactions:?}");
        assert_eq!(get(&world.services, &owner, stranger).await.unwrap().interactions, Some(Vec::new()), "{name}");
        let key_holder = Ctx::of_profile_key(world.acme.tenant, world.acme.zone.clone(), crate::testing::request("192.0.2.1"));
        assert_eq!(profiles::get(&world.services, &key_holder, id).await.unwrap().interactions, None, "{name}: no right to read mail");
        let zenith = create(&world.services, &world.zenith.owner(), "1", &form("Ann", "ann@x.example", "")).await.unwrap();
        assert_eq!(get(&world.services, &world.zenith.owner(), zenith).await.unwrap().interactions, Some(Vec::new()), "{name}: another tenant");
    }
}

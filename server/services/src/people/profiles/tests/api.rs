use ::store::{args, sql};
use futures::future::join_all;
use model::{
    audit::AuditFilter,
    page::PageRequest,
    people::{Capability, Role},
};
use serde_json::{Value, json};

use crate::{
    Ctx, Services, audit,
    clock::{DAY, MINUTE},
    email::fixtures::other_process,
    people::profiles::{
        self, Worker,
        api::{self, Code, Operation, Queued, Refusal},
    },
    tenant::profile_key,
    testing::{Organisation, World, request, worlds},
};

const UPDATE: Operation = Operation::Update;
const CREATE: Operation = Operation::Create;

async fn key_of(services: &Services, organisation: &Organisation) -> String {
    profile_key::reveal(services, &organisation.owner()).await.unwrap().expose().to_owned()
}

async fn caller(world: &World, organisation: &Organisation) -> Ctx {
    let key = key_of(&world.services, organisation).await;
    api::admit(&world.services, Some(&key), request("192.0.2.9")).await.unwrap()
}

async fn acme(world: &World) -> Ctx {
    caller(world, &world.acme).await
}

fn records(list: Value) -> Vec<u8> {
    json!({ "Records": list }).to_string().into_bytes()
}

fn one(id: &str, attributes: Value) -> Vec<u8> {
    records(json!([{ "customerId": id, "Attributes": attributes }]))
}

async fn accept(world: &World, operation: Operation, body: &[u8]) -> Result<Queued, Refusal> {
    // No two requests of one caller come in the same microsecond.
    world.advance(1);
    api::accept(&world.services, &acme(world).await, operation, body).await
}

async fn work(services: &Services) {
    while Worker::new(services.clone()).step().await.unwrap() > 0 {}
}

/// Accepts, works, and tells code and the codes of the customers.
async fn done(world: &World, operation: Operation, body: &[u8]) -> (String, Vec<String>) {
    let queued = accept(world, operation, body).await.unwrap();
    work(&world.services).await;
    outcome(world, &queued.transid).await
}

async fn outcome(world: &World, transid: &str) -> (String, Vec<String>) {
    let status = api::status(&world.services, &acme(world).await, transid).await.unwrap();
    (status.code, status.counts.results.into_iter().map(|result| result.code).collect())
}

async fn shown(world: &World, id: &str) -> Option<Value> {
    let found = api::get(&world.services, &acme(world).await, &[id.to_owned()], None).await.ok()?;
    let attributes = &found.records[0].attributes;
    Some(attributes.iter().map(|one| (one.name.clone(), Value::from(one.value.clone()))).collect::<serde_json::Map<_, _>>().into())
}

#[tokio::test]
async fn customers_are_created_updated_and_deleted_in_the_order_of_the_requests() {
    for (name, world) in worlds().await {
        let ann = one("54321", json!({ "email": "Ann@X.example", "msisdn": "+41 79 123", "name": "Ann", "plan": "gold" }));
        let created = accept(&world, CREATE, &ann).await.unwrap();
        assert_eq!((created.code, created.description, created.counts.success), ("1000", "QUEUED", 1), "{name}");
        // Everything is accepted before anything is done.
        let updated = accept(&world, UPDATE, &one("54321", json!({ "plan": "", "colour": "blue", "name": null }))).await.unwrap();
        assert_eq!(outcome(&world, &created.transid).await, ("7600".into(), vec!["1000".into()]), "{name}: not yet");
        assert_eq!(shown(&world, "54321").await, None, "{name}");
        work(&world.services).await;
        assert_eq!(outcome(&world, &created.transid).await, ("1000".into(), vec!["1000".into()]), "{name}");
        assert_eq!(outcome(&world, &updated.transid).await, ("1000".into(), vec!["1000".into()]), "{name}");
        let expected = json!({ "email": "ann@x.example", "msisdn": "4179123", "customerId": "54321", "colour": "blue" });
        assert_eq!(shown(&world, "54321").await, Some(expected), "{name}");
        let deleted = api::accept_deletion(&world.services, &acme(&world).await, vec!["54321".into()]).await.unwrap();
        work(&world.services).await;
        assert_eq!(outcome(&world, &deleted.transid).await.0, "1000", "{name}");
        assert_eq!(shown(&world, "54321").await, None, "{name}");
        let again = api::accept_deletion(&world.services, &acme(&world).await, vec!["54321".into()]).await.unwrap();
        work(&world.services).await;
        assert_eq!(outcome(&world, &again.transid).await, ("7014".into(), vec!["7014".into()]), "{name}");
    }
}

#[tokio::test]
async fn each_customer_of_a_request_has_its_own_outcome() {
    for (name, world) in worlds().await {
        let all = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(done(&world, CREATE, &one("1", json!({ "name": "One" }))).await.0, "1000", "{name}");
        let mixed = records(json!([
            { "customerId": "1", "Attributes": { "name": "Again" } },
            { "customerId": 2, "Attributes": { "name": "Two", "vip": true, "age": 40 } },
            { "customerId": "2", "Attributes": { "name": "Twice" } },
            { "customerId": "3", "Attributes": { "email": "nobody" } },
            { "Attributes": { "name": "Nobody" } },
            { "customerId": "4" },
        ]));
        let queued = accept(&world, CREATE, &mixed).await.unwrap();
        assert_eq!((queued.code, queued.counts.total, queued.counts.success, queued.counts.failure), ("1002", 6, 3, 3), "{name}");
        let codes: Vec<_> = queued.counts.results.iter().map(|result| result.code.clone()).collect();
        assert_eq!(codes, all(&["1000", "1000", "1000", "7011", "7003", "7003"]), "{name}");
        assert!(queued.counts.results[3].message.contains('@'), "{name}: a sentence with the cure: {:?}", queued.counts.results[3]);
        work(&world.services).await;
        let expected = ("1002".to_owned(), all(&["7015", "1000", "7015", "7011", "7003", "7003"]));
        assert_eq!(outcome(&world, &queued.transid).await, expected, "{name}");
        assert_eq!(shown(&world, "2").await, Some(json!({ "customerId": "2", "name": "Two", "vip": "true", "age": "40" })), "{name}");
        assert_eq!(shown(&world, "1").await, Some(json!({ "customerId": "1", "name": "One" })), "{name}: untouched");
        assert_eq!(done(&world, CREATE, &one("1", json!({ "name": "Again" }))).await, ("7015".into(), all(&["7015"])), "{name}");
        assert_eq!(done(&world, UPDATE, &one("none", json!({ "name": "x" }))).await, ("7014".into(), all(&["7014"])), "{name}");
    }
}

#[tokio::test]
async fn refusals_name_code_and_parameter() {
    for (name, world) in worlds().await {
        let ctx = acme(&world).await;
        let check = async |operation: Operation, body: Vec<u8>, code: Code, field: Option<&str>| {
            let shown = String::from_utf8_lossy(&body).chars().take(200).collect::<String>();
            let refusal = api::accept(&world.services, &ctx, operation, &body).await.expect_err(&shown);
            assert_eq!((refusal.code, refusal.field.as_deref(), refusal.status), (code.word(), field, code.status()), "{name}: {shown}");
        };
        let many = |count: usize| records((0..count).map(|n| json!({ "customerId": n.to_string(), "Attributes": {} })).collect());
        for body in ["", "{", "[]", "1", "{} more", "\u{0}"] {
            check(CREATE, body.into(), Code::NoJson, None).await;
        }
        check(CREATE, b"{}".to_vec(), Code::Parameter, Some("Records")).await;
        check(CREATE, records(json!([])), Code::Parameter, Some("Records")).await;
        check(CREATE, records(json!({})), Code::Parameter, Some("Records")).await;
        check(CREATE, json!({ "customerId": "1", "attributes": {} }).to_string().into(), Code::Parameter, Some("Records")).await;
        check(CREATE, json!({ "Records": [{}], "more": 1 }).to_string().into(), Code::Parameter, Some("more")).await;
        check(CREATE, many(101), Code::TooMany, Some("Records")).await;
        check(UPDATE, many(1001), Code::TooMany, Some("Records")).await;
        check(CREATE, records(json!(["1"])), Code::Parameter, Some("Records[0]")).await;
        check(CREATE, one("", json!({})), Code::Parameter, Some("Records[0]")).await;
        check(CREATE, one(&"x".repeat(129), json!({})), Code::Parameter, Some("Records[0]")).await;
        check(CREATE, one("a\u{0}b", json!({})), Code::Parameter, Some("Records[0]")).await;
        check(CREATE, one("1", json!("no object")), Code::Parameter, Some("Records[0]")).await;
        check(CREATE, one("1", json!({ "list": [] })), Code::Attribute, Some("Records[0]")).await;
        check(CREATE, one("1", json!({ "msisdn": "twelve" })), Code::Attribute, Some("Records[0]")).await;
        check(CREATE, one("1", json!({ "customerId": "2" })), Code::Attribute, Some("Records[0]")).await;
        check(CREATE, one("1", json!({ "email": "a@b.example", "Email": "a@b.example" })), Code::Attribute, Some("Records[0]")).await;
        check(CREATE, one("1", json!({ "note": "x".repeat(2001) })), Code::Attribute, Some("Records[0]")).await;
        let names: serde_json::Map<_, _> = (0..101).map(|n| (format!("a{n}"), json!("x"))).collect();
        check(CREATE, one("1", names.into()), Code::Attribute, Some("Records[0]")).await;
        check(CREATE, records(json!([{ "customerId": "1", "Attributes": {}, "Attribute": {} }])), Code::Parameter, Some("Records[0]")).await;
        let rows = world.services.db.read_one(sql!("SELECT count(*) AS n FROM people_profile_batch"), args![]).await.unwrap();
        assert_eq!(rows.int("n").unwrap(), 0, "{name}: nothing was kept");
        assert_eq!(accept(&world, CREATE, &many(100)).await.unwrap().counts.success, 100, "{name}");
        assert_eq!(accept(&world, UPDATE, &many(1000)).await.unwrap().counts.success, 1000, "{name}");
    }
}

#[tokio::test]
async fn questions_are_bounded_and_name_who_is_missing() {
    for (name, world) in worlds().await {
        let ctx = acme(&world).await;
        done(&world, CREATE, &records(json!([{ "customerId": "1", "Attributes": {} }, { "customerId": "2", "Attributes": { "plan": "gold" } }])))
            .await;
        let get = async |ids: &[&str], links: Option<&str>| {
            let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
            api::get(&world.services, &ctx, &ids, links).await
        };
        let found = serde_json::to_value(get(&["2", "none", "1"], Some("2")).await.unwrap()).unwrap();
        assert_eq!(
            (found["Status"].as_i64(), found["Description"].as_str(), found["code"].as_str()),
            (Some(0), Some("success"), Some("1002")),
            "{name}"
        );
        let expected = json!([{ "Name": "customerId", "Value": "2", "ID": 1 }, { "Name": "plan", "Value": "gold", "ID": 101 }]);
        assert_eq!(found["Records"][0], json!({ "Attributes": expected, "InwardLinks": [], "OutwardLinks": [] }), "{name}");
        assert_eq!(found["Results"][0]["customerId"], "none", "{name}");
        assert_eq!(get(&["1", "2"], None).await.unwrap().code, "1000", "{name}");
        let code = |result: Result<api::Found, Refusal>| result.err().map(|refusal| (refusal.code, refusal.status));
        assert_eq!(code(get(&["none"], None).await), Some(("7014", 404)), "{name}");
        assert_eq!(code(get(&[], None).await), Some(("7003", 400)), "{name}");
        assert_eq!(code(get(&["1"; 101], None).await), Some(("7012", 400)), "{name}");
        assert_eq!(code(get(&["1"], Some("3")).await), Some(("7003", 400)), "{name}");
        for unknown in ["", "x", "0190d2b0-0000-7000-8000-000000000000"] {
            let refusal = api::status(&world.services, &ctx, unknown).await.unwrap_err();
            assert_eq!((refusal.code, refusal.status), ("7600", 404), "{name} {unknown}");
        }
    }
}

#[tokio::test]
async fn who_holds_no_working_key_is_turned_away_and_slowed_down() {
    for (name, world) in worlds().await {
        let services = &world.services;
        let code =
            async |key: Option<&str>| api::admit(services, key, request("198.51.100.7")).await.err().map(|refusal| (refusal.code, refusal.status));
        assert_eq!(code(None).await, Some(("7002", 401)), "{name}");
        assert_eq!(code(Some("")).await, Some(("7002", 401)), "{name}");
        let old = key_of(services, &world.acme).await;
        assert_eq!(code(Some(&old)).await, None, "{name}");
        profile_key::rotate(services, &world.acme.ctx(Role::Owner, Capability::TenantWrite), "1").await.unwrap();
        assert_eq!(code(Some(&old)).await, None, "{name}: both work");
        world.advance(60 * MINUTE);
        assert_eq!(code(Some(&old)).await, Some(("7001", 401)), "{name}: its time is over");
        for attempt in 1..50 {
            assert_eq!(code(Some("sbp_wrong")).await, Some(("7001", 401)), "{name} {attempt}");
        }
        let refusal = api::admit(services, Some("sbp_wrong"), request("198.51.100.7")).await.unwrap_err();
        assert_eq!((refusal.status, refusal.retry_after_seconds), (429, Some(61)), "{name}");
        let new = key_of(services, &world.acme).await;
        assert_eq!(code(Some(&new)).await, None, "{name}: a key that works is never held up");
        let elsewhere = api::admit(services, Some("sbp_wrong"), request("203.0.113.1")).await.unwrap_err();
        assert_eq!(elsewhere.status, 401, "{name}: others are not slowed down");
    }
}

#[tokio::test]
async fn tenants_do_not_meet() {
    for (name, world) in worlds().await {
        let (acme, zenith) = (acme(&world).await, caller(&world, &world.zenith).await);
        let body = one("1", json!({ "name": "Alpha" }));
        let queued = api::accept(&world.services, &acme, CREATE, &body).await.unwrap();
        work(&world.services).await;
        assert_eq!(api::status(&world.services, &zenith, &queued.transid).await.unwrap_err().code, "7600", "{name}");
        assert_eq!(api::get(&world.services, &zenith, &["1".into()], None).await.unwrap_err().code, "7014", "{name}");
        let theirs = api::accept(&world.services, &zenith, CREATE, &one("1", json!({ "name": "Beta" }))).await.unwrap();
        // Requests are carried out in the order of their moments.
        world.advance(1_000);
        let gone = api::accept_deletion(&world.services, &zenith, vec!["1".into()]).await.unwrap();
        work(&world.services).await;
        for transid in [&theirs.transid, &gone.transid] {
            assert_eq!(api::status(&world.services, &zenith, transid).await.unwrap().code, "1000", "{name}: the id is free in each tenant");
        }
        assert_eq!(shown(&world, "1").await, Some(json!({ "customerId": "1", "name": "Alpha" })), "{name}");
    }
}

#[tokio::test]
async fn two_processes_carry_each_request_out_once() {
    for (name, world) in worlds().await {
        let second = other_process(&world, "second", 11).await;
        let mut transids = Vec::new();
        for round in 0..8 {
            let list: Value = (0..10).map(|n| json!({ "customerId": format!("{n}"), "Attributes": { "round": round } })).collect();
            transids.push(accept(&world, if round == 0 { CREATE } else { UPDATE }, &records(list)).await.unwrap().transid);
        }
        join_all([work(&world.services), work(&second), work(&world.services), work(&second)]).await;
        work(&world.services).await;
        for transid in &transids {
            let (code, codes) = outcome(&world, transid).await;
            assert_eq!((code.as_str(), codes.len()), ("1000", 10), "{name}: {codes:?}");
        }
        assert_eq!(shown(&world, "9").await.unwrap()["round"], "7", "{name}: the last request wins");
        let versions =
            world.services.db.read_one(sql!("SELECT max(version) AS most, min(version) AS least FROM people_profile"), args![]).await.unwrap();
        assert_eq!((versions.int("most").unwrap(), versions.int("least").unwrap()), (8, 8), "{name}: none was done twice");
        let filter = AuditFilter { action: "people.profiles.received".into(), ..Default::default() };
        let told = audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items;
        assert_eq!((told.len(), told[0].actor.as_str()), (8, "profile key"), "{name}");
        let jobs = world.services.db.read_one(sql!("SELECT count(*) AS n FROM job"), args![]).await.unwrap();
        assert_eq!(jobs.int("n").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_worker_that_died_is_followed_by_another() {
    for (name, world) in worlds().await {
        let queued = accept(&world, CREATE, &one("1", json!({ "name": "Ann" }))).await.unwrap();
        let claimed = ::store::jobs::claim(&world.services.db, profiles::QUEUE, "dead", 10, world.services.now(), MINUTE).await.unwrap();
        assert_eq!(claimed.len(), 1, "{name}");
        work(&world.services).await;
        assert_eq!(outcome(&world, &queued.transid).await.0, "7600", "{name}: the dead one still holds it");
        world.advance(MINUTE + 1);
        work(&world.services).await;
        assert_eq!(outcome(&world, &queued.transid).await.0, "1000", "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_carried_out_does_not_hold_up_what_follows() {
    for (name, world) in worlds().await {
        let broken = accept(&world, CREATE, &one("1", json!({ "name": "Ann" }))).await.unwrap();
        world.services.db.execute(sql!("UPDATE people_profile_item SET attributes = 'rubbish'"), args![]).await.unwrap();
        let good = accept(&world, CREATE, &one("2", json!({ "name": "Bob" }))).await.unwrap();
        for _ in 0..12 {
            work(&world.services).await;
            world.advance(5 * MINUTE);
        }
        assert_eq!(outcome(&world, &broken.transid).await, ("7006".into(), vec!["7006".into()]), "{name}");
        assert_eq!(outcome(&world, &good.transid).await.0, "1000", "{name}");
    }
}

#[tokio::test]
async fn outcomes_are_forgotten_after_a_week_and_values_at_once() {
    for (name, world) in worlds().await {
        let queued = accept(&world, CREATE, &one("1", json!({ "name": "Ann" }))).await.unwrap();
        work(&world.services).await;
        let item = world.services.db.read_one(sql!("SELECT attributes FROM people_profile_item"), args![]).await.unwrap();
        assert_eq!(item.text("attributes").unwrap(), "{}", "{name}");
        world.advance(7 * DAY - 1);
        assert_eq!(profiles::sweep(&world.services).await.unwrap(), 0, "{name}");
        world.advance(1);
        assert_eq!(profiles::sweep(&world.services).await.unwrap(), 1, "{name}");
        assert_eq!(api::status(&world.services, &acme(&world).await, &queued.transid).await.unwrap_err().code, "7600", "{name}");
        let reader = world.acme.ctx(Role::Agent, Capability::ProfileRead);
        assert_eq!(profiles::list(&world.services, &reader, &PageRequest::default()).await.unwrap().items.len(), 1, "{name}: the customer stays");
    }
}

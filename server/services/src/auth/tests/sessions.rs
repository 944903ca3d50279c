use ::store::{args, sql};
use model::{
    Problem,
    audit::AuditFilter,
    people::{Capability, Role},
};

use crate::{
    Ctx, Principal, audit,
    auth::{Credential, list_sessions, me, recognise, revoke_other_sessions, revoke_session, sign_in, sign_out, sweep},
    clock::{DAY, HOUR, MINUTE, SECOND},
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

async fn recognised(world: &World, cookie: &str) -> Option<Principal> {
    recognise(&world.services, Credential::Cookie(cookie), request("198.51.100.9")).await.unwrap()
}

async fn ctx_of(world: &World, cookie: &str) -> Ctx {
    recognised(world, cookie).await.unwrap().authorise(Capability::AccountOwn).unwrap()
}

async fn new_cookie(world: &World, role: Role) -> String {
    world.sign_in(world.acme.person(role)).await.cookie_secret.expose().to_owned()
}

#[tokio::test]
async fn a_cookie_brings_back_who_signed_in() {
    for (name, world) in worlds().await {
        let signed_in = world.sign_in(world.acme.person(Role::Supervisor)).await;
        assert_eq!(signed_in.cookie_secret.expose().len(), 43, "{name}: 256 bits");
        assert_eq!(signed_in.expires_micros, world.services.now() + 30 * DAY, "{name}");
        let ctx = ctx_of(&world, signed_in.cookie_secret.expose()).await;
        let who = me(&world.services, &ctx).await.unwrap();
        assert_eq!((who.role, who.tenant, who.time_zone.as_str()), (Role::Supervisor, world.acme.tenant, "Europe/London"), "{name}");
        assert_eq!(who.capabilities, Role::Supervisor.capabilities(), "{name}");
        let row = world.services.db.read_one(sql!("SELECT secret_hash FROM auth_session"), args![]).await.unwrap();
        assert_ne!(row.text("secret_hash").unwrap(), signed_in.cookie_secret.expose(), "{name}: only the hash is stored");
        for wrong in ["", "x", &row.text("secret_hash").unwrap()] {
            assert!(recognised(&world, wrong).await.is_none(), "{name} {wrong}");
        }
        let as_token = recognise(&world.services, Credential::Bearer(signed_in.cookie_secret.expose()), request("192.0.2.1")).await.unwrap();
        assert!(as_token.is_none(), "{name}: a cookie is no token");
    }
}

#[tokio::test]
async fn every_sign_in_has_a_secret_of_its_own() {
    for (name, world) in worlds().await {
        let (first, second) = (new_cookie(&world, Role::Agent).await, new_cookie(&world, Role::Agent).await);
        assert_ne!(first, second, "{name}");
        assert!(recognised(&world, &first).await.is_some() && recognised(&world, &second).await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_the_latest_after_thirty_days() {
    for (name, world) in worlds().await {
        let idle = new_cookie(&world, Role::Agent).await;
        let busy = new_cookie(&world, Role::Owner).await;
        let check = async |advance: i64, idle_is_in: bool, busy_is_in: bool| {
            world.advance(advance);
            assert_eq!(recognised(&world, &busy).await.is_some(), busy_is_in, "{name} busy +{advance}");
            assert_eq!(recognised(&world, &idle).await.is_some(), idle_is_in, "{name} idle +{advance}");
        };
        check(12 * HOUR - 1, true, true).await;
        check(12 * HOUR - 1, true, true).await;
        check(1, true, true).await;
        // From here on only the busy one is used; the other is looked at once, too late.
        world.advance(11 * HOUR);
        assert!(recognised(&world, &busy).await.is_some(), "{name}");
        check(HOUR, false, true).await;
        let mut passed = 12 * HOUR - 1 + 12 * HOUR - 1 + 1 + 11 * HOUR + HOUR;
        while passed + 11 * HOUR < 30 * DAY {
            world.advance(11 * HOUR);
            passed += 11 * HOUR;
            assert!(recognised(&world, &busy).await.is_some(), "{name} {passed}");
        }
        check(30 * DAY - passed - 1, false, true).await;
        check(1, false, false).await;
        check(HOUR, false, false).await;
    }
}

#[tokio::test]
async fn the_last_use_is_noted_at_most_once_a_minute() {
    for (name, world) in worlds().await {
        let cookie = new_cookie(&world, Role::Agent).await;
        let check = async |advance: i64, seen: &str, address: &str| {
            world.advance(advance);
            let ctx = ctx_of(&world, &cookie).await;
            let session = list_sessions(&world.services, &ctx).await.unwrap().remove(0);
            assert_eq!((session.last_seen.text.as_str(), session.remote_address.as_str()), (seen, address), "{name}");
        };
        check(MINUTE - 1, "2025-03-01 12:00:00", "192.0.2.1").await;
        check(1, "2025-03-01 12:01:00", "198.51.100.9").await;
        check(30 * SECOND, "2025-03-01 12:01:00", "198.51.100.9").await;
        check(30 * SECOND, "2025-03-01 12:02:00", "198.51.100.9").await;
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_together() {
    for (name, world) in worlds().await {
        let first = new_cookie(&world, Role::Agent).await;
        world.advance(SECOND);
        let second = new_cookie(&world, Role::Agent).await;
        world.advance(SECOND);
        let third = new_cookie(&world, Role::Agent).await;
        let colleague = new_cookie(&world, Role::Supervisor).await;
        let ctx = ctx_of(&world, &third).await;
        world.advance(1);
        let listed = list_sessions(&world.services, &ctx).await.unwrap();
        assert_eq!(listed.iter().map(|session| session.current).collect::<Vec<_>>(), [true, false, false], "{name}");
        assert_eq!((listed[0].user_agent.as_str(), listed[0].created.text.as_str()), ("test browser", "2025-03-01 12:00:02"), "{name}");
        assert_eq!(listed[0].expires.text, "2025-03-02 00:00:02", "{name}: idle");
        revoke_session(&world.services, &ctx, listed[1].id).await.unwrap();
        assert!(recognised(&world, &second).await.is_none(), "{name}");
        world.advance(1);
        assert_eq!(refusal(revoke_session(&world.services, &ctx, listed[1].id).await), Problem::NotFound, "{name}: only once");
        assert_eq!(revoke_other_sessions(&world.services, &ctx).await.unwrap(), 1, "{name}");
        assert!(recognised(&world, &first).await.is_none() && recognised(&world, &third).await.is_some(), "{name}");
        assert_eq!(revoke_other_sessions(&world.services, &ctx).await.unwrap(), 0, "{name}");
        world.advance(1);
        sign_out(&world.services, &ctx).await.unwrap();
        assert!(recognised(&world, &third).await.is_none() && recognised(&world, &colleague).await.is_some(), "{name}");
        let filter = AuditFilter { action: "auth.session".into(), search: "agent@acme".into(), ..Default::default() };
        let told = audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items;
        let actions: Vec<_> = told.iter().rev().map(|entry| entry.action.trim_start_matches("auth.session.")).collect();
        assert_eq!(actions, ["started", "started", "started", "ended", "others_ended", "ended"], "{name}");
    }
}

#[tokio::test]
async fn sessions_of_others_do_not_exist() {
    for (name, world) in worlds().await {
        let cookie = new_cookie(&world, Role::Agent).await;
        let ctx = ctx_of(&world, &cookie).await;
        let session = list_sessions(&world.services, &ctx).await.unwrap().remove(0).id;
        let mut forged = world.zenith.principal(Role::Owner);
        forged.user = ctx.user();
        let forged = forged.authorise(Capability::AccountOwn).unwrap();
        for other in [world.acme.owner(), world.zenith.owner(), forged] {
            assert_eq!(refusal(revoke_session(&world.services, &other, session).await), Problem::NotFound, "{name}");
            assert_eq!(revoke_other_sessions(&world.services, &other).await.unwrap(), 0, "{name}");
            assert!(list_sessions(&world.services, &other).await.unwrap().is_empty(), "{name}");
        }
        assert!(recognised(&world, &cookie).await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_tenant_that_is_shut_out_is_nobody_at_once() {
    for (name, world) in worlds().await {
        let cookie = new_cookie(&world, Role::Owner).await;
        let theirs = world.sign_in(world.zenith.person(Role::Owner)).await.cookie_secret;
        let shut = sql!("UPDATE tenant SET active = 0 WHERE id = $1");
        world.services.db.execute(shut, args![world.acme.tenant.uuid()]).await.unwrap();
        assert!(recognised(&world, &cookie).await.is_none(), "{name}");
        assert!(recognised(&world, theirs.expose()).await.is_some(), "{name}");
        let refused = sign_in(&world.services, "owner@acme.example", secret(PASSWORD), &request("192.0.2.1")).await;
        assert!(refusal(refused).for_field("email").is_some(), "{name}");
    }
}

#[tokio::test]
async fn nobody_has_no_sessions() {
    for (name, world) in worlds().await {
        let system = Principal::system(world.acme.tenant, world.acme.zone.clone());
        assert_eq!(refusal(list_sessions(&world.services, &system).await), Problem::NotFound, "{name}");
        assert!(matches!(refusal(sign_out(&world.services, &system).await), Problem::Conflict { .. }), "{name}");
        assert_eq!(refusal(me(&world.services, &system).await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn sweeping_removes_only_what_is_long_over() {
    for (name, world) in worlds().await {
        let old = new_cookie(&world, Role::Agent).await;
        world.advance(59 * DAY);
        let new = new_cookie(&world, Role::Agent).await;
        sign_in(&world.services, "nobody@acme.example", secret(PASSWORD), &request("203.0.113.5")).await.err().unwrap();
        assert_eq!(sweep(&world.services).await.unwrap(), 0, "{name}: nothing is over for long enough");
        world.advance(DAY + 1);
        // The old session, the account that was guessed at, and the two callers.
        assert_eq!(sweep(&world.services).await.unwrap(), 4, "{name}");
        assert!(recognised(&world, &old).await.is_none(), "{name}");
        let rows = world.services.db.read_one(sql!("SELECT count(*) AS n FROM auth_session"), args![]).await.unwrap();
        assert_eq!(rows.int("n").unwrap(), 1, "{name}");
        drop(new);
    }
}

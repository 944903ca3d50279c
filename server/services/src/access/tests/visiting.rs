use model::{
    Problem,
    access::Access,
    audit::AuditFilter,
    people::{Capability, Role},
};

use super::{MARA, decides, held, mara, visit, visitor};
use crate::{
    access::{end_visit, get, leave, present, settle, update, visits},
    audit,
    auth::{self, Credential},
    clock::{HOUR, MINUTE, SECOND},
    operator,
    testing::{World, refusal, request, worlds},
};

async fn told(world: &World, action: &str) -> Vec<model::audit::AuditEntry> {
    let filter = AuditFilter { action: action.into(), ..Default::default() };
    audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items
}

#[tokio::test]
async fn a_visitor_holds_the_level_and_is_audited_under_an_id_that_shows_them() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::FullWithDecrypt).await;
        for level in Access::ALL {
            let cookie = visit(&world, &mara, world.acme.tenant, *level).await;
            let principal = visitor(&world, &cookie).await.unwrap();
            assert_eq!(principal.capabilities(), level.capabilities(false), "{name} {level}");
            assert_eq!(principal.tenant(), world.acme.tenant, "{name} {level}");
            assert!(principal.clone().authorise(Capability::TenantHelpDesk).is_err(), "{name} {level}");
            let ctx = principal.clone().authorise(Capability::TenantRead).unwrap();
            let acts_as = format!("mara+{}+help_desk@support.example", world.acme.tenant);
            assert_eq!((ctx.actor(), ctx.user()), (acts_as.clone(), None), "{name} {level}");
            assert_eq!(ctx.unless_viewing().is_err(), *level == Access::ReadOnly, "{name} {level}");
            let me = auth::me_of(&world.services, &principal).await.unwrap();
            assert_eq!(me.visit.map(|visit| visit.access), Some(*level), "{name}");
            let started = &told(&world, "access.visit.started").await[0];
            assert_eq!((started.actor.as_str(), started.subject_name.as_str()), (acts_as.as_str(), acts_as.as_str()), "{name}");
            leave(&world.services, &principal).await.unwrap();
            assert!(visitor(&world, &cookie).await.is_none(), "{name}");
            let ended = &told(&world, "access.visit.ended").await[0];
            assert_eq!((ended.actor.as_str(), ended.changes[0].after.as_deref()), (acts_as.as_str(), Some("the visitor left")), "{name}");
        }
        // Nothing of it is a session of a person, nor the other way round.
        let cookie = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        let as_session = auth::recognise(&world.services, Credential::Cookie(&cookie), request("192.0.2.9")).await.unwrap();
        assert!(as_session.is_none(), "{name}");
        let own = world.sign_in(world.acme.person(Role::Owner)).await.cookie_secret;
        assert!(visitor(&world, own.expose()).await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn switching_off_ends_running_visits_at_once_and_only_there() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let (acme, zenith) =
            (visit(&world, &mara, world.acme.tenant, Access::Full).await, visit(&world, &mara, world.zenith.tenant, Access::Full).await);
        let owner = decides(&world.acme);
        assert_eq!(present(&world.services, &world.acme.owner()).await.unwrap().len(), 1, "{name}");
        update(&world.services, &owner, false, false, "").await.unwrap();
        assert!(held(&world, &acme).await.is_none(), "{name}");
        assert!(held(&world, &zenith).await.is_some(), "{name}");
        assert!(present(&world.services, &world.acme.owner()).await.unwrap().is_empty(), "{name}");
        let past = visits(&world.services, &owner, "").await.unwrap().items;
        assert_eq!(past.len(), 1, "{name}: the other tenant's visit is not listed");
        assert_eq!(past[0].ended_because, "help-desk access was switched off", "{name}");
        assert_eq!(told(&world, "access.visit.ended").await.len(), 1, "{name}");
        assert_eq!(told(&world, "access.help_desk.updated").await.len(), 1, "{name}");
        update(&world.services, &owner, true, false, "").await.unwrap();
        assert!(held(&world, &acme).await.is_none(), "{name}: what ended stays ended");
        assert_eq!(settle(&world.services).await.unwrap(), 0, "{name}: nothing is left to write");
    }
}

#[tokio::test]
async fn a_permission_until_a_time_ends_visits_when_it_comes() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let owner = decides(&world.acme);
        for (until, field, wanted) in [
            ("2025-03-01 12:00", "until_date", "passed"),
            ("yesterday", "until_date", "Choose a day"),
            ("2025-02-30 12:00", "until_date", "Choose a day"),
            ("12:00", "until_date", "Choose a day"),
            ("2025-03-01", "until_time", "24-hour clock"),
            ("2025-03-01 24:30", "until_time", "24-hour clock"),
            ("2025-03-01 6 pm", "until_time", "24-hour clock"),
        ] {
            let problem = refusal(update(&world.services, &owner, true, false, until).await);
            assert!(problem.for_field(field).is_some_and(|words| words.contains(wanted)), "{name} {until}: {problem}");
            assert_eq!(problem.fields().len(), 1, "{name} {until}: {problem}");
        }
        // An hour of one digit is one too.
        update(&world.services, &owner, true, false, "2025-03-02 9:05").await.unwrap();
        assert_eq!(get(&world.services, &owner).await.unwrap().until, "2025-03-02 09:05", "{name}");
        update(&world.services, &owner, true, false, " 2025-03-01 12:30 ").await.unwrap();
        let settings = get(&world.services, &owner).await.unwrap();
        assert_eq!((settings.until.as_str(), settings.over), ("2025-03-01 12:30", false), "{name}");
        let cookie = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        world.advance(30 * MINUTE - 1);
        assert!(held(&world, &cookie).await.is_some(), "{name}");
        world.advance(1);
        assert!(present(&world.services, &world.acme.owner()).await.unwrap().is_empty(), "{name}");
        assert_eq!(settle(&world.services).await.unwrap(), 1, "{name}");
        assert!(held(&world, &cookie).await.is_none(), "{name}");
        assert_eq!(told(&world, "access.visit.ended").await[0].changes[0].after.as_deref(), Some("the permission ran out"), "{name}");
        assert!(get(&world.services, &owner).await.unwrap().over, "{name}");
    }
}

/// Spec tenant-settings: a time that somebody selects is one of the tenant's zone.
#[tokio::test]
async fn the_end_of_a_permission_is_a_time_of_the_tenants_zone() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        // 12:30 UTC.
        update(&world.services, &decides(&world.zenith), true, false, "2025-03-01 18:00").await.unwrap();
        let cookie = visit(&world, &mara, world.zenith.tenant, Access::Full).await;
        world.advance(30 * MINUTE - 1);
        assert!(held(&world, &cookie).await.is_some(), "{name}");
        world.advance(1);
        assert!(held(&world, &cookie).await.is_none(), "{name}");
        assert_eq!(get(&world.services, &decides(&world.zenith)).await.unwrap().until, "2025-03-01 18:00", "{name}: shown as it was selected");
    }
}

#[tokio::test]
async fn what_a_visitor_may_do_follows_the_settings_at_every_request() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let owner = decides(&world.acme);
        let cookie = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        let decrypts = async || held(&world, &cookie).await.unwrap().has(Capability::DebugLogDecrypt);
        assert!(!decrypts().await, "{name}");
        update(&world.services, &owner, true, true, "").await.unwrap();
        assert!(decrypts().await, "{name}: the tenant lets everybody of the help desk decrypt");
        update(&world.services, &owner, true, false, "").await.unwrap();
        assert!(!decrypts().await, "{name}");
        operator::set_access(&world.services, MARA, Access::ReadOnly).await.unwrap();
        assert_eq!(held(&world, &cookie).await, Some(Access::ReadOnly.capabilities(false)), "{name}: the lower of the two");
        operator::set_access(&world.services, MARA, Access::FullWithDecrypt).await.unwrap();
        assert_eq!(held(&world, &cookie).await, Some(Access::Full.capabilities(false)), "{name}: never more than was asked for");
        operator::set_active(&world.services, MARA, false).await.unwrap();
        assert!(held(&world, &cookie).await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn an_owner_sends_a_visitor_out() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let cookie = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        let id = present(&world.services, &world.acme.owner()).await.unwrap()[0].id;
        assert_eq!(refusal(end_visit(&world.services, &decides(&world.zenith), id).await), Problem::NotFound, "{name}: another tenant's");
        assert!(held(&world, &cookie).await.is_some(), "{name}");
        end_visit(&world.services, &decides(&world.acme), id).await.unwrap();
        assert!(held(&world, &cookie).await.is_none(), "{name}");
        assert!(matches!(refusal(end_visit(&world.services, &decides(&world.acme), id).await), Problem::Conflict { .. }), "{name}: once");
        assert_eq!(told(&world, "access.visit.ended").await[0].actor, world.acme.owner().actor(), "{name}");
    }
}

#[tokio::test]
async fn a_visit_nobody_uses_ends_and_so_does_the_longest() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let idle = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        world.advance(SECOND);
        let busy = visit(&world, &mara, world.acme.tenant, Access::Full).await;
        for _ in 0..8 {
            world.advance(HOUR - MINUTE);
            assert!(held(&world, &busy).await.is_some(), "{name}");
        }
        assert!(held(&world, &idle).await.is_none(), "{name}");
        world.advance(8 * MINUTE);
        assert!(held(&world, &busy).await.is_none(), "{name}");
        let because: Vec<_> =
            visits(&world.services, &decides(&world.acme), "").await.unwrap().items.into_iter().map(|one| one.ended_because).collect();
        assert_eq!(because, ["it had lasted as long as a visit may", "nobody used it"], "{name}");
    }
}

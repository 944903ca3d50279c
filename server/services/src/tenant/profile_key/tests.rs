use ::store::{args, sql};
use model::{
    Problem,
    audit::AuditFilter,
    people::{Capability, Role},
};

use super::{end_now, list, matches, reveal, rotate, sweep, tenant_of};
use crate::{
    Ctx, audit,
    auth::fingerprint,
    clock::{HOUR, MINUTE},
    testing::{World, refusal, worlds},
};

fn viewer(world: &World) -> Ctx {
    world.acme.ctx(Role::LimitedAccess, Capability::TenantProfileKey)
}

fn owner(world: &World) -> Ctx {
    world.acme.ctx(Role::Owner, Capability::TenantWrite)
}

async fn text(world: &World) -> String {
    reveal(&world.services, &viewer(world)).await.unwrap().expose().to_owned()
}

async fn works(world: &World, key: &str) -> bool {
    let found = tenant_of(&world.services, key).await.unwrap();
    let matched = matches(&world.services, world.acme.tenant, key).await.unwrap();
    assert_eq!(found == Some(world.acme.tenant), matched, "both ways of asking agree");
    assert!(!matches(&world.services, world.zenith.tenant, key).await.unwrap(), "no key opens another tenant");
    matched
}

async fn told(world: &World, action: &str) -> usize {
    let filter = AuditFilter { action: action.into(), ..Default::default() };
    audit::list(&world.services, &owner(world), &filter).await.unwrap().items.len()
}

#[tokio::test]
async fn a_tenant_has_a_key_from_the_start_and_it_is_stored_sealed() {
    for (name, world) in worlds().await {
        let keys = list(&world.services, &viewer(&world)).await.unwrap();
        assert!(keys.replaced.is_empty() && keys.present.ends.is_none() && keys.present.last_used.is_none(), "{name}: {keys:?}");
        let key = text(&world).await;
        assert!(key.starts_with("sbp_") && key.len() == 47 && key.starts_with(&keys.present.prefix), "{name}");
        assert!(works(&world, &key).await, "{name}");
        let row = world
            .services
            .db
            .read_one(sql!("SELECT secret, secret_hash FROM tenant_profile_key WHERE tenant_id = $1"), args![world.acme.tenant.uuid()]);
        let row = row.await.unwrap();
        assert_eq!(row.text("secret_hash").unwrap(), fingerprint(&key), "{name}");
        assert!(!row.bytes("secret").unwrap().windows(16).any(|part| key.as_bytes().windows(16).any(|plain| plain == part)), "{name}");
        for wrong in ["", "sbp_", &key[..46], &format!("{key}A"), &key.to_uppercase(), &fingerprint(&key)] {
            assert!(!works(&world, wrong).await, "{name} {wrong}");
        }
    }
}

#[tokio::test]
async fn every_look_at_the_text_is_audited_and_the_text_is_not() {
    for (name, world) in worlds().await {
        list(&world.services, &viewer(&world)).await.unwrap();
        assert_eq!(told(&world, "tenant.profile_key.revealed").await, 0, "{name}");
        let key = text(&world).await;
        assert_eq!(text(&world).await, key, "{name}");
        let filter = AuditFilter { action: "tenant.profile_key.revealed".into(), ..Default::default() };
        let entries = audit::list(&world.services, &owner(&world), &filter).await.unwrap().items;
        assert_eq!(entries.len(), 2, "{name}");
        assert!(entries[0].actor.contains("limited_access@acme.example"), "{name}: {:?}", entries[0]);
        assert!(!format!("{entries:?}").contains(&key), "{name}");
    }
}

#[tokio::test]
async fn a_replaced_key_works_until_its_end() {
    for (name, world) in worlds().await {
        let old = text(&world).await;
        rotate(&world.services, &owner(&world), "24").await.unwrap();
        let new = text(&world).await;
        assert!(old != new && works(&world, &old).await && works(&world, &new).await, "{name}");
        let keys = list(&world.services, &viewer(&world)).await.unwrap();
        assert_eq!(keys.replaced.len(), 1, "{name}");
        assert_eq!(keys.replaced[0].ends.as_ref().unwrap().text, "2025-03-02 12:00:00", "{name}");
        world.advance(24 * HOUR - 1);
        assert!(works(&world, &old).await, "{name}");
        world.advance(1);
        assert!(!works(&world, &old).await && works(&world, &new).await, "{name}");
        assert!(list(&world.services, &viewer(&world)).await.unwrap().replaced.is_empty(), "{name}");
        assert_eq!(sweep(&world.services).await.unwrap(), 1, "{name}");
        assert_eq!(told(&world, "tenant.profile_key.rotated").await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_replaced_key_ends_at_once_or_when_told() {
    for (name, world) in worlds().await {
        let first = text(&world).await;
        rotate(&world.services, &owner(&world), "0").await.unwrap();
        assert!(!works(&world, &first).await, "{name}: at once");
        let second = text(&world).await;
        rotate(&world.services, &owner(&world), "168").await.unwrap();
        let keys = list(&world.services, &viewer(&world)).await.unwrap();
        let stranger = world.zenith.ctx(Role::Owner, Capability::TenantWrite);
        assert_eq!(refusal(end_now(&world.services, &stranger, keys.replaced[0].id).await), Problem::NotFound, "{name}");
        assert!(works(&world, &second).await, "{name}");
        assert!(matches!(refusal(end_now(&world.services, &owner(&world), keys.present.id).await), Problem::Conflict { .. }), "{name}");
        end_now(&world.services, &owner(&world), keys.replaced[0].id).await.unwrap();
        assert!(!works(&world, &second).await, "{name}: when told");
        assert_eq!(refusal(end_now(&world.services, &owner(&world), keys.replaced[0].id).await), Problem::NotFound, "{name}: once");
        assert_eq!(told(&world, "tenant.profile_key.ended").await, 1, "{name}");
    }
}

#[tokio::test]
async fn rotating_is_bounded() {
    for (name, world) in worlds().await {
        for hours in ["", "169", "-1", "one"] {
            let problem = refusal(rotate(&world.services, &owner(&world), hours).await);
            assert!(problem.for_field("overlap_hours").is_some(), "{name} {hours}");
        }
        for _ in 0..5 {
            rotate(&world.services, &owner(&world), "1").await.unwrap();
        }
        assert!(matches!(refusal(rotate(&world.services, &owner(&world), "1").await), Problem::Conflict { .. }), "{name}");
        rotate(&world.services, &owner(&world), "0").await.unwrap();
        world.advance(HOUR);
        rotate(&world.services, &owner(&world), "1").await.unwrap();
        assert_eq!(list(&world.services, &viewer(&world)).await.unwrap().replaced.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_hour() {
    for (name, world) in worlds().await {
        let key = text(&world).await;
        let last = async || list(&world.services, &viewer(&world)).await.unwrap().present.last_used.map(|at| at.text);
        assert!(works(&world, &key).await, "{name}");
        assert_eq!(last().await.as_deref(), Some("2025-03-01 12:00:00"), "{name}");
        world.advance(59 * MINUTE);
        assert!(works(&world, &key).await, "{name}");
        assert_eq!(last().await.as_deref(), Some("2025-03-01 12:00:00"), "{name}: not again within the hour");
        world.advance(MINUTE);
        assert!(works(&world, &key).await, "{name}");
        assert_eq!(last().await.as_deref(), Some("2025-03-01 13:00:00"), "{name}");
    }
}

#[tokio::test]
async fn an_older_tenant_gets_its_key_at_the_first_look() {
    for (name, world) in worlds().await {
        world.services.db.execute(sql!("DELETE FROM tenant_profile_key WHERE tenant_id = $1"), args![world.acme.tenant.uuid()]).await.unwrap();
        let (viewer_ctx, owner_ctx) = (viewer(&world), owner(&world));
        let (one, two) = futures::future::join(list(&world.services, &viewer_ctx), list(&world.services, &owner_ctx)).await;
        assert_eq!(one.unwrap().present.id, two.unwrap().present.id, "{name}: one key, whoever looks first");
        assert_eq!(told(&world, "tenant.profile_key.created").await, 1, "{name}");
        let key = text(&world).await;
        assert!(works(&world, &key).await, "{name}");
    }
}

#[tokio::test]
async fn the_key_of_a_tenant_that_was_shut_out_opens_nothing() {
    for (name, world) in worlds().await {
        let key = text(&world).await;
        world.services.db.execute(sql!("UPDATE tenant SET active = 0 WHERE id = $1"), args![world.acme.tenant.uuid()]).await.unwrap();
        assert!(!works(&world, &key).await, "{name}");
    }
}

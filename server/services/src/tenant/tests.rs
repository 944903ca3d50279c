use model::{
    audit::AuditFilter,
    people::{Capability, Role},
};

use super::{get, update};
use crate::{
    audit,
    testing::{refusal, worlds},
};

#[tokio::test]
async fn an_owner_changes_name_and_zone_and_it_is_audited() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        update(&world.services, &ctx, " Acme Ltd ".into(), "America/New_York".into()).await.unwrap();
        let tenant = get(&world.services, &ctx).await.unwrap();
        assert_eq!((tenant.name.as_str(), tenant.time_zone.as_str()), ("Acme Ltd", "America/New_York"), "{name}");
        let filter = AuditFilter { action: "tenant.updated".into(), ..Default::default() };
        let entries = audit::list(&world.services, &ctx, &filter).await.unwrap().items;
        let changes: Vec<_> = entries[0].changes.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(changes, [("name", Some("Acme"), Some("Acme Ltd")), ("time_zone", Some("Europe/London"), Some("America/New_York"))]);
        update(&world.services, &ctx, "Acme Ltd".into(), "America/New_York".into()).await.unwrap();
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
        let problem = refusal(update(&world.services, &ctx, " ".into(), "Europe/Atlantis".into()).await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["name", "time_zone"], "{name}");
        assert_eq!(get(&world.services, &ctx).await.unwrap().name, "Acme", "{name}");
    }
}

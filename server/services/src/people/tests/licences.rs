use model::{
    Problem,
    people::{LicenceCount, Licences, Role},
};

use crate::{
    people::{LicenceTotal, assign, licence_counts, set_licence_totals},
    testing::{World, refusal, worlds},
};

const BOTH: Licences = Licences { contact_center: true, interact: true };
const NONE: Licences = Licences { contact_center: false, interact: false };
const ONE: Licences = Licences { contact_center: true, interact: false };

async fn counts(world: &World) -> [(i64, Option<i64>); 2] {
    let counts = licence_counts(&world.services, &world.acme.owner()).await.unwrap();
    let of = |count: &LicenceCount| (count.assigned, count.total);
    [of(&counts[0]), of(&counts[1])]
}

#[tokio::test]
async fn licences_are_counted_and_not_given_beyond_the_total() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let person = |role| world.acme.person(role).user;
        assert_eq!(counts(&world).await, [(0, None), (0, None)], "{name}");
        for role in [Role::Agent, Role::Supervisor, Role::ReadOnly] {
            assign(services, &ctx, person(role), BOTH, &[]).await.unwrap();
        }
        assert_eq!(counts(&world).await, [(3, None), (3, None)], "{name}");
        set_licence_totals(services, "Acme", Some(LicenceTotal::AtMost(3)), None).await.unwrap();
        let refused = refusal(assign(services, &ctx, person(Role::FullAccess), BOTH, &[]).await);
        assert!(refused.for_field("contact_center").unwrap().contains("All 3 Contact Center licences"), "{name}: {refused:?}");
        assert_eq!(refused.for_field("interact"), None, "{name}");
        assert_eq!(counts(&world).await, [(3, Some(3)), (3, None)], "{name}: nothing half done");
        // Who holds one keeps it, and what is given back can be given anew.
        assign(services, &ctx, person(Role::Agent), BOTH, &[]).await.unwrap();
        assign(services, &ctx, person(Role::Agent), NONE, &[]).await.unwrap();
        assign(services, &ctx, person(Role::FullAccess), BOTH, &[]).await.unwrap();
        // Fewer than are assigned takes nothing away.
        let after = set_licence_totals(services, "Acme", Some(LicenceTotal::AtMost(1)), Some(LicenceTotal::AtMost(0))).await.unwrap();
        assert_eq!((after[0].words().as_str(), after[1].words().as_str()), ("3 of 1", "3 of 0"), "{name}");
        assert!(refusal(assign(services, &ctx, person(Role::Agent), ONE, &[]).await).for_field("contact_center").is_some(), "{name}");
        set_licence_totals(services, "Acme", Some(LicenceTotal::Unlimited), None).await.unwrap();
        assign(services, &ctx, person(Role::Agent), ONE, &[]).await.unwrap();
        assert_eq!(counts(&world).await, [(4, None), (3, Some(0))], "{name}");
        let theirs = licence_counts(services, &world.zenith.owner()).await.unwrap();
        assert!(theirs.iter().all(|count| count.assigned == 0 && count.total.is_none()), "{name}");
        assert!(refusal(set_licence_totals(services, "Nowhere", None, None).await).for_field("tenant").is_some(), "{name}");
    }
}

#[tokio::test]
async fn the_last_licence_goes_to_one_of_two_who_take_it_at_once() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        set_licence_totals(services, "Acme", Some(LicenceTotal::AtMost(2)), None).await.unwrap();
        let people: Vec<_> = world.acme.people.iter().map(|person| person.user).collect();
        let all = people.iter().map(|user| assign(services, &ctx, *user, ONE, &[]));
        let done = futures::future::join_all(all).await;
        let (good, bad): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (2, people.len() - 2), "{name}");
        assert!(bad.into_iter().all(|one| matches!(refusal(one), Problem::Invalid { .. })), "{name}");
        assert_eq!(counts(&world).await[0], (2, Some(2)), "{name}");
    }
}

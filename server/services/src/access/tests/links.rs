use model::{
    Problem,
    access::{Access, LINK_REFUSED},
    people::{Capability, Role},
};

use super::{MARA, decides, follow, mara, visitor};
use crate::{
    access::{Claimant, Entered, enter, launch_as_operator, look, owner_link, sweep, update},
    auth::{self, Credential},
    clock::{DAY, MINUTE, SECOND},
    entropy::Entropy,
    operator,
    testing::{PASSWORD, refusal, request, secret, services, worlds},
};

fn no_way() -> Problem {
    Problem::field("token", LINK_REFUSED)
}

#[tokio::test]
async fn a_link_leads_in_once_for_its_tenant_its_person_and_a_minute() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let (acme, zenith) = (world.acme.tenant, world.zenith.tenant);
        let claimant = Claimant::of(Some(&mara), None);
        let fresh = async || launch_as_operator(&world.services, &mara, acme, Access::ReadOnly).await.unwrap();
        let refused = async |tenant, token: &str, claimant, why: &str| {
            assert_eq!(refusal(follow(&world.services, tenant, token, claimant).await), no_way(), "{name}: {why}");
            let seen = look(&world.services, &tenant.to_string(), token, &claimant, &request("192.0.2.9")).await;
            assert_eq!(refusal(seen), no_way(), "{name}: {why}, looked at");
        };
        let token = fresh().await;
        let preview = look(&world.services, &acme.to_string(), &token, &claimant, &request("192.0.2.9")).await.unwrap();
        assert_eq!((preview.organisation.as_str(), preview.access, preview.who.as_str()), ("Acme", Some(Access::ReadOnly), MARA), "{name}");
        refused(zenith, &token, claimant, "another tenant's").await;
        refused(acme, &token, Claimant::default(), "nobody").await;
        refused(acme, &token, Claimant::of(None, Some(&world.acme.principal(Role::Owner))), "somebody else").await;
        refused(acme, &token[..token.len() - 4], claimant, "cut off").await;
        refused(acme, "", claimant, "empty").await;
        let cookie = follow(&world.services, acme, &token, claimant).await.unwrap();
        assert!(visitor(&world, &cookie).await.is_some(), "{name}: none of the refusals used it up");
        refused(acme, &token, claimant, "a second time").await;
        let slow = fresh().await;
        world.advance(60 * SECOND - 1);
        look(&world.services, &acme.to_string(), &slow, &claimant, &request("192.0.2.9")).await.unwrap();
        world.advance(1);
        refused(acme, &slow, claimant, "too old").await;
        let unknown = enter(&world.services, "acme", &slow, &claimant, &request("192.0.2.9")).await;
        assert_eq!(unknown.err().map(|fault| refusal::<()>(Err(fault))), Some(no_way()), "{name}: no tenant");
    }
}

#[tokio::test]
async fn a_link_leads_nowhere_once_what_it_stands_on_is_gone() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let acme = world.acme.tenant;
        let claimant = Claimant::of(Some(&mara), None);
        let fresh = async || launch_as_operator(&world.services, &mara, acme, Access::Full).await.unwrap();
        let refused = async |token: &str, why: &str| {
            assert_eq!(refusal(follow(&world.services, acme, token, claimant).await), no_way(), "{name}: {why}");
        };
        let lowered = fresh().await;
        operator::set_access(&world.services, MARA, Access::ReadOnly).await.unwrap();
        refused(&lowered, "the operator may do less").await;
        operator::set_access(&world.services, MARA, Access::Full).await.unwrap();
        let off = fresh().await;
        update(&world.services, &decides(&world.acme), false, false, "").await.unwrap();
        refused(&off, "switched off").await;
        let asked = launch_as_operator(&world.services, &mara, acme, Access::Full).await;
        assert_eq!(refusal(asked), Problem::NotFound, "{name}: nor is there a new one");
        update(&world.services, &decides(&world.acme), true, false, "").await.unwrap();
        let more = launch_as_operator(&world.services, &mara, acme, Access::FullWithDecrypt).await;
        assert!(refusal(more).for_field("access").is_some(), "{name}: more than granted");
        let out = fresh().await;
        operator::set_active(&world.services, MARA, false).await.unwrap();
        refused(&out, "the operator is shut out").await;
    }
}

#[tokio::test]
async fn of_two_processes_one_uses_a_link_up() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let acme = world.acme.tenant;
        let mut other = services(&world.db).await;
        other.entropy = Entropy::seeded(99);
        for round in 0..10 {
            let token = launch_as_operator(&world.services, &mara, acme, Access::Full).await.unwrap();
            let claimant = Claimant::of(Some(&mara), None);
            let (here, there) = tokio::join!(follow(&world.services, acme, &token, claimant), follow(&other, acme, &token, claimant));
            assert!(here.is_ok() != there.is_ok(), "{name} {round}: {here:?} {there:?}");
            let loser = if here.is_err() { here } else { there };
            assert_eq!(refusal(loser), no_way(), "{name} {round}");
        }
    }
}

#[tokio::test]
async fn an_owner_made_by_provisioning_comes_in_by_link_once() {
    for (name, world) in worlds().await {
        let made = auth::create_owner(&world.services, "Newcomers", "nora@new.example", secret(PASSWORD), "UTC").await;
        let (tenant, owner) = made.unwrap();
        let link = owner_link(&world.services, tenant, owner).await.unwrap();
        let token = link.strip_prefix(&format!("http://localhost:3000/launch/{tenant}/")).unwrap().to_owned();
        world.advance(9 * MINUTE);
        let preview = look(&world.services, &tenant.to_string(), &token, &Claimant::default(), &request("192.0.2.9")).await.unwrap();
        assert_eq!((preview.access, preview.who.as_str()), (None, "nora@new.example"), "{name}");
        let entered = enter(&world.services, &tenant.to_string(), &token, &Claimant::default(), &request("192.0.2.9")).await.unwrap();
        let Entered::Owner(signed_in) = entered else { panic!("{name}: an owner's own session") };
        let cookie = signed_in.cookie_secret.expose();
        let principal = auth::recognise(&world.services, Credential::Cookie(cookie), request("192.0.2.9")).await.unwrap().unwrap();
        let ctx = principal.authorise(Capability::TenantHelpDesk).unwrap();
        assert_eq!((ctx.tenant(), ctx.user()), (tenant, Some(owner)), "{name}: an owner like any other");
        assert_eq!(refusal(follow(&world.services, tenant, &token, Claimant::default()).await), no_way(), "{name}: once");
        let late = owner_link(&world.services, tenant, owner).await.unwrap();
        world.advance(10 * MINUTE);
        let token = late.rsplit('/').next().unwrap_or_default();
        assert_eq!(refusal(follow(&world.services, tenant, token, Claimant::default()).await), no_way(), "{name}: too old");
        // A link for somebody who is no owner leads nowhere.
        let agent = world.acme.person(Role::Agent).user;
        let link = owner_link(&world.services, world.acme.tenant, agent).await.unwrap();
        let token = link.rsplit('/').next().unwrap_or_default();
        assert_eq!(refusal(follow(&world.services, world.acme.tenant, token, Claimant::default()).await), no_way(), "{name}");
    }
}

#[tokio::test]
async fn old_links_are_cleared_away() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        launch_as_operator(&world.services, &mara, world.acme.tenant, Access::Full).await.unwrap();
        assert_eq!(sweep(&world.services).await.unwrap(), 0, "{name}");
        world.advance(DAY + MINUTE + 1);
        assert_eq!(sweep(&world.services).await.unwrap(), 2, "{name}: the link and the operator's session");
    }
}

use model::{
    Problem,
    people::{Capability, Role},
};

use super::{ctx_of, enrolled, fresh};
use crate::{
    auth::{Credential, confirm_totp, factors::shown_code, recognise, security, security_policy, set_security_policy, start_totp},
    clock::{DAY, MINUTE, SECOND},
    testing::{World, refusal, request, worlds},
};

async fn require(world: &World, required: bool, days: u32) {
    let owner = world.acme.person(Role::Owner);
    let ctx = fresh(world, owner).await;
    set_security_policy(&world.services, &ctx, required, days).await.unwrap();
}

#[tokio::test]
async fn after_the_grace_period_there_is_only_the_own_account_until_a_factor_is_there() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        require(&world, true, 2).await;
        let signed_in = world.sign_in(agent).await;
        assert!(signed_in.lead_to_factors, "{name}: led to it from the first sign-in on");
        let cookie = signed_in.cookie_secret.expose();
        let in_grace = ctx_of(&world, cookie).await;
        assert!(!in_grace.must_enrol() && in_grace.may(Capability::EmailInbox), "{name}");
        let shown = security(&world.services, &in_grace).await.unwrap();
        assert!(shown.due.is_some() && !shown.overdue, "{name}");
        world.advance(2 * DAY + SECOND);
        let late = world.sign_in(agent).await;
        let ctx = ctx_of(&world, late.cookie_secret.expose()).await;
        assert!(ctx.must_enrol() && !ctx.may(Capability::EmailInbox), "{name}");
        assert!(security(&world.services, &ctx).await.unwrap().overdue, "{name}");
        // Other tenants are as they were.
        let elsewhere = world.sign_in(world.zenith.person(Role::Agent)).await;
        assert!(!elsewhere.lead_to_factors, "{name}");
        assert!(ctx_of(&world, elsewhere.cookie_secret.expose()).await.may(Capability::EmailInbox), "{name}");
        // With the app everything opens again, in the same session.
        start_totp(&world.services, &ctx).await.unwrap();
        let code = shown_code(&world.services, ctx.tenant(), agent.user).await;
        confirm_totp(&world.services, &ctx, &code).await.unwrap();
        let after = ctx_of(&world, late.cookie_secret.expose()).await;
        assert!(!after.must_enrol() && after.may(Capability::EmailInbox), "{name}");
    }
}

#[tokio::test]
async fn tokens_and_those_who_have_a_factor_notice_nothing() {
    for (name, world) in worlds().await {
        let owner = world.acme.person(Role::Owner);
        let ctx = fresh(&world, owner).await;
        let token = crate::people::create_token(&world.services, &ctx, "Script".into(), vec![Capability::EmailSend]).await.unwrap();
        require(&world, true, 0).await;
        let principal = recognise(&world.services, Credential::Bearer(&token.secret), request("192.0.2.1")).await.unwrap().unwrap();
        assert!(principal.capabilities().has(Capability::EmailSend) && !principal.must_enrol(), "{name}");
        enrolled(&world, world.acme.person(Role::Supervisor)).await;
        let policy = security_policy(&world.services, &world.acme.owner()).await.unwrap();
        assert!(policy.required && policy.people == 6 && policy.without.len() == 5, "{name} {policy:?}");
        assert!(policy.without.iter().all(|person| person.due.is_some() && person.email != "supervisor@acme.example"), "{name}");
    }
}

#[tokio::test]
async fn the_rule_is_set_by_somebody_who_proved_themselves_and_keeps_its_beginning() {
    for (name, world) in worlds().await {
        let owner = fresh(&world, world.acme.person(Role::Owner)).await;
        assert!(refusal(set_security_policy(&world.services, &owner, true, 31).await).for_field("grace_days").is_some(), "{name}");
        set_security_policy(&world.services, &owner, true, 30).await.unwrap();
        let since = security_policy(&world.services, &owner).await.unwrap().since;
        world.advance(9 * MINUTE);
        set_security_policy(&world.services, &owner, true, 1).await.unwrap();
        assert_eq!(security_policy(&world.services, &owner).await.unwrap().since, since, "{name}");
        world.advance(2 * MINUTE);
        assert!(matches!(refusal(set_security_policy(&world.services, &owner, false, 1).await), Problem::Forbidden { .. }), "{name}");
    }
}

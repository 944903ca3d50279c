use futures::future::join_all;
use model::{
    Problem,
    audit::AuditFilter,
    people::{Capability, CapabilitySet, NewToken, Role},
};

use crate::{
    Ctx, Principal, audit,
    auth::{self, Credential},
    clock::MINUTE,
    people::{UserForm, create_token, create_token_for, list_tokens, revoke_token, set_active, update_user},
    testing::{World, refusal, request, secret, worlds},
};

fn holder(world: &World, role: Role) -> Ctx {
    world.acme.ctx(role, Capability::TokenOwn)
}

async fn recognised(world: &World, token: &str) -> Option<Principal> {
    auth::recognise(&world.services, Credential::Bearer(token), request("198.51.100.9")).await.unwrap()
}

async fn made(world: &World, role: Role, capabilities: &[Capability]) -> NewToken {
    create_token(&world.services, &holder(world, role), "Reports".into(), capabilities.to_vec()).await.unwrap()
}

fn set(capabilities: &[Capability]) -> CapabilitySet {
    capabilities.iter().copied().collect()
}

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_a_hash() {
    for (name, world) in worlds().await {
        let NewToken { token, secret } = made(&world, Role::FullAccess, &[Capability::EmailSend, Capability::AuditRead]).await;
        assert!(secret.starts_with("sbt_") && secret.len() == 47, "{name}");
        assert!(secret.starts_with(&token.prefix) && token.prefix.len() == 10, "{name}");
        let listed = list_tokens(&world.services, &holder(&world, Role::FullAccess)).await.unwrap();
        assert_eq!(listed, std::slice::from_ref(&token), "{name}");
        let row = world.services.db.read_one(::store::sql!("SELECT secret_hash FROM people_token"), ::store::args![]).await.unwrap();
        assert!(!row.text("secret_hash").unwrap().contains(&secret[4..20]), "{name}");
        let principal = recognised(&world, &secret).await.unwrap();
        assert_eq!(principal.capabilities(), set(&[Capability::EmailSend, Capability::AuditRead]), "{name}");
        let ctx = principal.authorise(Capability::AuditRead).unwrap();
        assert_eq!(ctx.actor(), "token Reports of full_access@acme.example", "{name}");
        let told = audit::list(&world.services, &ctx, &AuditFilter { action: "people.token".into(), ..Default::default() }).await.unwrap();
        assert!(!format!("{:?}", told.items).contains(&secret), "{name}");
        assert_eq!(told.items[0].action, "people.token.created", "{name}");
        for wrong in ["", "sbt_", &secret[..46], "sbt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(recognised(&world, wrong).await.is_none(), "{name} {wrong}");
        }
        let as_cookie = auth::recognise(&world.services, Credential::Cookie(&secret), request("192.0.2.1")).await.unwrap();
        assert!(as_cookie.is_none(), "{name}: a token is no cookie");
    }
}

#[tokio::test]
async fn a_token_does_what_it_was_given_and_its_user_still_may() {
    for (name, world) in worlds().await {
        let given = [Capability::EmailSend, Capability::EmailManage, Capability::AuditRead];
        let token = made(&world, Role::FullAccess, &given).await.secret;
        assert_eq!(recognised(&world, &token).await.unwrap().capabilities(), set(&given), "{name}");
        let person = world.acme.person(Role::FullAccess);
        let demoted = UserForm { name: person.name.clone(), email: person.email.clone(), role: Role::Agent.into(), password: secret("") };
        update_user(&world.services, &world.acme.owner(), person.user, demoted).await.unwrap();
        let principal = recognised(&world, &token).await.unwrap();
        assert_eq!(principal.capabilities(), set(&[Capability::EmailSend]), "{name}");
        assert_eq!(principal.authorise(Capability::AuditRead).err(), Some(Problem::NotFound), "{name}");
    }
}

#[tokio::test]
async fn a_token_makes_no_stronger_token() {
    for (name, world) in worlds().await {
        let beyond = create_token(&world.services, &holder(&world, Role::LimitedAccess), "x".into(), vec![Capability::PeopleWrite]).await;
        assert!(refusal(beyond).for_field("capabilities").is_some(), "{name}");
        let none = create_token(&world.services, &holder(&world, Role::Owner), " ".into(), vec![]).await;
        let problem = refusal(none);
        assert!(problem.for_field("capabilities").is_some() && problem.for_field("name").is_some(), "{name}");
        let narrow = made(&world, Role::Owner, &[Capability::TokenOwn, Capability::EmailRead]).await.secret;
        let through = recognised(&world, &narrow).await.unwrap().authorise(Capability::TokenOwn).unwrap();
        let stronger = create_token(&world.services, &through, "x".into(), vec![Capability::TenantWrite]).await;
        assert!(refusal(stronger).for_field("capabilities").is_some(), "{name}");
        create_token(&world.services, &through, "x".into(), vec![Capability::EmailRead]).await.unwrap();
    }
}

#[tokio::test]
async fn revoked_tokens_and_those_of_people_shut_out_are_nobody() {
    for (name, world) in worlds().await {
        let ctx = holder(&world, Role::LimitedAccess);
        let first = made(&world, Role::LimitedAccess, &[Capability::EmailRead]).await;
        let second = made(&world, Role::LimitedAccess, &[Capability::EmailRead]).await;
        revoke_token(&world.services, &ctx, first.token.id).await.unwrap();
        assert!(recognised(&world, &first.secret).await.is_none(), "{name}");
        assert_eq!(refusal(revoke_token(&world.services, &ctx, first.token.id).await), Problem::NotFound, "{name}: only once");
        assert_eq!(list_tokens(&world.services, &ctx).await.unwrap().len(), 1, "{name}");
        set_active(&world.services, &world.acme.owner(), world.acme.person(Role::LimitedAccess).user, false).await.unwrap();
        assert!(recognised(&world, &second.secret).await.is_none(), "{name}");
        set_active(&world.services, &world.acme.owner(), world.acme.person(Role::LimitedAccess).user, true).await.unwrap();
        assert!(recognised(&world, &second.secret).await.is_some(), "{name}: it rested");
        let shut = ::store::sql!("UPDATE tenant SET active = 0 WHERE id = $1");
        world.services.db.execute(shut, ::store::args![world.acme.tenant.uuid()]).await.unwrap();
        assert!(recognised(&world, &second.secret).await.is_none(), "{name}: the tenant is shut out");
    }
}

#[tokio::test]
async fn the_last_use_is_noted_at_most_once_a_minute() {
    for (name, world) in worlds().await {
        let ctx = holder(&world, Role::Owner);
        let token = made(&world, Role::Owner, &[Capability::EmailRead]).await.secret;
        let last = async || list_tokens(&world.services, &ctx).await.unwrap()[0].last_used.clone().map(|stamp| stamp.text);
        assert_eq!(last().await, None, "{name}");
        let check = async |advance: i64, expected: &str| {
            world.advance(advance);
            assert!(recognised(&world, &token).await.is_some());
            assert_eq!(last().await.as_deref(), Some(expected), "{name}");
        };
        check(0, "2025-03-01 12:00:00").await;
        check(MINUTE - 1, "2025-03-01 12:00:00").await;
        check(1, "2025-03-01 12:01:00").await;
    }
}

#[tokio::test]
async fn tokens_of_others_do_not_exist() {
    for (name, world) in worlds().await {
        let mine = made(&world, Role::Owner, &[Capability::EmailRead]).await;
        let colleague = holder(&world, Role::FullAccess);
        let stranger = world.zenith.ctx(Role::Owner, Capability::TokenOwn);
        for other in [&colleague, &stranger] {
            assert!(list_tokens(&world.services, other).await.unwrap().is_empty(), "{name}");
            assert_eq!(refusal(revoke_token(&world.services, other, mine.token.id).await), Problem::NotFound, "{name}");
        }
        assert!(recognised(&world, &mine.secret).await.is_some(), "{name}");
        // The same person's id under another tenant's pass: the tenant alone must keep them apart.
        let mut forged = world.zenith.principal(Role::Owner);
        forged.user = Some(world.acme.person(Role::Owner).user);
        let forged = forged.authorise(Capability::TokenOwn).unwrap();
        assert!(list_tokens(&world.services, &forged).await.unwrap().is_empty(), "{name}");
        assert_eq!(refusal(revoke_token(&world.services, &forged, mine.token.id).await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn the_command_line_makes_tokens_within_the_role() {
    for (name, world) in worlds().await {
        let agent = &world.acme.person(Role::Agent).email;
        let all = create_token_for(&world.services, &agent.to_uppercase(), "cli", vec![]).await.unwrap();
        assert_eq!(recognised(&world, &all.secret).await.unwrap().capabilities(), Role::Agent.capabilities(), "{name}");
        let one = create_token_for(&world.services, agent, "cli", vec![Capability::EmailSend]).await.unwrap();
        assert_eq!(recognised(&world, &one.secret).await.unwrap().capabilities(), set(&[Capability::EmailSend]), "{name}");
        let beyond = create_token_for(&world.services, agent, "cli", vec![Capability::AuditRead]).await;
        assert!(refusal(beyond).for_field("capabilities").is_some(), "{name}");
        let nobody = create_token_for(&world.services, "nobody@acme.example", "cli", vec![]).await;
        assert!(refusal(nobody).for_field("user").is_some(), "{name}");
    }
}

#[tokio::test]
async fn there_is_an_end_to_the_number_of_tokens() {
    for (name, world) in worlds().await {
        let ctx = holder(&world, Role::Owner);
        let one = || create_token(&world.services, &ctx, "x".into(), vec![Capability::EmailRead]);
        // Many at once from the start, so that the last ones find their connections open and really meet.
        let at_once = async || join_all((0..11).map(|_| one())).await.into_iter().filter(Result::is_ok).count();
        for _ in 0..9 {
            assert_eq!(at_once().await, 11, "{name}");
        }
        let made = at_once().await;
        assert_eq!(made, 1, "{name}: the hundredth is made once");
        assert!(matches!(refusal(one().await), Problem::Conflict { .. }), "{name}");
    }
}

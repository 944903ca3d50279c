use futures::future::join_all;
use model::{
    Problem,
    audit::AuditFilter,
    people::{Capability, Role},
};

use super::{enrolled, fresh, from_here, is_in};
use crate::{
    audit,
    auth::{Entered, ask_for_reset, finish_reset, reset_link, reset_link_for, reset_open, send_due_mail, sign_in},
    clock::{MINUTE, SECOND},
    email::fixtures::asset,
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

const NEW: &str = "seven herons at the lock gate";

fn token(link: &str) -> String {
    let token = link.strip_prefix("http://localhost:3000/reset/").unwrap();
    assert_eq!(token.len(), 43);
    token.to_owned()
}

async fn enters(world: &World, email: &str, password: &str) -> bool {
    sign_in(&world.services, email, secret(password), &from_here()).await.is_ok()
}

#[tokio::test]
async fn a_link_works_once_ends_all_sessions_and_leaves_the_second_factor() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let cookie = world.sign_in(agent).await.cookie_secret;
        let link = token(&reset_link_for(&world.services, " Agent@acme.example").await.unwrap());
        assert_eq!(reset_open(&world.services, &link).await.unwrap().as_deref(), Some("agent@acme.example"), "{name}");
        let weak = refusal(finish_reset(&world.services, &link, secret("passwordpassword"), &from_here()).await);
        assert!(weak.for_field("password").is_some(), "{name}");
        let tries = (0..3).map(|_| async { finish_reset(&world.services, &link, secret(NEW), &from_here()).await.is_ok() });
        assert_eq!(join_all(tries).await.into_iter().filter(|ok| *ok).count(), 1, "{name}");
        assert!(!is_in(&world, cookie.expose()).await, "{name}");
        assert!(!enters(&world, &agent.email, PASSWORD).await && enters(&world, &agent.email, NEW).await, "{name}");
        let stored = world.services.db.read_one(::store::sql!("SELECT count(*) AS links FROM auth_reset"), ::store::args![]).await.unwrap();
        assert_eq!(stored.int("links").unwrap(), 0, "{name}");
        let told =
            audit::list(&world.services, &world.acme.owner(), &AuditFilter { action: "auth.password".into(), ..Default::default() }).await.unwrap();
        let actions: Vec<_> = told.items.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["auth.password.reset", "auth.password.reset_asked"], "{name}");
        assert!(!format!("{:?}", told.items).contains(&link), "{name}");
        let supervisor = world.acme.person(Role::Supervisor);
        enrolled(&world, supervisor).await;
        let link = token(&reset_link_for(&world.services, &supervisor.email).await.unwrap());
        finish_reset(&world.services, &link, secret(NEW), &from_here()).await.unwrap();
        let next = sign_in(&world.services, &supervisor.email, secret(NEW), &from_here()).await.unwrap();
        assert!(matches!(next, Entered::SecondStep(_)), "{name}: the second factor is asked for all the same");
    }
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour_and_with_a_newer_use() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let first = token(&reset_link_for(&world.services, &agent.email).await.unwrap());
        let second = token(&reset_link_for(&world.services, &agent.email).await.unwrap());
        finish_reset(&world.services, &second, secret(NEW), &from_here()).await.unwrap();
        assert_eq!(reset_open(&world.services, &first).await.unwrap(), None, "{name}");
        let third = token(&reset_link_for(&world.services, &agent.email).await.unwrap());
        world.advance(30 * MINUTE);
        assert_eq!(reset_open(&world.services, &third).await.unwrap(), None, "{name}");
        assert!(refusal(finish_reset(&world.services, &third, secret(NEW), &from_here()).await).for_field("password").is_some(), "{name}");
        assert!(refusal(reset_link_for(&world.services, "nobody@acme.example").await).for_field("email").is_some(), "{name}");
    }
}

#[tokio::test]
async fn asking_says_the_same_whoever_is_asked_for_and_is_slowed_down() {
    for (name, world) in worlds().await {
        for email in ["agent@acme.example", "nobody@acme.example"] {
            for _ in 0..3 {
                ask_for_reset(&world.services, email, &from_here()).await.unwrap();
            }
            let blocked = refusal(ask_for_reset(&world.services, email, &request("198.51.100.1")).await);
            assert!(matches!(blocked, Problem::Busy { .. }), "{name} {email} {blocked:?}");
        }
        // The same work for both: a job each.
        let row = world.services.db.read_one(::store::sql!("SELECT count(*) AS jobs FROM job WHERE queue = 'auth.reset'"), ::store::args![]).await;
        assert_eq!(row.unwrap().int("jobs").unwrap(), 6, "{name}");
        while send_due_mail(&world.services).await.unwrap() > 0 {}
        // There is no address to send from, so no link was made.
        let row = world.services.db.read_one(::store::sql!("SELECT count(*) AS links FROM auth_reset"), ::store::args![]).await.unwrap();
        assert_eq!(row.int("links").unwrap(), 0, "{name}");
        // Signing in is not held up by it.
        assert!(enters(&world, "agent@acme.example", PASSWORD).await, "{name}");
        world.advance(61 * SECOND);
        ask_for_reset(&world.services, "agent@acme.example", &from_here()).await.unwrap();
    }
}

#[tokio::test]
async fn links_are_made_for_those_one_may_change() {
    for (name, world) in worlds().await {
        let (owner, agent) = (world.acme.person(Role::Owner), world.acme.person(Role::Agent));
        let full = fresh(&world, world.acme.person(Role::FullAccess)).await;
        assert!(matches!(refusal(reset_link(&world.services, &full, owner.user).await), Problem::Forbidden { .. }), "{name}");
        let foreign = fresh(&world, world.zenith.person(Role::Owner)).await;
        assert_eq!(refusal(reset_link(&world.services, &foreign, agent.user).await), Problem::NotFound, "{name}");
        let link = token(&reset_link(&world.services, &full, agent.user).await.unwrap());
        finish_reset(&world.services, &link, secret(NEW), &from_here()).await.unwrap();
        crate::people::set_active(&world.services, &world.acme.ctx(Role::Owner, Capability::PeopleWrite), agent.user, false).await.unwrap();
        assert!(matches!(refusal(reset_link(&world.services, &full, agent.user).await), Problem::Conflict { .. }), "{name}");
    }
}

#[tokio::test]
async fn where_single_sign_on_is_the_only_way_in_only_owners_choose_passwords() {
    for (name, world) in worlds().await {
        let (services, agent) = (&world.services, world.acme.person(Role::Agent));
        let full = fresh(&world, world.acme.person(Role::FullAccess)).await;
        let early = token(&reset_link_for(services, &agent.email).await.unwrap());
        asset(services, &world.acme.owner(), "desk@acme.example", ([127, 0, 0, 1], 9).into()).await;
        world.only_single_sign_on().await;
        let refused = refusal(finish_reset(services, &early, secret(NEW), &from_here()).await);
        assert!(refused.for_field("password").is_some_and(|why| why.contains("single sign-on")), "{name}: {refused:?}");
        assert!(matches!(refusal(reset_link(services, &full, agent.user).await), Problem::Conflict { .. }), "{name}");
        assert!(refusal(reset_link_for(services, &agent.email).await).for_field("email").is_some(), "{name}");
        for email in [&agent.email, &world.acme.person(Role::Owner).email] {
            ask_for_reset(services, email, &from_here()).await.unwrap();
        }
        while send_due_mail(services).await.unwrap() > 0 {}
        let rows = services
            .db
            .read_all(
                ::store::sql!("SELECT m.to_line, s.content FROM email_message m JOIN email_send s ON s.id = m.send_id ORDER BY m.to_line"),
                ::store::args![],
            )
            .await
            .unwrap();
        let mails: Vec<_> = rows.iter().map(|row| (row.text("to_line").unwrap(), row.text("content").unwrap())).collect();
        let to: Vec<_> = mails.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(to, ["agent@acme.example", "owner@acme.example"], "{name}");
        assert!(mails[0].1.contains("http://localhost:3000/sign-in/sso/acme") && !mails[0].1.contains("/reset/"), "{name}: {}", mails[0].1);
        assert!(mails[1].1.contains("http://localhost:3000/reset/"), "{name}");
        let owner = token(&reset_link_for(services, &world.acme.person(Role::Owner).email).await.unwrap());
        finish_reset(services, &owner, secret(NEW), &from_here()).await.unwrap();
    }
}

use ::store::{args, sql};
use argon2::Params;
use model::{Problem, audit::AuditFilter, people::Role};

use super::{ctx_of, is_in};
use crate::{
    Services, audit,
    auth::{PasswordCost, change_password, sign_in},
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

const NEW: &str = "a wholly new password";

async fn attempt(services: &Services, email: &str, password: &str) -> Result<(), crate::Fault> {
    sign_in(services, email, secret(password), &request("192.0.2.1")).await.map(drop)
}

async fn stored_hash(world: &World, email: &str) -> String {
    let statement = sql!("SELECT password_hash FROM people_user WHERE email = $1");
    world.services.db.read_one(statement, args![email]).await.unwrap().text("password_hash").unwrap()
}

#[tokio::test]
async fn one_sentence_for_every_reason() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let shut_out = sql!("UPDATE people_user SET active = 0 WHERE email = $1");
        world.services.db.execute(shut_out, args!["supervisor@acme.example"]).await.unwrap();
        let none = sql!("UPDATE people_user SET password_hash = NULL WHERE email = $1");
        world.services.db.execute(none, args!["read_only@acme.example"]).await.unwrap();
        let long = PASSWORD.repeat(20);
        for (email, password) in [
            (agent.email.as_str(), "a wrong password here"),
            (agent.email.as_str(), ""),
            (agent.email.as_str(), long.as_str()),
            ("nobody@acme.example", PASSWORD),
            ("supervisor@acme.example", PASSWORD),
            ("read_only@acme.example", PASSWORD),
            ("", ""),
        ] {
            let problem = refusal(attempt(&world.services, email, password).await);
            assert_eq!(problem, Problem::field("email", "The address or the password is not right."), "{name} {email}");
        }
        attempt(&world.services, " AGENT@acme.example ", PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn a_hash_of_another_cost_is_replaced_at_sign_in() {
    for (name, world) in worlds().await {
        let email = &world.acme.person(Role::Agent).email;
        let before = stored_hash(&world, email).await;
        attempt(&world.services, email, PASSWORD).await.unwrap();
        assert_eq!(stored_hash(&world, email).await, before, "{name}: nothing to do");
        let mut dearer = world.services.clone();
        dearer.password_cost = PasswordCost::STANDARD;
        attempt(&dearer, email, "a wrong password here").await.unwrap_err();
        assert_eq!(stored_hash(&world, email).await, before, "{name}: a wrong password replaces nothing");
        attempt(&dearer, email, PASSWORD).await.unwrap();
        let after = stored_hash(&world, email).await;
        let (memory, passes) = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST);
        assert!(after.starts_with(&format!("$argon2id$v=19$m={memory},t={passes},p=1$")), "{name} {after}");
        attempt(&world.services, email, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let (here, elsewhere) = (world.sign_in(agent).await.cookie_secret, world.sign_in(agent).await.cookie_secret);
        let ctx = ctx_of(&world, here.expose()).await;
        change_password(&world.services, &ctx, secret(PASSWORD), secret(NEW)).await.unwrap();
        assert!(is_in(&world, here.expose()).await && !is_in(&world, elsewhere.expose()).await, "{name}");
        attempt(&world.services, &agent.email, PASSWORD).await.unwrap_err();
        attempt(&world.services, &agent.email, NEW).await.unwrap();
        attempt(&world.services, &world.acme.person(Role::Owner).email, PASSWORD).await.unwrap();
        let filter = AuditFilter { action: "auth.password.changed".into(), ..Default::default() };
        let told = audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items;
        assert_eq!(told[0].changes, [audit::secret("password", true, true)], "{name}");
        assert!(!format!("{told:?}").contains(NEW), "{name}");
    }
}

#[tokio::test]
async fn the_old_password_is_asked_for_and_guesses_are_counted() {
    for (name, world) in worlds().await {
        let cookie = world.sign_in(world.acme.person(Role::Agent)).await.cookie_secret;
        let ctx = ctx_of(&world, cookie.expose()).await;
        let weak = refusal(change_password(&world.services, &ctx, secret(PASSWORD), secret("short")).await);
        assert!(weak.for_field("new_password").is_some(), "{name}");
        for _ in 0..5 {
            let wrong = refusal(change_password(&world.services, &ctx, secret("a wrong password here"), secret(NEW)).await);
            assert!(wrong.for_field("old_password").is_some(), "{name} {wrong:?}");
        }
        let blocked = refusal(change_password(&world.services, &ctx, secret(PASSWORD), secret(NEW)).await);
        assert!(matches!(blocked, Problem::Busy { .. }), "{name} {blocked:?}");
        attempt(&world.services, "agent@acme.example", PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_is_compared_whole() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let cookie = world.sign_in(agent).await.cookie_secret;
        let ctx = ctx_of(&world, cookie.expose()).await;
        let longest: String = (1_u32..=64).map(|n| format!("{:04x}", n * 40_503 % 65_536)).collect();
        change_password(&world.services, &ctx, secret(PASSWORD), secret(&longest)).await.unwrap();
        for wrong in [format!("{longest}c"), longest[..255].to_owned()] {
            assert!(attempt(&world.services, &agent.email, &wrong).await.is_err(), "{name} {}", wrong.len());
        }
        attempt(&world.services, &agent.email, &longest).await.unwrap();
    }
}

#[tokio::test]
async fn two_changes_at_once_do_not_both_succeed() {
    for (name, world) in worlds().await {
        let cookie = world.sign_in(world.acme.person(Role::Agent)).await.cookie_secret;
        let ctx = ctx_of(&world, cookie.expose()).await;
        let change = |new: &'static str| change_password(&world.services, &ctx, secret(PASSWORD), secret(new));
        let (a, b) = tokio::join!(change(NEW), change("yet another password"));
        assert!(a.is_ok() != b.is_ok(), "{name} {a:?} {b:?}");
    }
}

#[tokio::test]
async fn nobody_waits_for_ever_to_hash() {
    for (name, world) in worlds().await {
        let mut busy = world.services.clone();
        busy.hashing = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
        tokio::time::pause();
        let refused = refusal(crate::auth::hash_password(&busy, secret(PASSWORD)).await);
        tokio::time::resume();
        assert!(matches!(refused, Problem::Busy { .. }), "{name} {refused:?}");
    }
}

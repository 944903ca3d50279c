use std::sync::Arc;

use model::{Problem, auth::SignInMethod, ids::PasskeyId, people::Role};
use serde_json::Value;

use super::{ctx_of, fresh, from_here, ticket};
use crate::{
    Ctx, Services, Settings,
    auth::{
        add_passkey, own_history, passkey_options, passkey_sign_in, registration_options, remove_passkey, rename_passkey, second_step_open, security,
        webauthn::device::Device,
    },
    clock::MINUTE,
    testing::{Person, World, refusal, worlds},
};

/// The world at an address where there can be passkeys.
fn at_home(mut world: World) -> World {
    let settings = Settings { public_url: "https://desk.example".into(), ..Settings::clone(&world.services.settings) };
    world.services.settings = Arc::new(settings);
    world
}

fn device(id: &[u8]) -> Device {
    Device::new("https://desk.example", "desk.example", id)
}

fn challenge(options: &str) -> String {
    serde_json::from_str::<Value>(options).unwrap()["challenge"].as_str().unwrap().to_owned()
}

async fn add(services: &Services, ctx: &Ctx, device: &Device) -> Vec<String> {
    let options = registration_options(services, ctx).await.unwrap();
    add_passkey(services, ctx, "Laptop", &device.create(&challenge(&options)).to_string()).await.unwrap()
}

async fn with_passkey(world: &World, person: &Person) -> Device {
    let mut device = device(person.email.as_bytes());
    device.handle = Some(person.user.uuid().as_bytes().to_vec());
    let ctx = fresh(world, person).await;
    add(&world.services, &ctx, &device).await;
    device
}

#[tokio::test]
async fn a_passkey_signs_in_alone_and_as_the_second_step() {
    for (name, world) in worlds().await {
        let world = at_home(world);
        let agent = world.acme.person(Role::Agent);
        let mut device = with_passkey(&world, agent).await;
        // Alone.
        let options = passkey_options(&world.services, None).await.unwrap();
        let answer = device.get(&challenge(&options)).to_string();
        let signed_in = passkey_sign_in(&world.services, None, &answer, &from_here()).await.unwrap();
        let ctx = ctx_of(&world, signed_in.cookie_secret.expose()).await;
        assert_eq!(ctx.user(), Some(agent.user), "{name}");
        assert_eq!(own_history(&world.services, &ctx).await.unwrap()[0].method, SignInMethod::Passkey, "{name}");
        // A challenge counts once.
        assert!(refusal(passkey_sign_in(&world.services, None, &answer, &from_here()).await.map(drop)).for_field("passkey").is_some(), "{name}");
        // After the password; there the device need not have checked the person.
        let held = ticket(&world, agent).await;
        let held = held.cookie_secret.expose();
        assert!(second_step_open(&world.services, held).await.unwrap().is_some_and(|step| step.passkey && !step.totp), "{name}");
        device.flags = 0b001;
        let options = passkey_options(&world.services, Some(held)).await.unwrap();
        let answer = device.get(&challenge(&options)).to_string();
        // That challenge is for the second step, and with its ticket.
        assert!(passkey_sign_in(&world.services, None, &answer, &from_here()).await.is_err(), "{name}");
        let options = passkey_options(&world.services, Some(held)).await.unwrap();
        let answer = device.get(&challenge(&options)).to_string();
        passkey_sign_in(&world.services, Some(held), &answer, &from_here()).await.unwrap();
        assert!(passkey_sign_in(&world.services, Some(held), &answer, &from_here()).await.is_err(), "{name}: the ticket is used up");
        // Without checking the person it is no sign-in of its own.
        let options = passkey_options(&world.services, None).await.unwrap();
        let answer = device.get(&challenge(&options)).to_string();
        assert!(passkey_sign_in(&world.services, None, &answer, &from_here()).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn somebody_elses_passkey_and_stale_answers_are_refused() {
    for (name, world) in worlds().await {
        let world = at_home(world);
        let (agent, other) = (world.acme.person(Role::Agent), world.zenith.person(Role::Agent));
        let _agents = with_passkey(&world, agent).await;
        let mut others = with_passkey(&world, other).await;
        let held = ticket(&world, agent).await;
        let held = held.cookie_secret.expose();
        let options = passkey_options(&world.services, Some(held)).await.unwrap();
        let answer = others.get(&challenge(&options)).to_string();
        assert!(passkey_sign_in(&world.services, Some(held), &answer, &from_here()).await.is_err(), "{name}: of another person");
        others.handle = Some(agent.user.uuid().as_bytes().to_vec());
        let options = passkey_options(&world.services, None).await.unwrap();
        let lie = others.get(&challenge(&options)).to_string();
        assert!(passkey_sign_in(&world.services, None, &lie, &from_here()).await.is_err(), "{name}: with another's handle");
        let options = passkey_options(&world.services, None).await.unwrap();
        others.handle = None;
        let late = others.get(&challenge(&options)).to_string();
        world.advance(5 * MINUTE);
        assert!(passkey_sign_in(&world.services, None, &late, &from_here()).await.is_err(), "{name}: too late");
        let stranger = device(b"stranger").get(&challenge(&passkey_options(&world.services, None).await.unwrap())).to_string();
        assert!(refusal(passkey_sign_in(&world.services, None, &stranger, &from_here()).await.map(drop)).message().contains("no account"), "{name}");
    }
}

#[tokio::test]
async fn a_count_that_stands_still_is_refused() {
    for (name, world) in worlds().await {
        let world = at_home(world);
        let agent = world.acme.person(Role::Agent);
        let mut device = device(b"counting");
        device.count = 1;
        add(&world.services, &fresh(&world, agent).await, &device).await;
        let options = passkey_options(&world.services, None).await.unwrap();
        let answer = device.get(&challenge(&options)).to_string();
        passkey_sign_in(&world.services, None, &answer, &from_here()).await.unwrap();
        device.count = 1;
        let options = passkey_options(&world.services, None).await.unwrap();
        let copy = device.get(&challenge(&options)).to_string();
        assert!(passkey_sign_in(&world.services, None, &copy, &from_here()).await.is_err(), "{name}: a copy of the key");
    }
}

#[tokio::test]
async fn passkeys_are_named_and_removed_by_their_holder_alone() {
    for (name, world) in worlds().await {
        let world = at_home(world);
        let agent = world.acme.person(Role::Agent);
        let ctx = fresh(&world, agent).await;
        let device = device(b"mine");
        let codes = add(&world.services, &ctx, &device).await;
        assert_eq!(codes.len(), 10, "{name}: codes come with the first factor");
        let again = registration_options(&world.services, &ctx).await.unwrap();
        assert!(again.contains("bWluZQ"), "{name}: the browser is told which are known");
        let twice = add_passkey(&world.services, &ctx, "Again", &device.create(&challenge(&again)).to_string()).await;
        assert!(matches!(refusal(twice), Problem::Conflict { .. }), "{name}");
        let id: PasskeyId = security(&world.services, &ctx).await.unwrap().passkeys[0].id;
        for stranger in [world.acme.person(Role::Owner), world.zenith.person(Role::Owner)] {
            let stranger = fresh(&world, stranger).await;
            assert_eq!(refusal(rename_passkey(&world.services, &stranger, id, "Mine").await), Problem::NotFound, "{name}");
            assert_eq!(refusal(remove_passkey(&world.services, &stranger, id).await), Problem::NotFound, "{name}");
        }
        assert!(refusal(rename_passkey(&world.services, &ctx, id, " ").await).for_field("name").is_some(), "{name}");
        rename_passkey(&world.services, &ctx, id, "Phone").await.unwrap();
        assert_eq!(security(&world.services, &ctx).await.unwrap().passkeys[0].name, "Phone", "{name}");
        remove_passkey(&world.services, &ctx, id).await.unwrap();
        let left = security(&world.services, &ctx).await.unwrap();
        assert!(left.passkeys.is_empty() && left.recovery_left == 0, "{name}");
        world.sign_in(agent).await;
    }
}

#[tokio::test]
async fn there_are_none_where_browsers_make_none() {
    for (name, mut world) in worlds().await {
        let settings = Settings { public_url: "http://127.0.0.1:3000".into(), ..Settings::clone(&world.services.settings) };
        world.services.settings = Arc::new(settings);
        let ctx = fresh(&world, world.acme.person(Role::Agent)).await;
        assert!(security(&world.services, &ctx).await.unwrap().no_passkeys.contains("host name"), "{name}");
        assert!(refusal(passkey_options(&world.services, None).await).for_field("passkey").is_some(), "{name}");
    }
}

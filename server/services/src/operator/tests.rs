use model::{Problem, access::Access};

use super::{Pass, accounts, create, open_tenants, set_access, set_active};
use crate::{
    access, auth,
    clock::{HOUR, MINUTE},
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

const MARA: &str = "mara@support.example";

async fn cookie(world: &World, password: &str) -> Result<String, crate::Fault> {
    let signed_in = auth::sign_in_operator(&world.services, MARA, secret(password), &request("192.0.2.9")).await?;
    Ok(signed_in.cookie_secret.expose().to_owned())
}

async fn pass(world: &World, cookie: &str) -> Option<Pass> {
    auth::recognise_operator(&world.services, cookie, request("192.0.2.9")).await.unwrap()
}

#[tokio::test]
async fn an_operator_signs_in_until_they_are_shut_out() {
    for (name, world) in worlds().await {
        create(&world.services, " Mara@Support.Example ", Access::Full, secret(PASSWORD)).await.unwrap();
        let cookie_one = cookie(&world, PASSWORD).await.unwrap();
        let found = pass(&world, &cookie_one).await.unwrap();
        assert_eq!((found.email(), found.access()), (MARA, Access::Full), "{name}");
        assert!(pass(&world, "no such cookie").await.is_none(), "{name}");
        set_access(&world.services, MARA, Access::ReadOnly).await.unwrap();
        assert_eq!(pass(&world, &cookie_one).await.unwrap().access(), Access::ReadOnly, "{name}: at the next request");
        set_active(&world.services, MARA, false).await.unwrap();
        assert!(pass(&world, &cookie_one).await.is_none(), "{name}");
        assert!(cookie(&world, PASSWORD).await.is_err(), "{name}");
        set_active(&world.services, MARA, true).await.unwrap();
        assert!(pass(&world, &cookie_one).await.is_none(), "{name}: what was ended stays ended");
        let again = cookie(&world, PASSWORD).await.unwrap();
        world.advance(HOUR);
        assert!(pass(&world, &again).await.is_some(), "{name}");
        world.advance(2 * HOUR);
        assert!(pass(&world, &again).await.is_none(), "{name}: nobody used it");
        let listed = accounts(&world.services).await.unwrap();
        assert_eq!(listed.iter().map(|one| (one.email.as_str(), one.access, one.active)).collect::<Vec<_>>(), [(MARA, Access::ReadOnly, true)]);
    }
}

#[tokio::test]
async fn bad_fields_and_strangers_are_refused() {
    for (name, world) in worlds().await {
        let problem = refusal(create(&world.services, "mara", Access::Full, secret("short")).await);
        assert_eq!(problem.fields().iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["email", "password"], "{name}");
        create(&world.services, MARA, Access::Full, secret(PASSWORD)).await.unwrap();
        let twice = refusal(create(&world.services, MARA, Access::Full, secret(PASSWORD)).await);
        assert!(twice.for_field("email").is_some(), "{name}");
        let nobody = refusal(set_access(&world.services, "who@support.example", Access::Full).await);
        assert!(nobody.for_field("email").is_some(), "{name}");
        // An operator is nobody in a tenant, and the other way round.
        assert!(auth::sign_in(&world.services, MARA, secret(PASSWORD), &request("192.0.2.9")).await.is_err(), "{name}");
        let owner = &world.acme.people[0].email;
        assert!(auth::sign_in_operator(&world.services, owner, secret(PASSWORD), &request("192.0.2.9")).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn guesses_are_slowed_down() {
    for (name, world) in worlds().await {
        create(&world.services, MARA, Access::Full, secret(PASSWORD)).await.unwrap();
        for _ in 0..5 {
            let refused = refusal(cookie(&world, "a wrong password here").await);
            assert_eq!(refused, Problem::field("email", "The address or the password is not right."), "{name}");
        }
        assert!(matches!(refusal(cookie(&world, PASSWORD).await), Problem::Busy { .. }), "{name}");
        world.advance(2 * MINUTE);
        assert!(cookie(&world, PASSWORD).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn only_tenants_that_allow_it_are_listed() {
    for (name, world) in worlds().await {
        create(&world.services, MARA, Access::Full, secret(PASSWORD)).await.unwrap();
        let cookie = cookie(&world, PASSWORD).await.unwrap();
        let mara = pass(&world, &cookie).await.unwrap();
        let names = async |search: &str| -> Vec<String> {
            let page = open_tenants(&world.services, &mara, search, "").await.unwrap();
            page.items.into_iter().map(|tenant| tenant.name).collect()
        };
        assert_eq!(names("").await, ["Acme", "Zenith"], "{name}: allowed unless somebody decides otherwise");
        assert_eq!(names("ZEN").await, ["Zenith"], "{name}");
        assert!(names("%").await.is_empty(), "{name}: no wildcard");
        let owner = world.acme.ctx(model::people::Role::Owner, model::people::Capability::TenantHelpDesk);
        access::update(&world.services, &owner, false, false, "").await.unwrap();
        assert_eq!(names("").await, ["Zenith"], "{name}");
        access::update(&world.services, &owner, true, true, "2025-03-01 13:00").await.unwrap();
        let page = open_tenants(&world.services, &mara, "acme", "").await.unwrap();
        assert_eq!(page.items[0].until.as_ref().map(|at| at.text.as_str()), Some("2025-03-01 13:00:00"), "{name}");
        assert!(page.items[0].decrypt, "{name}");
        world.advance(HOUR);
        assert_eq!(names("").await, ["Zenith"], "{name}: the time is over");
        let stale = open_tenants(&world.services, &mara, "", "no cursor").await;
        assert!(refusal(stale).for_field("after").is_some(), "{name}");
    }
}

mod first_run;
mod passkeys;
mod policy;
mod reset;
mod second_factor;
mod sessions;
mod sign_in;
mod throttle;

use model::people::Capability;

use super::{Credential, Entered, SignedIn, Ticket, confirm_totp, factors::shown_code, recognise, start_totp};
use crate::{
    Ctx, RequestInfo,
    clock::MINUTE,
    testing::{PASSWORD, Person, World, request, secret},
};

/// The pass of whoever holds this cookie.
async fn ctx_of(world: &World, cookie: &str) -> Ctx {
    let principal = recognise(&world.services, Credential::Cookie(cookie), request("192.0.2.1")).await.unwrap();
    principal.unwrap().authorise(Capability::AccountOwn).unwrap()
}

async fn is_in(world: &World, cookie: &str) -> bool {
    recognise(&world.services, Credential::Cookie(cookie), request("192.0.2.1")).await.unwrap().is_some()
}

/// The pass of somebody who signed in this moment with their password alone.
async fn fresh(world: &World, person: &Person) -> Ctx {
    let signed_in = world.sign_in(person).await;
    ctx_of(world, signed_in.cookie_secret.expose()).await
}

/// Sets up an app; gives the recovery codes. The clock moves on by a minute, so that the next code is another one.
async fn enrolled(world: &World, person: &Person) -> Vec<String> {
    let ctx = fresh(world, person).await;
    start_totp(&world.services, &ctx).await.unwrap();
    let code = shown_code(&world.services, ctx.tenant(), person.user).await;
    let codes = confirm_totp(&world.services, &ctx, &code).await.unwrap();
    world.advance(MINUTE);
    codes
}

/// What the app shows now.
async fn code_of(world: &World, person: &Person) -> String {
    shown_code(&world.services, world.acme.tenant, person.user).await
}

/// The first step of somebody with a second factor.
async fn ticket(world: &World, person: &Person) -> Ticket {
    match super::sign_in(&world.services, &person.email, secret(PASSWORD), &request("192.0.2.1")).await.unwrap() {
        Entered::SecondStep(ticket) => ticket,
        Entered::In(_) => panic!("{} has no second factor", person.email),
    }
}

fn from_here() -> RequestInfo {
    request("192.0.2.1")
}

/// The method that the session was opened with, as the audit log has it.
fn is_of(signed_in: &SignedIn, person: &Person) -> bool {
    signed_in.principal.user == Some(person.user)
}

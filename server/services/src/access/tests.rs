//! Use cases on both databases. What the parts share stands here.

mod links;
mod partnership;
mod visiting;

use model::{
    access::Access,
    ids::TenantId,
    people::{Capability, CapabilitySet, Role},
};

use super::{Claimant, Entered, enter, launch_as_operator, launch_as_partner};
use crate::{
    Ctx, Fault, Principal, Services,
    auth::{self, Credential},
    operator::{self, Pass},
    testing::{Organisation, PASSWORD, World, request, secret},
};

const MARA: &str = "mara@support.example";

/// The pass of a new operator.
async fn mara(world: &World, access: Access) -> Pass {
    operator::create(&world.services, MARA, access, secret(PASSWORD)).await.unwrap();
    let signed_in = auth::sign_in_operator(&world.services, MARA, secret(PASSWORD), &request("192.0.2.9")).await.unwrap();
    auth::recognise_operator(&world.services, signed_in.cookie_secret.expose(), request("192.0.2.9")).await.unwrap().unwrap()
}

/// Uses a link up; the visitor's cookie.
async fn follow(services: &Services, tenant: TenantId, token: &str, claimant: Claimant) -> Result<String, Fault> {
    match enter(services, &tenant.to_string(), token, &claimant, &request("192.0.2.9")).await? {
        Entered::Visit(visit) => Ok(visit.cookie_secret.expose().to_owned()),
        Entered::Owner(signed_in) => Ok(signed_in.cookie_secret.expose().to_owned()),
    }
}

/// A visit of the operator; its cookie.
async fn visit(world: &World, mara: &Pass, tenant: TenantId, access: Access) -> String {
    let token = launch_as_operator(&world.services, mara, tenant, access).await.unwrap();
    follow(&world.services, tenant, &token, Claimant::of(Some(mara), None)).await.unwrap()
}

/// A visit of a person of a partner; its cookie.
async fn visit_as(world: &World, person: &Principal, tenant: TenantId, access: Access) -> String {
    let ctx = person.clone().authorise(Capability::AccessCustomers).unwrap();
    let token = launch_as_partner(&world.services, &ctx, tenant, access).await.unwrap();
    follow(&world.services, tenant, &token, Claimant::of(None, Some(person))).await.unwrap()
}

async fn visitor(world: &World, cookie: &str) -> Option<Principal> {
    auth::recognise(&world.services, Credential::Visit(cookie), request("192.0.2.9")).await.unwrap()
}

async fn held(world: &World, cookie: &str) -> Option<CapabilitySet> {
    visitor(world, cookie).await.map(|principal| principal.capabilities())
}

/// The owner who decides about the help desk.
fn decides(organisation: &Organisation) -> Ctx {
    organisation.ctx(Role::Owner, Capability::TenantHelpDesk)
}

use model::{
    Problem,
    audit::AuditFilter,
    ids::{RoleId, UserId},
    people::{ALWAYS, Capability, CapabilitySet, RESERVED, Role, RoleChoice},
};

use crate::{
    Ctx, Principal, audit,
    auth::{Credential, recognise},
    people::{
        RoleForm, UserForm, create_role, create_token, create_user, delete_role, explain_user, get_role, get_user, list_roles, set_active,
        update_role, update_user,
    },
    testing::{PASSWORD, Person, World, refusal, request, secret, worlds},
};

fn form(name: &str, capabilities: &[Capability]) -> RoleForm {
    RoleForm { name: name.into(), capabilities: capabilities.to_vec() }
}

fn owner(world: &World) -> Ctx {
    world.acme.ctx(Role::Owner, Capability::PeopleRoles)
}

async fn make(world: &World, name: &str, capabilities: &[Capability]) -> RoleId {
    create_role(&world.services, &owner(world), form(name, capabilities)).await.unwrap()
}

/// Somebody with a role of the tenant's own, signed in.
async fn hire(world: &World, ctx: &Ctx, local: &str, role: RoleChoice) -> (Person, String) {
    let email = format!("{local}@acme.example");
    let new = UserForm { name: local.into(), email: email.clone(), role, password: secret(PASSWORD) };
    let user = create_user(&world.services, ctx, new).await.unwrap();
    let person = Person { user, role: Role::ReadOnly, name: local.into(), email };
    let cookie = world.sign_in(&person).await.cookie_secret.expose().to_owned();
    (person, cookie)
}

async fn seen(world: &World, credential: Credential<'_>) -> Principal {
    recognise(&world.services, credential, request("192.0.2.1")).await.unwrap().unwrap()
}

async fn give(world: &World, ctx: &Ctx, user: UserId, role: RoleChoice) -> Result<(), crate::Fault> {
    let row = get_user(&world.services, ctx, user).await.unwrap();
    update_user(&world.services, ctx, user, UserForm { name: row.name, email: row.email, role, password: secret("") }).await
}

#[tokio::test]
async fn a_change_of_a_role_counts_from_the_next_request_on() {
    for (name, world) in worlds().await {
        let ctx = owner(&world);
        let id = make(&world, "Night shift", &[Capability::EmailInbox, Capability::TokenOwn]).await;
        let (person, cookie) = hire(&world, &ctx, "nina", RoleChoice::Own(id)).await;
        let first = seen(&world, Credential::Cookie(&cookie)).await;
        let expected: CapabilitySet = [ALWAYS, Capability::EmailInbox, Capability::TokenOwn].into_iter().collect();
        assert_eq!(first.capabilities(), expected, "{name}");
        let own = first.clone().authorise(Capability::TokenOwn).unwrap();
        assert_eq!(own.role_name(), "Night shift", "{name}");
        let token = create_token(&world.services, &own, "all".into(), vec![Capability::EmailInbox, Capability::TokenOwn]).await.unwrap();
        update_role(&world.services, &ctx, id, form("Late shift", &[Capability::EmailSend, Capability::EmailInbox])).await.unwrap();
        let then = seen(&world, Credential::Cookie(&cookie)).await;
        assert_eq!(
            then.capabilities(),
            [ALWAYS, Capability::EmailRead, Capability::EmailSend, Capability::EmailInbox].into_iter().collect(),
            "{name}: with what sending needs"
        );
        // A token never gets more than it was given, nor more than its user holds now.
        let script = seen(&world, Credential::Bearer(&token.secret)).await;
        assert_eq!(script.capabilities(), [Capability::EmailInbox].into_iter().collect(), "{name}");
        let user = get_user(&world.services, &ctx, person.user).await.unwrap();
        assert_eq!(user.position().label(), "Late shift", "{name}");
        assert_eq!(list_roles(&world.services, &ctx).await.unwrap()[0].people, 1, "{name}");
        let filter = AuditFilter { action: "people.role.updated".into(), ..Default::default() };
        let told = audit::list(&world.services, &ctx, &filter).await.unwrap().items;
        assert_eq!(told[0].changes[1].after.as_deref(), Some("account.own email.read email.send email.inbox"), "{name}");
    }
}

#[tokio::test]
async fn nobody_makes_or_gives_a_role_beyond_themselves() {
    for (name, world) in worlds().await {
        let ctx = owner(&world);
        for one in RESERVED {
            let problem = refusal(create_role(&world.services, &ctx, form("King", &[*one])).await);
            assert!(problem.for_field("capabilities").is_some_and(|why| why.contains("Only owners")), "{name} {problem:?}");
        }
        // A narrow token of the owner makes narrow roles only, and leaves wide ones alone.
        let wide = make(&world, "Auditor", &[Capability::AuditRead, Capability::PeopleRead]).await;
        let mut narrow = world.acme.principal(Role::Owner);
        narrow.capabilities = [Capability::PeopleRoles, Capability::PeopleWrite, Capability::PeopleRead, ALWAYS].into_iter().collect();
        let narrow = narrow.authorise(Capability::PeopleRoles).unwrap();
        let beyond = refusal(create_role(&world.services, &narrow, form("Reader", &[Capability::AuditRead])).await);
        assert!(beyond.for_field("capabilities").is_some_and(|why| why.contains("do not hold")), "{name} {beyond:?}");
        assert!(matches!(refusal(update_role(&world.services, &narrow, wide, form("Auditor", &[])).await), Problem::Forbidden { .. }), "{name}");
        assert!(matches!(refusal(delete_role(&world.services, &narrow, wide, None).await), Problem::Forbidden { .. }), "{name}");
        let agent = world.acme.person(Role::Agent).user;
        let given = refusal(give(&world, &narrow, agent, RoleChoice::Own(wide)).await);
        assert!(matches!(given, Problem::Forbidden { .. }), "{name} {given:?}");
        let new = UserForm { name: "Eve".into(), email: "eve@acme.example".into(), role: RoleChoice::Own(wide), password: secret(PASSWORD) };
        let made = refusal(create_user(&world.services, &narrow, new).await);
        assert!(made.for_field("role").is_some_and(|why| why.contains("Auditor")), "{name} {made:?}");
        // Whoever holds such a role is out of reach for those who hold less.
        let (auditor, _) = hire(&world, &ctx, "audrey", RoleChoice::Own(wide)).await;
        assert!(matches!(refusal(set_active(&world.services, &narrow, auditor.user, false).await), Problem::Forbidden { .. }), "{name}");
    }
}

#[tokio::test]
async fn names_are_unique_and_no_built_in_ones() {
    for (name, world) in worlds().await {
        let ctx = owner(&world);
        let id = make(&world, "Night shift", &[]).await;
        for (wished, part) in [("NIGHT SHIFT", "already a role"), ("agent", "built-in"), (" ", "Enter a name")] {
            let problem = refusal(create_role(&world.services, &ctx, form(wished, &[])).await);
            assert!(problem.for_field("name").is_some_and(|why| why.contains(part)), "{name} {wished} {problem:?}");
        }
        update_role(&world.services, &ctx, id, form("Night Shift", &[])).await.unwrap();
        let zenith = world.zenith.ctx(Role::Owner, Capability::PeopleRoles);
        create_role(&world.services, &zenith, form("Night shift", &[])).await.unwrap();
        // Another tenant's role does not exist here.
        assert_eq!(refusal(get_role(&world.services, &zenith, id).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(update_role(&world.services, &zenith, id, form("x", &[])).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(delete_role(&world.services, &zenith, id, None).await), Problem::NotFound, "{name}");
        let agent = world.zenith.person(Role::Agent).user;
        let foreign = refusal(give(&world, &zenith, agent, RoleChoice::Own(id)).await);
        assert!(foreign.for_field("role").is_some(), "{name} {foreign:?}");
    }
}

#[tokio::test]
async fn deleting_a_role_asks_where_its_people_go() {
    for (name, world) in worlds().await {
        let ctx = owner(&world);
        let (old, next) = (make(&world, "Old", &[Capability::EmailSend]).await, make(&world, "New", &[Capability::EmailInbox]).await);
        let (person, cookie) = hire(&world, &ctx, "otto", RoleChoice::Own(old)).await;
        let check = async |move_to: Option<RoleChoice>, part: &str| {
            let problem = refusal(delete_role(&world.services, &ctx, old, move_to).await);
            assert!(problem.for_field("move_to").is_some_and(|why| why.contains(part)), "{name} {problem:?}");
        };
        check(None, "One person has this role").await;
        check(Some(RoleChoice::Own(old)), "another role").await;
        check(Some(RoleChoice::BuiltIn(Role::Owner)), "one by one").await;
        check(Some(RoleChoice::Own(RoleId::new(person.user.uuid()))), "does not exist").await;
        delete_role(&world.services, &ctx, old, Some(RoleChoice::Own(next))).await.unwrap();
        let then = seen(&world, Credential::Cookie(&cookie)).await;
        assert_eq!(then.capabilities(), [ALWAYS, Capability::EmailInbox].into_iter().collect(), "{name}");
        delete_role(&world.services, &ctx, next, Some(RoleChoice::BuiltIn(Role::Agent))).await.unwrap();
        assert_eq!(seen(&world, Credential::Cookie(&cookie)).await.capabilities(), Role::Agent.capabilities(), "{name}");
        assert!(list_roles(&world.services, &ctx).await.unwrap().is_empty(), "{name}");
        // Nobody has it: nothing is asked.
        let unused = make(&world, "Unused", &[]).await;
        delete_role(&world.services, &ctx, unused, None).await.unwrap();
    }
}

#[tokio::test]
async fn the_last_owner_does_not_become_something_of_the_tenants_own() {
    for (name, world) in worlds().await {
        let id = make(&world, "Almost everything", &[Capability::PeopleRead, Capability::PeopleWrite]).await;
        let system = Principal::system(world.acme.tenant, world.acme.zone.clone());
        let last = world.acme.person(Role::Owner).user;
        assert!(matches!(refusal(give(&world, &system, last, RoleChoice::Own(id)).await), Problem::Conflict { .. }), "{name}");
        let (second, cookie) = hire(&world, &owner(&world), "olga", RoleChoice::BuiltIn(Role::Owner)).await;
        give(&world, &owner(&world), second.user, RoleChoice::Own(id)).await.unwrap();
        // A former owner is none, whatever stood in the row before.
        let former = seen(&world, Credential::Cookie(&cookie)).await.authorise(Capability::PeopleWrite).unwrap();
        assert_ne!(former.role(), Role::Owner, "{name}");
        let promoted = give(&world, &former, world.acme.person(Role::ReadOnly).user, RoleChoice::BuiltIn(Role::Owner)).await;
        assert!(matches!(refusal(promoted), Problem::Invalid { .. } | Problem::Forbidden { .. }), "{name}");
        assert!(matches!(refusal(set_active(&world.services, &system, last, false).await), Problem::Conflict { .. }), "{name}");
    }
}

#[tokio::test]
async fn the_explanation_says_what_the_check_does() {
    for (name, world) in worlds().await {
        let ctx = owner(&world);
        let id = make(&world, "Night shift", &[Capability::EmailInbox, Capability::TokenOwn]).await;
        let (person, cookie) = hire(&world, &ctx, "nina", RoleChoice::Own(id)).await;
        let own = seen(&world, Credential::Cookie(&cookie)).await;
        let as_nina = own.clone().authorise(Capability::TokenOwn).unwrap();
        create_token(&world.services, &as_nina, "nightly".into(), vec![Capability::EmailInbox]).await.unwrap();
        let told = explain_user(&world.services, &ctx, person.user).await.unwrap();
        for verdict in &told.person {
            assert_eq!(verdict.allowed, own.capabilities().has(verdict.capability), "{name} {verdict:?}");
        }
        let by_token: CapabilitySet = told.tokens[0].verdicts.iter().filter(|one| one.allowed).map(|one| one.capability).collect();
        assert_eq!((told.tokens[0].name.as_str(), by_token), ("nightly", [Capability::EmailInbox].into_iter().collect()), "{name}");
        // Whoever only looks at people is told nothing of their tokens.
        let reader = world.acme.ctx(Role::ReadOnly, Capability::PeopleRead);
        assert!(explain_user(&world.services, &reader, person.user).await.unwrap().tokens.is_empty(), "{name}");
        set_active(&world.services, &ctx, person.user, false).await.unwrap();
        let told = explain_user(&world.services, &ctx, person.user).await.unwrap();
        assert!(told.person.iter().all(|one| !one.allowed && one.why.contains("deactivated")), "{name}");
        assert_eq!(refusal(explain_user(&world.services, &world.zenith.owner(), person.user).await), Problem::NotFound, "{name}");
    }
}

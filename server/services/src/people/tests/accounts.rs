use model::{
    Problem,
    audit::AuditFilter,
    ids::UserId,
    people::{Capability, CapabilitySet, PeopleFilter, Role, User},
};

use crate::{
    Ctx, Services, audit,
    auth::{self, Credential},
    people::{UserForm, create_user, get_user, list_users, set_active, update_user},
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

fn form(name: &str, email: &str, role: Role, password: &str) -> UserForm {
    UserForm { name: name.into(), email: email.into(), role: role.into(), password: secret(password) }
}

fn manager(world: &World, role: Role) -> Ctx {
    world.acme.ctx(role, Capability::PeopleWrite)
}

async fn add(services: &Services, ctx: &Ctx, name: &str, email: &str, role: Role) -> UserId {
    create_user(services, ctx, form(name, email, role, PASSWORD)).await.unwrap()
}

async fn change_role(world: &World, ctx: &Ctx, id: UserId, role: Role) -> Result<(), crate::Fault> {
    let user = get_user(&world.services, &world.acme.owner(), id).await.unwrap();
    update_user(&world.services, ctx, id, form(&user.name, &user.email, role, "")).await
}

async fn owners(world: &World) -> Vec<User> {
    let all = list_users(&world.services, &world.acme.owner(), &PeopleFilter::default()).await.unwrap().items;
    all.into_iter().filter(|user| user.role == Role::Owner && user.active).collect()
}

#[tokio::test]
async fn a_new_person_can_sign_in_and_is_audited() {
    for (name, world) in worlds().await {
        let ctx = manager(&world, Role::FullAccess);
        let id = add(&world.services, &ctx, " Ann Lee ", "Ann@Acme.Example", Role::Agent).await;
        let user = get_user(&world.services, &ctx, id).await.unwrap();
        assert_eq!((user.name.as_str(), user.email.as_str(), user.role, user.active), ("Ann Lee", "ann@acme.example", Role::Agent, true));
        assert_eq!(user.last_seen, None, "{name}");
        auth::sign_in(&world.services, "ANN@acme.example", secret(PASSWORD), &request("192.0.2.1")).await.unwrap();
        assert!(get_user(&world.services, &ctx, id).await.unwrap().last_seen.is_some(), "{name}");
        let filter = AuditFilter { action: "people.user.created".into(), search: "Ann".into(), ..Default::default() };
        let told = audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items;
        assert_eq!((told[0].subject_name.as_str(), told[0].changes.len()), ("Ann Lee", 3), "{name}");
        assert!(!format!("{told:?}").contains(PASSWORD), "{name}");
    }
}

#[tokio::test]
async fn bad_fields_are_all_named() {
    for (name, world) in worlds().await {
        let ctx = manager(&world, Role::Owner);
        let problem = refusal(create_user(&world.services, &ctx, form("", "ann", Role::Agent, "short")).await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["name", "email", "password"], "{name}");
        // One account per address over the whole installation, however it is typed.
        for taken in ["AGENT@acme.example", "agent@zenith.example"] {
            let problem = refusal(create_user(&world.services, &ctx, form("Ann", taken, Role::Agent, PASSWORD)).await);
            assert!(problem.for_field("email").is_some(), "{name} {problem:?}");
        }
        let id = add(&world.services, &ctx, "Ann", "ann@acme.example", Role::Agent).await;
        let problem = refusal(update_user(&world.services, &ctx, id, form("Ann", "agent@acme.example", Role::Agent, "")).await);
        assert!(problem.for_field("email").is_some(), "{name} {problem:?}");
    }
}

#[tokio::test]
async fn nobody_gives_or_touches_more_than_they_hold() {
    for (name, world) in worlds().await {
        let full = manager(&world, Role::FullAccess);
        let problem = refusal(create_user(&world.services, &full, form("Eve", "eve@acme.example", Role::Owner, PASSWORD)).await);
        assert_eq!(problem.for_field("role"), Some("Only owners make owners."), "{name}");
        let agent = world.acme.person(Role::Agent).user;
        assert!(refusal(change_role(&world, &full, agent, Role::Owner).await).for_field("role").is_some(), "{name}");
        // Setting an owner's password would be a way to become one.
        let owner = world.acme.person(Role::Owner);
        let takeover = form(&owner.name, &owner.email, Role::Owner, "a password of my own choice");
        assert!(matches!(refusal(update_user(&world.services, &full, owner.user, takeover).await), Problem::Forbidden { .. }), "{name}");
        assert!(matches!(refusal(set_active(&world.services, &full, owner.user, false).await), Problem::Forbidden { .. }), "{name}");
        // A narrow token of an owner is narrower than an agent's role.
        let mut narrow = world.acme.principal(Role::Owner);
        narrow.capabilities = [Capability::PeopleWrite].into_iter().collect::<CapabilitySet>();
        let narrow = narrow.authorise(Capability::PeopleWrite).unwrap();
        for role in Role::ALL {
            let made = create_user(&world.services, &narrow, form("Eve", "eve@acme.example", *role, PASSWORD)).await;
            assert!(refusal(made).for_field("role").is_some(), "{name} {role}");
        }
        let reset = form("x", "agent@acme.example", Role::Agent, "a password of my own choice");
        assert!(matches!(refusal(update_user(&world.services, &narrow, agent, reset).await), Problem::Forbidden { .. }), "{name}");
        change_role(&world, &manager(&world, Role::Owner), agent, Role::Owner).await.unwrap();
        assert_eq!(owners(&world).await.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn nobody_changes_their_own_role_or_shuts_themselves_out() {
    for (name, world) in worlds().await {
        for role in [Role::Owner, Role::FullAccess] {
            let me = world.acme.person(role);
            let ctx = manager(&world, role);
            let problem = refusal(change_role(&world, &ctx, me.user, Role::Agent).await);
            let told = problem.for_field("role").unwrap_or_default();
            assert_eq!(told.contains("the only active owner"), role == Role::Owner, "{name} {role} {told}");
            assert!(!told.is_empty(), "{name} {role} {problem:?}");
            let refused = refusal(set_active(&world.services, &ctx, me.user, false).await);
            assert!(matches!(refused, Problem::Forbidden { .. } | Problem::Conflict { .. }), "{name} {role} {refused:?}");
            update_user(&world.services, &ctx, me.user, form("New name", &me.email, role, "")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_last_active_owner_stays_also_when_two_leave_at_once() {
    for (name, world) in worlds().await {
        let first = world.acme.person(Role::Owner).user;
        let second = add(&world.services, &world.acme.owner(), "Bo", "bo@acme.example", Role::Owner).await;
        let mut as_bo = world.acme.principal(Role::Owner);
        as_bo.user = Some(second);
        let as_bo = as_bo.authorise(Capability::PeopleWrite).unwrap();
        let as_first = world.acme.owner();
        // Each demotes the other at the same moment: one of them must fail.
        let (a, b) = tokio::join!(change_role(&world, &as_first, second, Role::Agent), change_role(&world, &as_bo, first, Role::Agent));
        assert!(a.is_ok() != b.is_ok(), "{name}: {a:?} {b:?}");
        assert_eq!(owners(&world).await.len(), 1, "{name}");
        // The actor of these calls is the process itself: neither rule about oneself is in the way of the one tested.
        let system = crate::Principal::system(world.acme.tenant, world.acme.zone.clone());
        let last = owners(&world).await[0].id;
        assert!(matches!(refusal(set_active(&world.services, &system, last, false).await), Problem::Conflict { .. }), "{name}");
        assert!(matches!(refusal(change_role(&world, &system, last, Role::Agent).await), Problem::Conflict { .. }), "{name}");
        // An owner who is shut out does not count as one who stays.
        let other = if last == first { second } else { first };
        change_role(&world, &system, other, Role::Owner).await.unwrap();
        set_active(&world.services, &system, other, false).await.unwrap();
        assert!(matches!(refusal(set_active(&world.services, &system, last, false).await), Problem::Conflict { .. }), "{name}");
        set_active(&world.services, &system, other, true).await.unwrap();
        set_active(&world.services, &system, last, false).await.unwrap();
    }
}

#[tokio::test]
async fn shutting_out_and_a_new_password_end_the_sessions() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let ctx = manager(&world, Role::FullAccess);
        let is_in = async |cookie: &str| auth::recognise(&world.services, Credential::Cookie(cookie), request("192.0.2.1")).await.unwrap().is_some();
        let session = world.sign_in(agent).await.cookie_secret;
        assert!(is_in(session.expose()).await, "{name}");
        set_active(&world.services, &ctx, agent.user, false).await.unwrap();
        assert!(!is_in(session.expose()).await, "{name}");
        let refused = auth::sign_in(&world.services, &agent.email, secret(PASSWORD), &request("192.0.2.1")).await;
        assert!(refusal(refused).for_field("email").is_some(), "{name}");
        set_active(&world.services, &ctx, agent.user, true).await.unwrap();
        assert!(!is_in(session.expose()).await, "{name}: an old session stays ended");
        let session = world.sign_in(agent).await.cookie_secret;
        let new = form(&agent.name, &agent.email, Role::Agent, "another password entirely");
        update_user(&world.services, &ctx, agent.user, new).await.unwrap();
        assert!(!is_in(session.expose()).await, "{name}");
        auth::sign_in(&world.services, &agent.email, secret("another password entirely"), &request("192.0.2.1")).await.unwrap();
        let filter = AuditFilter { action: "people.user.updated".into(), ..Default::default() };
        let told = audit::list(&world.services, &world.acme.owner(), &filter).await.unwrap().items;
        assert_eq!(told[0].changes, [audit::secret("password", true, true)], "{name}");
    }
}

#[tokio::test]
async fn people_of_another_tenant_do_not_exist() {
    for (name, world) in worlds().await {
        let ctx = manager(&world, Role::Owner);
        let theirs = world.zenith.person(Role::Agent);
        assert_eq!(refusal(get_user(&world.services, &ctx, theirs.user).await), Problem::NotFound, "{name}");
        let update = update_user(&world.services, &ctx, theirs.user, form("Mine", "mine@acme.example", Role::Agent, PASSWORD)).await;
        assert_eq!(refusal(update), Problem::NotFound, "{name}");
        assert_eq!(refusal(set_active(&world.services, &ctx, theirs.user, false).await), Problem::NotFound, "{name}");
        let mine = list_users(&world.services, &ctx, &PeopleFilter::default()).await.unwrap().items;
        assert!(mine.iter().all(|user| user.email.ends_with("@acme.example")), "{name}");
        assert_eq!(mine.len(), Role::ALL.len(), "{name}");
        let still = get_user(&world.services, &world.zenith.owner(), theirs.user).await.unwrap();
        assert_eq!((still.name.as_str(), still.active), (theirs.name.as_str(), true), "{name}");
    }
}

#[tokio::test]
async fn a_reset_link_ends_with_a_new_password_a_new_address_and_when_somebody_is_shut_out() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, manager(&world, Role::FullAccess));
        let agent = world.acme.person(Role::Agent);
        let link = async |email: &str| auth::reset_link_for(services, email).await.unwrap().rsplit_once('/').unwrap().1.to_owned();
        let open = async |link: &str| auth::reset_open(services, link).await.unwrap().is_some();
        let first = link(&agent.email).await;
        update_user(services, &ctx, agent.user, form("Another name", &agent.email, Role::Agent, "")).await.unwrap();
        assert!(open(&first).await, "{name}: a new name changes nothing about signing in");
        update_user(services, &ctx, agent.user, form(&agent.name, &agent.email, Role::Agent, "another password entirely")).await.unwrap();
        assert!(!open(&first).await, "{name}: a new password");
        let second = link(&agent.email).await;
        update_user(services, &ctx, agent.user, form(&agent.name, "moved@acme.example", Role::Agent, "")).await.unwrap();
        assert!(!open(&second).await, "{name}: whoever reads the old address");
        let third = link("moved@acme.example").await;
        set_active(services, &ctx, agent.user, false).await.unwrap();
        set_active(services, &ctx, agent.user, true).await.unwrap();
        assert!(!open(&third).await, "{name}: shut out in between");
    }
}

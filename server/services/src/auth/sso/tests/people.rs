//! Who is let in, as whom, and who is not.

use ::store::{args, sql};
use model::{audit::AuditFilter, people::PeopleFilter};

use super::*;
use crate::{
    audit,
    auth::{
        sign_in,
        sso::{begin_test, find},
    },
    people::{self as people_room, RoleForm, create_role},
    tenant::domains,
    testing::{PASSWORD, refusal, secret},
};

#[tokio::test]
async fn a_first_sign_in_makes_an_account_and_groups_decide_the_role_each_time() {
    for (name, scene) in scenes().await {
        let (services, owner) = (&scene.world.services, scene.owner());
        assert_eq!(who(scene.sign_in(json!({})).await), ("new@acme.example".into(), Role::Agent), "{name}");
        let changed = json!({ "groups": ["desk", "leads"], "email": "renamed@acme.example" });
        // The subject counts, not the address.
        assert_eq!(who(scene.sign_in(changed).await), ("new@acme.example".into(), Role::Supervisor), "{name}");
        let request = PeopleFilter { search: "new person".into(), ..PeopleFilter::default() };
        assert_eq!(people_room::list_users(services, &owner, &request).await.unwrap().items.len(), 1, "{name}: one account");
        let actions = async |action: &str| {
            let filter = AuditFilter { action: action.into(), ..AuditFilter::default() };
            audit::list(services, &owner, &filter).await.unwrap().items.len()
        };
        assert_eq!((actions("auth.sso.signed_in").await, actions("people.user.updated").await), (2, 1), "{name}");
        assert_eq!(scene.refusal(json!({ "groups": ["strangers"] })).await, SsoRefusal::Group, "{name}");
        assert_eq!(actions("auth.sso.refused").await, 1, "{name}");
        scene.save(SsoForm { default_role: "read_only".into(), ..scene.form() }).await;
        assert_eq!(who(scene.sign_in(json!({ "groups": [] })).await).1, Role::ReadOnly, "{name}");
    }
}

#[tokio::test]
async fn known_people_are_found_by_their_verified_address_in_this_tenant_alone() {
    for (name, scene) in scenes().await {
        let agent = scene.world.acme.person(Role::Agent).email.clone();
        assert_eq!(scene.refusal(json!({ "email": agent, "email_verified": false })).await, SsoRefusal::Unverified, "{name}");
        assert_eq!(who(scene.sign_in(json!({ "email": agent.to_uppercase() })).await), (agent.clone(), Role::Agent), "{name}");
        // The address was given to somebody else at the provider.
        assert_eq!(scene.refusal(json!({ "sub": "s-2", "email": agent })).await, SsoRefusal::NotAdmitted, "{name}");
        // An account of another tenant is not taken over, and none is made beside it.
        let theirs = scene.world.zenith.person(Role::Owner).email.clone();
        assert_eq!(scene.refusal(json!({ "sub": "s-3", "email": theirs })).await, SsoRefusal::NotAdmitted, "{name}");
        // The same subject at the other tenant's provider settings is somebody else.
        let zenith = scene.world.zenith.ctx(Role::Owner, Capability::TenantWrite);
        sso::save(&scene.world.services, &zenith, SsoForm { slug: "zenith".into(), makes_users: String::new(), ..scene.form() }).await.unwrap();
        let begun = begin(&scene.world.services, "zenith", "/email", "", &request("192.0.2.1")).await.unwrap();
        let url = Url::parse(&begun.location).unwrap();
        let part = |wanted: &str| url.query_pairs().find(|(known, _)| known == wanted).unwrap().1.into_owned();
        let away = Away { state: part("state"), nonce: part("nonce"), cookie: begun.cookie_secret.expose().to_owned() };
        scene.issuer.give(&scene.issuer.signed(&scene.claims(&away, json!({ "email": agent }))));
        assert_eq!(why(scene.back_to("zenith", &away, &away.cookie).await), SsoRefusal::NotAdmitted, "{name}");
    }
}

#[tokio::test]
async fn who_is_shut_out_stays_out_and_the_last_owner_stays_owner() {
    for (name, scene) in scenes().await {
        let (services, world) = (&scene.world.services, &scene.world);
        let people_ctx = world.acme.ctx(Role::Owner, Capability::PeopleWrite);
        let agent = world.acme.person(Role::Agent);
        scene.sign_in(json!({ "email": agent.email })).await.unwrap();
        people_room::set_active(services, &people_ctx, agent.user, false).await.unwrap();
        assert_eq!(scene.refusal(json!({ "email": agent.email })).await, SsoRefusal::NotAdmitted, "{name}: by subject");
        let supervisor = world.acme.person(Role::Supervisor);
        people_room::set_active(services, &people_ctx, supervisor.user, false).await.unwrap();
        assert_eq!(scene.refusal(json!({ "sub": "s-2", "email": supervisor.email })).await, SsoRefusal::NotAdmitted, "{name}: by address");
        let owner = world.acme.person(Role::Owner);
        let as_agent = json!({ "sub": "s-3", "email": owner.email, "groups": ["desk"] });
        assert_eq!(who(scene.sign_in(as_agent.clone()).await).1, Role::Owner, "{name}: the last owner");
        assert_eq!(who(scene.sign_in(json!({ "sub": "s-4", "email": "second@acme.example", "groups": ["chiefs"] })).await).1, Role::Owner, "{name}");
        assert_eq!(who(scene.sign_in(as_agent).await).1, Role::Agent, "{name}: there is another owner now");
    }
}

#[tokio::test]
async fn new_people_obey_the_domains_and_the_switch() {
    for (name, scene) in scenes().await {
        let (services, owner) = (&scene.world.services, scene.owner());
        domains::update(services, &owner, "connect.com").await.unwrap();
        assert_eq!(scene.refusal(json!({ "email": "ann@abc.connect.com" })).await, SsoRefusal::Domain, "{name}");
        assert_eq!(who(scene.sign_in(json!({ "email": "ann@connect.com" })).await).0, "ann@connect.com", "{name}");
        let agent = scene.world.acme.person(Role::Agent).email.clone();
        scene.sign_in(json!({ "sub": "s-2", "email": agent })).await.expect("present people stay");
        scene.save(SsoForm { makes_users: String::new(), ..scene.form() }).await;
        assert_eq!(scene.refusal(json!({ "sub": "s-3", "email": "bob@connect.com" })).await, SsoRefusal::NotAdmitted, "{name}");
    }
}

#[tokio::test]
async fn without_a_group_claim_roles_are_given_by_hand() {
    for (name, scene) in scenes().await {
        let by_hand = SsoForm {
            group_claim: String::new(),
            owner_groups: String::new(),
            supervisor_groups: String::new(),
            agent_groups: String::new(),
            default_role: "read_only".into(),
            ..scene.form()
        };
        scene.save(by_hand).await;
        assert_eq!(who(scene.sign_in(json!({ "groups": ["chiefs"] })).await).1, Role::ReadOnly, "{name}");
        let supervisor = scene.world.acme.person(Role::Supervisor).email.clone();
        assert_eq!(who(scene.sign_in(json!({ "sub": "s-2", "email": supervisor })).await).1, Role::Supervisor, "{name}");
    }
}

#[tokio::test]
async fn groups_count_more_than_a_role_of_the_tenants_own() {
    for (name, scene) in scenes().await {
        let (services, world) = (&scene.world.services, &scene.world);
        let form = RoleForm { name: "Desk lead".into(), capabilities: vec![Capability::AuditRead, Capability::PeopleWrite] };
        let own = create_role(services, &world.acme.ctx(Role::Owner, Capability::PeopleRoles), form).await.unwrap();
        let person = world.acme.person(Role::ReadOnly);
        let give = sql!("UPDATE people_user SET role = 'read_only', role_id = $2 WHERE id = $1");
        let give = async || services.db.execute(give.clone(), args![person.user.uuid(), own.uuid()]).await.unwrap();
        let held = async |more: Value| match scene.sign_in(more).await {
            Ok(Finished::SignedIn(signed_in, _)) => signed_in.principal.capabilities(),
            Ok(Finished::Tested) => panic!("{name}: this was no test"),
            Err(fault) => panic!("{name}: {fault}"),
        };
        give().await;
        assert_eq!(held(json!({ "email": person.email })).await, Role::Agent.capabilities(), "{name}: by the verified address");
        // The word in the row is no role while the tenant's own stands beside it.
        scene.save(SsoForm { default_role: "read_only".into(), ..scene.form() }).await;
        give().await;
        assert_eq!(held(json!({ "email": person.email, "groups": [] })).await, Role::ReadOnly.capabilities(), "{name}: by the subject");
        let filter = AuditFilter { action: "people.user.updated".into(), ..AuditFilter::default() };
        let told = audit::list(services, &scene.owner(), &filter).await.unwrap().items;
        let change = |at: usize| (told[at].changes[0].before.clone().unwrap(), told[at].changes[0].after.clone().unwrap());
        assert_eq!([change(1), change(0)], ["agent", "read_only"].map(|after| ("Desk lead".to_owned(), after.to_owned())), "{name}");
        // Whoever becomes an owner by groups is one, not half of one.
        give().await;
        assert_eq!(held(json!({ "email": person.email, "groups": ["chiefs"] })).await, Role::Owner.capabilities(), "{name}");
        // Without a group claim it stays what was given by hand.
        let none = String::new;
        let by_hand = SsoForm {
            group_claim: none(),
            owner_groups: none(),
            supervisor_groups: none(),
            agent_groups: none(),
            default_role: "agent".into(),
            ..scene.form()
        };
        scene.save(by_hand).await;
        give().await;
        let kept = held(json!({ "email": person.email })).await;
        assert!(kept.has(Capability::PeopleWrite) && !kept.has(Capability::EmailSend), "{name}: the own role");
    }
}

#[tokio::test]
async fn where_it_is_the_only_way_in_passwords_are_for_owners() {
    for (name, scene) in scenes().await {
        let (services, world) = (&scene.world.services, &scene.world);
        let attempt = async |email: &str| sign_in(services, email, secret(PASSWORD), &request("192.0.2.1")).await;
        let (agent, owner) = (world.acme.person(Role::Agent).email.clone(), world.acme.person(Role::Owner).email.clone());
        attempt(&agent).await.unwrap();
        scene.save(SsoForm { only_sso: "true".into(), ..scene.form() }).await;
        assert!(refusal(attempt(&agent).await).to_string().contains("single sign-on"), "{name}");
        attempt(&owner).await.unwrap();
        attempt(&world.zenith.person(Role::Agent).email).await.unwrap();
        let wrong = sign_in(services, &agent, secret("a wrong password"), &request("192.0.2.1")).await;
        assert_eq!(refusal(wrong).to_string(), "The address or the password is not right.", "{name}: only who knows the password is told");
        sso::remove(services, &scene.owner()).await.unwrap();
        attempt(&agent).await.unwrap();
    }
}

#[tokio::test]
async fn the_way_in_is_found_by_a_domain_that_one_tenant_lists() {
    for (name, scene) in scenes().await {
        let (services, info) = (&scene.world.services, request("192.0.2.1"));
        let look = async |email: &str| find(services, email, &info).await;
        assert!(refusal(look("ann@connect.com").await).for_field("email").is_some(), "{name}");
        domains::update(services, &scene.owner(), "connect.com köln.example").await.unwrap();
        assert_eq!(look("Ann@Connect.com").await.unwrap(), "acme", "{name}");
        assert_eq!(look("ann@xn--kln-sna.example").await.unwrap(), "acme", "{name}");
        assert!(refusal(look("ann@abc.connect.com").await).for_field("email").is_some(), "{name}");
        let zenith = scene.world.zenith.ctx(Role::Owner, Capability::TenantWrite);
        domains::update(services, &zenith, "connect.com").await.unwrap();
        assert_eq!(look("ann@connect.com").await.unwrap(), "acme", "{name}: the other has no single sign-on");
        sso::save(services, &zenith, SsoForm { slug: "zenith".into(), ..scene.form() }).await.unwrap();
        assert!(refusal(look("ann@connect.com").await).for_field("email").is_some(), "{name}: two claim it, so it leads nowhere");
    }
}

#[tokio::test]
async fn an_owner_tries_the_settings_without_being_signed_in() {
    for (name, scene) in scenes().await {
        let (services, owner) = (&scene.world.services, scene.owner());
        scene.save(SsoForm { active: String::new(), ..scene.form() }).await;
        let begun = begin_test(services, &owner, "").await.unwrap();
        let url = Url::parse(&begun.location).unwrap();
        let part = |wanted: &str| url.query_pairs().find(|(known, _)| known == wanted).unwrap().1.into_owned();
        let away = Away { state: part("state"), nonce: part("nonce"), cookie: begun.cookie_secret.expose().to_owned() };
        scene.issuer.give(&scene.issuer.signed(&scene.claims(&away, json!({}))));
        assert!(matches!(scene.back_to("acme", &away, &away.cookie).await, Ok(Finished::Tested)), "{name}");
        let test = sso::get(services, &owner).await.unwrap().sso.unwrap().last_test.unwrap();
        assert!(test.good && test.sentence.contains("would get an account as Agent"), "{name}: {test:?}");
        assert_eq!((test.email.as_str(), test.groups.as_slice()), ("new@acme.example", ["desk".to_owned()].as_slice()), "{name}");
        let request = PeopleFilter { search: "new person".into(), ..PeopleFilter::default() };
        assert!(people_room::list_users(services, &owner, &request).await.unwrap().items.is_empty(), "{name}: nothing was made");
    }
}

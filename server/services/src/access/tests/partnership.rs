use ::store::{args, sql};
use model::{
    Problem,
    access::Access,
    email::asset::AssetForm,
    people::{Capability, Role},
};

use super::{MARA, decides, follow, held, mara, visit, visit_as, visitor};
use crate::{
    access::{
        Claimant, accept_partner, customers, end_by_name, end_partner, get, launch_as_partner, link, partner_lines, present, settle, update, visits,
    },
    auth::{self, Credential},
    email::assets,
    people::{RoleForm, create_role, update_role},
    testing::{World, refusal, request, worlds},
};

/// A channel of Acme's: its provisioning is complete with it.
async fn open_channel(world: &World) {
    let form = AssetForm {
        name: "Office".into(),
        email_address: "office@acme.example".into(),
        smtp_host: "127.0.0.1".into(),
        smtp_port: "2525".into(),
        security: "none".into(),
        ..Default::default()
    };
    assets::create(&world.services, &world.acme.ctx(Role::Owner, Capability::EmailManage), form).await.unwrap();
}

#[tokio::test]
async fn a_partner_enters_once_an_owner_accepted_and_a_channel_is_open() {
    for (name, world) in worlds().await {
        let acme = world.acme.tenant;
        let person = world.zenith.principal(Role::FullAccess);
        let partner = world.zenith.ctx(Role::FullAccess, Capability::AccessCustomers);
        let launch = async |access| launch_as_partner(&world.services, &partner, acme, access).await;
        assert_eq!(refusal(launch(Access::ReadOnly).await), Problem::NotFound, "{name}: no partner");
        link(&world.services, "Zenith", "Acme", Access::Full, false).await.unwrap();
        assert_eq!(refusal(launch(Access::ReadOnly).await), Problem::NotFound, "{name}: an offer opens nothing");
        assert!(customers(&world.services, &partner).await.unwrap().is_empty(), "{name}: nor is it a customer");
        let owner = decides(&world.acme);
        let offered = get(&world.services, &owner).await.unwrap().partners.remove(0);
        assert_eq!((offered.name.as_str(), offered.accepted.is_none()), ("Zenith", true), "{name}");
        assert_eq!(refusal(accept_partner(&world.services, &decides(&world.zenith), offered.id).await), Problem::NotFound, "{name}: not theirs");
        accept_partner(&world.services, &owner, offered.id).await.unwrap();
        assert!(matches!(refusal(accept_partner(&world.services, &owner, offered.id).await), Problem::Conflict { .. }), "{name}: once");
        assert!(!customers(&world.services, &partner).await.unwrap()[0].ready, "{name}: no channel is open");
        assert!(matches!(refusal(launch(Access::ReadOnly).await), Problem::Conflict { .. }), "{name}");
        open_channel(&world).await;
        assert!(customers(&world.services, &partner).await.unwrap()[0].ready, "{name}");
        assert!(refusal(launch(Access::FullWithDecrypt).await).for_field("access").is_some(), "{name}: more than granted");
        let cookie = visit_as(&world, &person, acme, Access::Full).await;
        let inside = visitor(&world, &cookie).await.unwrap();
        assert_eq!((inside.tenant(), inside.capabilities()), (acme, Access::Full.capabilities(false)), "{name}");
        let seen = present(&world.services, &world.acme.owner()).await.unwrap();
        assert_eq!((seen[0].organisation.as_str(), seen[0].visitor.as_str()), ("Zenith", "full_access@zenith.example"), "{name}");
        assert_eq!(seen[0].acts_as, format!("full_access+{acme}+partner@zenith.example"), "{name}");
        // Not on from there, and not the other way.
        assert!(inside.authorise(Capability::AccessCustomers).is_err(), "{name}");
        let back = world.acme.ctx(Role::Owner, Capability::AccessCustomers);
        assert_eq!(refusal(launch_as_partner(&world.services, &back, world.zenith.tenant, Access::ReadOnly).await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn a_partners_visit_ends_with_the_tie_the_person_or_their_right() {
    for (name, world) in worlds().await {
        open_channel(&world).await;
        link(&world.services, "Zenith", "Acme", Access::Full, true).await.unwrap();
        let person = world.zenith.principal(Role::FullAccess);
        let enter = async || visit_as(&world, &person, world.acme.tenant, Access::Full).await;
        // The help desk's switch and its decryption are not the partner's.
        let first = enter().await;
        update(&world.services, &decides(&world.acme), false, true, "").await.unwrap();
        assert_eq!(held(&world, &first).await, Some(Access::Full.capabilities(false)), "{name}");
        link(&world.services, "Zenith", "Acme", Access::ReadOnly, false).await.unwrap();
        assert_eq!(held(&world, &first).await, Some(Access::ReadOnly.capabilities(false)), "{name}: less needs no new consent");
        link(&world.services, "Zenith", "Acme", Access::Full, false).await.unwrap();
        assert!(held(&world, &first).await.is_none(), "{name}: more does");
        link(&world.services, "Zenith", "Acme", Access::Full, true).await.unwrap();
        let demoted = enter().await;
        let set = async |role: &str, active: bool| {
            let change = sql!("UPDATE people_user SET role = $2, active = $3 WHERE id = $1");
            world.services.db.execute(change, args![world.zenith.person(Role::FullAccess).user.uuid(), role, active]).await.unwrap();
        };
        set("agent", true).await;
        assert!(held(&world, &demoted).await.is_none(), "{name}");
        set("full_access", true).await;
        let shut_out = enter().await;
        set("full_access", false).await;
        assert_eq!(settle(&world.services).await.unwrap(), 1, "{name}");
        assert!(held(&world, &shut_out).await.is_none(), "{name}");
        set("full_access", true).await;
        let last = enter().await;
        let tie = get(&world.services, &decides(&world.acme)).await.unwrap().partners.remove(0);
        assert_eq!(refusal(end_partner(&world.services, &decides(&world.zenith), tie.id).await), Problem::NotFound, "{name}: not theirs");
        end_partner(&world.services, &decides(&world.acme), tie.id).await.unwrap();
        assert!(held(&world, &last).await.is_none(), "{name}");
        assert!(get(&world.services, &decides(&world.acme)).await.unwrap().partners.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_role_of_the_partners_own_leads_in_and_out_by_what_it_holds() {
    for (name, world) in worlds().await {
        open_channel(&world).await;
        link(&world.services, "Zenith", "Acme", Access::Full, true).await.unwrap();
        let roles = world.zenith.ctx(Role::Owner, Capability::PeopleRoles);
        let form = |capabilities: &[Capability]| RoleForm { name: "Carer".into(), capabilities: capabilities.to_vec() };
        let carer = create_role(&world.services, &roles, form(&[Capability::AccessCustomers])).await.unwrap();
        // Beside a role of the tenant's own the built-in one means nothing, whichever it is.
        let give = sql!("UPDATE people_user SET role = 'read_only', role_id = $2 WHERE id = $1");
        world.services.db.execute(give, args![world.zenith.person(Role::Agent).user.uuid(), carer.uuid()]).await.unwrap();
        let cookie = world.sign_in(world.zenith.person(Role::Agent)).await.cookie_secret;
        let person = auth::recognise(&world.services, Credential::Cookie(cookie.expose()), request("192.0.2.9")).await.unwrap().unwrap();
        let visit = visit_as(&world, &person, world.acme.tenant, Access::Full).await;
        assert_eq!(held(&world, &visit).await, Some(Access::Full.capabilities(false)), "{name}");
        let waiting =
            launch_as_partner(&world.services, &person.clone().authorise(Capability::AccessCustomers).unwrap(), world.acme.tenant, Access::Full)
                .await
                .unwrap();
        update_role(&world.services, &roles, carer, form(&[Capability::EmailRead])).await.unwrap();
        assert!(held(&world, &visit).await.is_none(), "{name}: the role holds it no more");
        let late = follow(&world.services, world.acme.tenant, &waiting, Claimant::of(None, Some(&person))).await;
        assert!(refusal(late).for_field("token").is_some(), "{name}: nor does a link that was made before");
        let past = visits(&world.services, &decides(&world.acme), "").await.unwrap().items;
        assert_eq!(past[0].ended_because, "the visitor's own account was shut out", "{name}");
    }
}

#[tokio::test]
async fn the_command_line_names_both() {
    for (name, world) in worlds().await {
        let fields = |problem: Problem| problem.fields().iter().map(|field| field.field.clone()).collect::<Vec<_>>();
        let nobody = refusal(link(&world.services, "Nobody", "Nothing", Access::Full, false).await);
        assert_eq!(fields(nobody), ["partner", "customer"], "{name}");
        assert_eq!(fields(refusal(link(&world.services, "Acme", "Acme", Access::Full, false).await)), ["customer"], "{name}");
        assert_eq!(fields(refusal(end_by_name(&world.services, "Zenith", "Acme").await)), ["partner"], "{name}");
        link(&world.services, "Zenith", "Acme", Access::ReadOnly, true).await.unwrap();
        let lines = partner_lines(&world.services).await.unwrap();
        let shown: Vec<_> = lines.iter().map(|line| (line.partner.as_str(), line.customer.as_str(), line.access, line.accepted)).collect();
        assert_eq!(shown, [("Zenith", "Acme", Access::ReadOnly, true)], "{name}");
        end_by_name(&world.services, "Zenith", "Acme").await.unwrap();
        assert!(partner_lines(&world.services).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_visitor_of_one_tenant_finds_nothing_of_another() {
    for (name, world) in worlds().await {
        let mara = mara(&world, Access::Full).await;
        let (here, there) =
            (visit(&world, &mara, world.acme.tenant, Access::Full).await, visit(&world, &mara, world.zenith.tenant, Access::Full).await);
        let ctx = visitor(&world, &here).await.unwrap().authorise(Capability::PeopleRead).unwrap();
        let theirs = world.zenith.person(Role::Agent).user;
        assert_eq!(refusal(crate::people::get_user(&world.services, &ctx, theirs).await), Problem::NotFound, "{name}");
        assert!(crate::people::get_user(&world.services, &ctx, world.acme.person(Role::Agent).user).await.is_ok(), "{name}");
        assert_eq!(visitor(&world, &there).await.map(|one| one.tenant()), Some(world.zenith.tenant), "{name} {MARA}");
    }
}

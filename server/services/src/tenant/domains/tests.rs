use model::{
    Problem,
    audit::AuditFilter,
    people::{Capability, Role},
    tenant::domains::NOT_ADMITTED,
};

use super::{admits, get, preview, update};
use crate::{
    audit,
    people::{self, UserForm},
    testing::{PASSWORD, World, refusal, secret, worlds},
};

fn owner(world: &World) -> crate::Ctx {
    world.acme.ctx(Role::Owner, Capability::TenantWrite)
}

fn form(email: &str) -> UserForm {
    UserForm { name: "New".into(), email: email.into(), role: Role::Agent.into(), password: secret(PASSWORD) }
}

#[tokio::test]
async fn an_exact_match_is_asked_for_and_an_empty_list_admits_all() {
    for (name, world) in worlds().await {
        let (services, tenant) = (&world.services, world.acme.tenant);
        admits(services, tenant, "ann@anything.example").await.unwrap();
        update(services, &owner(&world), "Connect.com, Köln.example").await.unwrap();
        let check = async |email: &str, expected: bool| {
            let verdict = admits(services, tenant, email).await;
            assert_eq!(verdict.is_ok(), expected, "{name}: {email}");
            if !expected {
                assert_eq!(refusal(verdict), Problem::field("email", NOT_ADMITTED), "{name}: {email}");
            }
        };
        check("ann@connect.com", true).await;
        check(" Ann@CONNECT.com ", true).await;
        check("ann@abc.connect.com", false).await;
        check("ann@connect.com.evil.example", false).await;
        check("ann@notconnect.com", false).await;
        check("ann@KÖLN.example", true).await;
        check("ann@xn--kln-sna.example", true).await;
        check("ann@koln.example", false).await;
        check("ann", false).await;
        check("", false).await;
        // The other tenant has a list of its own.
        admits(services, world.zenith.tenant, "ann@anything.example").await.unwrap();
        update(services, &owner(&world), "").await.unwrap();
        check("ann@anything.example", true).await;
    }
}

#[tokio::test]
async fn adding_and_readdressing_people_obeys_the_list() {
    assert_eq!(NOT_ADMITTED, "User domain not in allowed list");
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.ctx(Role::Owner, Capability::PeopleWrite));
        update(services, &owner(&world), "connect.com").await.unwrap();
        assert_eq!(refusal(people::create_user(services, &ctx, form("a@abc.connect.com")).await), Problem::field("email", NOT_ADMITTED), "{name}");
        let id = people::create_user(services, &ctx, form("a@connect.com")).await.unwrap();
        let moved = people::update_user(services, &ctx, id, UserForm { password: secret(""), ..form("a@elsewhere.example") }).await;
        assert_eq!(refusal(moved), Problem::field("email", NOT_ADMITTED), "{name}");
        assert_eq!(people::get_user(services, &ctx, id).await.unwrap().email, "a@connect.com", "{name}");
        // Whoever was here before the list keeps the address, and can still be changed.
        let agent = world.acme.person(Role::Agent);
        let renamed = UserForm { name: "Renamed".into(), password: secret(""), ..form(&agent.email) };
        people::update_user(services, &ctx, agent.user, renamed).await.unwrap();
    }
}

#[tokio::test]
async fn the_page_tells_who_is_outside_before_and_after() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, owner(&world));
        let before = preview(services, &ctx, "connect.com").await.unwrap();
        assert_eq!((before.count, before.you), (6, true), "{name}");
        assert!(get(services, &ctx).await.unwrap().domains.is_empty(), "{name}: looking changes nothing");
        update(services, &ctx, "acme.example").await.unwrap();
        let inside = get(services, &ctx).await.unwrap();
        assert_eq!((inside.outside.count, inside.outside.you), (0, false), "{name}");
        update(services, &ctx, "connect.com xn--kln-sna.example").await.unwrap();
        let after = get(services, &ctx).await.unwrap();
        assert_eq!(after.domains.iter().map(|one| one.shown.as_str()).collect::<Vec<_>>(), ["connect.com", "köln.example"], "{name}");
        assert_eq!((after.outside.count, after.outside.some.len(), after.outside.you), (6, 6, true), "{name}");
        people::set_active(services, &world.acme.ctx(Role::Owner, Capability::PeopleWrite), world.acme.person(Role::Agent).user, false)
            .await
            .unwrap();
        assert_eq!(get(services, &ctx).await.unwrap().outside.count, 5, "{name}");
    }
}

#[tokio::test]
async fn a_bad_list_is_refused_whole_and_a_good_one_is_audited_once() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, owner(&world));
        update(services, &ctx, "connect.com").await.unwrap();
        let check = async |typed: &str, words: &str| {
            let problem = refusal(update(services, &ctx, typed).await);
            assert!(problem.for_field("domains").is_some_and(|sentence| sentence.contains(words)), "{name}: {typed}: {problem}");
        };
        check("a.example Connect.com connect.COM", "are the same domain").await;
        check("köln.example, xn--kln-sna.example", "are the same domain").await;
        check("a.example, a.example", "twice").await;
        check("a.example, *.b.example", "wildcards").await;
        check("a.example, localhost", "reserved").await;
        check(&(0..201).map(|n| format!("d{n}.example ")).collect::<String>(), "200 is the most").await;
        assert_eq!(get(services, &ctx).await.unwrap().domains.len(), 1, "{name}");
        update(services, &ctx, "@connect.com;").await.unwrap();
        let filter = AuditFilter { action: "tenant.domains.updated".into(), ..AuditFilter::default() };
        let entries = audit::list(services, &ctx, &filter).await.unwrap().items;
        assert_eq!(entries.len(), 1, "{name}: a save that changes nothing tells nothing");
    }
}

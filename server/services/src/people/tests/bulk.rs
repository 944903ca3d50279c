use model::{
    Problem,
    ids::UserId,
    people::{Licence, PersonStatus, Role},
};

use crate::{
    auth::{self, Credential},
    people::{BulkChange, LicenceTotal, bulk, create_team, get_team, get_user, set_licence_totals},
    testing::{refusal, request, worlds},
};

#[tokio::test]
async fn many_are_changed_and_the_others_named() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let everybody: Vec<UserId> = world.acme.people.iter().map(|person| person.user).collect();
        let cookie = world.sign_in(world.acme.person(Role::Agent)).await.cookie_secret;
        // The same person twice counts once.
        let twice: Vec<_> = everybody.iter().chain(&everybody).copied().collect();
        let outcome = bulk(services, &ctx, &twice, BulkChange::Deactivate).await.unwrap();
        assert_eq!((outcome.changed.len(), outcome.unchanged, outcome.refused.len()), (5, 0, 1), "{name}");
        assert!(outcome.refused[0].why.contains("last active owner"), "{name}: {outcome:?}");
        let seen = auth::recognise(services, Credential::Cookie(cookie.expose()), request("192.0.2.1")).await.unwrap();
        assert!(seen.is_none(), "{name}: the session has ended");
        let again = bulk(services, &ctx, &outcome.changed, BulkChange::Reactivate).await.unwrap();
        assert_eq!(again.changed.len(), 5, "{name}");
        let again = bulk(services, &ctx, &outcome.changed, BulkChange::Reactivate).await.unwrap();
        assert_eq!((again.changed.len(), again.unchanged), (0, 5), "{name}");
        let team = create_team(services, &ctx, "Billing").await.unwrap();
        bulk(services, &ctx, &everybody, BulkChange::Join(team)).await.unwrap();
        assert_eq!(get_team(services, &ctx, team).await.unwrap().team.members, 6, "{name}");
        set_licence_totals(services, "Acme", None, Some(LicenceTotal::AtMost(2))).await.unwrap();
        let outcome = bulk(services, &ctx, &everybody, BulkChange::Give(Licence::Interact)).await.unwrap();
        assert_eq!((outcome.changed.len(), outcome.refused.len()), (2, 4), "{name}");
        let outcome = bulk(services, &ctx, &everybody, BulkChange::Take(Licence::Interact)).await.unwrap();
        assert_eq!((outcome.changed.len(), outcome.unchanged), (2, 4), "{name}");
    }
}

#[tokio::test]
async fn a_stranger_among_them_stops_all() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let agent = world.acme.person(Role::Agent).user;
        let theirs = world.zenith.person(Role::Agent).user;
        assert_eq!(refusal(bulk(services, &ctx, &[agent, theirs], BulkChange::Deactivate).await), Problem::NotFound, "{name}");
        assert_eq!(get_user(services, &ctx, agent).await.unwrap().status, PersonStatus::Active, "{name}");
        assert!(refusal(bulk(services, &ctx, &[], BulkChange::Deactivate).await).for_field("ids").is_some(), "{name}");
        let team = create_team(services, &world.zenith.owner(), "Theirs").await.unwrap();
        assert_eq!(refusal(bulk(services, &ctx, &[agent], BulkChange::Join(team)).await), Problem::NotFound, "{name}");
        let many: Vec<_> = std::iter::repeat_n(agent, 201).collect();
        assert!(refusal(bulk(services, &ctx, &many, BulkChange::Deactivate).await).for_field("ids").is_some(), "{name}");
    }
}

#[test]
fn forms_say_what_to_do() {
    let check = |verb: &str, team: &str, licence: &str, field: &str| {
        let problem = BulkChange::read(verb, team, licence).unwrap_err();
        assert!(problem.for_field(field).is_some(), "{verb}: {problem:?}");
    };
    check("", "", "", "verb");
    check("join", "", "", "team");
    check("give", "", "voice", "licence");
    assert_eq!(BulkChange::read("take", "", "interact"), Ok(BulkChange::Take(Licence::Interact)));
    assert_eq!(BulkChange::read("join", "no id", ""), Err(Problem::NotFound));
}

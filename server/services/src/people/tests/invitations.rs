use model::{
    Problem,
    audit::AuditFilter,
    ids::UserId,
    people::{InvitationState, LicenceCount, Licences, PersonStatus, Role},
};
use store::{args, sql};

use crate::{
    Fault, Services, audit,
    auth::{self, SignedIn},
    clock::DAY,
    people::{
        AcceptForm, InviteForm, LicenceTotal, accept_invitation, create_team, get_user, invitation_of, invitation_state, invite, licence_counts,
        renew_invitation, revoke_invitation, set_active, set_licence_totals,
    },
    tenant::domains,
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

fn form(email: &str) -> InviteForm {
    InviteForm {
        name: String::new(),
        email: email.into(),
        role: Role::Agent.into(),
        licences: Licences::default(),
        teams: Vec::new(),
        by_mail: false,
    }
}

/// The person and the secret of their link.
async fn invited(world: &World, form: InviteForm) -> (UserId, String) {
    let made = invite(&world.services, &world.acme.owner(), form).await.unwrap();
    (made.id, token(&made.link.unwrap()))
}

fn token(link: &str) -> String {
    link.rsplit_once("/invitation/").unwrap().1.to_owned()
}

async fn accept(services: &Services, token: &str) -> Result<SignedIn, Fault> {
    let form = AcceptForm { name: " Ivy Lee ".into(), password: secret(PASSWORD) };
    accept_invitation(services, token, form, &request("192.0.2.7")).await
}

async fn state(services: &Services, token: &str) -> InvitationState {
    invitation_state(services, token).await.unwrap()
}

#[tokio::test]
async fn whoever_accepts_is_in_and_the_link_is_dead() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let team = create_team(services, &ctx, "Billing").await.unwrap();
        let both = Licences { contact_center: true, interact: true };
        let (id, token) = invited(&world, InviteForm { licences: both, teams: vec![team], ..form(" Ivy@Acme.Example ") }).await;
        let user = get_user(services, &ctx, id).await.unwrap();
        assert_eq!((user.name.as_str(), user.status, user.licences, user.teams.len()), ("ivy", PersonStatus::Invited, both, 1), "{name}");
        let refused = auth::sign_in(services, "ivy@acme.example", secret(PASSWORD), &request("192.0.2.7")).await;
        assert!(refusal(refused).for_field("email").is_some(), "{name}");
        let expected = InvitationState::Open { tenant_name: "Acme".into(), email: "ivy@acme.example".into(), name: "ivy".into() };
        assert_eq!(state(services, &token).await, expected, "{name}");
        let short = AcceptForm { name: String::new(), password: secret("short") };
        let refused = refusal(accept_invitation(services, &token, short, &request("192.0.2.7")).await);
        assert!(refused.for_field("name").is_some() && refused.for_field("password").is_some(), "{name}");
        let signed_in = accept(services, &token).await.unwrap();
        let credential = auth::Credential::Cookie(signed_in.cookie_secret.expose());
        assert!(auth::recognise(services, credential, request("192.0.2.7")).await.unwrap().is_some(), "{name}");
        let user = get_user(services, &ctx, id).await.unwrap();
        assert_eq!((user.name.as_str(), user.status), ("Ivy Lee", PersonStatus::Active), "{name}");
        auth::sign_in(services, "ivy@acme.example", secret(PASSWORD), &request("192.0.2.7")).await.unwrap();
        assert_eq!(state(services, &token).await, InvitationState::Used, "{name}");
        let again = refusal(accept(services, &token).await);
        assert!(again.message().contains("used already"), "{name}: {again:?}");
        assert_eq!(invitation_of(services, &ctx, id).await.unwrap(), None, "{name}");
        for action in ["people.user.invited", "people.invitation.accepted"] {
            let filter = AuditFilter { action: action.into(), ..Default::default() };
            let told = audit::list(services, &ctx, &filter).await.unwrap().items;
            assert_eq!(told.len(), 1, "{name} {action}");
            assert!(!format!("{told:?}").contains(&token), "{name}");
        }
    }
}

#[tokio::test]
async fn one_link_lets_one_of_many_in() {
    for (name, world) in worlds().await {
        let (_, token) = invited(&world, form("ivy@acme.example")).await;
        let done = futures::future::join_all((0..6).map(|_| accept(&world.services, &token))).await;
        let (good, bad): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 5), "{name}");
        for one in bad {
            let refused = refusal(one);
            assert!(matches!(refused, Problem::Conflict { .. }), "{name}: {refused:?}");
        }
        let row = world.services.db.read_one(sql!("SELECT count(*) AS n FROM auth_session"), args![]).await.unwrap();
        assert_eq!(row.int("n").unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn links_that_have_ended_say_why() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        assert_eq!(refusal(invitation_state(services, "rubbish").await), Problem::NotFound, "{name}");
        assert_eq!(refusal(accept(services, "rubbish").await), Problem::NotFound, "{name}");
        let (id, first) = invited(&world, form("ivy@acme.example")).await;
        let second = token(&renew_invitation(services, &ctx, id, false).await.unwrap().link.unwrap());
        assert_eq!(state(services, &first).await, InvitationState::Replaced, "{name}");
        assert!(matches!(refusal(accept(services, &first).await), Problem::Conflict { .. }), "{name}");
        world.advance(7 * DAY);
        assert_eq!(state(services, &second).await, InvitationState::Expired, "{name}");
        assert!(refusal(accept(services, &second).await).message().contains("expired"), "{name}");
        assert!(invitation_of(services, &ctx, id).await.unwrap().unwrap().expired, "{name}");
        // Renewing gives another week.
        let third = token(&renew_invitation(services, &ctx, id, false).await.unwrap().link.unwrap());
        world.advance(7 * DAY - 1);
        assert!(matches!(state(services, &third).await, InvitationState::Open { .. }), "{name}");
        services.db.execute(sql!("UPDATE tenant SET active = 0 WHERE id = $1"), args![ctx.tenant().uuid()]).await.unwrap();
        assert_eq!(state(services, &third).await, InvitationState::Closed, "{name}");
        assert!(refusal(accept(services, &third).await).message().contains("closed"), "{name}");
        services.db.execute(sql!("UPDATE tenant SET active = 1 WHERE id = $1"), args![ctx.tenant().uuid()]).await.unwrap();
        revoke_invitation(services, &ctx, id).await.unwrap();
        assert_eq!(state(services, &third).await, InvitationState::Revoked, "{name}");
        assert!(refusal(accept(services, &third).await).message().contains("taken back"), "{name}");
        assert_eq!(refusal(get_user(services, &ctx, id).await), Problem::NotFound, "{name}");
        // The address can be invited anew.
        let (id, token) = invited(&world, form("ivy@acme.example")).await;
        accept(services, &token).await.unwrap();
        for refused in [renew_invitation(services, &ctx, id, false).await.map(drop), revoke_invitation(services, &ctx, id).await] {
            assert!(matches!(refusal(refused), Problem::Conflict { .. }), "{name}");
        }
    }
}

#[tokio::test]
async fn who_cannot_be_invited_is_told_at_the_field() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let refused = |problem: Problem, field: &str| assert!(problem.for_field(field).is_some(), "{name}: {problem:?}");
        refused(refusal(invite(services, &ctx, form("nobody")).await), "email");
        refused(refusal(invite(services, &ctx, form("AGENT@acme.example")).await), "email");
        refused(refusal(invite(services, &ctx, form("agent@zenith.example")).await), "email");
        let named = InviteForm { name: "a".repeat(121), ..form("a@acme.example") };
        refused(refusal(invite(services, &ctx, named).await), "name");
        let full = world.acme.ctx(Role::FullAccess, model::people::Capability::PeopleWrite);
        let owner = InviteForm { role: Role::Owner.into(), ..form("a@acme.example") };
        refused(refusal(invite(services, &full, owner).await), "role");
        set_licence_totals(services, "Acme", Some(LicenceTotal::AtMost(0)), None).await.unwrap();
        let licensed = InviteForm { licences: Licences { contact_center: true, interact: false }, ..form("a@acme.example") };
        refused(refusal(invite(services, &ctx, licensed).await), "contact_center");
        let theirs = create_team(services, &world.zenith.owner(), "Theirs").await.unwrap();
        let teamed = InviteForm { teams: vec![theirs], ..form("a@acme.example") };
        assert_eq!(refusal(invite(services, &ctx, teamed).await), Problem::NotFound, "{name}");
        let counts = licence_counts(services, &ctx).await.unwrap();
        assert!(counts.iter().all(|count: &LicenceCount| count.assigned == 0), "{name}: nothing half done");
        // Somebody invited is neither let in nor shut out by hand.
        let (id, _) = invited(&world, form("a@acme.example")).await;
        for active in [true, false] {
            assert!(matches!(refusal(set_active(services, &ctx, id, active).await), Problem::Conflict { .. }), "{name}");
        }
        let stranger = invitation_of(services, &world.zenith.owner(), id).await;
        assert_eq!(refusal(stranger), Problem::NotFound, "{name}");
        assert_eq!(refusal(revoke_invitation(services, &world.zenith.owner(), id).await), Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn the_allowed_domains_hold_at_the_invitation_and_when_it_is_accepted() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (_, token) = invited(&world, form("ivy@acme.example")).await;
        domains::update(services, &ctx, "other.example").await.unwrap();
        let refused = refusal(accept(services, &token).await);
        assert_eq!(refused.for_field("email"), Some("User domain not in allowed list"), "{name}");
        let refused = refusal(invite(services, &ctx, form("bob@acme.example")).await);
        assert_eq!(refused.for_field("email"), Some("User domain not in allowed list"), "{name}");
        domains::update(services, &ctx, "acme.example").await.unwrap();
        accept(services, &token).await.unwrap();
    }
}

#[tokio::test]
async fn where_single_sign_on_is_the_only_way_in_no_password_is_chosen() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (id, agent) = invited(&world, form("ivy@acme.example")).await;
        let (_, owner) = invited(&world, InviteForm { role: Role::Owner.into(), ..form("olga@acme.example") }).await;
        world.only_single_sign_on().await;
        let expected = InvitationState::SingleSignOn { tenant_name: "Acme".into(), email: "ivy@acme.example".into(), slug: "acme".into() };
        assert_eq!(state(services, &agent).await, expected, "{name}");
        let refused = refusal(accept(services, &agent).await);
        assert!(matches!(&refused, Problem::Conflict { what } if what.contains("single sign-on")), "{name}: {refused:?}");
        assert_eq!(get_user(services, &ctx, id).await.unwrap().status, PersonStatus::Invited, "{name}");
        // Owners keep a password, so that a provider that fails shuts nobody out for good.
        assert!(matches!(state(services, &owner).await, InvitationState::Open { .. }), "{name}");
        accept(services, &owner).await.unwrap();
    }
}

use model::{
    Problem,
    people::{Licences, Role},
};

use crate::{
    people::{add_member, assign, create_team, delete_team, get_team, get_user, list_teams, remove_member, update_team},
    testing::{refusal, worlds},
};

#[tokio::test]
async fn teams_have_members_and_a_lead_among_them() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (agent, boss) = (world.acme.person(Role::Agent), world.acme.person(Role::Supervisor));
        let billing = create_team(services, &ctx, " Billing ").await.unwrap();
        let sales = create_team(services, &ctx, "Sales").await.unwrap();
        assert!(refusal(create_team(services, &ctx, "bILLING").await).for_field("name").is_some(), "{name}");
        assert!(refusal(update_team(services, &ctx, sales, "Billing", "").await).for_field("name").is_some(), "{name}");
        assert!(refusal(create_team(services, &ctx, " ").await).for_field("name").is_some(), "{name}");
        let not_in = refusal(update_team(services, &ctx, billing, "Billing", &boss.user.to_string()).await);
        assert!(not_in.for_field("lead").is_some(), "{name}: {not_in:?}");
        add_member(services, &ctx, billing, "AGENT@acme.example").await.unwrap();
        add_member(services, &ctx, billing, &boss.email).await.unwrap();
        add_member(services, &ctx, billing, &boss.email).await.unwrap();
        assert!(refusal(add_member(services, &ctx, billing, "agent@zenith.example").await).for_field("email").is_some(), "{name}");
        update_team(services, &ctx, billing, "Billing", &boss.user.to_string()).await.unwrap();
        let detail = get_team(services, &ctx, billing).await.unwrap();
        assert_eq!((detail.team.members, detail.members.len(), detail.team.lead), (2, 2, Some(boss.user)), "{name}");
        assign(services, &ctx, agent.user, Licences::default(), &[sales]).await.unwrap();
        assert_eq!(get_user(services, &ctx, agent.user).await.unwrap().teams[0].id, sales, "{name}");
        remove_member(services, &ctx, billing, boss.user).await.unwrap();
        assert_eq!(refusal(remove_member(services, &ctx, billing, boss.user).await), Problem::NotFound, "{name}");
        let teams = list_teams(services, &ctx).await.unwrap();
        assert_eq!((teams[0].name.as_str(), teams[0].lead, teams[0].members), ("Billing", None, 0), "{name}");
        delete_team(services, &ctx, sales).await.unwrap();
        assert!(get_user(services, &ctx, agent.user).await.unwrap().teams.is_empty(), "{name}");
        let theirs = world.zenith.owner();
        for gone in [get_team(services, &theirs, billing).await.map(drop), delete_team(services, &theirs, billing).await] {
            assert_eq!(refusal(gone), Problem::NotFound, "{name}");
        }
        let joined = assign(services, &theirs, world.zenith.person(Role::Agent).user, Licences::default(), &[billing]).await;
        assert_eq!(refusal(joined), Problem::NotFound, "{name}");
    }
}

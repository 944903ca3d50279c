use std::net::SocketAddr;

use model::{
    email::asset::AssetForm,
    people::{Capability, Role},
};
use store::{args, sql};

use crate::{
    Services,
    email::{
        fixtures::{asset, form as asset_form},
        sending,
    },
    people::{
        post_office::{self, Letter},
        {InviteForm, Worker, invitation_of, invite},
    },
    testing::{World, must, refusal, worlds},
};

/// Nothing listens there: mails stay in the outbox.
const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 9);

fn form(email: &str) -> InviteForm {
    InviteForm { name: "Ivy".into(), email: email.into(), role: Role::Agent.into(), licences: Default::default(), teams: Vec::new(), by_mail: true }
}

/// Content, recipient and id of the mails in the outbox, as stored.
pub(in crate::people) async fn outbox(services: &Services) -> Vec<(String, String, model::ids::MessageId)> {
    let rows = services
        .db
        .read_all(sql!("SELECT m.id, m.to_line, s.content FROM email_message m JOIN email_send s ON s.id = m.send_id ORDER BY m.id"), args![])
        .await;
    let rows = must(rows, "the outbox");
    rows.iter().map(|row| (row.text("content").unwrap(), row.text("to_line").unwrap(), row.parse("id").unwrap())).collect()
}

pub(in crate::people) async fn open_asset(world: &World) -> model::ids::AssetId {
    asset(&world.services, &world.acme.owner(), "desk@acme.example", SocketAddr::from(NOWHERE)).await
}

#[tokio::test]
async fn invitations_leave_by_the_outbox_and_nobody_reads_them_here() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let without = refusal(invite(services, &ctx, form("ivy@acme.example")).await);
        assert!(without.for_field("by").unwrap().contains("no active email address"), "{name}");
        open_asset(&world).await;
        let invited = invite(services, &ctx, form("ivy@acme.example")).await.unwrap();
        assert_eq!(invited.link, None, "{name}");
        assert!(outbox(services).await.is_empty(), "{name}: the job writes it");
        world.advance(1);
        let worker = Worker::new(services.clone());
        while must(worker.step().await, "the worker") > 0 {}
        let mails = outbox(services).await;
        assert_eq!((mails.len(), mails[0].1.as_str()), (1, "ivy@acme.example"), "{name}");
        assert!(mails[0].0.contains("http://localhost:3000/invitation/"), "{name}");
        let standing = invitation_of(services, &ctx, invited.id).await.unwrap().unwrap();
        assert!(standing.by_mail && standing.mailed.is_some() && standing.mail_problem.is_empty(), "{name}: {standing:?}");
        // Whoever reads the list of sent mail must not be able to accept in somebody's place.
        let shown = sending::get(services, &ctx, mails[0].2).await.unwrap();
        assert!(!shown.text.contains("/invitation/") && shown.html.is_empty(), "{name}: {}", shown.text);
        let bodies = services.db.read_one(sql!("SELECT count(*) AS n FROM debuglog_line WHERE body IS NOT NULL"), args![]).await.unwrap();
        assert_eq!(bodies.int("n").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn system_mail_leaves_from_the_chosen_asset_else_the_first_active_one() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let letter = || Letter::with_link("ann@acme.example", "Hello", &["Hi."], "Open", "https://x.example/", &[]);
        assert!(!post_office::send(services, &ctx, letter()).await.unwrap(), "{name}: there is no asset");
        let first = open_asset(&world).await;
        world.advance(1);
        let second = asset(services, &ctx, "office@acme.example", SocketAddr::from(NOWHERE)).await;
        assert_eq!(post_office::asset(services, ctx.tenant()).await.unwrap(), Some(first), "{name}");
        post_office::choose_asset(services, &ctx, Some(second)).await.unwrap();
        assert_eq!(post_office::asset(services, ctx.tenant()).await.unwrap(), Some(second), "{name}");
        crate::email::assets::set_active(services, &ctx, second, false).await.unwrap();
        assert_eq!(post_office::asset(services, ctx.tenant()).await.unwrap(), Some(first), "{name}");
        let known = post_office::system_mail(services, &ctx).await.unwrap();
        assert_eq!((known.chosen, known.in_use, known.assets.len()), (Some(second), Some(first), 2), "{name}");
        assert!(post_office::send(services, &ctx, letter()).await.unwrap(), "{name}");
        assert_eq!(outbox(services).await.len(), 1, "{name}");
        post_office::choose_asset(services, &ctx, None).await.unwrap();
        let theirs = post_office::choose_asset(services, &world.zenith.owner(), Some(first)).await;
        assert_eq!(refusal(theirs), model::Problem::NotFound, "{name}");
    }
}

#[tokio::test]
async fn who_manages_email_alone_leads_no_personal_link_past_a_server_of_their_own() {
    for (name, world) in worlds().await {
        let (services, owner) = (&world.services, world.acme.owner());
        let limited = world.acme.ctx(Role::LimitedAccess, Capability::EmailManage);
        let theirs = asset(services, &limited, "first@acme.example", SocketAddr::from(NOWHERE)).await;
        assert_eq!(post_office::asset(services, owner.tenant()).await.unwrap(), None, "{name}: the first address is theirs");
        let known = post_office::system_mail(services, &owner).await.unwrap();
        assert!(known.assets.iter().all(|asset| asset.active && !asset.route_trusted), "{name}");
        post_office::choose_asset(services, &owner, Some(theirs)).await.unwrap();
        assert_eq!(post_office::asset(services, owner.tenant()).await.unwrap(), Some(theirs), "{name}: an owner looked at it and chose it");

        let changed = |host: &str| AssetForm { smtp_host: host.to_owned(), ..asset_form("first@acme.example", SocketAddr::from(NOWHERE)) };
        let rename = AssetForm { name: "Renamed".into(), ..asset_form("first@acme.example", SocketAddr::from(NOWHERE)) };
        crate::email::assets::update(services, &limited, theirs, 1, rename).await.unwrap();
        assert_eq!(post_office::asset(services, owner.tenant()).await.unwrap(), Some(theirs), "{name}: a name leads nowhere else");
        crate::email::assets::update(services, &limited, theirs, 2, changed("mx.elsewhere.example")).await.unwrap();
        assert_eq!(post_office::asset(services, owner.tenant()).await.unwrap(), None, "{name}: the server is another one");
        crate::email::assets::update(services, &owner, theirs, 3, changed("mx.acme.example")).await.unwrap();
        assert_eq!(post_office::asset(services, owner.tenant()).await.unwrap(), Some(theirs), "{name}: an owner set it");
    }
}

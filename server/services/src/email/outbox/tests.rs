use std::collections::HashSet;

use model::email::send::{MessageFilter, MessageStatus};
use store::{args, sql};

use super::{claim, schedule};
use crate::{
    Services,
    clock::{HOUR, MINUTE, SECOND},
    email::{
        fixtures::{SmtpStub, accept, asset, eventually, other_process, quick, request, run_outbox, status, wait_status},
        sending::{self, Mail},
    },
    testing::{must, worlds},
};

async fn receipts(services: &Services) -> Vec<(String, String, String)> {
    let rows = services.db.read_all(sql!("SELECT recipient, status, code FROM email_receipt ORDER BY recipient, id"), args![]).await.unwrap();
    rows.iter().map(|row| (row.text("recipient").unwrap(), row.text("status").unwrap(), row.text("code").unwrap())).collect()
}

#[tokio::test]
async fn a_mail_goes_out_and_leaves_receipt_and_log() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::obliging().await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let mut many = request(asset, &["ann@out.example", "bob@out.example"]);
        many.templated = true;
        many.subject = "Hi $(first)".into();
        many.mails[0].substitutions = [("first".to_owned(), "Ann".to_owned())].into();
        many.substitutions = [("first".to_owned(), "friend".to_owned())].into();
        let ids = accept(services, &ctx, many).await;
        world.advance(1000);
        let worker = run_outbox(services, quick());
        for id in &ids {
            wait_status(services, *id, MessageStatus::Submitted).await;
        }
        worker.stop().await;
        let mut taken = stub.taken();
        taken.sort_by(|a, b| a.recipients.cmp(&b.recipients));
        assert_eq!(taken.iter().map(|mail| mail.header("Subject").unwrap()).collect::<Vec<_>>(), ["Hi Ann", "Hi friend"], "{name}");
        let detail = must(sending::get(services, &ctx, ids[0]).await, name);
        assert_eq!(taken[0].header("Message-ID"), Some(format!("<{}>", detail.message_id_header)), "{name}");
        assert_eq!(detail.receipts.len(), 1);
        assert_eq!((detail.receipts[0].code.as_str(), detail.receipts[0].reply.as_str()), ("7501", "250 2.0.0 queued as stub"), "{name}");
        let log = services.db.read_all(sql!("SELECT step FROM debuglog_line ORDER BY id"), args![]).await.unwrap();
        let steps: Vec<_> = log.iter().map(|row| row.text("step").unwrap()).collect();
        assert_eq!(steps, ["accepted", "submitted", "submitted"], "{name}: one line per attempt");
    }
}

#[tokio::test]
async fn a_4xx_is_tried_again_on_schedule_with_the_same_message_id() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::start(|line, nth| (line == "DATA." && nth <= 2).then(|| "451 4.3.0 later".to_owned())).await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let id = accept(services, &ctx, request(asset, &["ann@out.example"])).await[0];
        let worker = run_outbox(services, quick());
        for (attempts, wait) in [(1, MINUTE), (2, 5 * MINUTE)] {
            eventually("an attempt", || async { status(services, id).await.1 == attempts && status(services, id).await.0 == MessageStatus::Queued })
                .await;
            let next = status(services, id).await.2 - services.now();
            assert!((wait * 9 / 10 - SECOND..=wait * 11 / 10).contains(&next), "{name}: attempt {attempts} waits {next}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            assert_eq!(status(services, id).await.1, attempts, "{name}: not before its time");
            world.advance(next + SECOND);
        }
        wait_status(services, id, MessageStatus::Submitted).await;
        worker.stop().await;
        assert_eq!(stub.taken().len(), 1);
        let detail = must(sending::get(services, &ctx, id).await, name);
        assert_eq!(stub.taken()[0].header("Message-ID"), Some(format!("<{}>", detail.message_id_header)), "{name}");
        assert_eq!(detail.receipts.len(), 1, "{name}: no receipt for an attempt that is repeated");
    }
}

#[tokio::test]
async fn a_mail_is_given_up_after_its_attempts() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::start(|line, _| line.starts_with("RCPT").then(|| "450 4.2.0 busy".to_owned())).await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let id = accept(services, &ctx, request(asset, &["ann@out.example"])).await[0];
        services
            .db
            .execute(sql!("UPDATE email_message SET attempts = $2 WHERE id = $1"), args![id.uuid(), schedule::MAX_ATTEMPTS - 1])
            .await
            .unwrap();
        let worker = run_outbox(services, quick());
        wait_status(services, id, MessageStatus::Failed).await;
        worker.stop().await;
        assert_eq!(receipts(services).await, [("ann@out.example".to_owned(), "Failed".to_owned(), "7553".to_owned())], "{name}");
    }
}

#[tokio::test]
async fn refused_recipients_get_their_own_receipts_and_a_retry_serves_them_alone() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::start(|line, nth| {
            (line.contains("bad@") && nth <= 3)
                .then(|| "550 5.1.1 no such user".to_owned())
                .or_else(|| (line.contains("grey@") && nth <= 3).then(|| "451 4.7.1 greylisted".to_owned()))
        })
        .await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let mut one = request(asset, &["good@out.example"]);
        one.cc = vec!["bad@out.example".into()];
        one.bcc = vec!["grey@out.example".into()];
        let id = accept(services, &ctx, one).await[0];
        let worker = run_outbox(services, quick());
        eventually("the first attempt", || async { status(services, id).await.0 == MessageStatus::Queued && status(services, id).await.1 == 1 })
            .await;
        let of = |code: &str, word: &str, who: &str| (who.to_owned(), word.to_owned(), code.to_owned());
        // The claim counts the attempt before its outcome is written.
        eventually("its receipts", || async { receipts(services).await.len() == 2 }).await;
        assert_eq!(receipts(services).await, [of("7523", "Failed", "bad@out.example"), of("7501", "Submitted", "good@out.example")], "{name}");
        world.advance(2 * MINUTE);
        wait_status(services, id, MessageStatus::Failed).await;
        must(sending::retry(services, &ctx, id).await, name);
        wait_status(services, id, MessageStatus::Submitted).await;
        worker.stop().await;
        let taken: Vec<_> = stub.taken().into_iter().map(|mail| mail.recipients).collect();
        assert_eq!(taken, [vec!["good@out.example"], vec!["grey@out.example"], vec!["bad@out.example"]], "{name}");
        assert!(!stub.taken()[0].data.contains("grey@"), "{name}: Bcc is hidden");
    }
}

#[tokio::test]
async fn a_5xx_fails_and_a_wrong_password_is_not_hammered() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::start(|line, _| (line == "DATA.").then(|| "554 5.7.1 spam".to_owned())).await;
        let locked = SmtpStub::start(|line, _| line.starts_with("AUTH").then(|| "535 5.7.8 wrong".to_owned())).await;
        let spam = asset(services, &ctx, "support@acme.example", stub.address).await;
        let form = model::email::asset::AssetForm {
            username: "u".into(),
            password: "p".into(),
            ..crate::email::fixtures::form("sales@acme.example", locked.address)
        };
        let auth = must(crate::email::assets::create(services, &ctx, form).await, name);
        let refused = accept(services, &ctx, request(spam, &["ann@out.example"])).await[0];
        let waiting = accept(services, &ctx, request(auth, &["a@out.example", "b@out.example", "c@out.example"])).await;
        let worker = run_outbox(services, quick());
        wait_status(services, refused, MessageStatus::Failed).await;
        eventually("the reason stands on every mail", || async {
            let rows = services.db.read_all(sql!("SELECT last_reply FROM email_message WHERE asset_id = $1"), args![auth.uuid()]).await.unwrap();
            rows.iter().all(|row| row.str("last_reply").unwrap().contains("535"))
        })
        .await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let connections = locked.connections.load(std::sync::atomic::Ordering::SeqCst);
        assert!(connections <= 3, "{name}: {connections} connections");
        for id in &waiting {
            assert_eq!(status(services, *id).await.0, MessageStatus::Queued, "{name}");
        }
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_stalled_server_blocks_nobody_else() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (stalled, good) = (SmtpStub::start(|line, _| line.starts_with("EHLO").then(|| "stall".to_owned())).await, SmtpStub::obliging().await);
        let (slow, quick_asset) =
            (asset(services, &ctx, "slow@acme.example", stalled.address).await, asset(services, &ctx, "fast@acme.example", good.address).await);
        let stuck = accept(services, &ctx, request(slow, &["ann@out.example"])).await[0];
        let fine = accept(services, &ctx, request(quick_asset, &["bob@out.example"])).await[0];
        let worker = run_outbox(services, quick());
        wait_status(services, fine, MessageStatus::Submitted).await;
        assert_ne!(status(services, stuck).await.0, MessageStatus::Submitted, "{name}");
        eventually("the time-out is told", || async {
            must(sending::get(services, &ctx, stuck).await, name).row.last_reply.contains("did not answer")
        })
        .await;
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_killed_worker_loses_nothing_and_its_mails_return() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::obliging().await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let ids = accept(services, &ctx, request(asset, &["a@out.example", "b@out.example"])).await;
        let dead = other_process(&world, "dead", 99).await;
        let (claimed, _) = must(claim::claim(&dead, asset, 10, 60 * SECOND).await, name);
        assert_eq!(claimed.len(), 2, "{name}");
        let worker = run_outbox(services, quick());
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(status(services, ids[0]).await.0, MessageStatus::Sending, "{name}: a lease is respected");
        assert_eq!(status(services, ids[1]).await.0, MessageStatus::Sending, "{name}");
        world.advance(61 * SECOND);
        assert_eq!(must(claim::release_expired(services).await, name), 2, "{name}");
        for id in &ids {
            wait_status(services, *id, MessageStatus::Submitted).await;
        }
        worker.stop().await;
        assert_eq!(stub.taken().len(), 2, "{name}");
        let mine = other_process(&world, "test", 5).await;
        let again = accept(services, &ctx, request(asset, &["c@out.example"])).await[0];
        assert_eq!(must(claim::claim(&mine, asset, 10, HOUR).await, name).0.len(), 1);
        let worker = run_outbox(services, quick());
        wait_status(services, again, MessageStatus::Submitted).await;
        worker.stop().await;
    }
}

#[tokio::test]
async fn the_next_life_of_a_killed_process_takes_its_mails_up_at_once() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (seen, sees) = tokio::sync::watch::channel(false);
        let stub = SmtpStub::start(move |line, nth| {
            (line == "DATA." && nth == 1).then(|| {
                seen.send_replace(true);
                "stall".to_owned()
            })
        })
        .await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let id = accept(services, &ctx, request(asset, &["a@out.example"])).await[0];
        let first = run_outbox(services, quick());
        eventually("the server has the mail and says nothing", || async { *sees.borrow() }).await;
        first.kill();
        let second = run_outbox(services, quick());
        wait_status(services, id, MessageStatus::Submitted).await;
        second.stop().await;
        assert_eq!((stub.taken().len(), receipts(services).await.len()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn two_processes_share_one_outbox_without_sending_twice() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::obliging().await;
        let asset = asset(services, &ctx, "support@acme.example", stub.address).await;
        let other = other_process(&world, "other", 1234).await;
        let options = super::Options { batch: 8, ..quick() };
        let (one, two) = (run_outbox(services, options.clone()), run_outbox(&other, options));
        let mut ids = Vec::new();
        for round in 0..8 {
            let addresses: Vec<String> = (0..25).map(|n| format!("r{round}n{n}@out.example")).collect();
            ids.extend(accept(services, &ctx, request(asset, &addresses.iter().map(String::as_str).collect::<Vec<_>>())).await);
        }
        for id in &ids {
            wait_status(services, *id, MessageStatus::Submitted).await;
        }
        one.stop().await;
        two.stop().await;
        let taken = stub.taken();
        let distinct: HashSet<_> = taken.iter().map(|mail| mail.recipients.clone()).collect();
        assert_eq!((taken.len(), distinct.len()), (200, 200), "{name}");
        assert_eq!(receipts(services).await.len(), 200, "{name}");
    }
}

#[tokio::test]
async fn two_claims_never_hold_the_same_row() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let asset = asset(services, &ctx, "support@acme.example", "127.0.0.1:9".parse().unwrap()).await;
        let addresses: Vec<String> = (0..40).map(|n| format!("n{n}@out.example")).collect();
        accept(services, &ctx, request(asset, &addresses.iter().map(String::as_str).collect::<Vec<_>>())).await;
        let other = other_process(&world, "other", 77).await;
        let claims = (0..8).map(|n| claim::claim(if n % 2 == 0 { services } else { &other }, asset, 7, MINUTE));
        let mut seen = HashSet::new();
        let mut total = 0;
        for claimed in futures::future::join_all(claims).await {
            let (claimed, _) = must(claimed, name);
            total += claimed.len();
            seen.extend(claimed.into_iter().map(|mail| mail.id));
        }
        assert_eq!((total, seen.len()), (40, 40), "{name}");
    }
}

#[tokio::test]
async fn lists_filter_page_and_stay_in_their_tenant() {
    for (name, world) in worlds().await {
        let (services, ctx, stranger) = (&world.services, world.acme.owner(), world.zenith.owner());
        let asset = asset(services, &ctx, "support@acme.example", "127.0.0.1:9".parse().unwrap()).await;
        let addresses: Vec<String> = (0..50).map(|n| format!("n{n}@out.example")).collect();
        let mut big = request(asset, &addresses.iter().map(String::as_str).collect::<Vec<_>>());
        big.mails[7] = Mail { to: vec!["100%_odd@out.example".into()], ..Mail::default() };
        let ids = accept(services, &ctx, big).await;
        let more = accept(services, &ctx, request(asset, &["last@out.example"])).await[0];
        let first = must(sending::list(services, &ctx, &MessageFilter::default()).await, name);
        assert_eq!((first.items.len(), first.items[0].id), (50, more), "{name}: newest first");
        let rest = must(sending::list(services, &ctx, &MessageFilter { after: first.next.clone().unwrap(), ..MessageFilter::default() }).await, name);
        assert_eq!((rest.items.len(), rest.next), (1, None), "{name}");
        let found = async |search: &str, status: &str| {
            let filter = MessageFilter { search: search.into(), status: status.into(), asset: asset.to_string(), ..MessageFilter::default() };
            must(sending::list(services, &ctx, &filter).await, name).items.len()
        };
        assert_eq!(
            (found("100%_", "").await, found("N49@", "queued").await, found("", "failed").await, found("hello", "").await),
            (1, 1, 0, 50),
            "{name}"
        );
        assert!(must(sending::list(services, &stranger, &MessageFilter::default()).await, name).items.is_empty());
        for refused in [
            sending::get(services, &stranger, ids[0]).await.err(),
            sending::cancel(services, &stranger, ids[0]).await.err(),
            sending::retry(services, &stranger, ids[0]).await.err(),
        ] {
            assert!(matches!(refused, Some(crate::Fault::Refused(model::Problem::NotFound))), "{name}");
        }
        let send = first.items[1].send;
        assert!(matches!(sending::progress(services, &stranger, send).await.err(), Some(crate::Fault::Refused(model::Problem::NotFound))));
        must(sending::cancel(services, &ctx, ids[0]).await, name);
        assert!(sending::cancel(services, &ctx, ids[0]).await.is_err(), "{name}: only once");
        let progress = must(sending::progress(services, &ctx, send).await, name);
        assert_eq!((progress.total, progress.waiting, progress.cancelled), (50, 49, 1), "{name}");
    }
}

use model::{
    email::{
        log::LogFilter,
        send::{ComposeForm, MessageStatus},
        thread::{InboxFilter, MailKind, MailSource, Thread},
    },
    ids::{AssetId, ThreadId},
    people::{Capability, Role},
};
use store::{args, sql};

use crate::{
    Ctx, Services, debuglog,
    email::{
        assets,
        fixtures::{SmtpStub, accept, asset, deliver, forwarding, parse_all, quick, request, run_outbox, wait_status},
        inbox, sending,
    },
    testing::{must, refusal, worlds},
};

async fn arrive(services: &Services, ctx: &Ctx, asset: AssetId, head: &str, text: &str) {
    let to = forwarding(services, ctx, asset).await;
    deliver(
        services,
        &[&to],
        &format!("From: Ann Customer <ann@out.example>\nTo: support@acme.example\nDate: Sat, 1 Mar 2025 11:00:00 +0000\n{head}\n\n{text}\n"),
    )
    .await;
    parse_all(services).await;
}

async fn threads(services: &Services, ctx: &Ctx) -> Vec<ThreadId> {
    must(inbox::list(services, ctx, &InboxFilter::default()).await, "the inbox").items.into_iter().map(|row| row.id).collect()
}

async fn open(services: &Services, ctx: &Ctx, id: ThreadId) -> Thread {
    must(inbox::thread(services, ctx, id).await, "a conversation")
}

fn nowhere() -> std::net::SocketAddr {
    "127.0.0.1:9".parse().unwrap()
}

#[tokio::test]
async fn mails_find_their_conversation_by_their_references_only() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let other_asset = asset(services, &ctx, "sales@acme.example", nowhere()).await;
        let foreign_ctx = world.zenith.owner();
        let foreign = asset(services, &foreign_ctx, "support@zenith.example", nowhere()).await;
        let check = async |asset: AssetId, ctx: &Ctx, head: &str, why: &str, expected: usize| {
            arrive(services, ctx, asset, head, "text").await;
            let count = services.db.read_one(sql!("SELECT count(*) AS n FROM email_thread"), args![]).await.unwrap().int("n").unwrap();
            assert_eq!(count, i64::try_from(expected).unwrap(), "{name}: {why}");
        };
        check(desk, &ctx, "Subject: Order 7\nMessage-ID: <m1@out.example>", "a new one", 1).await;
        check(desk, &ctx, "Subject: AW: Order 7\nMessage-ID: <m2@out.example>\nIn-Reply-To: <m1@out.example>", "In-Reply-To alone", 1).await;
        check(
            desk,
            &ctx,
            "Subject: something else entirely\nMessage-ID: <m3@out.example>\nReferences: <m1@out.example> <m2@out.example>",
            "Outlook with a changed subject",
            1,
        )
        .await;
        check(
            desk,
            &ctx,
            "Subject: x\nMessage-ID: <m4@out.example>\nIn-Reply-To: <unknown@x>\nReferences: <m3@out.example> <lost@x>",
            "one known id among unknown ones",
            1,
        )
        .await;
        check(desk, &ctx, "Subject: Re: Order 7\nMessage-ID: <m5@out.example>", "the same subject, no references", 2).await;
        check(desk, &ctx, "Subject: Re: Order 7", "no ids at all", 3).await;
        check(desk, &ctx, "Subject: Re: Order 7\nIn-Reply-To: <>", "empty ids match nothing", 4).await;
        check(other_asset, &ctx, "Subject: Re: Order 7\nIn-Reply-To: <m1@out.example>", "another asset", 5).await;
        check(
            foreign,
            &foreign_ctx,
            "Subject: Re: Order 7\nMessage-ID: <f1@out.example>\nIn-Reply-To: <m1@out.example>",
            "another tenant's Message-ID",
            6,
        )
        .await;
        check(desk, &ctx, "Subject: Re: Order 7\nIn-Reply-To: <f1@out.example>", "and back", 7).await;
        assert_eq!(threads(services, &ctx).await.len(), 6, "{name}");
        assert_eq!(threads(services, &foreign_ctx).await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_conversation_goes_back_and_forth() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let stub = SmtpStub::obliging().await;
        let desk = asset(services, &ctx, "support@acme.example", stub.address).await;
        arrive(
            services,
            &ctx,
            desk,
            "Subject: RE: re: Order 7\nMessage-ID: <m1@out.example>\nReferences: <m0@out.example>\nReply-To: answers@out.example",
            "Where is it?",
        )
        .await;
        let thread = open(services, &ctx, threads(services, &ctx).await[0]).await;
        assert_eq!(
            (thread.reply_to.as_str(), thread.reply_subject.as_str(), thread.reply_from.as_str()),
            ("answers@out.example", "Re: Order 7", "support@acme.example"),
            "{name}"
        );
        assert_eq!((thread.row.unread, thread.mails.len()), (1, 1));
        let form = ComposeForm {
            to: thread.reply_to,
            text: "On its way.".into(),
            html: "<p>On its way. <img src=\"data:image/png;base64,AAEC\"></p>".into(),
            thread: thread.row.id.to_string(),
            ..ComposeForm::default()
        };
        let uploads = vec![sending::Upload { name: "../bill.pdf".into(), mimetype: "application/pdf".into(), bytes: b"%PDF".to_vec() }];
        world.advance(1000);
        let (_, message) = must(sending::compose(services, &ctx, form, uploads).await, name);
        let worker = run_outbox(services, quick());
        wait_status(services, message, MessageStatus::Submitted).await;
        worker.stop().await;
        let taken = &stub.taken()[0];
        assert_eq!(taken.header("In-Reply-To").as_deref(), Some("<m1@out.example>"), "{name}");
        assert_eq!(taken.header("References").as_deref(), Some("<m0@out.example> <m1@out.example>"), "{name}");
        assert_eq!(taken.header("Subject").as_deref(), Some("Re: Order 7"), "{name}");
        assert!(taken.data.contains("filename=\"bill.pdf\"") && taken.data.contains("Content-ID: <image1."), "{name}: {}", taken.data);
        let ours = taken.header("Message-ID").unwrap();
        arrive(services, &ctx, desk, &format!("Subject: thanks\nMessage-ID: <m2@out.example>\nIn-Reply-To: {ours}"), "Thank you").await;
        let thread = open(services, &ctx, thread.row.id).await;
        let sources: Vec<_> = thread.mails.iter().map(|mail| matches!(mail.source, MailSource::Outbound { .. })).collect();
        assert_eq!((sources, thread.row.mails, thread.row.unread, thread.earlier), (vec![false, true, false], 3, 2, 0), "{name}");
        let detail = must(sending::get(services, &ctx, message).await, name);
        assert!(detail.html.contains("/email/attachments/"), "{name}: {}", detail.html);
        must(inbox::mark_read(services, &ctx, thread.row.id).await, name);
        assert_eq!(open(services, &ctx, thread.row.id).await.row.unread, 0);
        must(inbox::mark_unread(services, &ctx, thread.row.id).await, name);
        let thread = open(services, &ctx, thread.row.id).await;
        assert_eq!((thread.row.unread, thread.mails[2].unread, thread.mails[0].unread), (1, true, false), "{name}");
    }
}

#[tokio::test]
async fn an_answer_to_a_mail_without_conversation_makes_one_of_both() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let id = accept(services, &ctx, request(desk, &["ann@out.example"])).await[0];
        let ours = must(sending::get(services, &ctx, id).await, name).message_id_header;
        arrive(services, &ctx, desk, &format!("Subject: Re: Hello\nMessage-ID: <m1@out.example>\nIn-Reply-To: <{ours}>"), "Hi").await;
        let thread = open(services, &ctx, threads(services, &ctx).await[0]).await;
        assert_eq!((thread.mails.len(), thread.row.mails, thread.row.subject.as_str()), (2, 2, "Hello"), "{name}");
    }
}

#[tokio::test]
async fn search_finds_members_and_nobody_elses() {
    for (name, world) in worlds().await {
        let (services, ctx, stranger) = (&world.services, world.acme.owner(), world.zenith.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let theirs = asset(services, &stranger, "support@zenith.example", nowhere()).await;
        arrive(
            services,
            &ctx,
            desk,
            "Subject: Invoice 2024-77\nMessage-ID: <a@x.example>",
            "The quick brown fox, user_name and foo.bar@site.example",
        )
        .await;
        arrive(services, &ctx, desk, "Subject: Lunch\nMessage-ID: <b@x.example>", "Schöne Grüße").await;
        arrive(services, &stranger, theirs, "Subject: Invoice of Zenith\nMessage-ID: <c@x.example>", "quick").await;
        let check = async |search: &str, expected: &[&str]| {
            let filter = InboxFilter { search: search.into(), ..InboxFilter::default() };
            let found: Vec<_> = must(inbox::list(services, &ctx, &filter).await, name).items.into_iter().map(|row| row.subject).collect();
            assert_eq!(found, expected, "{name}: {search}");
        };
        check("invoice", &["Invoice 2024-77"]).await;
        check("INVO 2024", &["Invoice 2024-77"]).await;
        check("qui fox", &["Invoice 2024-77"]).await;
        check("foo.bar@site.example", &["Invoice 2024-77"]).await;
        check("user_name", &["Invoice 2024-77"]).await;
        check("schöne", &["Lunch"]).await;
        check("ann", &["Lunch", "Invoice 2024-77"]).await;
        check("zenith", &[]).await;
        check("quick lunch", &[]).await;
        check("\" OR * ' & | ! ( :", &[]).await;
        check("fox' OR 'x'='x", &[]).await;
    }
}

#[tokio::test]
async fn kinds_confirmation_and_bounce_are_recognised() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let to = forwarding(services, &ctx, desk).await;
        assert!(must(assets::get(services, &ctx, desk).await, name).forwarding_seen.is_none());
        deliver(services, &[&to], "From: forwarding-noreply@google.com\nSubject: (#123456789) Gmail Forwarding Confirmation - Receive Mail from support@acme.example\nMessage-ID: <g@google.com>\n\nConfirmation code: 123456789\nhttps://mail-settings.google.com/mail/vf-abc\n").await;
        parse_all(services).await;
        let confirmation = must(assets::get(services, &ctx, desk).await, name).confirmation.unwrap();
        assert_eq!(
            (confirmation.provider.as_str(), confirmation.code.as_deref(), confirmation.link.as_deref()),
            ("Gmail", Some("123456789"), Some("https://mail-settings.google.com/mail/vf-abc")),
            "{name}"
        );
        arrive(services, &ctx, desk, "Subject: Away\nAuto-Submitted: auto-replied\nMessage-ID: <away@x.example>", "I am away").await;
        assert!(must(assets::get(services, &ctx, desk).await, name).forwarding_seen.is_some());
        arrive(services, &ctx, desk, &format!("Subject: round\nX-Switchboard-Loop: {to}\nMessage-ID: <loop@x.example>"), "again").await;
        let sent = accept(services, &ctx, request(desk, &["gone@out.example"])).await[0];
        let ours = must(sending::get(services, &ctx, sent).await, name).message_id_header;
        let report = format!(
            "Subject: Undelivered\nMessage-ID: <dsn@x.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; gone@out.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{ours}>\n\n--b--"
        );
        arrive(services, &ctx, desk, &report, "").await;
        let kinds: Vec<_> = services
            .db
            .read_all(sql!("SELECT kind FROM email_inbound ORDER BY id"), args![])
            .await
            .unwrap()
            .iter()
            .map(|row| MailKind::from_word(row.str("kind").unwrap()).unwrap())
            .collect();
        assert_eq!(kinds, [MailKind::ForwardingConfirmation, MailKind::AutoReply, MailKind::Loop, MailKind::Bounce], "{name}");
        let detail = must(sending::get(services, &ctx, sent).await, name);
        assert_eq!((detail.receipts[0].code.as_str(), detail.receipts[0].recipient.as_str()), ("7520", "gone@out.example"), "{name}");
        assert!(detail.thread.is_some(), "{name}: the report stands beside the mail it is about");
    }
}

#[tokio::test]
async fn broken_mail_is_kept_and_one_mail_to_two_assets_arrives_at_both() {
    for (name, world) in worlds().await {
        let (services, ctx, stranger) = (&world.services, world.acme.owner(), world.zenith.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let theirs = asset(services, &stranger, "support@zenith.example", nowhere()).await;
        let (a, b) = (forwarding(services, &ctx, desk).await, forwarding(services, &stranger, theirs).await);
        deliver(services, &[&a, &b, &a.to_uppercase()], "no header at all, \u{0} and a lone part\nContent-Type: multipart/mixed; boundary=\n").await;
        parse_all(services).await;
        for ctx in [&ctx, &stranger] {
            let ids = threads(services, ctx).await;
            assert_eq!(ids.len(), 1, "{name}");
            let thread = open(services, ctx, ids[0]).await;
            assert!(!thread.mails[0].damage.is_empty(), "{name}");
            let MailSource::Inbound { id } = thread.mails[0].source else { panic!("received") };
            let crate::file::File::Memory(raw) = must(inbox::raw_of(services, ctx, id).await, name) else { panic!("small") };
            assert!(String::from_utf8_lossy(&raw).contains("a lone part"), "{name}");
        }
        let mine = open(services, &ctx, threads(services, &ctx).await[0]).await;
        let MailSource::Inbound { id } = mine.mails[0].source else { panic!("received") };
        assert_eq!(refusal(inbox::raw_of(services, &stranger, id).await), model::Problem::NotFound, "{name}");
        assert_eq!(refusal(inbox::html_of(services, &stranger, id, true).await), model::Problem::NotFound);
        assert_eq!(refusal(inbox::thread(services, &stranger, mine.row.id).await), model::Problem::NotFound);
        assert_eq!(refusal(inbox::mark_read(services, &stranger, mine.row.id).await), model::Problem::NotFound);
        assert_eq!(refusal(inbox::mark_unread(services, &stranger, mine.row.id).await), model::Problem::NotFound);
    }
}

#[tokio::test]
async fn a_mail_whose_source_is_gone_is_stored_after_five_attempts() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        let to = forwarding(services, &ctx, desk).await;
        deliver(services, &[&to], "Subject: x\n\ny\n").await;
        services.db.execute(sql!("UPDATE email_raw SET content = NULL, blob = $1"), args!["00000000-0000-0000-0000-00000000beef"]).await.unwrap();
        for attempt in 1..=5 {
            parse_all(services).await;
            assert_eq!(threads(services, &ctx).await.len(), usize::from(attempt == 5), "{name}: attempt {attempt}");
            world.advance(crate::clock::HOUR);
        }
        let left = services.db.read_one(sql!("SELECT count(*) AS n FROM email_raw_waiting"), args![]).await.unwrap();
        assert_eq!(left.int("n").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn the_debug_log_shows_steps_and_decrypts_for_those_who_may() {
    for (name, world) in worlds().await {
        let (services, ctx, stranger) = (&world.services, world.acme.owner(), world.zenith.owner());
        let desk = asset(services, &ctx, "support@acme.example", nowhere()).await;
        arrive(services, &ctx, desk, "Subject: The code is inside\nMessage-ID: <code@x.example>", "the-secret-word 4711").await;
        let sealed = services.db.read_all(sql!("SELECT body FROM debuglog_line WHERE body IS NOT NULL"), args![]).await.unwrap();
        assert!(sealed.iter().all(|row| !row.bytes("body").unwrap().windows(15).any(|part| part == b"the-secret-word")), "{name}");
        let filter = LogFilter { asset: desk.to_string(), ..LogFilter::default() };
        let lines = must(debuglog::list(services, &ctx, &filter).await, name).items;
        let steps: Vec<_> = lines.iter().rev().map(|line| (line.step.as_str(), line.has_body)).collect();
        assert_eq!(steps, [("received", true), ("parsed", false)], "{name}");
        let line = lines.iter().find(|line| line.has_body).unwrap();
        assert!(world.acme.principal(Role::Agent).authorise(Capability::DebugLogDecrypt).is_err(), "agents may not");
        assert!(must(debuglog::decrypt(services, &ctx, line.id).await, name).body.contains("the-secret-word 4711"), "{name}");
        assert_eq!(refusal(debuglog::decrypt(services, &stranger, line.id).await), model::Problem::NotFound);
        assert!(must(debuglog::list(services, &stranger, &LogFilter::default()).await, name).items.is_empty());
        let audit = services
            .db
            .read_one(
                sql!("SELECT count(*) AS n FROM audit_entry WHERE action = 'debuglog.body.decrypted' AND subject_id = $1"),
                args![line.mail.as_str()],
            )
            .await
            .unwrap();
        assert_eq!(audit.int("n").unwrap(), 1, "{name}");
        let mut csv = Vec::new();
        let sink = std::sync::Mutex::new(&mut csv);
        must(
            debuglog::export_csv(services, &ctx, &filter, |chunk| {
                sink.lock().unwrap().extend(chunk);
                async { Ok(()) }
            })
            .await,
            name,
        );
        let csv = String::from_utf8(csv).unwrap();
        assert!(csv.contains("received") && !csv.contains("the-secret-word"), "{name}");
    }
}

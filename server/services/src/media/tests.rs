use model::{
    Problem,
    audit::AuditFilter,
    email::thread::{AttachmentRow, InboxFilter},
    ids::AssetId,
    media::MediaLink,
    people::{Capability, Role},
    tenant::{Expiry, ExpiryUnit, MediaHandling},
};
use tokio::io::AsyncReadExt;

use super::{Fetched, fetch};
use crate::{
    Ctx, Services, audit,
    clock::{DAY, HOUR, SECOND},
    email::{
        assets,
        fixtures::{asset, deliver, forwarding, parse_all},
        inbox,
    },
    file::File,
    tenant::{get_media, list_media_features, profile_key, set_media_feature, update_media},
    testing::{World, must, refusal, request, secret, worlds},
};

const MAIL: &str = "From: Ann <ann@out.example>\nTo: support@acme.example\nSubject: Photo\nMIME-Version: 1.0\n\
    Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nSee the file.\n--b\nContent-Type: text/plain\n\
    Content-Disposition: attachment; filename=\"note.txt\"\n\nwhat a customer sent\n--b--\n";

async fn desk(world: &World) -> AssetId {
    asset(&world.services, &world.acme.owner(), "support@acme.example", "127.0.0.1:9".parse().unwrap()).await
}

/// The file of a mail that arrives now.
async fn receive(services: &Services, ctx: &Ctx, asset: AssetId) -> AttachmentRow {
    let to = forwarding(services, ctx, asset).await;
    deliver(services, &[&to], MAIL).await;
    parse_all(services).await;
    newest(services, ctx).await
}

async fn newest(services: &Services, ctx: &Ctx) -> AttachmentRow {
    let id = must(inbox::list(services, ctx, &InboxFilter::default()).await, "the inbox").items[0].id;
    let thread = must(inbox::thread(services, ctx, id).await, "a conversation");
    thread.mails.into_iter().next_back().unwrap().attachments.remove(0)
}

fn link(file: &AttachmentRow) -> MediaLink {
    file.link.clone().unwrap()
}

fn token(link: &MediaLink) -> String {
    link.url.strip_prefix("http://localhost:3000/media/").unwrap().to_owned()
}

async fn follow(services: &Services, link: &MediaLink, key: Option<&str>) -> Result<Fetched, crate::Fault> {
    fetch(services, &token(link), key.map(secret), &request("192.0.2.9")).await
}

async fn content(file: File) -> Vec<u8> {
    match file {
        File::Memory(bytes) => bytes,
        File::Disk { mut file, len } => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await.unwrap();
            assert_eq!(u64::try_from(bytes.len()).unwrap(), len);
            bytes
        }
    }
}

fn writer(world: &World) -> Ctx {
    world.acme.ctx(Role::Owner, Capability::TenantWrite)
}

async fn switch_on(world: &World, expiry: &str, unit: &str) {
    set_media_feature(&world.services, "Acme", true).await.unwrap();
    update_media(&world.services, &writer(world), true, expiry, unit).await.unwrap();
}

#[tokio::test]
async fn without_the_setting_a_link_is_public_for_ever() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        let link = link(&receive(&world.services, &ctx, desk(&world).await).await);
        assert_eq!((link.expires.clone(), link.expired, token(&link).len()), (None, false, 43), "{name}");
        world.advance(400 * DAY);
        let Fetched::Public(media, file) = follow(&world.services, &link, None).await.unwrap() else { panic!("{name}: not public") };
        assert_eq!((media.name.as_str(), media.mimetype.as_str()), ("note.txt", "text/plain"), "{name}");
        assert!(content(file).await.starts_with(b"what a customer sent"), "{name}");
    }
}

#[tokio::test]
async fn a_short_lived_link_works_until_it_expires_and_then_by_key() {
    for (name, world) in worlds().await {
        let ctx = world.acme.owner();
        let desk = desk(&world).await;
        switch_on(&world, "4", "hours").await;
        let link = link(&receive(&world.services, &ctx, desk).await);
        assert_eq!(link.expires.as_ref().map(|at| at.text.as_str()), Some("2025-03-01 16:00:00"), "{name}");
        world.advance(4 * HOUR - SECOND);
        let open = follow(&world.services, &link, None).await.unwrap();
        assert!(matches!(open, Fetched::Open(_, _, 1)), "{name}: {open:?}");
        world.advance(SECOND);
        assert!(newest(&world.services, &ctx).await.link.unwrap().expired, "{name}");
        assert!(matches!(follow(&world.services, &link, None).await.unwrap(), Fetched::KeyNeeded { given: false }), "{name}");
        assert!(matches!(follow(&world.services, &link, Some("")).await.unwrap(), Fetched::KeyNeeded { given: false }), "{name}");
        assert!(matches!(follow(&world.services, &link, Some("guess")).await.unwrap(), Fetched::KeyNeeded { given: true }), "{name}");
        let key = profile_key::reveal(&world.services, &world.acme.ctx(Role::Owner, Capability::TenantProfileKey)).await.unwrap();
        let Fetched::ByKey(_, file) = follow(&world.services, &link, Some(key.expose())).await.unwrap() else { panic!("{name}: not by key") };
        assert!(content(file).await.starts_with(b"what a customer sent"), "{name}");
        // Another tenant's key opens nothing here.
        let foreign = profile_key::reveal(&world.services, &world.zenith.ctx(Role::Owner, Capability::TenantProfileKey)).await.unwrap();
        assert!(matches!(follow(&world.services, &link, Some(foreign.expose())).await.unwrap(), Fetched::KeyNeeded { given: true }), "{name}");
    }
}

#[tokio::test]
async fn the_setting_counts_at_the_moment_a_link_is_made() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = desk(&world).await;
        let public = link(&receive(services, &ctx, desk).await);
        switch_on(&world, "1", "days").await;
        world.advance(HOUR);
        let short = link(&receive(services, &ctx, desk).await);
        update_media(services, &writer(&world), false, "1", "days").await.unwrap();
        world.advance(HOUR);
        let later = link(&receive(services, &ctx, desk).await);
        switch_on(&world, "1", "days").await;
        // The operator's switch rules over the tenant's.
        set_media_feature(services, "Acme", false).await.unwrap();
        world.advance(HOUR);
        let without = link(&receive(services, &ctx, desk).await);
        world.advance(2 * DAY);
        let check = async |link: &MediaLink, public: bool, why: &str| {
            let found = follow(services, link, None).await.unwrap();
            let right = if public { matches!(found, Fetched::Public(..)) } else { matches!(found, Fetched::KeyNeeded { given: false }) };
            assert!(right, "{name}: {why}: {found:?}");
        };
        check(&public, true, "made before").await;
        check(&short, false, "made while on").await;
        check(&later, true, "made after it was switched off").await;
        check(&without, true, "made without the feature").await;
    }
}

#[tokio::test]
async fn addresses_that_were_not_made_here_lead_nowhere() {
    for (name, world) in worlds().await {
        let good = token(&link(&receive(&world.services, &world.acme.owner(), desk(&world).await).await));
        let flipped = |at: usize| {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        };
        let guesses = [
            String::new(),
            "x".into(),
            "geheim".repeat(400),
            flipped(0),
            flipped(5),
            flipped(30),
            good[..22].into(),
            format!("{good}AAAA"),
            format!("{good}="),
        ];
        for guess in guesses {
            let found = fetch(&world.services, &guess, None, &request("192.0.2.9")).await;
            assert_eq!(refusal(found), Problem::NotFound, "{name} {guess}");
        }
        assert!(fetch(&world.services, &good, None, &request("192.0.2.9")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_link_ends_when_it_is_taken_back_or_its_mail_goes() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = desk(&world).await;
        let file = receive(services, &ctx, desk).await;
        let foreign = inbox::revoke_link(services, &world.zenith.owner(), file.id).await;
        assert_eq!(refusal(foreign), Problem::NotFound, "{name}");
        inbox::revoke_link(services, &ctx, file.id).await.unwrap();
        assert_eq!(refusal(follow(services, &link(&file), None).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(inbox::revoke_link(services, &ctx, file.id).await), Problem::NotFound, "{name}");
        assert_eq!(newest(services, &ctx).await.link, None, "{name}: the page offers it no more");
        let filter = AuditFilter { action: "media.link.revoked".into(), ..Default::default() };
        assert_eq!(audit::list(services, &ctx, &filter).await.unwrap().items[0].subject_name, "note.txt", "{name}");
        world.advance(HOUR);
        let other = link(&receive(services, &ctx, desk).await);
        assets::delete(services, &ctx, desk, true).await.unwrap();
        assert_eq!(refusal(follow(services, &other, None).await), Problem::NotFound, "{name}: its mail was deleted");
    }
}

#[tokio::test]
async fn wrong_keys_are_counted_per_caller() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let desk = desk(&world).await;
        switch_on(&world, "4", "hours").await;
        let link = link(&receive(services, &ctx, desk).await);
        world.advance(5 * HOUR);
        let key = profile_key::reveal(services, &world.acme.ctx(Role::Owner, Capability::TenantProfileKey)).await.unwrap();
        for _ in 0..20 {
            assert!(matches!(follow(services, &link, Some("guess")).await.unwrap(), Fetched::KeyNeeded { given: true }), "{name}");
        }
        assert!(matches!(refusal(follow(services, &link, Some("guess")).await), Problem::Busy { .. }), "{name}");
        // The block is the caller's, not the key's; and it ends.
        let elsewhere = fetch(services, &token(&link), Some(key.duplicate()), &request("198.51.100.4")).await.unwrap();
        assert!(matches!(elsewhere, Fetched::ByKey(..)), "{name}");
        assert!(matches!(refusal(follow(services, &link, Some(key.expose())).await), Problem::Busy { .. }), "{name}");
        world.advance(HOUR);
        assert!(matches!(follow(services, &link, Some(key.expose())).await.unwrap(), Fetched::ByKey(..)), "{name}");
    }
}

#[tokio::test]
async fn the_section_exists_where_the_operator_switched_it_on() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, writer(&world));
        assert_eq!(refusal(get_media(services, &ctx).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(update_media(services, &ctx, true, "12", "hours").await), Problem::NotFound, "{name}");
        assert!(refusal(set_media_feature(services, "Nobody", true).await).for_field("tenant").is_some(), "{name}");
        set_media_feature(services, "Acme", true).await.unwrap();
        assert_eq!(list_media_features(services).await.unwrap(), [("Acme".to_owned(), true), ("Zenith".to_owned(), false)], "{name}");
        let fresh = MediaHandling { enabled: false, expiry: Expiry { amount: 12, unit: ExpiryUnit::Hours } };
        assert_eq!(get_media(services, &ctx).await.unwrap(), fresh, "{name}");
        for (expiry, unit) in [("3", "hours"), ("8", "days"), ("x", "days")] {
            assert!(refusal(update_media(services, &ctx, true, expiry, unit).await).for_field("expiry").is_some(), "{name} {expiry} {unit}");
        }
        assert_eq!(get_media(services, &ctx).await.unwrap(), fresh, "{name}: nothing is half done");
        update_media(services, &ctx, true, "7", "days").await.unwrap();
        let chosen = MediaHandling { enabled: true, expiry: Expiry { amount: 7, unit: ExpiryUnit::Days } };
        set_media_feature(services, "Acme", false).await.unwrap();
        assert_eq!(refusal(get_media(services, &ctx).await), Problem::NotFound, "{name}");
        set_media_feature(services, "Acme", true).await.unwrap();
        assert_eq!(get_media(services, &ctx).await.unwrap(), chosen, "{name}: the choice comes back");
        let told = audit::list(services, &ctx, &AuditFilter { action: "tenant.media.updated".into(), ..Default::default() }).await.unwrap().items;
        let changes: Vec<_> = told[0].changes.iter().map(|one| (one.field.as_str(), one.after.as_deref())).collect();
        assert_eq!(changes, [("enabled", Some("yes")), ("expiry", Some("7 days"))], "{name}");
        assert_eq!(refusal(get_media(services, &world.zenith.owner()).await), Problem::NotFound, "{name}");
    }
}

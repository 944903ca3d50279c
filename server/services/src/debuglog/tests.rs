//! Times of the debug log (spec tenant-settings: "Timestamp in the debug console logs and flow debug logs").

use std::sync::{Arc, Mutex};

use ::store::SecretText;
use model::{
    email::log::LogFilter,
    ids::AssetId,
    people::{Capability, Role},
};
use uuid::Uuid;

use super::{INSERT, NewLine, OUTBOUND, decrypt, export_csv, list, row};
use crate::{
    Ctx,
    auth::{self, Credential},
    clock::DAY,
    tenant,
    testing::{World, request, worlds},
};

async fn write(world: &World, at_micros: i64) {
    let line = NewLine {
        tenant: world.acme.tenant,
        asset: AssetId::new(Uuid::from_u128(7)),
        mail_id: Uuid::from_u128(8),
        direction: OUTBOUND,
        step: "accepted",
        detail: "Taken from a script.".into(),
        at_micros,
    };
    world.services.db.execute(INSERT, row(&world.services, line, Some(b"body")).unwrap()).await.unwrap();
}

/// Somebody at their next request: the zone is read with the session.
async fn next_request(world: &World, cookie: &SecretText) -> Ctx {
    let principal = auth::recognise(&world.services, Credential::Cookie(cookie.expose()), request("192.0.2.1")).await.unwrap().unwrap();
    principal.authorise(Capability::DebugLogRead).unwrap()
}

async fn exported(world: &World, ctx: &Ctx) -> String {
    let chunks = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&chunks);
    let write = move |chunk: Vec<u8>| {
        let sink = Arc::clone(&sink);
        async move {
            sink.lock().unwrap().extend(chunk);
            Ok(())
        }
    };
    export_csv(&world.services, ctx, &LogFilter::default(), write).await.unwrap();
    String::from_utf8(chunks.lock().unwrap().clone()).unwrap()
}

#[tokio::test]
async fn lines_bodies_and_files_tell_the_time_of_the_zone_that_an_owner_chose_for_everybody() {
    for (name, world) in worlds().await {
        // One line in winter, one in summer.
        write(&world, world.services.now()).await;
        write(&world, world.services.now() + 120 * DAY).await;
        let cookie = world.sign_in(world.acme.person(Role::FullAccess)).await.cookie_secret;
        let check = async |zone: &str, expected: [(&str, &str); 2]| {
            let ctx = next_request(&world, &cookie).await;
            let lines = list(&world.services, &ctx, &LogFilter::default()).await.unwrap().items;
            let file = exported(&world, &ctx).await;
            assert!(file.starts_with(&format!("id,at ({zone}),at_iso,")), "{name} {zone}: {file}");
            assert_eq!(lines.len(), 2, "{name} {zone}");
            for (line, (text, iso)) in lines.iter().zip(expected) {
                assert_eq!((line.at.text.as_str(), line.at.iso.as_str()), (text, iso), "{name} {zone}");
                assert_eq!(decrypt(&world.services, &ctx, line.id).await.unwrap().line.at, line.at, "{name} {zone}");
                assert!(file.contains(&format!("{},{text},{iso},", line.id)), "{name} {zone}: {file}");
            }
        };
        let winter = ("2025-03-01 12:00:00", "2025-03-01T12:00:00.000+00:00");
        check("Europe/London", [("2025-06-29 13:00:00", "2025-06-29T13:00:00.000+01:00"), winter]).await;
        let owner = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        tenant::update(&world.services, &owner, "Acme".into(), "America/New_York".into(), "").await.unwrap();
        let winter = ("2025-03-01 07:00:00", "2025-03-01T07:00:00.000-05:00");
        check("America/New_York", [("2025-06-29 08:00:00", "2025-06-29T08:00:00.000-04:00"), winter]).await;
    }
}

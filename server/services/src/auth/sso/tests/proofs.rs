//! What counts as proof: state, cookie, code and token.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::KeyPair;
use sha2::{Digest, Sha256};

use super::*;
use crate::{clock::MINUTE, people as people_room};

#[tokio::test]
async fn the_browser_is_sent_with_everything_the_flow_needs() {
    for (name, scene) in scenes().await {
        let services = &scene.world.services;
        let begun = begin(services, "acme", "/email", "", &request("192.0.2.1")).await.unwrap();
        let url = Url::parse(&begun.location).unwrap();
        let part = |wanted: &str| url.query_pairs().find(|(known, _)| known == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default();
        assert!(begun.location.starts_with(&format!("{}/auth?", scene.issuer.base)), "{name}: {}", begun.location);
        let sent = (part("response_type"), part("client_id"), part("scope"), part("code_challenge_method"));
        assert_eq!(sent, ("code".into(), CLIENT.into(), "openid email profile".into(), "S256".into()), "{name}");
        assert_eq!(part("redirect_uri"), "http://localhost:3000/sign-in/sso/acme/callback", "{name}");
        let away = Away { state: part("state"), nonce: part("nonce"), cookie: begun.cookie_secret.expose().to_owned() };
        scene.issuer.give(&scene.issuer.signed(&scene.claims(&away, json!({}))));
        scene.back_to("acme", &away, &away.cookie).await.unwrap();
        let (form, header) = scene.issuer.traded();
        let fields: Vec<(String, String)> = Url::parse(&format!("http://x/?{form}")).unwrap().query_pairs().into_owned().collect();
        let field = |wanted: &str| fields.iter().find(|(known, _)| known == wanted).map(|(_, value)| value.as_str()).unwrap_or_default();
        assert_eq!((field("grant_type"), field("code"), field("client_secret")), ("authorization_code", "c-1", ""), "{name}");
        assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier"))), part("code_challenge"), "{name}");
        assert!(header.to_lowercase().contains("basic "), "{name}: {header}");
    }
}

#[tokio::test]
async fn a_sign_in_is_good_once_in_its_browser_in_its_time_for_its_organisation() {
    for (name, scene) in scenes().await {
        let good = async |scene: &Scene| {
            let away = scene.away("").await;
            scene.issuer.give(&scene.issuer.signed(&scene.claims(&away, json!({}))));
            away
        };
        let away = good(&scene).await;
        scene.back_to("acme", &away, &away.cookie).await.unwrap();
        assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Stale, "{name}: used before");

        let (away, other) = (good(&scene).await, scene.away("").await);
        assert_eq!(why(scene.back_to("acme", &away, &other.cookie).await), SsoRefusal::Stale, "{name}: another browser");
        assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Stale, "{name}: spent by the attempt");

        let away = good(&scene).await;
        assert_eq!(why(scene.back_to("acme", &away, "").await), SsoRefusal::Stale, "{name}: no cookie");
        let forged = Away { state: "x".repeat(43), ..good(&scene).await };
        assert_eq!(why(scene.back_to("acme", &forged, &forged.cookie).await), SsoRefusal::Stale, "{name}: no such state");

        let away = good(&scene).await;
        scene.world.advance(10 * MINUTE);
        assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Stale, "{name}: too late");

        // The other tenant has single sign-on at the same provider.
        let zenith = scene.world.zenith.ctx(Role::Owner, Capability::TenantWrite);
        sso::save(&scene.world.services, &zenith, SsoForm { slug: "zenith".into(), ..scene.form() }).await.unwrap();
        let away = good(&scene).await;
        assert_eq!(why(scene.back_to("zenith", &away, &away.cookie).await), SsoRefusal::Stale, "{name}: for another organisation");

        let away = good(&scene).await;
        scene.save(SsoForm { client: "renamed".into(), ..scene.form() }).await;
        assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Stale, "{name}: changed meanwhile");
        scene.save(scene.form()).await;
        let away = good(&scene).await;
        scene.save(SsoForm { active: String::new(), ..scene.form() }).await;
        assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Unknown, "{name}: switched off");
    }
}

#[tokio::test]
async fn two_tabs_of_one_browser_do_not_disturb_each_other() {
    for (name, scene) in scenes().await {
        let one = scene.away("").await;
        let two = scene.away(&one.cookie).await;
        assert_eq!(one.cookie, two.cookie, "{name}");
        assert_ne!(one.nonce, two.nonce, "{name}");
        for away in [one, two] {
            scene.issuer.give(&scene.issuer.signed(&scene.claims(&away, json!({}))));
            scene.back_to("acme", &away, &away.cookie).await.unwrap();
        }
        let planted = scene.away("planted by somebody").await;
        assert_ne!(planted.cookie, "planted by somebody", "{name}: only values of our own form are taken up");
    }
}

#[tokio::test]
async fn tokens_that_prove_nothing_let_nobody_in() {
    for (name, scene) in scenes().await {
        let check = async |what: &str, token: &dyn Fn(&Away) -> String| {
            let away = scene.away("").await;
            scene.issuer.give(&token(&away));
            assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), SsoRefusal::Proof, "{name}: {what}");
        };
        let claims = |away: &Away, more: Value| scene.claims(away, more);
        let unsigned = |away: &Away, header: Value| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&header), part(&claims(away, json!({}))))
        };
        check("unsigned", &|away| unsigned(away, json!({ "alg": "none" }))).await;
        check("unsigned, in capitals", &|away| unsigned(away, json!({ "alg": "NONE", "typ": "JWT" }))).await;
        check("signed with the client secret", &|away| {
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims(away, json!({})), &EncodingKey::from_secret(b"geheim")).unwrap()
        })
        .await;
        check("signed with another key under the same name", &|away| issuer::sign(&KeyPair::generate().unwrap(), "k-1", &claims(away, json!({}))))
            .await;
        check("a key that is not listed", &|away| issuer::sign(&KeyPair::generate().unwrap(), "k-9", &claims(away, json!({})))).await;
        check("claims exchanged", &|away| {
            let token = scene.issuer.signed(&claims(away, json!({})));
            let parts: Vec<&str> = token.split('.').collect();
            let other = URL_SAFE_NO_PAD.encode(claims(away, json!({ "email": "owner@acme.example" })).to_string());
            format!("{}.{other}.{}", parts[0], parts[2])
        })
        .await;
        for (what, more) in [
            ("another issuer", json!({ "iss": "https://other.example" })),
            ("another client", json!({ "aud": "other" })),
            ("several, for another", json!({ "aud": [CLIENT, "other"], "azp": "other" })),
            ("another sign-in", json!({ "nonce": "other" })),
            ("no nonce", json!({ "nonce": null })),
            ("expired", json!({ "exp": 1_740_830_000 })),
            ("from before", json!({ "iat": 1_740_820_000 })),
            ("from the future", json!({ "iat": 1_790_000_000 })),
            ("nobody", json!({ "sub": "" })),
        ] {
            check(what, &|away| scene.issuer.signed(&claims(away, more.clone()))).await;
        }
        check("no token at all", &|_| "rubbish".into()).await;
        scene.sign_in(json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn changed_keys_are_asked_for_once() {
    for (name, scene) in scenes().await {
        scene.sign_in(json!({})).await.unwrap();
        let before = scene.issuer.key_requests.load(Ordering::SeqCst);
        scene.sign_in(json!({})).await.unwrap();
        assert_eq!(scene.issuer.key_requests.load(Ordering::SeqCst), before, "{name}: known keys are remembered");
        scene.issuer.rotate("k-2");
        scene.sign_in(json!({})).await.unwrap();
        assert_eq!(scene.issuer.key_requests.load(Ordering::SeqCst), before + 1, "{name}");
    }
}

#[tokio::test]
async fn a_provider_that_says_no_or_fails_has_pages_of_its_own() {
    for (name, scene) in scenes().await {
        let away = scene.away("").await;
        let back = Return { slug: "acme", state: &away.state, code: "", error: "access_denied", iss: "", cookie: &away.cookie };
        assert_eq!(why(finish(&scene.world.services, &back, &request("192.0.2.1")).await), SsoRefusal::Denied, "{name}");
        let away = scene.away("").await;
        let back = Return { slug: "acme", state: &away.state, code: "c-1", error: "", iss: "https://mixed.up", cookie: &away.cookie };
        assert_eq!(why(finish(&scene.world.services, &back, &request("192.0.2.1")).await), SsoRefusal::Proof, "{name}");
        for (status, error, expected) in
            [(400, "invalid_grant", SsoRefusal::Stale), (401, "invalid_client", SsoRefusal::Provider), (500, "", SsoRefusal::Provider)]
        {
            let away = scene.away("").await;
            scene.issuer.give_error(status, error);
            assert_eq!(why(scene.back_to("acme", &away, &away.cookie).await), expected, "{name}: {status}");
        }
        let nowhere = begin(&scene.world.services, "nobody", "/", "", &request("192.0.2.1")).await;
        assert!(matches!(nowhere, Err(SsoFault::Refused(refused)) if refused.why == SsoRefusal::Unknown), "{name}");
        assert!(people_room::get_user(&scene.world.services, &scene.owner(), scene.world.acme.person(Role::Agent).user).await.is_ok());
    }
}

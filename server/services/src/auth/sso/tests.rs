//! Sign-ins against a made-up issuer: for clocks that move, and for tokens that no real provider would make. The real one stands in
//! the black-box tests.

mod issuer;
mod people;
mod proofs;

use model::{
    auth::sso::SsoRefusal,
    people::{Capability, Role},
    tenant::sso::SsoForm,
};
use serde_json::{Value, json};

use super::{Finished, Return, SsoFault, begin, finish};
use crate::{
    Ctx, Http,
    http::Url,
    tenant::sso,
    testing::{World, request, worlds},
};

use issuer::MadeUpIssuer;

const CLIENT: &str = "switchboard";

/// A world whose first tenant signs in at a made-up issuer.
struct Scene {
    world: World,
    issuer: MadeUpIssuer,
}

/// A sign-in under way: what the browser was sent away with.
struct Away {
    state: String,
    nonce: String,
    cookie: String,
}

async fn scenes() -> Vec<(&'static str, Scene)> {
    let mut scenes = Vec::new();
    for (name, mut world) in worlds().await {
        let allowed = vec!["127.0.0.1".parse().unwrap()];
        world.services.http = Http::new(&world.services.dns, &world.services.tls, allowed).unwrap();
        let scene = Scene { issuer: MadeUpIssuer::start().await, world };
        scene.save(scene.form()).await;
        scenes.push((name, scene));
    }
    scenes
}

impl Scene {
    fn owner(&self) -> Ctx {
        self.world.acme.ctx(Role::Owner, Capability::TenantWrite)
    }

    /// Everybody gets an account; roles by groups.
    fn form(&self) -> SsoForm {
        SsoForm {
            active: "true".into(),
            slug: "acme".into(),
            issuer: self.issuer.base.clone(),
            client: CLIENT.into(),
            client_secret: "geheim".into(),
            group_claim: "groups".into(),
            owner_groups: "chiefs".into(),
            supervisor_groups: "leads".into(),
            agent_groups: "desk".into(),
            makes_users: "true".into(),
            ..SsoForm::default()
        }
    }

    async fn save(&self, form: SsoForm) {
        sso::save(&self.world.services, &self.owner(), form).await.unwrap();
    }

    async fn away(&self, cookie: &str) -> Away {
        let begun = begin(&self.world.services, "acme", "/email", cookie, &request("192.0.2.1")).await.unwrap();
        let url = Url::parse(&begun.location).unwrap();
        let part = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        Away { state: part("state"), nonce: part("nonce"), cookie: begun.cookie_secret.expose().to_owned() }
    }

    /// Claims that are good for a sign-in under way.
    fn claims(&self, away: &Away, more: Value) -> Value {
        let now = self.world.services.now() / crate::clock::SECOND;
        let mut claims = json!({
            "iss": self.issuer.base, "sub": "s-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": away.nonce,
            "email": "new@acme.example", "email_verified": true, "name": "New Person", "groups": ["desk"],
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    async fn back_to(&self, slug: &str, away: &Away, cookie: &str) -> Result<Finished, SsoFault> {
        let back = Return { slug, state: &away.state, code: "c-1", error: "", iss: "", cookie };
        finish(&self.world.services, &back, &request("192.0.2.1")).await
    }

    /// A whole sign-in of somebody with these claims.
    async fn sign_in(&self, more: Value) -> Result<Finished, SsoFault> {
        let away = self.away("").await;
        self.issuer.give(&self.issuer.signed(&self.claims(&away, more)));
        self.back_to("acme", &away, &away.cookie).await
    }

    async fn refusal(&self, more: Value) -> SsoRefusal {
        why(self.sign_in(more).await)
    }
}

fn why(ended: Result<Finished, SsoFault>) -> SsoRefusal {
    match ended {
        Err(SsoFault::Refused(refused)) => refused.why,
        Err(SsoFault::Fault(fault)) => panic!("a fault instead of a refusal: {}", crate::error::chain(&fault)),
        Ok(_) => panic!("this should have been refused"),
    }
}

/// Address and role of who was signed in.
fn who(ended: Result<Finished, SsoFault>) -> (String, Role) {
    match ended {
        Ok(Finished::SignedIn(signed_in, next)) => {
            assert_eq!(next, "/email");
            (signed_in.principal.email.clone(), signed_in.principal.role)
        }
        Ok(Finished::Tested) => panic!("this was no test"),
        Err(fault) => panic!("{fault}"),
    }
}

//! A person of every role, and callers who are nobody any more.

use anyhow::{Context, Result};
use model::people::{Capability, Role};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    organisation::Organisation,
    switchboard::{PASSWORD, Switchboard},
};

/// Somebody with a role.
pub struct Actor {
    /// Held now.
    pub role: Role,
    /// Sign-in address; the password is everybody's.
    pub email: String,
    /// Signed in.
    pub browser: Browser,
    /// With a token that was given every capability there is, while its user was an owner.
    pub script: Browser,
}

/// Somebody who was let in once.
pub struct Gone {
    /// For messages.
    pub who: String,
    /// Still sends what it was given.
    pub browser: Browser,
}

/// All of them.
pub struct Cast {
    /// One of each role.
    pub actors: Vec<Actor>,
    /// Revoked, deactivated, signed out.
    pub gone: Vec<Gone>,
}

impl Cast {
    /// Makes them, as the organisation's owner.
    pub async fn gather(server: &Switchboard, organisation: &Organisation) -> Result<Self> {
        let owner = &organisation.office.script;
        let mut actors = Vec::new();
        for role in Role::ALL {
            let actor = enter(server, owner, role.word()).await?;
            demote(owner, &actor, *role).await?;
            actors.push(Actor { role: *role, email: actor.email, browser: actor.browser, script: actor.script });
        }
        Ok(Self { actors, gone: gone(server, owner).await? })
    }
}

struct Newcomer {
    id: Value,
    email: String,
    browser: Browser,
    script: Browser,
    token: Value,
}

/// An owner with a session and a token for everything.
async fn enter(server: &Switchboard, owner: &Browser, name: &str) -> Result<Newcomer> {
    let email = format!("{name}-role@acme.example");
    let form = json!({ "name": name, "email": email, "role": "owner", "password": PASSWORD });
    let id = owner.call("/api/people/create", &form).await?;
    let browser = server.browser()?;
    browser.sign_in(&email, PASSWORD).await?;
    let made = browser.call("/api/account/create_token", &json!({ "name": "everything", "capabilities": Capability::ALL })).await?;
    let script = server.script(made["secret"].as_str().context("a new token has a secret")?)?;
    Ok(Newcomer { id, email, browser, script, token: made["token"]["id"].clone() })
}

async fn demote(owner: &Browser, newcomer: &Newcomer, role: Role) -> Result<()> {
    let form = json!({ "id": newcomer.id, "name": role.word(), "email": newcomer.email, "role": role });
    owner.call("/api/people/update", &form).await?;
    Ok(())
}

async fn gone(server: &Switchboard, owner: &Browser) -> Result<Vec<Gone>> {
    let revoked = enter(server, owner, "revoked").await?;
    revoked.browser.call("/api/account/revoke_token", &json!({ "id": revoked.token })).await?;
    let cookie = revoked.browser.sign_in(&revoked.email, PASSWORD).await?;
    let stolen = Browser::with_cookie(&server.url, &cookie)?;
    revoked.browser.call("/api/auth/sign_out", &json!({})).await?;

    let shut_out = enter(server, owner, "shut-out").await?;
    owner.call("/api/people/set_active", &json!({ "id": shut_out.id, "active": false })).await?;
    let list = [
        ("a revoked token", revoked.script),
        ("a cookie kept after signing out", stolen),
        ("a token of somebody shut out", shut_out.script),
        ("a session of somebody shut out", shut_out.browser),
        ("a made-up token", server.script("sbt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?),
    ];
    Ok(list.into_iter().map(|(who, browser)| Gone { who: who.to_owned(), browser }).collect())
}

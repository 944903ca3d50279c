//! Single sign-on: the tenant's settings. What happens at a sign-in stands in [`auth::sso`](crate::auth::sso).

pub(crate) mod store;

#[cfg(test)]
mod tests;

use model::{
    Problem,
    people::Role,
    tenant::sso::{CheckedSso, Sso, SsoForm, SsoPageData, SsoTest},
};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Change, Event},
    auth::sso::discover,
};

use store::SsoRow;

/// The settings, and what the page needs beside them. For holders of `tenant.write`.
///
/// # Errors
/// [`Fault::Store`] and [`Fault::Stored`] only.
pub async fn get(services: &Services, ctx: &Ctx) -> Result<SsoPageData, Fault> {
    let row = store::find(&services.db, ctx.tenant()).await?;
    Ok(SsoPageData {
        sso: row.map(|row| shown(row, ctx)),
        suggested_slug: suggested(ctx.tenant_name()),
        public_url: services.settings.public_url.clone(),
    })
}

fn shown(row: SsoRow, ctx: &Ctx) -> Sso {
    Sso {
        active: row.active,
        slug: row.slug,
        issuer: row.issuer,
        client: row.client,
        client_secret_set: ctx.zone().stamp_opt(row.client_secret_set_micros),
        scopes: row.scopes,
        label: row.label,
        group_claim: row.group_claim,
        groups: row.groups,
        default_role: row.default_role,
        makes_users: row.makes_users,
        only_sso: row.only_sso,
        last_test: row.last_test.map(|test| SsoTest {
            at: ctx.zone().stamp(test.at_micros),
            good: test.good,
            sentence: test.sentence,
            email: test.email,
            groups: test.groups,
        }),
    }
}

/// Letters and digits of a name, the rest as hyphens.
fn suggested(name: &str) -> String {
    let words: String = name.to_lowercase().chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { ' ' }).collect();
    let slug = words.split_whitespace().collect::<Vec<_>>().join("-");
    let slug: String = slug.chars().take(40).collect();
    let slug = slug.trim_matches('-');
    if slug.len() < 2 { "organisation".to_owned() } else { slug.to_owned() }
}

/// Saves the settings after asking the provider for its own description: what is saved has answered once. For holders of
/// `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] naming every field that does not fit; on `issuer` with what is wrong with the provider; on
/// `client_secret` when the issuer changed and the stored secret would be sent to another server; on `slug` when another tenant
/// has it.
pub async fn save(services: &Services, ctx: &Ctx, form: SsoForm) -> Result<(), Fault> {
    let wanted = form.check().map_err(|fields| Problem::Invalid { fields })?;
    let typed = form.client_secret.trim();
    if let Some(before) = store::find(&services.db, ctx.tenant()).await? {
        keeps_its_server(&before, &wanted, typed)?;
    }
    discover(services, &wanted.issuer).await.map_err(|why| Problem::field("issuer", format!("{why}.")))?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant()).await?;
    let secret = match &before {
        _ if !typed.is_empty() => {
            let sealed = services.secrets.seal(typed.as_bytes(), &store::secret_place(ctx.tenant()), services.entropy.bytes())?;
            (Some(sealed), Some(now))
        }
        Some(before) => {
            // It may have changed since the first look.
            keeps_its_server(before, &wanted, typed)?;
            (before.client_secret.clone(), before.client_secret_set_micros)
        }
        None => (None, None),
    };
    let mut changes = differences(before.as_ref(), &wanted);
    if !typed.is_empty() {
        changes.push(audit::secret("client_secret", before.as_ref().is_some_and(|before| before.client_secret.is_some()), true));
    }
    if changes.is_empty() {
        return Ok(());
    }
    store::put(&mut tx, ctx.tenant(), &wanted, secret, now).await?;
    audit::record(&mut tx, services, ctx, about("tenant.sso.updated", ctx, changes)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes single sign-on away with its settings; people sign in with passwords from then on. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `issuer` when there is none.
pub async fn remove(services: &Services, ctx: &Ctx) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let none = || Problem::field("issuer", "There is no single sign-on to remove.");
    let before = store::find_in(&mut tx, ctx.tenant()).await?.ok_or_else(none)?;
    store::delete(&mut tx, ctx.tenant()).await?;
    let mut changes = audit::diff(&[("issuer", before.issuer), ("client", before.client)], &[]);
    if before.client_secret.is_some() {
        changes.push(audit::secret("client_secret", true, false));
    }
    audit::record(&mut tx, services, ctx, about("tenant.sso.removed", ctx, changes)).await?;
    tx.commit().await?;
    Ok(())
}

fn about(action: &'static str, ctx: &Ctx, changes: Vec<Change>) -> Event {
    Event { action, subject_kind: "tenant", subject_id: ctx.tenant().to_string(), subject_name: ctx.tenant_name().to_owned(), changes }
}

fn keeps_its_server(before: &SsoRow, wanted: &CheckedSso, typed: &str) -> Result<(), Problem> {
    if before.client_secret.is_some() && typed.is_empty() && before.issuer != wanted.issuer {
        let why = "The provider changed: enter the client secret again, so that the stored one is not sent to another server.";
        return Err(Problem::field("client_secret", why));
    }
    Ok(())
}

fn differences(before: Option<&SsoRow>, after: &CheckedSso) -> Vec<Change> {
    let word = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let role = |role: Option<Role>| role.map_or("refused", Role::word).to_owned();
    let groups = |list: &[model::tenant::sso::RoleGroups]| {
        list.iter().map(|one| format!("{}: {}", one.role.word(), one.groups.join(", "))).collect::<Vec<_>>().join("; ")
    };
    let old = before.map(|row| {
        [
            ("active", word(row.active)),
            ("slug", row.slug.clone()),
            ("issuer", row.issuer.clone()),
            ("client", row.client.clone()),
            ("scopes", row.scopes.clone()),
            ("label", row.label.clone()),
            ("group_claim", row.group_claim.clone()),
            ("groups", groups(&row.groups)),
            ("default_role", role(row.default_role)),
            ("makes_users", word(row.makes_users)),
            ("only_sso", word(row.only_sso)),
        ]
    });
    let new = [
        ("active", word(after.active)),
        ("slug", after.slug.clone()),
        ("issuer", after.issuer.clone()),
        ("client", after.client.clone()),
        ("scopes", after.scopes.clone()),
        ("label", after.label.clone()),
        ("group_claim", after.group_claim.clone()),
        ("groups", groups(&after.groups)),
        ("default_role", role(after.default_role)),
        ("makes_users", word(after.makes_users)),
        ("only_sso", word(after.only_sso)),
    ];
    audit::diff(old.as_ref().map_or(&[], |old| old.as_slice()), &new)
}

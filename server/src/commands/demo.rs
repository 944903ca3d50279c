//! `switchboard demo`: a fresh database filled through the real use cases, so that a newcomer sees every page alive.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use model::{
    auth::FirstRun,
    people::{Capability, Role, profile::ProfileForm},
};
use services::{Principal, RequestInfo, Services, auth, people, tenant};
use store::SecretText;

use crate::{cli::print, config::Config};

use super::{serve, told};

/// Marks a folder as a demo's own, which may be replaced.
const MARK: &str = ".switchboard-demo";
/// Everybody's password here. The demo listens on this machine alone.
const PASSWORD: &str = "a quiet harbour at noon";
const OWNER: &str = "ada@northwind.example";

/// People besides the owner.
const PEOPLE: &[(&str, &str, Role)] = &[
    ("Ben Okafor", "ben@northwind.example", Role::FullAccess),
    ("Chloé Martin", "chloe@northwind.example", Role::LimitedAccess),
    ("Dilip Rao", "dilip@northwind.example", Role::Supervisor),
    ("Emre Yılmaz", "emre@northwind.example", Role::Agent),
    ("Freja Lund", "freja@northwind.example", Role::Agent),
    ("Gábor Szabó", "gabor@northwind.example", Role::ReadOnly),
];

/// Customers: those who write in the demo's mail. Id, name, address, number, other attributes.
const CUSTOMERS: &[(&str, &str, &str, &str, &str)] = &[
    ("NW-10482", "Maya Fernandes", "maya@fernandes.example", "+44 20 5550 0182", "plan: Explorer\nlanguage: en"),
    ("NW-10517", "Jürgen Groß", "juergen@gross.example", "+49 30 5550 0117", "plan: Explorer\nlanguage: de\nnewsletter: yes"),
    ("NW-10533", "佐藤 健", "ken@sato.example", "+81 3 5550 0133", "language: ja"),
    ("NW-09871", "Tom Baker", "tom@baker.example", "", "plan: Trade\nlanguage: en"),
    ("NW-11020", "Amélie Roux", "amelie@roux.example", "+33 1 55 50 01 20", "language: fr\nnote: prefers to be written to"),
];

/// Makes the demo and serves it.
///
/// # Errors
/// When the folder holds something else, or as [`serve::run`].
pub async fn run(mut config: Config, folder: &Path) -> anyhow::Result<()> {
    if !config.http_addr.ip().is_loopback() {
        bail!("the demo's passwords are known to everybody; let it listen on this machine alone (SWITCHBOARD_HTTP_ADDR)");
    }
    prepare_folder(folder)?;
    config.data_dir = folder.to_owned();
    config.database_url = SecretText::from(format!("sqlite://{}", folder.join("switchboard.db").display()));
    config.key_file = folder.join("secret.key");
    config.blob_dir = folder.join("blobs");
    serve::run_with(config, |services| {
        Box::pin(async move {
            fill(services).await?;
            print(&format!("Sign in as {OWNER} with the password: {PASSWORD}"))?;
            Ok(())
        })
    })
    .await
}

fn prepare_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        if !folder.join(MARK).is_file() {
            bail!("{} holds something else than a demo; name another folder", folder.display());
        }
        fs::remove_dir_all(folder).with_context(|| format!("the earlier demo in {} cannot be removed", folder.display()))?;
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join(MARK), "")?;
    Ok(())
}

/// An organisation with a person of every role, a token, and what doing all that leaves in the audit log.
async fn fill(services: &Services) -> anyhow::Result<()> {
    let token = auth::first_run_link(services).await.map_err(told)?.context("a fresh database has no tenant")?;
    let form = FirstRun {
        tenant_name: "Northwind Outfitters".into(),
        time_zone: "Europe/London".into(),
        name: "Ada Lindqvist".into(),
        email: OWNER.into(),
        password: PASSWORD.into(),
    };
    let info = RequestInfo { remote_address: "127.0.0.1".into(), user_agent: "switchboard demo".into(), request_id: "demo".into() };
    let owner = auth::first_run(services, &token, form, &info).await.map_err(told)?.principal;
    people(services, &owner).await?;
    settings(services, &owner).await?;
    customers(services, &owner).await?;
    super::demo_mail::fill(services, &owner).await
}

async fn people(services: &Services, owner: &Principal) -> anyhow::Result<()> {
    let ctx = owner.clone().authorise(Capability::PeopleWrite)?;
    for (name, email, role) in PEOPLE {
        let form = people::UserForm { name: (*name).into(), email: (*email).into(), role: (*role).into(), password: SecretText::from(PASSWORD) };
        let user = people::create_user(services, &ctx, form).await.map_err(told)?;
        if *role == Role::ReadOnly {
            people::set_active(services, &ctx, user, false).await.map_err(told)?;
        }
    }
    let ctx = owner.clone().authorise(Capability::TokenOwn)?;
    people::create_token(services, &ctx, "Nightly order mails".into(), vec![Capability::EmailSend]).await.map_err(told)?;
    Ok(())
}

async fn customers(services: &Services, owner: &Principal) -> anyhow::Result<()> {
    let ctx = owner.clone().authorise(Capability::ProfileWrite)?;
    for (id, name, email, msisdn, attributes) in CUSTOMERS {
        let form = ProfileForm { name: (*name).into(), email: (*email).into(), msisdn: (*msisdn).into(), attributes: (*attributes).into() };
        people::profiles::create(services, &ctx, id, &form).await.map_err(told)?;
    }
    Ok(())
}

async fn settings(services: &Services, owner: &Principal) -> anyhow::Result<()> {
    let ctx = owner.clone().authorise(Capability::TenantWrite)?;
    tenant::update(services, &ctx, "Northwind Outfitters".into(), "Europe/Stockholm".into(), "").await.map_err(told)
}

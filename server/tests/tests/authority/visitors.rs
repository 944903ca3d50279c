//! Visitors in the matrix: everything that can be called, by the help desk at each level and by a partner's person. What they may do is the
//! model's word; what they never hold is written out here a second time.

use anyhow::{Context, Result, ensure};
use model::{access::Access, people::Capability};
use serde_json::json;
use tests::{
    browserless::Browser,
    organisation::Organisation,
    switchboard::{Database, PASSWORD, Switchboard},
    visits,
};

use crate::{PARTNERS_OWNER, calls, open_pages, run, start};

/// Never in the hands of a visitor.
const NEVER: &[Capability] = &[
    Capability::TenantHelpDesk,
    Capability::TenantWrite,
    Capability::TenantProfileKey,
    Capability::PeopleWrite,
    Capability::PeopleRoles,
    Capability::AccountOwn,
    Capability::TokenOwn,
    Capability::AccessCustomers,
];

/// Leaving ends the visit.
const LAST: &str = "/api/access/leave";

async fn everything(who: &str, access: Access, decrypt: bool, visitor: &Browser, organisation: &Organisation) -> Result<()> {
    let held = access.capabilities(decrypt);
    ensure!(NEVER.iter().all(|never| !held.has(*never)), "{who} holds what no visitor may");
    let calls: Vec<_> = calls(organisation)?.into_iter().filter(|call| call.path != LAST && call.path != server::http::CSRF_EXEMPT[0]).collect();
    run(who, Some(held), visitor, &calls).await?;
    open_pages(who, Some(held), visitor, organisation).await
}

async fn gone(who: &str, visitor: &Browser) -> Result<()> {
    let status = visitor.post("/api/tenant/get", &json!({})).await?.status();
    ensure!(status == 401, "{who} is still inside: {status}");
    Ok(())
}

async fn by_operator(server: &Switchboard, organisation: &Organisation, decrypt: bool) -> Result<()> {
    let operator = visits::operator(server).await?;
    let tenant = organisation.tenant().await?;
    for access in Access::ALL {
        let who = format!("the help desk with {access} access");
        let visitor = visits::enter(server, &operator, &tenant, *access).await?;
        everything(&who, *access, decrypt, &visitor, organisation).await?;
        visitor.call(LAST, &json!({})).await?;
        gone(&who, &visitor).await?;
    }
    Ok(())
}

async fn by_partner(server: &Switchboard, organisation: &Organisation, option: &str) -> Result<()> {
    let tenant = organisation.tenant().await?;
    for access in Access::ALL {
        let who = format!("a partner with {access} access{option}");
        // A browser that was inside keeps the cookie of the visit, which counts more than its session.
        let partner = server.browser()?;
        partner.sign_in(PARTNERS_OWNER, PASSWORD).await?;
        let token = partner.call("/api/access/launch", &json!({ "tenant": tenant, "access": access })).await?;
        let visitor = visits::follow(server, &partner, &tenant, token.as_str().context("a token")?).await?;
        everything(&who, *access, false, &visitor, organisation).await?;
        visitor.call(LAST, &json!({})).await?;
        gone(&who, &visitor).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_reaches_what_its_access_holds_and_nothing_else() -> Result<()> {
    for database in Database::both("partners_reach").await? {
        let folder = tempfile::tempdir()?;
        let (server, organisation, _sink, _cast) = start(folder.path(), database).await?;
        by_partner(&server, &organisation, "").await?;
        // The tenant's options speak of the help desk: a partner neither decrypts by them nor is shut out.
        organisation.browser.call("/api/access/update", &json!({ "help_desk": true, "decrypt": true })).await?;
        by_partner(&server, &organisation, " where the help desk decrypts").await?;
        organisation.browser.call("/api/access/update", &json!({ "help_desk": false })).await?;
        by_partner(&server, &organisation, " where no help desk is let in").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_desk_reaches_what_its_access_holds_and_nothing_else() -> Result<()> {
    for database in Database::both("visitors").await? {
        let folder = tempfile::tempdir()?;
        let (server, organisation, _sink, _cast) = start(folder.path(), database).await?;
        by_operator(&server, &organisation, false).await?;
        // The tenant's own option: everybody of the help desk decrypts, whatever their access.
        organisation.browser.call("/api/access/update", &json!({ "help_desk": true, "decrypt": true })).await?;
        by_operator(&server, &organisation, true).await?;
    }
    Ok(())
}

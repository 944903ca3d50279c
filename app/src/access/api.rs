//! Server functions about visitors.

use leptos::prelude::*;
use model::{
    Problem,
    access::{Access, AccessSettings, Customer, LinkPreview, Visit},
    ids::{PartnerId, TenantId, VisitId},
    page::Page,
};

#[cfg(feature = "ssr")]
use {
    crate::shell::{self, RequestState},
    model::people::Capability,
    services::access::{Claimant, Entered},
};

/// What the owners allow the help desk, and the partners.
///
/// **Needs** `tenant.help_desk`, which only owners hold and no visitor ever does.
#[server(name = GetAccess, prefix = "/api", endpoint = "access/get")]
pub async fn get() -> Result<AccessSettings, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    services::access::get(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes what the help desk may do. Switching it off ends its running visits at once.
///
/// **Needs** `tenant.help_desk`. Refuses with [`Problem::Invalid`] on `until_date` or `until_time` what is no moment or has passed.
#[server(name = UpdateAccess, prefix = "/api", endpoint = "access/update")]
pub async fn update(
    /// The help desk may enter.
    #[server(default)]
    help_desk: bool,
    /// Everybody of the help desk who enters may decrypt logs.
    #[server(default)]
    decrypt: bool,
    /// The day of the end, `YYYY-MM-DD` in the tenant's zone; both empty for no end.
    #[server(default)]
    until_date: String,
    /// Its time, `HH:MM`.
    #[server(default)]
    until_time: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    let until = format!("{} {}", until_date.trim(), until_time.trim());
    services::access::update(&services, &ctx, help_desk, decrypt, &until).await.map_err(shell::told(&ctx))
}

/// Present and past visits, the newest first.
///
/// **Needs** `tenant.help_desk`. Refuses with [`Problem::Invalid`] a cursor it did not hand out.
#[server(name = ListVisits, prefix = "/api", endpoint = "access/list_visits")]
pub async fn list_visits(
    /// Cursor; empty for the first page.
    #[server(default)]
    after: String,
) -> Result<Page<Visit>, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    services::access::visits(&services, &ctx, &after).await.map_err(shell::told(&ctx))
}

/// Sends a visitor out, at once.
///
/// **Needs** `tenant.help_desk`. [`Problem::NotFound`] for another tenant's visit, [`Problem::Conflict`] when it has ended.
#[server(name = EndVisit, prefix = "/api", endpoint = "access/end_visit")]
pub async fn end_visit(
    /// Which.
    id: VisitId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    services::access::end_visit(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Accepts a partner who was offered.
///
/// **Needs** `tenant.help_desk`. [`Problem::NotFound`] for another tenant's, [`Problem::Conflict`] when it was accepted before.
#[server(name = AcceptPartner, prefix = "/api", endpoint = "access/accept_partner")]
pub async fn accept_partner(
    /// Which.
    id: PartnerId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    services::access::accept_partner(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Ends a partnership or declines an offer; the partner's running visits end with it.
///
/// **Needs** `tenant.help_desk`. [`Problem::NotFound`] for another tenant's.
#[server(name = EndPartner, prefix = "/api", endpoint = "access/end_partner")]
pub async fn end_partner(
    /// Which.
    id: PartnerId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantHelpDesk).await?;
    services::access::end_partner(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Who from outside is in the tenant now.
///
/// **Needs** `account.own`: everybody who belongs to the tenant.
#[server(name = PresentVisits, prefix = "/api", endpoint = "access/present")]
pub async fn present() -> Result<Vec<Visit>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::access::present(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// The customers of the caller's organisation.
///
/// **Needs** `access.customers`.
#[server(name = ListCustomers, prefix = "/api", endpoint = "access/list_customers")]
pub async fn list_customers() -> Result<Vec<Customer>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccessCustomers).await?;
    services::access::customers(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Makes a link into a customer's tenant that works once, for a minute, for the caller. Answers with its token, to be opened at
/// `/launch/<tenant>/<token>`.
///
/// **Needs** `access.customers`. [`Problem::NotFound`] when the tenant is no customer; [`Problem::Invalid`] on `access` when it is more than
/// was granted; [`Problem::Conflict`] while the customer has no open channel.
#[server(name = LaunchCustomer, prefix = "/api", endpoint = "access/launch")]
pub async fn launch(
    /// Whom to enter.
    tenant: TenantId,
    /// How far.
    access: Access,
) -> Result<String, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccessCustomers).await?;
    services::access::launch_as_partner(&services, &ctx, tenant, access).await.map_err(shell::told(&ctx))
}

/// Who holds the link, as far as this browser tells.
#[cfg(feature = "ssr")]
fn claimant() -> Claimant {
    RequestState::current().map(|state| Claimant::of(state.operator.as_deref(), state.principal.as_deref())).unwrap_or_default()
}

/// What a link would lead to. Uses nothing up.
///
/// **Public**: a link proves itself. Refuses with [`Problem::Invalid`] on `token`, in the same words for every reason.
#[server(name = LookAtLink, prefix = "/api", endpoint = "access/look")]
pub async fn look(
    /// The organisation of the link.
    tenant: String,
    /// From the link.
    token: String,
) -> Result<LinkPreview, Problem> {
    let (services, info) = shell::public().await?;
    let found = services::access::look(&services, &tenant, &token, &claimant(), &info).await;
    found.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Uses a link up and goes in. Answers with the path to go to.
///
/// **Public**: a link proves itself. Refuses as [`LookAtLink`] does.
#[server(name = EnterLink, prefix = "/api", endpoint = "access/enter")]
pub async fn enter(
    /// The organisation of the link.
    tenant: String,
    /// From the link.
    token: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let entered = services::access::enter(&services, &tenant, &token, &claimant(), &info).await;
    match entered.map_err(|fault| fault.into_problem(&info.request_id))? {
        Entered::Visit(visit) => shell::begin_visit(&services, &visit),
        Entered::Owner(signed_in) => {
            shell::end_visit();
            shell::begin_session(&services, &signed_in);
        }
    }
    Ok("/".into())
}

/// Leaves the tenant one is visiting. Answers with the path to go to.
///
/// **Public**: a visitor holds no capability of their own; without a visit nothing happens.
#[server(name = LeaveVisit, prefix = "/api", endpoint = "access/leave")]
pub async fn leave() -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let state = RequestState::current();
    let operator = state.as_ref().is_some_and(|state| state.operator.is_some());
    if let Some(principal) = state.and_then(|state| state.principal) {
        let left = services::access::leave(&services, &principal).await;
        left.map_err(|fault| fault.into_problem(&info.request_id))?;
    }
    shell::end_visit();
    Ok(if operator { "/operator" } else { "/" }.into())
}

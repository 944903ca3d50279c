//! Server functions of the audit log.

use leptos::prelude::*;
use model::{
    Problem,
    audit::{AuditEntry, AuditFilter, ChainVerdict},
    page::Page,
};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// One page of the audit log, newest first.
///
/// **Needs** `audit.read`. Refuses with [`Problem::Invalid`] for a day that is no date and for a cursor it did not hand out.
#[server(name = ListAudit, prefix = "/api", endpoint = "audit/list")]
pub async fn list(
    /// Every part is optional.
    #[server(flatten)]
    filter: AuditFilter,
) -> Result<Page<AuditEntry>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AuditRead).await?;
    services::audit::list(&services, &ctx, &filter).await.map_err(shell::told(&ctx))
}

/// Walks the whole log and says whether each entry is what it was, where it was.
///
/// **Needs** `audit.read`. [`Problem::Conflict`] when the log is longer than a page can wait for.
#[server(name = VerifyAudit, prefix = "/api", endpoint = "audit/verify")]
pub async fn verify() -> Result<ChainVerdict, Problem> {
    let (services, ctx) = shell::authorise(Capability::AuditRead).await?;
    services::audit::verify_own(&services, &ctx).await.map_err(shell::told(&ctx))
}

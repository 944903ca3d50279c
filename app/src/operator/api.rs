//! Server functions of the operators' console.

use leptos::prelude::*;
use model::{
    Problem,
    access::Access,
    ids::TenantId,
    operator::{OpenTenant, OperatorMe},
    page::Page,
};

#[cfg(feature = "ssr")]
use {crate::shell, services::ctx::secret};

/// The operator who is signed in with this browser, if any.
///
/// **Public**: the page asks before it knows whether to show the sign-in form.
#[server(name = OperatorHere, prefix = "/api", endpoint = "operator/here")]
pub async fn here() -> Result<Option<OperatorMe>, Problem> {
    let _ = shell::public().await?;
    let pass = shell::RequestState::current().and_then(|state| state.operator);
    Ok(pass.map(|pass| services::operator::me(&pass)))
}

/// Signs an operator in and sets the operators' cookie. Answers with the path to go to.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `email` (the same words for every reason) and with [`Problem::Busy`] after too many
/// failures.
#[server(name = OperatorSignIn, prefix = "/api", endpoint = "operator/sign_in")]
pub async fn sign_in(
    /// Address.
    email: String,
    /// Password.
    password: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let done = services::auth::sign_in_operator(&services, &email, secret(password), &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    shell::begin_operator(&services, &signed_in);
    Ok("/operator".into())
}

/// Ends the operator's session. Visits go on: each is left on its own.
///
/// **Needs** an operator.
#[server(name = OperatorSignOut, prefix = "/api", endpoint = "operator/sign_out")]
pub async fn sign_out() -> Result<String, Problem> {
    let (services, pass) = shell::operator().await?;
    let done = services::auth::sign_out_operator(&services, &pass).await;
    done.map_err(|fault| fault.into_problem(&pass.info().request_id))?;
    shell::end_operator();
    Ok("/operator".into())
}

/// Tenants that allow the help desk now, by name.
///
/// **Needs** an operator. Refuses with [`Problem::Invalid`] a cursor it did not hand out.
#[server(name = ListTenants, prefix = "/api", endpoint = "operator/list_tenants")]
pub async fn list_tenants(
    /// Words of the name.
    #[server(default)]
    search: String,
    /// Cursor; empty for the first page.
    #[server(default)]
    after: String,
) -> Result<Page<OpenTenant>, Problem> {
    let (services, pass) = shell::operator().await?;
    let page = services::operator::open_tenants(&services, &pass, &search, &after).await;
    page.map_err(|fault| fault.into_problem(&pass.info().request_id))
}

/// Makes a link into a tenant that works once, for a minute, for this operator. Answers with its token, to be opened at
/// `/launch/<tenant>/<token>`.
///
/// **Needs** an operator. [`Problem::NotFound`] when the tenant does not allow the help desk; [`Problem::Invalid`] on `access` when it is more
/// than the operator was granted.
#[server(name = Launch, prefix = "/api", endpoint = "operator/launch")]
pub async fn launch(
    /// Whom to enter.
    tenant: TenantId,
    /// How far.
    access: Access,
) -> Result<String, Problem> {
    let (services, pass) = shell::operator().await?;
    let token = services::access::launch_as_operator(&services, &pass, tenant, access).await;
    token.map_err(|fault| fault.into_problem(&pass.info().request_id))
}

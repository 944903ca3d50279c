//! The server's half of the shell: from a request to the pass that a use case takes.

use std::sync::{Arc, Mutex, PoisonError};

use http::request::Parts;
use leptos::prelude::*;
use model::{Problem, auth::Me, people::Capability};
use services::{Ctx, Fault, Principal, RequestInfo, Services, operator};
use ui::Theme;

use super::{
    Flash,
    rooms::{Guard, endpoint_guard},
    session::Snapshot,
};

/// What the edge learned about a request, put into its extensions for pages and server functions.
#[derive(Clone)]
pub struct RequestState {
    /// Everything use cases work with.
    pub services: Services,
    /// The recognised caller, if any.
    pub principal: Option<Arc<Principal>>,
    /// The operator of the installation who is signed in with this browser, if any.
    pub operator: Option<Arc<operator::Pass>>,
    /// The recognised caller as pages show them; only looked up for pages.
    pub me: Option<Arc<Me>>,
    /// Address, browser, reference.
    pub info: Arc<RequestInfo>,
    /// Path of the server function that is called over HTTP; `None` while a page is made.
    pub endpoint: Option<&'static str>,
    /// What the last plain post left.
    pub flash: Option<Arc<Flash>>,
    /// From the cookie.
    pub theme: Theme,
    /// Session cookies are marked for https only, with the `__Host-` name.
    pub secure: bool,
}

impl RequestState {
    /// The state of the request this code runs for.
    pub fn current() -> Option<Self> {
        use_context::<Self>().or_else(|| use_context::<Parts>()?.extensions.get::<Self>().cloned())
    }
}

/// What was typed into a form with files. The edge reads no uploads: the server function that does says it here, so that a plain post that is
/// refused brings it back.
#[derive(Clone, Default)]
pub struct Typed(Arc<Mutex<Vec<(String, String)>>>);

impl Typed {
    /// Tells the running request's edge what was typed, by field name; of a file, its name. Nothing outside a request.
    pub fn note(fields: Vec<(String, String)>) {
        if let Some(typed) = use_context::<Self>() {
            *typed.0.lock().unwrap_or_else(PoisonError::into_inner) = fields;
        }
    }

    /// What was told; nothing the second time.
    pub fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// First line of every server function that is not public: the services and the pass.
///
/// # Errors
/// [`Problem::Unauthenticated`] without a session or token, [`Problem::NotFound`] without the capability, and
/// [`Problem::Internal`] when the function asks for another capability than [`ROOMS`](super::ROOMS) lists for it.
pub async fn authorise(capability: Capability) -> Result<(Services, Ctx), Problem> {
    let state = state()?;
    check_listed(&state, Guard::Capability(capability))?;
    let principal = state.principal.as_deref().cloned().ok_or(Problem::Unauthenticated)?;
    Ok((state.services, principal.authorise(capability)?))
}

/// First line of every public server function: it says so by name.
///
/// # Errors
/// [`Problem::Internal`] when [`ROOMS`](super::ROOMS) does not list the function as public.
pub async fn public() -> Result<(Services, Arc<RequestInfo>), Problem> {
    let state = state()?;
    check_listed(&state, Guard::Public)?;
    Ok((state.services, state.info))
}

/// First line of every server function of the operators' console: the services and the operator's pass.
///
/// # Errors
/// [`Problem::Unauthenticated`] when no operator is signed in, [`Problem::Internal`] when [`ROOMS`](super::ROOMS) does not list the function
/// as the operators'.
pub async fn operator() -> Result<(Services, Arc<operator::Pass>), Problem> {
    let state = state()?;
    check_listed(&state, Guard::Operator)?;
    Ok((state.services, state.operator.ok_or(Problem::Unauthenticated)?))
}

fn state() -> Result<RequestState, Problem> {
    RequestState::current().ok_or_else(|| {
        tracing::error!("a server function ran outside a request");
        Problem::Internal { reference: String::new() }
    })
}

fn check_listed(state: &RequestState, asked: Guard) -> Result<(), Problem> {
    let Some(endpoint) = state.endpoint else { return Ok(()) };
    let listed = endpoint_guard(endpoint);
    if listed == Some(asked) {
        return Ok(());
    }
    tracing::error!(endpoint, ?listed, ?asked, "the list of rooms and the server function disagree on who may call it");
    Err(Problem::Internal { reference: state.info.request_id.clone() })
}

/// For `map_err`: what of a fault the caller is told; a defect goes to the log under the request's reference.
pub fn told(ctx: &Ctx) -> impl FnOnce(Fault) -> Problem + '_ {
    |fault| fault.into_problem(&ctx.info().request_id)
}

/// What the document is made with.
pub(super) fn snapshot() -> Snapshot {
    let Some(state) = RequestState::current() else { return Snapshot::default() };
    Snapshot { me: state.me.as_deref().cloned(), flash: state.flash.as_deref().cloned() }
}

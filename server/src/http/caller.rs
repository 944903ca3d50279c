//! Who is asking, and from where.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use app::shell::{
    Flash, Guard, RequestState,
    cookies::{operator_cookie_name, session_cookie_name, visit_cookie_name},
};
use axum::http::{HeaderMap, header, request::Parts};
use model::{Problem, people::Capability};
use services::{Ctx, Principal, RequestInfo, auth, operator};
use ui::{THEME_COOKIE, Theme};

use super::{Edge, observe::RequestId};

/// The other end of the connection, put into the request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// A named cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
}

impl Edge {
    /// The address the request came from: the connection's, or, behind proxies we trust, the last one that they did not add themselves.
    pub fn remote_address(&self, parts: &Parts) -> String {
        let Some(Peer(peer)) = parts.extensions.get::<Peer>() else { return String::new() };
        let trusted = |address: IpAddr| self.trusted_proxies.iter().any(|network| network.contains(address));
        let mut address = peer.ip().to_canonical();
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
        for hop in forwarded.rsplit(',') {
            match hop.trim().parse::<IpAddr>() {
                Ok(hop) if trusted(address) => address = hop.to_canonical(),
                _ => break,
            }
        }
        address.to_string()
    }

    /// What is known of a request before anybody is recognised.
    pub fn request_info(&self, parts: &Parts) -> RequestInfo {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        RequestInfo {
            remote_address: self.remote_address(parts),
            user_agent: user_agent.chars().take(200).collect(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        }
    }

    /// Recognises the caller by token or cookie.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] when the database does not answer, [`Problem::Internal`] for a defect.
    pub async fn recognise(&self, headers: &HeaderMap, info: RequestInfo) -> Result<Option<Principal>, Problem> {
        let Some(credential) = self.credential(headers) else { return Ok(None) };
        let reference = info.request_id.clone();
        auth::recognise(&self.services, credential, info).await.map_err(|fault| fault.into_problem(&reference))
    }

    /// [`Edge::recognise`] for a page that only stands open: it does not count as use of the session.
    ///
    /// # Errors
    /// As [`Edge::recognise`].
    pub async fn recognise_quietly(&self, headers: &HeaderMap, info: RequestInfo) -> Result<Option<Principal>, Problem> {
        let Some(credential) = self.credential(headers) else { return Ok(None) };
        let reference = info.request_id.clone();
        auth::still_recognised(&self.services, credential, info).await.map_err(|fault| fault.into_problem(&reference))
    }

    fn credential<'a>(&self, headers: &'a HeaderMap) -> Option<auth::Credential<'a>> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        // A visit that has ended does not fall back to the visitor's own session: a page of one tenant must not act on another.
        match (bearer, self.visit_cookie(headers), cookie(headers, session_cookie_name(self.secure))) {
            (Some(token), ..) => Some(auth::Credential::Bearer(token)),
            (None, Some(secret), _) => Some(auth::Credential::Visit(secret)),
            (None, None, Some(secret)) => Some(auth::Credential::Cookie(secret)),
            (None, None, None) => None,
        }
    }

    /// The value of a visitor's cookie.
    pub fn visit_cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        cookie(headers, visit_cookie_name(self.secure)).filter(|secret| !secret.is_empty())
    }

    /// The operator of the installation who is signed in with this browser. Scripts with a token are none.
    ///
    /// # Errors
    /// As [`Edge::recognise`].
    async fn recognise_operator(&self, headers: &HeaderMap, info: RequestInfo) -> Result<Option<operator::Pass>, Problem> {
        if headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let Some(secret) = cookie(headers, operator_cookie_name(self.secure)).filter(|secret| !secret.is_empty()) else { return Ok(None) };
        let reference = info.request_id.clone();
        auth::recognise_operator(&self.services, secret, info).await.map_err(|fault| fault.into_problem(&reference))
    }

    /// Everything a page or a server function needs of its request.
    ///
    /// # Errors
    /// As [`Edge::recognise`].
    pub async fn request_state(&self, parts: &Parts, endpoint: Option<&'static str>) -> Result<RequestState, Problem> {
        let info = self.request_info(parts);
        let principal = self.recognise(&parts.headers, info.clone()).await?;
        let operator = self.recognise_operator(&parts.headers, info.clone()).await?;
        Ok(RequestState {
            services: self.services.clone(),
            principal: principal.map(Arc::new),
            operator: operator.map(Arc::new),
            me: None,
            info: Arc::new(info),
            endpoint,
            flash: None::<Arc<Flash>>,
            theme: Theme::from_name(cookie(&parts.headers, THEME_COOKIE).unwrap_or_default()),
            secure: self.secure,
        })
    }

    /// For routes outside the rooms: the pass for a capability.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`], [`Problem::NotFound`] without the capability, and as [`Edge::recognise`].
    pub async fn authorise(&self, parts: &Parts, capability: Capability) -> Result<Ctx, Problem> {
        let principal = self.recognise(&parts.headers, self.request_info(parts)).await?;
        principal.ok_or(Problem::Unauthenticated)?.authorise(capability)
    }
}

/// Whether a guard lets this request pass.
///
/// # Errors
/// [`Problem::Unauthenticated`] when nobody is recognised, else [`Problem::NotFound`].
pub fn admit(guard: Guard, state: &RequestState) -> Result<(), Problem> {
    let held = state.principal.as_deref().map(Principal::capabilities);
    let operator = guard == Guard::Operator && state.operator.is_some();
    match (operator || guard.admits(held), held) {
        (true, _) => Ok(()),
        (false, None) => Err(Problem::Unauthenticated),
        (false, Some(_)) => Err(Problem::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("xtheme=a; theme=dark; other=theme=x"))]);
        assert_eq!(cookie(&headers, "theme"), Some("dark"));
        assert_eq!(cookie(&headers, "nothing"), None);
    }
}

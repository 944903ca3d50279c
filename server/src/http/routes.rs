//! Everything that is served over HTTP besides pages and server functions, with who may use it. The tests compare this list, and
//! [`app::shell::ROOMS`], with what answers.

use app::shell::Guard;
use axum::http::Method;
use model::people::Capability;

/// A route outside the console's rooms.
#[derive(Clone, Debug)]
pub struct RestRoute {
    /// Method.
    pub method: Method,
    /// Path.
    pub path: &'static str,
    /// Who may use it.
    pub guard: Guard,
}

/// Every such route.
pub const REST: &[RestRoute] = &[
    RestRoute { method: Method::GET, path: "/healthz", guard: Guard::Public },
    RestRoute { method: Method::GET, path: "/readyz", guard: Guard::Public },
    // Guarded by the caller's address or by its own token, not by a session: see `system::metrics`.
    RestRoute { method: Method::GET, path: "/metrics", guard: Guard::Public },
    RestRoute { method: Method::GET, path: "/openapi.json", guard: Guard::Public },
    RestRoute { method: Method::GET, path: super::events::EVENTS, guard: Guard::SignedIn },
    // Whoever has the address, or, once it has expired, the key besides: see `media::fetch`.
    RestRoute { method: Method::GET, path: super::media::MEDIA, guard: Guard::Public },
    RestRoute { method: Method::POST, path: super::messages::MESSAGES, guard: Guard::Capability(Capability::EmailSend) },
    RestRoute { method: Method::POST, path: super::profiles::PROFILES, guard: Guard::ProfileKey },
    RestRoute { method: Method::PUT, path: super::profiles::PROFILES, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::profiles::PROFILES, guard: Guard::ProfileKey },
    RestRoute { method: Method::DELETE, path: super::profiles::PROFILES, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::profiles::PROFILE, guard: Guard::ProfileKey },
    RestRoute { method: Method::DELETE, path: super::profiles::PROFILE, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::profiles::STATUS, guard: Guard::ProfileKey },
    RestRoute { method: Method::POST, path: super::profiles::PROFILES_SLASH, guard: Guard::ProfileKey },
    RestRoute { method: Method::PUT, path: super::profiles::PROFILES_SLASH, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::profiles::PROFILES_SLASH, guard: Guard::ProfileKey },
    RestRoute { method: Method::DELETE, path: super::profiles::PROFILES_SLASH, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::profiles::STATUS_SLASH, guard: Guard::ProfileKey },
    RestRoute { method: Method::GET, path: super::downloads::PROFILES_CSV, guard: Guard::Capability(Capability::ProfileRead) },
    RestRoute { method: Method::GET, path: super::sso::START, guard: Guard::Public },
    RestRoute { method: Method::GET, path: super::sso::CALLBACK, guard: Guard::Public },
    RestRoute { method: Method::GET, path: super::sso::TEST, guard: Guard::Capability(Capability::TenantWrite) },
    RestRoute { method: Method::GET, path: super::downloads::AUDIT_CSV, guard: Guard::Capability(Capability::AuditRead) },
    RestRoute { method: Method::GET, path: super::people_files::PEOPLE_CSV, guard: Guard::Capability(Capability::PeopleRead) },
    RestRoute { method: Method::GET, path: super::people_files::IMPORT_TEMPLATE, guard: Guard::Capability(Capability::PeopleWrite) },
    RestRoute { method: Method::GET, path: super::people_files::IMPORT_PROBLEMS, guard: Guard::Capability(Capability::PeopleWrite) },
    RestRoute { method: Method::GET, path: super::downloads::AUDIT_JSON, guard: Guard::Capability(Capability::AuditRead) },
    RestRoute { method: Method::GET, path: super::downloads::LOG_CSV, guard: Guard::Capability(Capability::DebugLogRead) },
    RestRoute { method: Method::GET, path: super::mail_files::ATTACHMENT, guard: Guard::Capability(Capability::EmailInbox) },
    RestRoute { method: Method::GET, path: super::mail_files::INBOUND_HTML, guard: Guard::Capability(Capability::EmailInbox) },
    RestRoute { method: Method::GET, path: super::mail_files::INBOUND_RAW, guard: Guard::Capability(Capability::EmailInbox) },
    RestRoute { method: Method::GET, path: super::mail_files::MESSAGE_HTML, guard: Guard::Capability(Capability::EmailInbox) },
];

/// The paths of all server functions that are compiled in, as the framework registered them.
pub fn registered_server_functions() -> Vec<(&'static str, Method)> {
    let mut paths: Vec<_> = server_fn::axum::server_fn_paths().collect();
    paths.sort_by_key(|(path, _)| *path);
    paths
}

/// The pattern of an address, for logs and metrics: no identifier, no token, a bounded number of values.
pub fn pattern(path: &str) -> &'static str {
    if path.starts_with("/pkg/") {
        return "/pkg";
    }
    if let Some(endpoint) = app::shell::ROOMS.iter().flat_map(|room| room.endpoints).find(|endpoint| endpoint.path == path) {
        return endpoint.path;
    }
    if let Some(route) = REST.iter().find(|route| fits(route.path, path)) {
        return route.path;
    }
    app::shell::page_pattern(path).unwrap_or("other")
}

/// Whether an address fits a route: `{name}` stands for one segment.
fn fits(route: &str, path: &str) -> bool {
    let mut given = path.split('/');
    route.split('/').all(|wanted| given.next().is_some_and(|got| wanted == got || (wanted.starts_with('{') && !got.is_empty())))
        && given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rooms_list_exactly_the_server_functions_that_exist() {
        let mut listed: Vec<_> = app::shell::ROOMS.iter().flat_map(|room| room.endpoints).map(|endpoint| endpoint.path).collect();
        listed.sort_unstable();
        let registered: Vec<_> = registered_server_functions().into_iter().map(|(path, _)| path).collect();
        assert_eq!(listed, registered);
    }

    #[test]
    fn server_functions_change_things_by_post_alone() {
        for (path, method) in registered_server_functions() {
            assert_eq!(method, Method::POST, "{path}");
        }
    }

    #[test]
    fn patterns_hold_no_identifiers() {
        let check = |path: &str, expected: &str| assert_eq!(pattern(path), expected);
        check("/first-run/geheim", "/first-run/:token");
        check("/people/0190-1", "/people/:user");
        check("/invitation/geheim", "/invitation/:token");
        check("/people/import/0190-1/problems.csv", "/people/import/{import}/problems.csv");
        check("/sign-in/sso/acme/callback", "/sign-in/sso/{organisation}/callback");
        check("/sign-in/sso/acme", "/sign-in/sso/:organisation");
        check("/api/auth/sign_in", "/api/auth/sign_in");
        check("/email/attachments/0190-1", "/email/attachments/{attachment}");
        check("/email/assets/0190-1/log.csv", "/email/assets/{asset}/log.csv");
        check("/email/assets/0190-1/log", "/email/assets/:asset/log");
        check("/resources/v2/customerprofile/4711", "/resources/v2/customerprofile/{customer_id}");
        check("/resources/v2/profile/status/0190-1", "/resources/v2/profile/status/{transid}");
        check("/people/profiles/export.csv", "/people/profiles/export.csv");
        check("/people/profiles/0190-1", "/people/profiles/:profile");
        check("/media/geheim", "/media/{link}");
        check("/pkg/abc/x.js", "/pkg");
        check("/wp-login.php", "other");
    }
}

//! What the document was made with: who is signed in, and what the last plain form post left behind.

use std::borrow::Cow;

use leptos::prelude::*;
use model::{Problem, auth::Me};
use serde::{Deserialize, Serialize};

/// What a form post without script left for the page it leads to. Secrets are never among the kept values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flash {
    /// Path of the server function that was posted to.
    pub endpoint: String,
    /// Why it was refused; `None` when it was done.
    pub problem: Option<Problem>,
    /// What was typed, so that nothing has to be typed again.
    pub kept: Vec<(String, String)>,
    /// The function's answer as JSON when it is short, for pages that show it once (a new API token).
    pub answer: Option<String>,
}

/// Values that the server knows when it makes the document, and that the browser takes over with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who is signed in.
    pub me: Option<Me>,
    /// Left by the last post.
    pub flash: Option<Flash>,
}

/// The snapshot as context.
#[derive(Clone, Copy)]
pub struct Session {
    /// Who is signed in; pages that change the name or the time zone write it, so that the frame follows.
    pub me: RwSignal<Option<Me>>,
    flash: StoredValue<Option<Flash>>,
}

impl Session {
    /// Takes the snapshot over and makes it known to every page.
    pub(super) fn provide() -> Self {
        let snapshot = SharedValue::new(snapshot).into_inner();
        let session = Self { me: RwSignal::new(snapshot.me), flash: StoredValue::new(snapshot.flash) };
        provide_context(session);
        session
    }

    /// What the last plain post left, whichever function it was for.
    pub fn flash(&self) -> Option<Flash> {
        self.flash.get_value()
    }

    /// What the last plain post to one server function left.
    pub fn flash_of(&self, endpoint: &str) -> Option<Flash> {
        self.flash().filter(|flash| flash.endpoint == endpoint)
    }

    /// Drops it: it belongs to the first page that is shown, not to those the person goes to from there.
    pub fn forget_flash(&self) {
        self.flash.set_value(None);
    }
}

#[cfg(feature = "ssr")]
fn snapshot() -> Snapshot {
    super::server::snapshot()
}

#[cfg(not(feature = "ssr"))]
fn snapshot() -> Snapshot {
    Snapshot::default()
}

/// The session of this document.
pub fn use_session() -> Session {
    use_context::<Session>().unwrap_or_else(Session::provide)
}

/// Who is signed in. Pages inside the frame always have somebody.
pub fn use_me() -> Signal<Option<Me>> {
    let session = use_session();
    Signal::derive(move || session.me.get())
}

/// Leaves the page by loading `path` from the server, so that everything shown belongs to the new situation (signed in, signed out).
/// On the server this does nothing: a plain post is answered with a redirect.
pub fn leave_for(path: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        // Refused only for addresses that do not parse, and `local_path` lets none of them through.
        let _ = window.location().assign(path);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = path;
}

/// `next` when it is a path on this server, else `/`. `//host` and `/\host` are addresses of other servers to a browser.
pub fn local_path(next: &str) -> Cow<'_, str> {
    let mut chars = next.chars();
    let local = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let plain = next.chars().all(|c| !c.is_control() && c != '\\');
    if local && plain && next.len() <= 2000 { Cow::Borrowed(next) } else { Cow::Borrowed("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_followed() {
        let check = |next: &str, expected: &str| assert_eq!(local_path(next), expected, "{next}");
        check("/email?sort=name", "/email?sort=name");
        check("/", "/");
        check("", "/");
        check("https://evil.example/", "/");
        check("//evil.example/", "/");
        check("/\\evil.example/", "/");
        check("/a\\b", "/");
        check("/a\r\nSet-Cookie: x=1", "/");
        check("javascript:alert(1)", "/");
    }
}

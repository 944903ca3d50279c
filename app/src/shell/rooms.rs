//! The one list of what the console has: rooms, their pages and their server functions, each with its guard.

use model::people::{Capability, CapabilitySet};
use ui::Icon;

/// Who may use a page or a server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Everybody, signed in or not.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds the capability; for everybody else it does not exist.
    Capability(Capability),
    /// Whoever sends the tenant's profile key; no session and no token counts. For REST routes alone, which check it themselves.
    ProfileKey,
    /// An operator of the installation, who has a session of another kind. For the people of a tenant it does not exist.
    Operator,
}

impl Guard {
    /// Whether a caller with these capabilities (`None`: nobody is signed in) may pass.
    pub fn admits(self, caller: Option<CapabilitySet>) -> bool {
        match (self, caller) {
            (Self::Public, _) | (Self::SignedIn, Some(_)) => true,
            (Self::Capability(needed), Some(held)) => held.has(needed),
            // A caller of a tenant is no operator, whatever they hold: the edge looks for the operators' own session.
            (_, None) | (Self::ProfileKey | Self::Operator, _) => false,
        }
    }
}

/// A server function: its path and who may call it.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// `/api/<room>/<verb>`.
    pub path: &'static str,
    /// Checked at the edge and again by [`authorise`](crate::shell::authorise), which refuses to run when the two differ.
    pub guard: Guard,
}

impl Endpoint {
    /// An entry of a room's list.
    pub const fn new(path: &'static str, guard: Guard) -> Self {
        Self { path, guard }
    }
}

/// A page: its pattern and who may open it.
#[derive(Clone, Copy, Debug)]
pub struct PageEntry {
    /// As the router has it: `/email/:asset`.
    pub pattern: &'static str,
    /// Checked by the frame before the page is shown.
    pub guard: Guard,
}

impl PageEntry {
    /// An entry of a room's list.
    pub const fn new(pattern: &'static str, guard: Guard) -> Self {
        Self { pattern, guard }
    }
}

/// A room's place in the navigation on the left.
#[derive(Clone, Copy, Debug)]
pub struct Navigation {
    /// Heading it stands under.
    pub section: &'static str,
    /// First page.
    pub href: &'static str,
    /// Word shown.
    pub label: &'static str,
    /// Picture beside it.
    pub icon: Icon,
    /// Keys that lead there, `g e`.
    pub keys: &'static str,
    /// Shown to whoever passes this.
    pub guard: Guard,
}

/// One room of the console.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The same word in the URL, the tables and the spec file.
    pub word: &'static str,
    /// Its place in the navigation, if it has one.
    pub navigation: Option<Navigation>,
    /// Its pages.
    pub pages: &'static [PageEntry],
    /// Its server functions.
    pub endpoints: &'static [Endpoint],
}

/// Every room that exists, in the order of the navigation.
pub const ROOMS: &[&Room] = &[
    &SHELL,
    &crate::people::CUSTOMERS,
    &crate::email::ROOM,
    &crate::auth::ROOM,
    &crate::people::ROOM,
    &crate::tenant::ROOM,
    &crate::audit::ROOM,
    &crate::account::ROOM,
    &crate::access::ROOM,
    &crate::operator::ROOM,
];

/// The pages that belong to no room.
const SHELL: Room = Room {
    word: "shell",
    navigation: Some(Navigation { section: "", href: "/", label: "Overview", icon: Icon::Home, keys: "g o", guard: Guard::SignedIn }),
    pages: &[PageEntry::new("/", Guard::SignedIn), PageEntry::new("/gallery", Guard::SignedIn)],
    endpoints: &[],
};

/// Every page of every room.
pub fn pages() -> impl Iterator<Item = &'static PageEntry> {
    ROOMS.iter().flat_map(|room| room.pages)
}

/// The guard of a server function; `None` when no room knows the path.
pub fn endpoint_guard(path: &str) -> Option<Guard> {
    ROOMS.iter().flat_map(|room| room.endpoints).find(|endpoint| endpoint.path == path).map(|endpoint| endpoint.guard)
}

/// The page that an address belongs to. A pattern without parameters wins over one with them, as in the router.
fn page_at(path: &str) -> Option<&'static PageEntry> {
    let matching = || pages().filter(|page| matches(page.pattern, path));
    matching().find(|page| !page.pattern.contains(':')).or_else(|| matching().next())
}

/// The guard of the page at an address; `None` when there is no such page.
pub fn page_guard(path: &str) -> Option<Guard> {
    page_at(path).map(|page| page.guard)
}

/// The pattern of the page at an address, for logs and metrics: it holds no identifier and no token.
pub fn page_pattern(path: &str) -> Option<&'static str> {
    page_at(path).map(|page| page.pattern)
}

/// Whether an address fits a pattern: `:name` stands for one non-empty segment; a slash at the end does not matter.
fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/').filter(|segment| !segment.is_empty());
    let mut given = path.split('/').filter(|segment| !segment.is_empty());
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(want), Some(got)) if want.starts_with(':') || want == got => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_fit_patterns_segment_by_segment() {
        let check = |pattern: &str, path: &str, expected: bool| assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        check("/", "/", true);
        check("/email/:asset", "/email/0190", true);
        check("/email/:asset", "/email/0190/", true);
        check("/email/:asset", "/email", false);
        check("/email/:asset", "/email/0190/compose", false);
        check("/audit", "/audits", false);
    }

    #[test]
    fn every_path_is_listed_once_and_belongs_to_its_room() {
        let mut seen = std::collections::BTreeSet::new();
        for room in ROOMS {
            for endpoint in room.endpoints {
                assert!(seen.insert(endpoint.path), "{} is listed twice", endpoint.path);
                assert!(endpoint.path.starts_with(&format!("/api/{}/", room.word)), "{} is not of room {}", endpoint.path, room.word);
            }
        }
    }

    #[test]
    fn a_guard_admits_exactly_those_it_names() {
        let owner = Some(CapabilitySet::all());
        let nobody_special = Some(CapabilitySet::EMPTY);
        let check = |guard: Guard, caller, expected: bool| assert_eq!(guard.admits(caller), expected, "{guard:?} {caller:?}");
        check(Guard::Public, None, true);
        check(Guard::SignedIn, None, false);
        check(Guard::SignedIn, nobody_special, true);
        check(Guard::Capability(Capability::AuditRead), None, false);
        check(Guard::Capability(Capability::AuditRead), nobody_special, false);
        check(Guard::Capability(Capability::AuditRead), owner, true);
        check(Guard::ProfileKey, owner, false);
        check(Guard::Operator, owner, false);
        check(Guard::Operator, None, false);
    }
}

//! What the command palette offers, and the keys that lead to rooms.

use leptos::prelude::*;
use model::people::CapabilitySet;
use ui::{Command, Icon, follow, use_shortcut};

use super::{frame::reachable, rooms::page_guard};

/// An action that is a page of its own: shown to whoever may open it.
struct Action {
    label: &'static str,
    group: &'static str,
    href: &'static str,
    icon: Icon,
}

const ACTIONS: &[Action] = &[
    Action { label: "Invite somebody", group: "Do", href: "/people/new", icon: Icon::Plus },
    Action { label: "Add a customer", group: "Do", href: "/people/profiles/new", icon: Icon::Plus },
    Action { label: "See the profile key", group: "Do", href: "/tenant/keys", icon: Icon::Key },
    Action { label: "Change your password", group: "Do", href: "/account?tab=password", icon: Icon::Lock },
    Action { label: "See your sessions", group: "Do", href: "/account?tab=sessions", icon: Icon::Monitor },
    Action { label: "Make an API token", group: "Do", href: "/account?tab=tokens", icon: Icon::Key },
];

/// Rooms first, then what can be done, for somebody with these capabilities.
pub(super) fn commands(held: CapabilitySet) -> Vec<Command> {
    let rooms = reachable(held).map(|entry| Command::go(entry.icon, entry.label, entry.href).group("Go to"));
    let allowed = |href: &str| page_guard(href.split('?').next().unwrap_or(href)).is_some_and(|guard| guard.admits(Some(held)));
    let actions = ACTIONS
        .iter()
        .filter(move |action| allowed(action.href))
        .map(|action| Command::go(action.icon, action.label, action.href).group(action.group));
    rooms.chain(actions).collect()
}

/// `g e` and its like: one for each room in the navigation.
pub(super) fn register_shortcuts(held: CapabilitySet) {
    for entry in reachable(held) {
        let href = entry.href;
        use_shortcut(entry.keys, format!("Go to {}", entry.label), Callback::new(move |()| follow(href)));
    }
}

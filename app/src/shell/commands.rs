//! What the command palette offers, and the keys that lead to rooms.

use leptos::prelude::*;
use model::people::CapabilitySet;
use ui::{Command, Icon, follow, use_shortcut};

use super::{
    frame::reachable,
    rooms::{Guard, page_guard},
};

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
    Action { label: "Decide about the help desk", group: "Do", href: "/tenant/access", icon: Icon::Headset },
    Action { label: "Accept or end a partner", group: "Do", href: "/tenant/access#partners", icon: Icon::Building },
    Action { label: "See who was here from outside", group: "Do", href: "/tenant/access#visits", icon: Icon::Users },
    Action { label: "Set up single sign-on", group: "Do", href: "/tenant/sign-in", icon: Icon::Unlock },
    Action { label: "Change your password", group: "Do", href: "/account?tab=password", icon: Icon::Lock },
    Action { label: "See your sessions", group: "Do", href: "/account?tab=sessions", icon: Icon::Monitor },
    Action { label: "Make an API token", group: "Do", href: "/account?tab=tokens", icon: Icon::Key },
];

fn guard(action: &Action) -> Option<Guard> {
    page_guard(action.href.split(['?', '#']).next().unwrap_or(action.href))
}

/// Rooms first, then what can be done, for somebody with these capabilities.
pub(super) fn commands(held: CapabilitySet) -> Vec<Command> {
    let rooms = reachable(held).map(|entry| Command::go(entry.icon, entry.label, entry.href).group("Go to"));
    let actions = ACTIONS
        .iter()
        .filter(move |action| guard(action).is_some_and(|guard| guard.admits(Some(held))))
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

#[cfg(test)]
mod tests {
    use model::people::Role;

    use super::*;

    #[test]
    fn every_action_leads_to_a_page_and_owners_may_open_it() {
        for action in ACTIONS {
            let guard = guard(action);
            assert!(guard.is_some_and(|guard| guard.admits(Some(Role::Owner.capabilities()))), "{} leads to {}", action.label, action.href);
        }
    }

    #[test]
    fn what_is_for_owners_alone_is_offered_to_nobody_else() {
        for role in Role::ALL {
            let offered = ACTIONS.iter().any(|action| {
                action.href.starts_with("/tenant/access") && guard(action).is_some_and(|guard| guard.admits(Some(role.capabilities())))
            });
            assert_eq!(offered, *role == Role::Owner, "{role}");
        }
    }
}

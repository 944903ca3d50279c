//! Light, dark, or as the system has it.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    dom::set_preference_cookie,
    icon::{Icon, glyph},
};

/// The cookie that keeps the choice; its value is one of [`Theme::name`].
pub const THEME_COOKIE: &str = "theme";

/// A choice of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// As the cookie has it: `system`, `light`, `dark`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// From the cookie; anything unknown is the system's.
    pub fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The value of `<html data-theme>`; left out for the system's choice.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("switchboard"),
            Self::Dark => Some("switchboard-dark"),
        }
    }
}

/// Chooses light, dark or the system's colours; the choice is kept in the cookie `theme`, so that the server renders it.
///
/// On the server: a real form in a native popover: it posts `theme` and `_next` to `action`, for browsers without the WASM.
#[component]
pub fn ThemeSwitch(
    /// Where it posts without the WASM.
    #[prop(into)]
    action: String,
    /// Where to go afterwards without the WASM.
    #[prop(optional, into)]
    next: String,
) -> impl IntoView {
    let submit = |event: SubmitEvent| {
        event.prevent_default();
        let pressed = event.submitter().and_then(|button| button.get_attribute("value")).unwrap_or_default();
        apply(Theme::from_name(&pressed));
    };
    let entry = |(theme, icon, label): (Theme, Icon, &'static str)| {
        view! { <li><button type="submit" name="theme" value=theme.name() class="menu-entry">{glyph(icon, false)}{label}</button></li> }
    };
    let entries =
        [(Theme::Light, Icon::Sun, "Light"), (Theme::Dark, Icon::Moon, "Dark"), (Theme::System, Icon::Monitor, "System")].map(entry).collect_view();
    view! {
        <div class="menu-host">
            <button type="button" class="btn btn-ghost btn-square" popovertarget="theme-menu" aria-haspopup="true" aria-label="Colours" title="Colours">
                <span class="theme-light">{glyph(Icon::Sun, false)}</span>
                <span class="theme-dark">{glyph(Icon::Moon, false)}</span>
            </button>
            <div id="theme-menu" popover="auto" class="menu-box">
                <form method="post" action=action on:submit=submit>
                    <input type="hidden" name="_next" value=next/>
                    <ul>{entries}</ul>
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// Shows a theme and keeps the choice.
fn apply(theme: Theme) {
    set_preference_cookie(THEME_COOKIE, theme.name());
    if let Some(root) = document().document_element() {
        let _ = match theme.attribute() {
            Some(name) => root.set_attribute("data-theme", name),
            None => root.remove_attribute("data-theme"),
        };
    }
    if let Some(menu) = crate::dom::element_by_id("theme-menu") {
        let _ = menu.hide_popover();
    }
}

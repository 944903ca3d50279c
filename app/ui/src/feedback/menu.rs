//! More actions behind one button.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::small::Avatar;
use crate::{
    button::{Size, Variant, button_class, some},
    icon::{Icon, glyph},
};

/// A button and the list of links and actions it opens: a native popover beside it, so it opens, and closes on Escape or a press
/// elsewhere, before the WASM arrives. With it, the arrow keys walk through.
///
/// On the server: plain markup, closed.
#[component]
pub fn Menu(
    /// Names it on the page.
    #[prop(into)]
    id: String,
    /// What it holds: words on the button, or its label when there is only a picture.
    #[prop(into)]
    label: String,
    /// A picture; `More` alone when neither this nor `avatar` nor `words` is given.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Shows the label as words beside the picture.
    #[prop(optional)]
    words: bool,
    /// A person's name, shown as initials.
    #[prop(optional, into)]
    avatar: String,
    /// Small, as in table rows.
    #[prop(optional)]
    small: bool,
    /// `MenuLink`, `MenuAction`, `MenuForm`.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let popover = format!("{id}-menu");
    let (bare, size) = (!words && avatar.is_empty(), if small { Size::Small } else { Size::Medium });
    let variant = if words { Variant::Secondary } else { Variant::Ghost };
    let keydown = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        if let Some(menu) = node.get_untracked() {
            walk(&menu, step);
        }
    };
    let close = move |_| {
        if let Some(menu) = node.get_untracked() {
            // Throws when it is closed already.
            let _ = menu.hide_popover();
        }
    };
    let name = (!words).then(|| label.clone());
    view! {
        <div class="menu-host" on:keydown=keydown>
            <button type="button" id=id class=button_class(variant, size, bare) popovertarget=popover.clone() aria-haspopup="true" title=name>
                {some(avatar).map(|name| view! { <Avatar name=name/> })}
                {(bare || icon.is_some()).then(|| glyph(icon.unwrap_or(Icon::More), false))}
                <span class=if words { "" } else { "sr-only" }>{label}</span>
                {(!bare).then(|| glyph(Icon::ChevronDown, false))}
            </button>
            <div id=popover popover="auto" node_ref=node class="menu-box" on:click=close>
                <ul>{children()}</ul>
            </div>
        </div>
    }
    .into_any()
}

/// Moves the focus to the next or the previous entry, round the ends.
fn walk(menu: &HtmlElement, step: i32) {
    let Ok(entries) = menu.query_selector_all("a[href], button:not(:disabled)") else { return };
    let count = i32::try_from(entries.length()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let active = document().active_element();
    let at = (0..count).find(|index| {
        u32::try_from(*index)
            .ok()
            .and_then(|index| entries.item(index))
            .is_some_and(|entry| active.as_ref().is_some_and(|active| active.is_same_node(Some(&entry))))
    });
    let next = match at {
        Some(at) => (at + step).rem_euclid(count),
        None if step > 0 => 0,
        None => count - 1,
    };
    if let Some(entry) = u32::try_from(next).ok().and_then(|index| entries.item(index)) {
        let _ = entry.unchecked_ref::<HtmlElement>().focus();
    }
}

/// An entry that leads somewhere.
///
/// On the server: a plain link.
#[component]
pub fn MenuLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// Its words.
    #[prop(into)]
    label: String,
    /// A picture before them.
    #[prop(optional)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! { <li><a class="menu-entry" href=href>{icon.map(|icon| glyph(icon, false))}{label}</a></li> }.into_any()
}

/// An entry that does something in the page.
///
/// On the server: plain markup; it needs the WASM.
#[component]
pub fn MenuAction(
    /// Its words.
    #[prop(into)]
    label: String,
    /// A picture before them.
    #[prop(optional)]
    icon: Option<Icon>,
    /// It removes or breaks something.
    #[prop(optional)]
    danger: bool,
    /// A sentence when it cannot be used now, shown below the words; empty when it can.
    #[prop(optional, into)]
    disabled_because: String,
    /// Called when it is chosen.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let usable = disabled_because.is_empty();
    let press = move |event: web_sys::MouseEvent| {
        if usable {
            on_press.run(());
        } else {
            event.stop_propagation();
        }
    };
    view! {
        <li>
            <button type="button" class=if danger { "menu-entry text-bad" } else { "menu-entry" } aria-disabled=(!usable).then_some("true") on:click=press>
                {icon.map(|icon| glyph(icon, false))}
                <span class="min-w-0">{label}{some(disabled_because).map(|reason| view! { <span class="block text-xs text-quiet">{reason}</span> })}</span>
            </button>
        </li>
    }
    .into_any()
}

/// An entry that posts a form, such as signing out.
///
/// On the server: a real form, so it works before the WASM arrives.
#[component]
pub fn MenuForm(
    /// Where it posts.
    #[prop(into)]
    action: String,
    /// Its words.
    #[prop(into)]
    label: String,
    /// A picture before them.
    #[prop(optional)]
    icon: Option<Icon>,
    /// It removes or breaks something.
    #[prop(optional)]
    danger: bool,
    /// What is posted: names and values.
    #[prop(optional)]
    fields: Vec<(String, String)>,
) -> impl IntoView {
    let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    view! {
        <li>
            <form method="post" action=action>
                {fields}
                <button type="submit" class=if danger { "menu-entry text-bad" } else { "menu-entry" }>{icon.map(|icon| glyph(icon, false))}{label}</button>
            </form>
        </li>
    }
    .into_any()
}

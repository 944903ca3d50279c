//! Nothing typed is lost by a wrong click.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlAnchorElement, MouseEvent};

use crate::{
    dom::{follow, on_window, on_window_first, target_element},
    feedback::ConfirmDialog,
};

/// What a leave guard found. From [`use_leave_guard`].
#[derive(Clone, Copy)]
pub struct LeaveGuard {
    /// `true` while the person has to be asked.
    pub asking: RwSignal<bool>,
    target: RwSignal<String>,
    passing: RwSignal<bool>,
}

impl LeaveGuard {
    /// The person wants to go: goes on to where the link led.
    pub fn leave(&self) {
        self.asking.set(false);
        self.passing.set(true);
        follow(&self.target.get_untracked());
        self.passing.set(false);
    }
}

/// While `dirty`: closing or reloading the page asks (in the browser's own words), and a click on a link inside the console is
/// held back until the person has answered. The browser's Back button cannot be held back.
///
/// On the server: does nothing.
pub fn use_leave_guard(dirty: Signal<bool>) -> LeaveGuard {
    let guard = LeaveGuard { asking: RwSignal::new(false), target: RwSignal::new(String::new()), passing: RwSignal::new(false) };
    on_window("beforeunload", move |event| {
        if dirty.get_untracked() {
            event.prevent_default();
        }
    });
    on_window_first("click", move |event| {
        if !dirty.get_untracked() || guard.passing.get_untracked() {
            return;
        }
        if let Some(href) = leads_away(&event) {
            event.prevent_default();
            event.stop_propagation();
            guard.target.set(href);
            guard.asking.set(true);
        }
    });
    guard
}

/// The address a click would replace this page with.
fn leads_away(event: &web_sys::Event) -> Option<String> {
    let mouse: &MouseEvent = event.dyn_ref()?;
    if mouse.button() != 0 || mouse.meta_key() || mouse.ctrl_key() || mouse.shift_key() || mouse.alt_key() {
        return None;
    }
    let link: HtmlAnchorElement = target_element(event)?.closest("a[href]").ok()??.dyn_into().ok()?;
    let stays = !link.target().is_empty() || link.has_attribute("download");
    let location = window().location();
    let same_page = link.pathname() == location.pathname().unwrap_or_default() && link.search() == location.search().unwrap_or_default();
    (!stays && !same_page).then(|| link.href())
}

/// [`use_leave_guard`] with its question. `SaveBar` brings it along.
///
/// On the server: a closed dialog.
#[component]
pub fn LeaveGuardDialog(
    /// Something would be lost.
    #[prop(into)]
    dirty: Signal<bool>,
) -> impl IntoView {
    let guard = use_leave_guard(dirty);
    view! {
        <ConfirmDialog
            id="leave"
            open=guard.asking
            title="Leave without saving?"
            sentence="What you changed on this page is not saved yet."
            confirm="Leave"
            cancel="Stay"
            danger=true
            on_confirm=move || guard.leave()
        />
    }
    .into_any()
}

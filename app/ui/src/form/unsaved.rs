//! Whether the page holds something that would be lost if it were drawn anew.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Counts what would be lost. From [`use_unsaved`].
#[derive(Clone, Copy)]
pub struct Unsaved(RwSignal<u32>);

impl Unsaved {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(0))
    }

    /// `true` while something would be lost: a form that differs from what is stored, or a secret that is shown once.
    pub fn any(&self) -> bool {
        self.0.get() > 0
    }

    /// Counts while `held`, for as long as the component lives that calls this. Every `Form` does it by itself.
    pub fn hold(&self, held: Signal<bool>) {
        let count = self.0;
        // Not a stored value: it has to outlive the component by its clean-up.
        let counted = Arc::new(AtomicBool::new(false));
        let follow = move |now: bool| {
            let before = counted.swap(now, Ordering::Relaxed);
            // `None`: the console is gone already.
            let _ = match (before, now) {
                (false, true) => count.try_update(|count| *count += 1),
                (true, false) => count.try_update(|count| *count = count.saturating_sub(1)),
                _ => None,
            };
        };
        let at_the_end = follow.clone();
        Effect::new(move |_| follow(held.get()));
        on_cleanup(move || at_the_end(false));
    }
}

/// What would be lost if the page were drawn anew; nothing ever is outside `Ui`.
pub fn use_unsaved() -> Unsaved {
    use_context::<Unsaved>().unwrap_or_else(Unsaved::new)
}

/// Whether the person is in the middle of a text outside any form's care, such as a search that is not sent yet.
///
/// On the server: must not be called (only events and effects call it).
pub fn is_writing() -> bool {
    let Some(element) = document().active_element() else { return false };
    if !element.closest("#main").is_ok_and(|main| main.is_some()) {
        return false;
    }
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        return !matches!(input.type_().as_str(), "checkbox" | "radio" | "button" | "submit" | "file") && input.value() != input.default_value();
    }
    if let Some(area) = element.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        return area.default_value().is_ok_and(|stored| stored != area.value());
    }
    element.has_attribute("contenteditable")
}

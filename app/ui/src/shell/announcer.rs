//! Saying to screen readers what happened elsewhere than at the focus.

use leptos::prelude::*;

/// Says things. From [`use_announcer`].
#[derive(Clone, Copy)]
pub struct Announcer {
    polite: RwSignal<String>,
    urgent: RwSignal<String>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self { polite: RwSignal::new(String::new()), urgent: RwSignal::new(String::new()) }
    }

    /// Says it when there is a pause.
    pub fn say(&self, text: impl Into<String>) {
        put(self.polite, text.into());
    }

    /// Says it at once, and shows it to nobody: use a toast when it must be seen.
    pub fn alert(&self, text: impl Into<String>) {
        put(self.urgent, text.into());
    }
}

/// The same words twice are only read twice when the region changed between.
fn put(region: RwSignal<String>, text: String) {
    let _ = region.try_update(|shown| *shown = if *shown == text { format!("{text}\u{a0}") } else { text });
}

/// The announcer of the page. Outside of `Ui` nothing is said.
///
/// On the server: gives an announcer that says nothing.
pub fn use_announcer() -> Announcer {
    use_context().unwrap_or_else(Announcer::new)
}

/// The regions screen readers listen to; `Ui` brings them along.
///
/// On the server: two empty regions.
#[component]
pub fn LiveAnnouncer() -> impl IntoView {
    let announcer = use_announcer();
    view! {
        <div class="sr-only" role="status" aria-live="polite">{announcer.polite}</div>
        <div class="sr-only" role="alert">{announcer.urgent}</div>
    }
    .into_any()
}

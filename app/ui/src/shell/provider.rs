//! Everything the components need around them.

use leptos::prelude::*;

use super::{
    announcer::{Announcer, LiveAnnouncer},
    sheet::ShortcutSheet,
    shortcuts::{Shortcuts, use_shortcut},
};
use crate::{
    feedback::{ToastRegion, Toaster},
    form::Unsaved,
};

/// Goes once around the whole console: messages, announcements, shortcuts and their sheet.
///
/// It marks `<html data-alive>` once the page is alive, for tests and for styles.
///
/// On the server: the children and empty live regions.
#[component]
pub fn Ui(
    /// The console.
    children: Children,
) -> impl IntoView {
    let shortcuts = Shortcuts::new();
    provide_context(Announcer::new());
    provide_context(Toaster::new());
    provide_context(Unsaved::new());
    provide_context(shortcuts);
    shortcuts.listen();
    use_shortcut("?", "This list", move || shortcuts.sheet.set(true));
    use_shortcut("/", "Search this page", focus_search);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-alive", "");
        }
    });
    view! {
        {children()}
        <ToastRegion/>
        <LiveAnnouncer/>
        <ShortcutSheet/>
    }
    .into_any()
}

/// Moves the focus to the page's search box, if it has one.
fn focus_search() {
    use wasm_bindgen::JsCast;
    if let Ok(Some(element)) = document().query_selector("#main input[type=search]")
        && let Some(element) = element.dyn_ref::<web_sys::HtmlElement>()
    {
        let _ = element.focus();
    }
}

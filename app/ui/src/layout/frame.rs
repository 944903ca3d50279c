//! The console's frame: navigation, top bar, content.

use leptos::prelude::*;

use super::Brand;
use crate::{
    dom::element_by_id,
    icon::{Icon, glyph},
};

/// Id of the navigation, which is a popover below 1024 px: it opens and closes without any WASM.
const NAVIGATION: &str = "navigation";

/// The path shown now; [`super::NavItem`] marks itself by it.
#[derive(Clone, Copy)]
pub(crate) struct CurrentPath(pub Signal<String>);

/// The frame around every page of a signed-in person: skip link, left navigation, top bar, content.
///
/// Below 1024 px the navigation is a drawer.
///
/// On the server: plain markup; the drawer is a native popover, so it works before the WASM arrives.
#[component]
pub fn AppFrame(
    /// The path shown now (`use_location().pathname`).
    #[prop(into)]
    path: Signal<String>,
    /// Where the product's name leads.
    #[prop(into, default = "/".to_owned())]
    home: String,
    /// The organisation, shown under the product's name.
    #[prop(optional, into)]
    organisation: Signal<String>,
    /// `NavSection`s and `NavItem`s.
    #[prop(into)]
    navigation: ViewFnOnce,
    /// What stands at the right of the top bar.
    #[prop(into)]
    top_bar: ViewFnOnce,
    /// A `Banner` above everything.
    #[prop(optional, into)]
    banner: ViewFnOnce,
    /// The page.
    children: Children,
) -> impl IntoView {
    provide_context(CurrentPath(path));
    let close_drawer = move |_| {
        if let Some(drawer) = element_by_id(NAVIGATION) {
            // Throws when it is not open as a popover, which is the usual case on a wide screen.
            let _ = drawer.hide_popover();
        }
    };
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            close_drawer(());
        }
        now
    });
    view! {
        <a href="#main" class="skip-link" rel="external">"Skip to content"</a>
        {banner.run()}
        <div class="app-frame">
            <nav id=NAVIGATION popover="auto" class="app-navigation" aria-label="Main">
                <div class="flex h-13 shrink-0 items-center justify-between gap-2 px-4">
                    <a href=home class="min-w-0 rounded-field">
                        <Brand/>
                    </a>
                    <button type="button" class="btn btn-ghost btn-square lg:hidden" popovertarget=NAVIGATION popovertargetaction="hide" aria-label="Close navigation">
                        {glyph(Icon::Cross, false)}
                    </button>
                </div>
                <p class="truncate px-4 pb-2 text-xs text-quiet" hidden=move || organisation.read().is_empty()>{organisation}</p>
                <div class="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-y-auto px-2.5 py-2">{navigation.run()}</div>
            </nav>
            <div class="app-body">
                <header class="app-top">
                    <button type="button" class="btn btn-ghost btn-square lg:hidden" popovertarget=NAVIGATION aria-label="Open navigation">
                        {glyph(Icon::Menu, true)}
                    </button>
                    <div class="ms-auto flex min-w-0 items-center gap-1.5">{top_bar.run()}</div>
                </header>
                <main id="main" tabindex="-1" class="app-main">{children()}</main>
            </div>
        </div>
    }
    .into_any()
}

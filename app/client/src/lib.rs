//! The console's WASM entry.
#![forbid(unsafe_code)]

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server sent, and says so with `data-hydrated` on the root element once the page's own lazy part is
/// there too: the browser tests wait for that.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let document = leptos::prelude::document();
    let Some(body) = document.body() else { return };
    leptos::mount::hydrate_from_async(body, app::App).await.forget();
    if let Some(root) = document.document_element() {
        // It cannot fail: the name is valid.
        let _set = root.set_attribute("data-hydrated", "true");
    }
}

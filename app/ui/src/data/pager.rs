//! From page to page of a list.

use leptos::prelude::*;

use super::list_url::ListUrl;
use crate::{
    dom::use_ready,
    icon::{Icon, glyph},
};

/// First, previous and next page. Pages are cursors, so there are no numbers; "previous" is the browser's own way back.
///
/// On the server: links to the first and the next page; "previous" appears with the WASM.
#[component]
pub fn Pager(
    /// The address of the list as it is shown now.
    url: ListUrl,
    /// The cursor of the next page; empty on the last.
    #[prop(into)]
    next: String,
    /// How many rows this page shows; 0 to say nothing.
    #[prop(optional)]
    shown: usize,
) -> impl IntoView {
    let ready = use_ready();
    let later = !url.get("after").is_empty();
    if !later && next.is_empty() {
        return ().into_any();
    }
    let back = move |_| {
        if let Ok(history) = window().history() {
            let _ = history.back();
        }
    };
    let (first, next_href) = (url.without("after").href(), url.with("after", &next).href());
    view! {
        <nav class="flex flex-wrap items-center justify-end gap-2 pt-3" aria-label="Pages">
            {(shown > 0).then(|| view! { <p class="me-auto text-quiet tabular-nums">{shown}" on this page"</p> })}
            {later.then(|| view! {
                <a class="btn btn-sm btn-secondary-plain" href=first>"First page"</a>
                <button type="button" class="btn btn-sm btn-secondary-plain" hidden=move || !ready.get() on:click=back>
                    {glyph(Icon::ChevronLeft, false)}
                    "Previous"
                </button>
            })}
            {if next.is_empty() {
                view! { <span class="text-quiet">"Last page"</span> }.into_any()
            } else {
                view! { <a class="btn btn-sm btn-secondary-plain" rel="next" href=next_href>"Next"{glyph(Icon::ChevronRight, false)}</a> }.into_any()
            }}
        </nav>
    }
    .into_any()
}

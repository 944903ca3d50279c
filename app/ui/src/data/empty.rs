//! Nothing there yet.

use leptos::prelude::*;

use crate::icon::{Icon, glyph};

/// What a list says when it is empty: what would be here, and the one thing to do about it.
///
/// On the server: plain markup.
#[component]
pub fn EmptyState(
    /// A picture of what would be here.
    icon: Icon,
    /// A short sentence: `No address yet`.
    #[prop(into)]
    title: String,
    /// What it is good for, or how to get there.
    #[prop(optional, into)]
    sentence: String,
    /// One button or link.
    #[prop(optional, into)]
    action: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class="grid justify-items-center gap-1 px-4 py-12 text-center">
            <span class="mb-2 rounded-full bg-base-200 p-3 text-quiet">{glyph(icon, true)}</span>
            <p class="font-semibold">{title}</p>
            {(!sentence.is_empty()).then(|| view! { <p class="max-w-md text-quiet text-balance">{sentence}</p> })}
            <div class="mt-3 empty:hidden">{action.run()}</div>
        </div>
    }
    .into_any()
}

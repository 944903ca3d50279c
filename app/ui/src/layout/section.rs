//! Parts of a page.

use leptos::prelude::*;

use crate::button::some;

/// A part of a settings page: what it is about on the left, its fields on the right (below each other under 1024 px).
///
/// On the server: plain markup.
#[component]
pub fn Section(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// One or two sentences on what it decides.
    #[prop(optional, into)]
    help: String,
    /// Its id, so that links can lead to it.
    #[prop(optional, into)]
    id: String,
    /// Fields.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="settings-section" id=some(id)>
            <div class="min-w-0">
                <h2 class="font-semibold">{title}</h2>
                {(!help.is_empty()).then(|| view! { <p class="mt-1 text-quiet text-pretty">{help}</p> })}
            </div>
            <div class="grid min-w-0 max-w-2xl gap-4">{children()}</div>
        </section>
    }
    .into_any()
}

/// A framed part of a page.
///
/// On the server: plain markup.
#[component]
pub fn Card(
    /// Its heading; empty for none.
    #[prop(optional, into)]
    title: String,
    /// One sentence below the heading.
    #[prop(optional, into)]
    sentence: String,
    /// Its id, so that links can lead to it.
    #[prop(optional, into)]
    id: String,
    /// Buttons at the right of the heading.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// Content.
    children: Children,
) -> impl IntoView {
    let heading = !title.is_empty();
    view! {
        <section class="card-plain" id=some(id)>
            {heading.then(|| view! {
                <div class="flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
                    <div class="min-w-0">
                        <h2 class="font-semibold">{title}</h2>
                        {(!sentence.is_empty()).then(|| view! { <p class="text-quiet">{sentence}</p> })}
                    </div>
                    <div class="flex flex-wrap items-center gap-2">{actions.run()}</div>
                </div>
            })}
            {children()}
        </section>
    }
    .into_any()
}

//! A page that could not be shown.

use leptos::prelude::*;

use super::copy::CopyButton;
use crate::button::some;

/// What a person sees instead of a page: what happened, what to do, and what to quote.
///
/// On the server: plain markup; the status of the answer is the caller's.
#[component]
pub fn ErrorPage(
    /// The status or code, small above the title: `404`.
    #[prop(into)]
    code: String,
    /// What happened, in a few words: the page's `h1`.
    #[prop(into)]
    title: String,
    /// One sentence.
    #[prop(into)]
    sentence: String,
    /// What the person can do; empty for nothing.
    #[prop(optional, into)]
    advice: String,
    /// The id to quote; empty for none.
    #[prop(optional, into)]
    reference: String,
    /// One button or link; a way home when not given.
    #[prop(optional, into)]
    action: Option<ViewFnOnce>,
) -> impl IntoView {
    let action = match action {
        Some(action) => action.run(),
        None => view! { <a class="btn btn-secondary-plain" href="/">"Go to the start page"</a> }.into_any(),
    };
    view! {
        <div class="grid justify-items-center gap-2 px-4 py-16 text-center">
            <p class="font-mono text-quiet">{code}</p>
            <h1 class="text-xl font-semibold text-balance">{title}</h1>
            <p class="max-w-md text-balance">{sentence}</p>
            {some(advice).map(|advice| view! { <p class="max-w-md text-quiet text-balance">{advice}</p> })}
            {some(reference).map(|reference| view! {
                <p class="copy-text">
                    <span class="text-quiet">"Reference"</span>
                    <code>{reference.clone()}</code>
                    <CopyButton text=reference label="Copy reference"/>
                </p>
            })}
            <div class="mt-4">{action}</div>
        </div>
    }
    .into_any()
}

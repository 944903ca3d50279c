//! Messages that stay.

use leptos::prelude::*;

use crate::{icon::glyph, tone::Tone};

/// A message in the page, with at most one action.
///
/// On the server: plain markup.
#[component]
pub fn Alert(
    /// What it means.
    tone: Tone,
    /// A short sentence.
    #[prop(into)]
    title: String,
    /// More words; empty for none.
    #[prop(optional, into)]
    sentence: String,
    /// It just appeared: read it out at once.
    #[prop(optional)]
    urgent: bool,
    /// One button or link.
    #[prop(optional, into)]
    action: ViewFnOnce,
    /// More content below the words.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=format!("alert-plain {}", tone.class()) role=if urgent { "alert" } else { "note" }>
            {glyph(tone.icon(), false)}
            <div class="grid min-w-0 flex-1 gap-1">
                <p class="font-medium">{title}</p>
                {(!sentence.is_empty()).then(|| view! { <p>{sentence}</p> })}
                {children.map(|children| children())}
            </div>
            <div class="empty:hidden">{action.run()}</div>
        </div>
    }
    .into_any()
}

/// A message across the whole window, above everything: the service is being updated, a support person is inside.
///
/// On the server: plain markup.
#[component]
pub fn Banner(
    /// What it means.
    tone: Tone,
    /// One sentence.
    #[prop(into)]
    sentence: String,
    /// One button or link.
    #[prop(optional, into)]
    action: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class=format!("banner {}", tone.class()) role="status">
            {glyph(tone.icon(), false)}
            <p class="min-w-0">{sentence}</p>
            <div class="empty:hidden">{action.run()}</div>
        </div>
    }
    .into_any()
}

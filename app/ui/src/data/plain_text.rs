//! Text as it was written.

use leptos::prelude::*;

/// Text with its own line breaks, wrapped where lines are too long.
///
/// On the server: plain markup; the text is escaped.
#[component]
pub fn PlainText(
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <p class="whitespace-pre-wrap wrap-anywhere" dir="auto">{text}</p> }.into_any()
}

//! The frame of one part of the gallery.

use leptos::prelude::*;

use crate::layout::Card;

/// One part with an anchor.
///
/// On the server: plain markup.
#[component]
pub fn Part(
    /// The anchor.
    #[prop(into)]
    id: String,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Components.
    children: Children,
) -> impl IntoView {
    view! { <Card id=id title=title>{children()}</Card> }.into_any()
}

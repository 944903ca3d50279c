//! The page around sign-in and first run: no navigation, one card.

use leptos::prelude::*;
use leptos_meta::Title;
use ui::{CenteredPage, Ui};

/// A page for people who are not signed in.
#[component]
pub fn BlankPage(
    /// Of the document and of the card.
    #[prop(into)]
    title: String,
    /// One sentence below it.
    #[prop(optional, into)]
    sentence: String,
    /// The card's content.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <Ui>
            <CenteredPage title=title sentence=sentence>{children()}</CenteredPage>
        </Ui>
    }
}

//! The hidden page that shows every component in every state, for the eye and for the browser tests.

use leptos::prelude::*;
use leptos_meta::Title;
use ui::gallery::Gallery;

use super::parts::Screen;

/// `/gallery`
pub(super) struct GalleryPage;

impl Screen for GalleryPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Title text="Gallery"/><Gallery/> }.into_any()
    }
}

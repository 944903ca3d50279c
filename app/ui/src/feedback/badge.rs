//! Status as icon, word and colour.

use leptos::prelude::*;

use crate::{
    icon::{Icon, glyph},
    tone::Tone,
};

/// A status: sign, word and colour together, so that none of them is needed alone.
///
/// On the server: plain markup.
#[component]
pub fn StatusChip(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The word.
    #[prop(into)]
    label: String,
    /// Another sign than the tone's own.
    #[prop(optional)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <span class=format!("status-chip {}", tone.class())>
            {glyph(icon.unwrap_or(tone.icon()), false)}
            {label}
        </span>
    }
    .into_any()
}

/// A word or a count without a meaning of its own: a tag, a channel, a role.
///
/// On the server: plain markup.
#[component]
pub fn Badge(
    /// The word.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! { <span class="badge-plain">{label}</span> }.into_any()
}

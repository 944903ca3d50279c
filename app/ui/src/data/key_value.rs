//! Facts about one thing.

use leptos::prelude::*;

/// One fact: its name and its value.
pub struct Pair {
    label: String,
    value: AnyView,
}

impl Pair {
    /// A fact with any view as its value.
    pub fn new(label: impl Into<String>, value: impl IntoView + 'static) -> Self {
        Self { label: label.into(), value: value.into_any() }
    }

    /// A fact in words; an empty text shows a dash.
    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        let value = value.into();
        if value.is_empty() {
            Self::new(label, view! { <span class="text-quiet">"–"</span> })
        } else {
            Self::new(label, view! { <bdi>{value}</bdi> })
        }
    }
}

/// A list of facts: names on the left, values on the right.
///
/// On the server: plain markup.
#[component]
pub fn KeyValue(
    /// The facts.
    items: Vec<Pair>,
) -> impl IntoView {
    let rows = items.into_iter().map(|pair| view! { <div class="key-value-row"><dt>{pair.label}</dt><dd>{pair.value}</dd></div> }).collect_view();
    view! { <dl class="key-value">{rows}</dl> }.into_any()
}

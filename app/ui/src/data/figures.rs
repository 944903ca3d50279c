//! Numbers, and how far something is.

use leptos::prelude::*;

use crate::button::some;

/// One number with its name.
///
/// On the server: plain markup.
#[component]
pub fn Stat(
    /// What is counted.
    #[prop(into)]
    label: String,
    /// The number, formatted.
    #[prop(into)]
    value: String,
    /// What it is compared with, or over which time.
    #[prop(optional, into)]
    note: String,
) -> impl IntoView {
    view! {
        <div class="card-plain gap-0.5">
            <span class="text-quiet">{label}</span>
            <span class="text-2xl font-semibold tabular-nums">{value}</span>
            {some(note).map(|note| view! { <span class="text-xs text-quiet">{note}</span> })}
        </div>
    }
    .into_any()
}

/// How far long work is.
///
/// On the server: plain markup.
#[component]
pub fn Progress(
    /// What is under way, shown above.
    #[prop(into)]
    label: String,
    /// How much is done.
    #[prop(into)]
    done: Signal<u32>,
    /// Of how much; 0 when it is not known yet.
    #[prop(into)]
    total: Signal<u32>,
) -> impl IntoView {
    let name = label.clone();
    view! {
        <div class="grid gap-1">
            <div class="flex justify-between gap-3">
                <span>{label}</span>
                <span class="text-quiet tabular-nums">{move || (total.get() > 0).then(|| format!("{} of {}", done.get(), total.get()))}</span>
            </div>
            <progress
                class="progress"
                aria-label=name
                value=move || (total.get() > 0).then(|| done.get().to_string())
                max=move || total.get().max(1).to_string()
            ></progress>
        </div>
    }
    .into_any()
}

//! Things to be photographed, written down and kept.

use leptos::prelude::*;

use crate::{
    button::{Button, Size},
    dom::use_ready,
    feedback::CopyButton,
    icon::Icon,
};

/// A picture of squares to be read by another device's camera. Black on white in every theme: cameras expect that.
///
/// On the server: plain SVG.
#[component]
pub fn QrImage(
    /// What it is, read out.
    #[prop(into)]
    label: String,
    /// Squares on each side.
    size: u32,
    /// The dark squares, as an SVG path in units of one square.
    #[prop(into)]
    path: String,
) -> impl IntoView {
    view! {
        <svg class="size-48 rounded-field bg-white text-black" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label shape-rendering="crispEdges">
            <path d=path fill="currentColor"></path>
        </svg>
    }
    .into_any()
}

/// Codes that are shown once: to be copied, downloaded or printed.
///
/// On the server: a plain list and a plain download link; copying and printing need the WASM.
#[component]
pub fn CodeSheet(
    /// What they are, read out and shown above.
    #[prop(into)]
    label: String,
    /// Name of the downloaded file.
    #[prop(into)]
    file_name: String,
    /// The codes.
    codes: Vec<String>,
) -> impl IntoView {
    let text = codes.join("\n");
    // Letters, digits and hyphens only, so nothing needs escaping but the line breaks.
    let address = format!("data:text/plain;charset=utf-8,{}%0A", codes.join("%0A"));
    let ready = use_ready();
    let print = move || {
        if let Some(window) = web_sys::window() {
            // A browser that cannot print has nothing to say about it either.
            let _ = window.print();
        }
    };
    view! {
        <figure class="grid min-w-0 gap-2">
            <figcaption class="text-xs text-quiet">{label.clone()}</figcaption>
            <ul class="code-sheet">{codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}</ul>
            <div class="flex flex-wrap items-center gap-2 print:hidden">
                <CopyButton text=text label=format!("Copy {label}") words="Copy"/>
                <a class="btn btn-sm btn-secondary-plain" href=address download=file_name rel="external">"Download"</a>
                <span hidden=move || !ready.get()><Button size=Size::Small icon=Icon::File on_press=print>"Print"</Button></span>
            </div>
        </figure>
    }
    .into_any()
}

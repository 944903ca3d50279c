//! Text to be taken along exactly.

use leptos::prelude::*;

use crate::feedback::CopyButton;

/// A read-only block of text with a copy button.
///
/// On the server: plain markup; copying needs the WASM.
#[component]
pub fn CodeBlock(
    /// What it is, read out and shown above.
    #[prop(into)]
    label: String,
    /// The text.
    #[prop(into)]
    text: String,
    /// Long lines wrap.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    let class = if wrap { "verbatim m-0 whitespace-pre-wrap break-all" } else { "verbatim m-0" };
    view! {
        <figure class="grid min-w-0 gap-1">
            <figcaption class="flex items-center justify-between gap-2 text-xs text-quiet">
                {label.clone()}
                <CopyButton text=text.clone() label=format!("Copy {label}")/>
            </figcaption>
            <pre class=class tabindex="0">{text}</pre>
        </figure>
    }
    .into_any()
}

/// One value to be copied: an address, a key's name, an id.
///
/// On the server: plain markup; copying needs the WASM.
#[component]
pub fn CopyText(
    /// What it is, read out.
    #[prop(into)]
    label: String,
    /// The value.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <span class="copy-text">
            <code class="min-w-0 break-all">{text.clone()}</code>
            <CopyButton text=text label=format!("Copy {label}")/>
        </span>
    }
    .into_any()
}

/// One short code that a person has to see at once, shown large, with a way to copy it.
///
/// On the server: plain markup; copying needs the WASM.
#[component]
pub fn BigCode(
    /// What it is, read out and shown above.
    #[prop(into)]
    label: String,
    /// The code.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    view! {
        <div class="grid justify-items-start gap-1">
            <span class="text-xs text-quiet">{label.clone()}</span>
            <span class="flex items-center gap-2">
                <code class="text-3xl font-semibold tracking-wider tabular-nums">{code.clone()}</code>
                <CopyButton text=code label=format!("Copy {label}")/>
            </span>
        </div>
    }
    .into_any()
}

//! The HTML around the console.

use leptos::{WasmSplitManifest, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{App, server::RequestState};

/// Addresses of the files that make the console come alive, hash in the path; known once, when the process starts.
#[derive(Clone, Debug, Default)]
pub struct WebBuild {
    /// The style sheet.
    pub css: String,
    /// The glue script; empty without a web build: pages then read and forms post, nothing more.
    pub js: String,
    /// The WASM.
    pub wasm: String,
    /// Which chunks each lazily loaded page needs, so that they load beside the main part and not after it.
    pub split: Option<WasmSplitManifest>,
}

/// The whole document.
pub fn document(build: WebBuild) -> impl IntoView {
    // Without the attribute the style sheet follows the system.
    let theme = RequestState::current().map(|state| state.theme).unwrap_or_default().attribute();
    if let Some(split) = build.split.clone() {
        provide_context(split);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {(!build.css.is_empty()).then(|| view! { <link rel="stylesheet" href=build.css/> })}
                {(!build.js.is_empty()).then(|| scripts(build.js, build.wasm))}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Starts the WASM; both files begin to load before the script runs.
fn scripts(js: String, wasm: String) -> impl IntoView {
    // `start` finds the WASM beside itself.
    let start = format!("import start,{{hydrate}} from {js:?};await start();hydrate();");
    view! {
        <link rel="modulepreload" href=js/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{start}</script>
    }
}

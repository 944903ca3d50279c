//! Somebody else's HTML, kept away from ours.

use leptos::{html, prelude::*};

use crate::{button::some, dom::use_ready};

/// Room around the body, in pixels.
const MARGIN: i32 = 16;
/// Tallest frame in pixels; longer mails scroll inside it.
const TALLEST: i32 = 2000;

/// Makes the frame as tall as what it shows.
fn fit(node: NodeRef<html::Iframe>) {
    let Some(frame) = node.get_untracked() else { return };
    // The body's own height: the root is never lower than the frame it stands in.
    let height = frame.content_document().and_then(|document| document.body()).map_or(0, |body| body.offset_height() + 2 * MARGIN);
    if height > 2 * MARGIN {
        // Set through the object model, which the strict policy allows. A refused value leaves the default height.
        let _ = web_sys::HtmlElement::style(&frame).set_property("height", &format!("{}px", (height + 2).min(TALLEST)));
    }
}

/// HTML from outside in a frame without scripts or forms. It is cleaned by the server before; the frame is the second wall.
///
/// The frame keeps its origin, so that the mail's inline images are asked for with the reader's session; without scripts nothing in it can use that.
///
/// Give `src`, an address whose answer carries its own policy, when the HTML has styles: a frame made from `html` inherits the
/// console's policy, which shows the text without its inline styles. Links open in a new tab; the frame grows with what it shows.
///
/// On the server: the frame with its address or content, so it reads before the WASM arrives.
#[component]
pub fn HtmlFrame(
    /// What it shows, read out.
    #[prop(into)]
    title: String,
    /// The address of the cleaned HTML.
    #[prop(optional, into)]
    src: String,
    /// The cleaned HTML itself, when there is no address.
    #[prop(optional, into)]
    html: String,
) -> impl IntoView {
    let node = NodeRef::<html::Iframe>::new();
    let ready = use_ready();
    // The document may have been there before the WASM: then its `load` has gone by.
    Effect::new(move |_| {
        if ready.get() {
            fit(node);
        }
    });
    // Mail is written for white paper: it stays light in the dark theme.
    let document = src.is_empty().then(|| {
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; img-src data: cid:; style-src 'unsafe-inline'\"><base target=\"_blank\">\
             <meta name=\"color-scheme\" content=\"light\"></head><body>{html}</body></html>"
        )
    });
    view! {
        <iframe
            node_ref=node
            class="html-frame"
            on:load=move |_| fit(node)
            title=title
            sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
            referrerpolicy="no-referrer"
            src=some(src)
            srcdoc=document
        ></iframe>
    }
    .into_any()
}

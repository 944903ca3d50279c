//! Taking a text along.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    dom::copy_text,
    icon::{Icon, glyph},
    shell::use_announcer,
};

/// How long the button shows that it worked.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies a text, says "Copied" to screen readers and shows it for two seconds.
///
/// On the server: plain markup; copying needs the WASM.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What the button does, read out: `Copy forwarding address`.
    #[prop(into, default = "Copy".to_owned())]
    label: String,
    /// Words on the button instead of the picture alone.
    #[prop(optional, into)]
    words: String,
) -> impl IntoView {
    let announcer = use_announcer();
    let copied = RwSignal::new(false);
    let press = move |_| {
        copy_text(&text.get_untracked(), move |worked| {
            if worked {
                announcer.say("Copied");
                let _ = copied.try_set(true);
                set_timeout(
                    move || {
                        let _ = copied.try_set(false);
                    },
                    SHOWN,
                );
            } else {
                announcer.alert("The browser did not allow copying. Select the text and copy it yourself.");
            }
        });
    };
    let title = label.clone();
    let class = if words.is_empty() { "btn btn-ghost btn-sm btn-square" } else { "btn btn-sm btn-secondary-plain" };
    view! {
        <button type="button" class=class aria-label=label title=title on:click=press data-copied=move || copied.get().then_some("")>
            {move || glyph(if copied.get() { Icon::Check } else { Icon::Copy }, false)}
            {(!words.is_empty()).then(|| view! { <span>{move || if copied.get() { "Copied".to_owned() } else { words.clone() }}</span> })}
        </button>
    }
    .into_any()
}

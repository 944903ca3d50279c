//! A secret that is stored and never shown again.

use leptos::{html, prelude::*};

use super::field::{below, required_mark, use_field};
use crate::{
    dom::{focus_id_soon, set_value},
    icon::{Icon, glyph},
};

/// A write-only secret: "•••••••• set 3 days ago · Replace". Nothing stored is ever in the page.
///
/// It posts an empty text unless the person replaces it, and an empty text means "keep what is stored".
///
/// On the server: a native `<details>`, so replacing works before the WASM arrives; a plain password input when nothing is stored.
#[component]
pub fn SecretInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// When it was set, such as `set 3 days ago`; empty when nothing is stored.
    #[prop(optional, into)]
    set_text: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in when nothing is stored.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; empty when it can.
    #[prop(optional, into)]
    disabled_because: String,
) -> impl IntoView {
    let handle = use_field(&name, &label, String::new(), !help.is_empty(), None);
    let stored = !set_text.is_empty();
    let usable = disabled_because.is_empty();
    let input = view! {
        <input
            type="password"
            id=handle.id.clone()
            name=name
            class="input"
            autocomplete="new-password"
            spellcheck="false"
            disabled=!usable
            required=required && !stored
            placeholder=stored.then_some("New value; leave empty to keep the stored one")
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:blur=handle.on_blur()
            on:input=handle.on_input()
        />
    };
    let control = if stored && usable {
        let node = NodeRef::<html::Details>::new();
        let id = handle.id.clone();
        let focus = move |_| {
            match node.get_untracked() {
                Some(details) if details.open() => focus_id_soon(id.clone()),
                // Closed again: a half-typed value must not be posted unseen.
                _ => set_value(&id, ""),
            }
        };
        view! {
            <details class="secret" node_ref=node on:toggle=focus>
                <summary>
                    {glyph(Icon::Lock, false)}
                    <span aria-hidden="true">"••••••••"</span>
                    <span class="min-w-0 flex-1 text-quiet">{set_text}</span>
                    <span class="secret-closed">"Replace"</span>
                    <span class="secret-open">"Keep the stored one"</span>
                </summary>
                {input}
            </details>
        }
        .into_any()
    } else {
        input.into_any()
    };
    view! {
        <div class="field">
            <label for=handle.id.clone() class="field-label">{label}{required_mark(required && !stored)}</label>
            {control}
            {below(&handle, help, disabled_because.into())}
        </div>
    }
    .into_any()
}

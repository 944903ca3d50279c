//! A password being typed: signing in, or choosing a new one.

use leptos::prelude::*;

use super::{
    context::Validator,
    field::{Field, use_field},
};
use crate::{
    dom::use_ready,
    icon::{Icon, glyph},
};

/// A password with a button that shows it.
///
/// On the server: a plain labelled password input; the button appears with the WASM. Never given a value.
#[component]
pub fn PasswordInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// `current-password` to sign in, `new-password` to choose one.
    #[prop(into)]
    autocomplete: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// Fewest characters; 0 for no limit.
    #[prop(optional)]
    min_length: u32,
    /// What is wrong with a text, if anything; asked on blur and before sending.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, String::new(), !help.is_empty(), validate);
    let (ready, visible) = (use_ready(), RwSignal::new(false));
    let control = view! {
        <div class="relative">
            <input
                type=move || if visible.get() { "text" } else { "password" }
                id=handle.id.clone()
                name=name
                class="input pe-10"
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                minlength=(min_length > 0).then(|| min_length.to_string())
                aria-invalid=handle.invalid()
                aria-describedby=handle.described_by()
                on:blur=handle.on_blur()
                on:input=handle.on_input()
            />
            <button
                type="button"
                class="btn btn-ghost btn-sm btn-square absolute inset-y-0 end-1 my-auto"
                hidden=move || !ready.get()
                aria-pressed=move || if visible.get() { "true" } else { "false" }
                aria-label="Show the password"
                title=move || if visible.get() { "Hide the password" } else { "Show the password" }
                on:click=move |_| visible.update(|visible| *visible = !*visible)
            >
                {move || glyph(if visible.get() { Icon::EyeOff } else { Icon::Eye }, false)}
            </button>
        </div>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required>{control}</Field> }.into_any()
}

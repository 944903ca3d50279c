//! The ends of a form.

use leptos::prelude::*;

use super::{context::FormContext, guard::LeaveGuardDialog};
use crate::{
    button::{Button, ButtonKind, LinkButton, Variant},
    dom::use_ready,
    icon::{Icon, glyph},
};

/// Save and Discard, at the bottom of the window while something is unsaved; also guards leaving the page. Inside a `Form`.
///
/// On the server: hidden for two seconds, then a plain submit button for a browser that runs no WASM (at once where scripts are off).
#[component]
pub fn SaveBar(
    /// The words of the saving button.
    #[prop(into, default = "Save".to_owned())]
    save: String,
    /// The words of the button that brings back what is stored.
    #[prop(into, default = "Discard".to_owned())]
    discard: String,
    /// A sentence when it cannot be saved now; empty when it can.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
) -> impl IntoView {
    let ready = use_ready();
    let form = use_context::<FormContext>();
    let dirty = form.map_or_else(Signal::default, |form| form.dirty());
    let pending = form.map_or_else(Signal::default, |form| form.pending());
    view! {
        <div
            class="save-bar"
            role="region"
            aria-label="Unsaved changes"
            data-ready=move || ready.get().then_some("")
            data-open=move || (dirty.get() || pending.get()).then_some("")
        >
            <p class="flex min-w-0 items-center gap-2" role="status">
                {move || dirty.get().then(|| view! {
                    <span class="contents text-caution">{glyph(Icon::Warning, false)}</span>
                    <span>"Unsaved changes"</span>
                })}
            </p>
            <div class="flex items-center gap-2">
                <Button kind=ButtonKind::Reset variant=Variant::Ghost>{discard}</Button>
                <Button kind=ButtonKind::Submit variant=Variant::Primary busy=pending disabled_because=disabled_because>{save}</Button>
            </div>
        </div>
        <LeaveGuardDialog dirty=dirty/>
    }
    .into_any()
}

/// A submit button and a way back, for forms that create something or ask once. Inside a `Form`.
///
/// On the server: a plain submit button and a plain link.
#[component]
pub fn FormActions(
    /// The words of the submit button.
    #[prop(into)]
    submit: String,
    /// Where Cancel leads; empty for no Cancel.
    #[prop(optional, into)]
    cancel: String,
    /// The button asks before leaving when something was typed.
    #[prop(default = true)]
    guard: bool,
    /// The submit button removes or breaks something.
    #[prop(optional)]
    danger: bool,
    /// The button takes the whole width, as on a sign-in card.
    #[prop(optional)]
    wide: bool,
    /// A sentence when it cannot be sent now; empty when it can.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
) -> impl IntoView {
    let form = use_context::<FormContext>();
    let dirty = form.map_or_else(Signal::default, |form| form.dirty());
    let pending = form.map_or_else(Signal::default, |form| form.pending());
    let variant = if danger { Variant::Danger } else { Variant::Primary };
    view! {
        <div class=if wide { "form-actions-wide" } else { "flex flex-wrap items-center gap-2" }>
            <Button kind=ButtonKind::Submit variant=variant busy=pending disabled_because=disabled_because>{submit}</Button>
            {(!cancel.is_empty()).then(|| view! { <LinkButton href=cancel variant=Variant::Ghost>"Cancel"</LinkButton> })}
        </div>
        {guard.then(|| view! { <LeaveGuardDialog dirty=dirty/> })}
    }
    .into_any()
}

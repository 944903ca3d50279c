//! Asking for attention before anything else goes on.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    button::{Button, Variant},
    dom::{element_by_id, focus_id_soon, target_element},
    icon::{Icon, glyph},
};

/// A dialog in front of the page: a native `<dialog>`, so the rest is out of reach, Escape closes it, and the focus goes back to
/// where it was. A press beside it closes it too.
///
/// It stands inside the form or page that opens it; it must not contain a form when it stands inside one.
///
/// On the server: a closed dialog.
#[component]
pub fn Dialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Opens and closes it; becomes `false` when the person closes it.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// For lists and tables.
    #[prop(optional)]
    wide: bool,
    /// Buttons at the bottom.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// Content.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    follow_open(node, open);
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog
            id=id
            node_ref=node
            class=if wide { "dialog dialog-wide" } else { "dialog" }
            aria-labelledby=labelled_by
            on:close=move |_| open.set(false)
            on:click=move |event| close_beside(&event, node)
        >
            <div class="dialog-box">
                <div class="flex items-start justify-between gap-3">
                    <h2 id=title_id class="text-base font-semibold text-balance">{title}</h2>
                    <button type="button" class="btn btn-ghost btn-sm btn-square" aria-label="Close" on:click=move |_| open.set(false)>
                        {glyph(Icon::Cross, false)}
                    </button>
                </div>
                {children()}
                <div class="dialog-actions">{actions.run()}</div>
            </div>
        </dialog>
    }
    .into_any()
}

/// Keeps a native dialog in step with its signal.
pub(crate) fn follow_open(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let wanted = open.get();
        if let Some(dialog) = node.get() {
            if wanted && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !wanted && dialog.open() {
                dialog.close();
            }
        }
    });
}

/// Closes when the press was on the dialog itself: its box covers all of it but the backdrop.
pub(crate) fn close_beside(event: &web_sys::MouseEvent, node: NodeRef<html::Dialog>) {
    if let (Some(target), Some(dialog)) = (target_element(event), node.get_untracked())
        && target.is_same_node(Some(dialog.unchecked_ref()))
    {
        dialog.close();
    }
}

/// Asks before something is done; for what cannot be undone, asks for a word to be typed.
///
/// On the server: a closed dialog.
#[component]
pub fn ConfirmDialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Opens and closes it.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: String,
    /// What will happen, and whether it can be undone.
    #[prop(optional, into)]
    sentence: String,
    /// The words of the button that does it: a verb.
    #[prop(into)]
    confirm: String,
    /// The words of the button that does not.
    #[prop(into, default = "Cancel".to_owned())]
    cancel: String,
    /// It removes or breaks something.
    #[prop(optional)]
    danger: bool,
    /// A text to be typed first, such as the thing's name; empty for none.
    #[prop(optional, into)]
    typed: String,
    /// It is being done.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Called when the person agreed. Close with `open.set(false)` when it is done; it closes by itself unless `busy` is used.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// What depends on it, as a list.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let entered = RwSignal::new(String::new());
    let asks = !typed.is_empty();
    let wanted = StoredValue::new(typed.clone());
    let held_back = Signal::derive(move || {
        if wanted.with_value(|wanted| wanted.is_empty() || entered.read().trim() == wanted.as_str()) {
            String::new()
        } else {
            format!("Type “{}” first.", wanted.get_value())
        }
    });
    let agree = move || {
        if held_back.read_untracked().is_empty() && !busy.get_untracked() {
            on_confirm.run(());
            entered.set(String::new());
            if !busy.get_untracked() {
                open.set(false);
            }
        }
    };
    let entry = format!("{id}-typed");
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            // It may stand inside a form, which must not be sent by this.
            event.prevent_default();
            agree();
        }
    };
    {
        let first = if asks { entry.clone() } else { format!("{id}-cancel") };
        Effect::new(move |_| {
            if open.get() && element_by_id(&first).is_some() {
                focus_id_soon(first.clone());
            }
        });
    }
    let variant = if danger { Variant::Danger } else { Variant::Primary };
    let cancel_id = format!("{id}-cancel");
    view! {
        <Dialog
            id=id
            open=open
            title=title
            actions=move || view! {
                <Button id=cancel_id on_press=move || open.set(false)>{cancel}</Button>
                <Button variant=variant busy=busy disabled_because=held_back on_press=move || agree()>{confirm}</Button>
            }
        >
            {(!sentence.is_empty()).then(|| view! { <p class="text-quiet">{sentence}</p> })}
            {children.map(|children| children())}
            {asks.then(|| view! {
                <label class="grid gap-1">
                    <span>"Type "<strong class="font-mono">{typed}</strong>" to go on"</span>
                    <input
                        type="text"
                        id=entry
                        class="input"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=entered
                        on:input=move |event| { event.stop_propagation(); entered.set(event_target_value(&event)); }
                        on:keydown=keydown
                    />
                </label>
            })}
        </Dialog>
    }
    .into_any()
}

//! Doing one thing to many rows.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use crate::dom::use_ready;

/// Above a table whose rows have checkboxes ([`Row::tick`](super::Row::tick)): one that ticks them all, how many are ticked, and what to do with
/// them. It stands inside the form that the checkboxes belong to.
///
/// On the server: the children alone; the count and the checkbox for all come with the WASM.
#[component]
pub fn TickBar(
    /// Id of the form that the checkboxes belong to.
    form: &'static str,
    /// What the group is for, read out.
    #[prop(into)]
    label: String,
    /// Choices and the button that does it.
    children: Children,
) -> impl IntoView {
    let ready = use_ready();
    let (ticked, total) = (RwSignal::new(0_usize), RwSignal::new(0_usize));
    let look = move || {
        let all = boxes(form);
        let _ = total.try_set(all.len());
        let _ = ticked.try_set(all.iter().filter(|one| one.checked()).count());
    };
    Effect::new(move |_| {
        if ready.get() {
            // The rows may come alive after this.
            request_animation_frame(look);
        }
    });
    Effect::new(move |_| {
        let listener = window_event_listener(ev::change, move |_| look());
        on_cleanup(move || listener.remove());
    });
    let tick_all = move |event: web_sys::Event| {
        let checked = event_target_checked(&event);
        for one in boxes(form) {
            one.set_checked(checked);
        }
        look();
    };
    let all_ticked = move || total.get() > 0 && ticked.get() == total.get();
    let some_ticked = move || ticked.get() > 0 && ticked.get() < total.get();
    view! {
        <div role="group" aria-label=label class="tick-bar">
            <label class="tick" hidden=move || !ready.get()>
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    autocomplete="off"
                    prop:checked=all_ticked
                    prop:indeterminate=some_ticked
                    on:change=tick_all
                />
                <span aria-live="polite">
                    {move || match ticked.get() {
                        0 => "Tick all on this page".to_owned(),
                        1 => "1 ticked".to_owned(),
                        many => format!("{many} ticked"),
                    }}
                </span>
            </label>
            {children()}
        </div>
    }
    .into_any()
}

/// The checkboxes of rows that belong to a form.
fn boxes(form: &str) -> Vec<web_sys::HtmlInputElement> {
    let selector = format!("input.row-tick[form=\"{form}\"]");
    let Ok(found) = document().query_selector_all(&selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

//! The list of shortcuts, on `?`.

use leptos::prelude::*;

use super::shortcuts::{Shortcut, use_shortcuts};
use crate::feedback::Dialog;

/// Every shortcut of the page, and a switch for those without ⌘ or Ctrl; `Ui` brings it along.
///
/// On the server: a closed dialog.
#[component]
pub fn ShortcutSheet() -> impl IntoView {
    let shortcuts = use_shortcuts();
    let rows = move || {
        // Read when it opens: shortcuts come and go with the pages.
        if shortcuts.sheet.get() { shortcuts.all().into_iter().map(row).collect() } else { Vec::new() }
    };
    let change = move |event: web_sys::Event| shortcuts.set_single_keys(event_target_checked(&event));
    view! {
        <Dialog id="shortcuts" open=shortcuts.sheet title="Keyboard shortcuts">
            <dl class="grid gap-px">{rows}</dl>
            <label class="tick border-t border-base-300 pt-3">
                <input type="checkbox" class="toggle toggle-sm" role="switch" prop:checked=shortcuts.single_keys on:change=change/>
                <span>"Shortcuts without Ctrl or ⌘"</span>
            </label>
        </Dialog>
    }
    .into_any()
}

fn row(shortcut: Shortcut) -> AnyView {
    let keys = shortcut
        .keys
        .split(' ')
        .enumerate()
        .map(|(index, chord)| {
            let keys = chord.split('+').map(|key| view! { <kbd class="kbd">{name(key)}</kbd> }).collect_view();
            view! { {(index > 0).then_some(" then ")}{keys} }
        })
        .collect_view();
    view! {
        <div class="flex items-center justify-between gap-4 py-1.5">
            <dt>{shortcut.label}</dt>
            <dd class="flex shrink-0 items-center gap-1 text-xs text-quiet">{keys}</dd>
        </div>
    }
    .into_any()
}

/// What stands on the key.
fn name(key: &str) -> String {
    match key {
        "mod" => "Ctrl / ⌘".to_owned(),
        "Escape" => "Esc".to_owned(),
        key => key.to_uppercase(),
    }
}

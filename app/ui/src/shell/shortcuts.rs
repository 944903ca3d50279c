//! Keyboard shortcuts: one registry, one listener, one list to look them up.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;

use crate::dom::{is_typing, on_window, storage};

/// Where the person's choice to switch single keys off is kept (WCAG 2.2, 2.1.4).
const SINGLE_KEYS: &str = "switchboard.single-keys";

/// One shortcut.
#[derive(Clone)]
pub struct Shortcut {
    /// `mod+k` (⌘ or Ctrl), `?`, or two keys one after the other: `g e`.
    pub keys: &'static str,
    /// What it does.
    pub label: String,
    run: Callback<()>,
    id: u32,
}

/// All shortcuts of the page. From [`use_shortcuts`].
#[derive(Clone, Copy)]
pub struct Shortcuts {
    list: RwSignal<Vec<Shortcut>>,
    /// The first key of a pair, until the second comes.
    pending: StoredValue<String>,
    last: StoredValue<u32>,
    /// Shortcuts without ⌘ or Ctrl are on.
    pub single_keys: RwSignal<bool>,
    /// The sheet that lists them is shown.
    pub sheet: RwSignal<bool>,
    /// The command palette is shown.
    pub palette: RwSignal<bool>,
}

impl Shortcuts {
    pub(crate) fn new() -> Self {
        Self {
            list: RwSignal::new(Vec::new()),
            pending: StoredValue::new(String::new()),
            last: StoredValue::new(0),
            single_keys: RwSignal::new(true),
            sheet: RwSignal::new(false),
            palette: RwSignal::new(false),
        }
    }

    /// Listens on the window; called once by `Ui`.
    pub(crate) fn listen(self) {
        Effect::new(move |_| {
            let off = storage().and_then(|storage| storage.get_item(SINGLE_KEYS).ok().flatten()).is_some_and(|value| value == "off");
            if off {
                self.single_keys.set(false);
            }
        });
        on_window("keydown", move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                self.press(event);
            }
        });
    }

    /// Switches shortcuts without ⌘ or Ctrl on or off, for good.
    pub fn set_single_keys(self, on: bool) {
        self.single_keys.set(on);
        if let Some(storage) = storage() {
            let _ = storage.set_item(SINGLE_KEYS, if on { "on" } else { "off" });
        }
    }

    /// Those registered now, in the order of their registration.
    pub fn all(&self) -> Vec<Shortcut> {
        self.list.get()
    }

    fn press(self, event: &KeyboardEvent) {
        let Some(key) = spell(event) else { return };
        let with_mod = key.starts_with("mod+");
        if event.default_prevented() || (!with_mod && (is_typing(event) || !self.single_keys.get_untracked() || dialog_is_open())) {
            return;
        }
        let before = self.pending.get_value();
        let pair = format!("{before} {key}");
        let wanted = if before.is_empty() { key.as_str() } else { pair.as_str() };
        let (hit, begins) = self.list.with_untracked(|list| {
            let hit = list.iter().rev().find(|shortcut| shortcut.keys == wanted || shortcut.keys == key).map(|shortcut| shortcut.run);
            (hit, list.iter().any(|shortcut| shortcut.keys.strip_prefix(&key).is_some_and(|rest| rest.starts_with(' '))))
        });
        self.pending.set_value(if hit.is_none() && begins { key } else { String::new() });
        if let Some(run) = hit {
            event.prevent_default();
            run.run(());
        }
    }
}

/// A key press as `Shortcut::keys` spells it.
fn spell(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    if event.alt_key() || matches!(key.as_str(), "Shift" | "Control" | "Meta" | "Alt") {
        return None;
    }
    Some(if event.ctrl_key() || event.meta_key() { format!("mod+{}", key.to_lowercase()) } else { key })
}

fn dialog_is_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// The shortcuts of the page. Outside of `Ui` none work.
///
/// On the server: gives a registry nobody listens to.
pub fn use_shortcuts() -> Shortcuts {
    use_context().unwrap_or_else(Shortcuts::new)
}

/// Registers a shortcut for as long as the component lives. Bare keys do nothing while the person types or a dialog is open; the
/// latest registration of the same keys wins.
///
/// On the server: only registers.
pub fn use_shortcut(keys: &'static str, label: impl Into<String>, run: impl Into<Callback<()>>) {
    let shortcuts = use_shortcuts();
    let id = shortcuts.last.get_value().wrapping_add(1);
    shortcuts.last.set_value(id);
    let shortcut = Shortcut { keys, label: label.into(), run: run.into(), id };
    shortcuts.list.update_untracked(|list| list.push(shortcut));
    on_cleanup(move || {
        let _ = shortcuts.list.try_update_untracked(|list| list.retain(|shortcut| shortcut.id != id));
    });
}

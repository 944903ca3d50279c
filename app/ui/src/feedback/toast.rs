//! Messages that go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    icon::{Icon, glyph},
    tone::Tone,
};

/// How long a message stays; with something to undo it stays longer.
const STAYS: Duration = Duration::from_secs(6);
const STAYS_TO_UNDO: Duration = Duration::from_secs(12);
/// More than this at once and the oldest goes.
const MOST: usize = 4;

/// One message.
#[derive(Clone)]
pub struct Toast {
    key: u32,
    tone: Tone,
    text: String,
    undo: Option<Callback<()>>,
}

impl Toast {
    /// A message.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { key: 0, tone, text: text.into(), undo: None }
    }

    /// Something worked.
    pub fn good(text: impl Into<String>) -> Self {
        Self::new(Tone::Good, text)
    }

    /// Something failed. It stays until it is closed.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::new(Tone::Bad, text)
    }

    /// It can be undone.
    pub fn undo(mut self, undo: impl Into<Callback<()>>) -> Self {
        self.undo = Some(undo.into());
        self
    }
}

/// Shows messages. From [`use_toaster`].
#[derive(Clone, Copy)]
pub struct Toaster {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
    /// While the pointer or the focus is on them, nothing goes away.
    held: RwSignal<bool>,
}

impl Toaster {
    pub(crate) fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), last: StoredValue::new(0), held: RwSignal::new(false) }
    }

    /// Shows a message.
    pub fn show(&self, mut toast: Toast) {
        let key = self.last.get_value().wrapping_add(1);
        self.last.set_value(key);
        toast.key = key;
        let stays = if toast.undo.is_some() { STAYS_TO_UNDO } else { STAYS };
        let for_good = toast.tone == Tone::Bad;
        self.shown.update(|shown| {
            shown.push(toast);
            if shown.len() > MOST {
                shown.remove(0);
            }
        });
        if !for_good {
            self.expire(key, stays);
        }
    }

    fn expire(self, key: u32, after: Duration) {
        set_timeout(
            move || {
                if self.held.try_get_untracked().unwrap_or(true) {
                    self.expire(key, Duration::from_secs(2));
                } else {
                    self.close(key);
                }
            },
            after,
        );
    }

    fn close(self, key: u32) {
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.key != key));
    }
}

/// The toaster of the page. Outside of `Ui` its messages are shown nowhere.
///
/// On the server: gives a toaster that shows nothing.
pub fn use_toaster() -> Toaster {
    use_context().unwrap_or_else(Toaster::new)
}

/// Where messages appear; `Ui` brings it along.
///
/// On the server: an empty live region.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toaster = use_toaster();
    let toast = move |toast: Toast| {
        let (key, undo) = (toast.key, toast.undo);
        view! {
            <li class=format!("toast-plain {}", toast.tone.class())>
                {glyph(toast.tone.icon(), false)}
                <p class="min-w-0 flex-1">{toast.text}</p>
                {undo.map(|undo| view! {
                    <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| { toaster.close(key); undo.run(()); }>{glyph(Icon::Undo, false)}"Undo"</button>
                })}
                <button type="button" class="btn btn-sm btn-ghost btn-square" aria-label="Close message" on:click=move |_| toaster.close(key)>{glyph(Icon::Cross, false)}</button>
            </li>
        }
    };
    view! {
        <div
            class="toast-region"
            role="status"
            aria-live="polite"
            on:mouseenter=move |_| toaster.held.set(true)
            on:mouseleave=move |_| toaster.held.set(false)
            on:focusin=move |_| toaster.held.set(true)
            on:focusout=move |_| toaster.held.set(false)
        >
            <ul class="contents">
                <For each=move || toaster.shown.get() key=|toast| toast.key children=toast/>
            </ul>
        </div>
    }
    .into_any()
}

//! One of several, or yes and no.

use leptos::prelude::*;

use super::field::{Field, below, required_mark, use_field};
use crate::button::some;

/// One thing to choose: the value posted and the words shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Posted.
    pub value: String,
    /// Shown.
    pub label: String,
    /// A second line; empty for none.
    pub help: String,
    /// Not shown: more words that a `Combobox` finds it by.
    pub words: String,
    /// A sentence when it cannot be chosen now; empty when it can.
    pub disabled_because: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), help: String::new(), words: String::new(), disabled_because: String::new() }
    }

    /// A second line that says what it means.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// More words that a `Combobox` finds it by.
    pub fn words(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }

    /// Shown, but not to be chosen now, and why.
    pub fn disabled_because(mut self, reason: impl Into<String>) -> Self {
        self.disabled_because = reason.into();
        self
    }
}

/// One of several, in a native list.
///
/// On the server: a plain labelled select.
#[component]
pub fn Select(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What can be chosen.
    options: Vec<Choice>,
    /// The value of the stored choice.
    #[prop(optional, into)]
    value: String,
    /// Words of an empty first choice, such as `Choose…`; empty for none.
    #[prop(optional, into)]
    prompt: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be chosen.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; the control is then not posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// Called with the value when another one is chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), None);
    let change = move |event: web_sys::Event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_value(&event));
        }
    };
    let control = view! {
        <select
            id=handle.id.clone()
            name=name
            class="select"
            required=required
            disabled=move || !disabled_because.read().is_empty()
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:blur=handle.on_blur()
            on:change=change
            on:input=handle.on_input()
        >
            {some(prompt).map(|prompt| view! { <option value="">{prompt}</option> })}
            {select_options(options, &handle.value)}
        </select>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required disabled_because=disabled_because>{control}</Field> }.into_any()
}

pub(super) fn select_options(options: Vec<Choice>, chosen: &str) -> AnyView {
    options
        .into_iter()
        .map(|choice| {
            let selected = choice.value == chosen;
            view! { <option value=choice.value selected=selected disabled=!choice.disabled_because.is_empty()>{choice.label}</option> }
        })
        .collect_view()
        .into_any()
}

/// One of a few, each with a sentence.
///
/// On the server: a fieldset of native radios.
#[component]
pub fn RadioCards(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above them.
    #[prop(into)]
    label: String,
    /// What can be chosen.
    options: Vec<Choice>,
    /// The value of the stored choice.
    #[prop(optional, into)]
    value: String,
    /// One sentence below them.
    #[prop(optional, into)]
    help: String,
    /// One must be chosen.
    #[prop(optional)]
    required: bool,
    /// Called with the value when another one is chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), None);
    let card = |(index, choice): (usize, Choice)| {
        // The first one carries the field's id, so that the summary's link lands on it.
        let id = if index == 0 { handle.id.clone() } else { format!("{}-{index}", handle.id) };
        let (value, note) = (choice.value.clone(), if choice.disabled_because.is_empty() { choice.help } else { choice.disabled_because.clone() });
        let help_id = format!("{id}-note");
        view! {
            <label class="choice-card">
                <input
                    type="radio"
                    id=id
                    name=name.clone()
                    value=choice.value.clone()
                    class="radio radio-sm"
                    checked=choice.value == handle.value
                    required=required
                    disabled=!choice.disabled_because.is_empty()
                    aria-describedby=(!note.is_empty()).then(|| help_id.clone())
                    on:change=move |_| if let Some(on_change) = on_change { on_change.run(value.clone()) }
                    on:input=handle.on_input()
                />
                <span class="min-w-0">
                    <span class="block font-medium">{choice.label}</span>
                    {some(note).map(|note| view! { <span id=help_id class="block text-quiet">{note}</span> })}
                </span>
            </label>
        }
    };
    let cards = options.into_iter().enumerate().map(card).collect_view();
    view! {
        <fieldset class="field" aria-describedby=handle.described_by()>
            <legend class="field-label">{label}{required_mark(required)}</legend>
            <div class="grid gap-2 grid-cols-[repeat(auto-fit,minmax(min(100%,10rem),1fr))]">{cards}</div>
            {below(&handle, help, Signal::default())}
        </fieldset>
    }
    .into_any()
}

/// Yes or no, saved with the form. Posts `on` (or `value`) when ticked and nothing when not.
///
/// On the server: a plain labelled checkbox.
#[component]
pub fn Checkbox(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// What is posted when ticked.
    #[prop(into, default = "true".to_owned())]
    value: String,
    /// What is stored.
    #[prop(optional)]
    checked: bool,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be ticked.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// Called with the new state.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    tick("checkbox checkbox-sm", None, name, label, value, checked, help, required, disabled_because, on_change)
}

/// Yes or no, drawn as a switch. Posts `true` (or `value`) when on and nothing when off.
///
/// On the server: a plain labelled checkbox with `role="switch"`.
#[component]
pub fn Toggle(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// What is posted when on.
    #[prop(into, default = "true".to_owned())]
    value: String,
    /// What is stored.
    #[prop(optional)]
    checked: bool,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// A sentence when it cannot be changed now.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// Called with the new state.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    tick("toggle toggle-sm", Some("switch"), name, label, value, checked, help, false, disabled_because, on_change)
}

#[expect(clippy::too_many_arguments, reason = "the two components above are its only callers and pass their props on")]
fn tick(
    class: &'static str,
    role: Option<&'static str>,
    name: String,
    label: String,
    value: String,
    checked: bool,
    help: String,
    required: bool,
    disabled_because: Signal<String>,
    on_change: Option<Callback<bool>>,
) -> AnyView {
    let handle = use_field(&name, &label, String::new(), !help.is_empty(), None);
    // After a refused post what the person had ticked counts, not what is stored.
    let kept = handle.value.clone();
    let change = move |event: web_sys::Event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_checked(&event));
        }
    };
    view! {
        <div class="field">
            <label class="tick" for=handle.id.clone()>
                <input
                    type="checkbox"
                    role=role
                    id=handle.id.clone()
                    name=name
                    checked=checked || kept == value
                    value=value
                    class=class
                    required=required
                    disabled=move || !disabled_because.read().is_empty()
                    aria-invalid=handle.invalid()
                    aria-describedby=handle.described_by()
                    on:change=change
                    on:input=handle.on_input()
                />
                <span>{label}{required_mark(required)}</span>
            </label>
            <div class="tick-below">{below(&handle, help, disabled_because)}</div>
        </div>
    }
    .into_any()
}

//! One-line and many-line text.

use leptos::prelude::*;

use super::{
    context::Validator,
    field::{Field, FieldHandle, use_field},
};
use crate::button::some;

/// What the one-line inputs have in common.
pub(super) struct Line {
    pub handle: FieldHandle,
    pub kind: &'static str,
    pub name: String,
    pub label: String,
    pub help: String,
    pub placeholder: String,
    pub autocomplete: String,
    pub required: bool,
    pub disabled_because: Signal<String>,
    pub max_length: u32,
    pub range: Option<(i64, i64)>,
    pub mono: bool,
    pub short: bool,
}

impl Line {
    /// A line without help, limits or a rule for its length.
    pub fn new(handle: FieldHandle, kind: &'static str, name: String, label: String) -> Self {
        let empty = String::new;
        Self {
            handle,
            kind,
            name,
            label,
            help: empty(),
            placeholder: empty(),
            autocomplete: empty(),
            required: false,
            disabled_because: Signal::default(),
            max_length: 0,
            range: None,
            mono: false,
            short: false,
        }
    }
}

pub(super) fn line(line: Line) -> AnyView {
    let Line { handle, kind, name, label, help, placeholder, autocomplete, required, disabled_because, max_length, range, mono, short } = line;
    let class = match (mono, short) {
        _ if kind == "date" => "input max-w-48",
        (true, _) => "input font-mono",
        (false, true) => "input max-w-32",
        (false, false) => "input",
    };
    let control = view! {
        <input
            type=kind
            id=handle.id.clone()
            name=name
            value=handle.value.clone()
            class=class
            placeholder=some(placeholder)
            autocomplete=some(autocomplete)
            required=required
            readonly=move || !disabled_because.read().is_empty()
            maxlength=(max_length > 0).then(|| max_length.to_string())
            min=range.map(|(min, _)| min.to_string())
            max=range.map(|(_, max)| max.to_string())
            dir=(kind == "text").then_some("auto")
            spellcheck=mono.then_some("false")
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:blur=handle.on_blur()
            on:input=handle.on_input()
        />
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required disabled_because=disabled_because>{control}</Field> }.into_any()
}

/// One line of text.
///
/// On the server: a plain labelled input.
#[component]
pub fn TextInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// An example of a good value; never the only explanation.
    #[prop(optional, into)]
    placeholder: String,
    /// The `autocomplete` token (HTML, section 4.10.18.7).
    #[prop(optional, into)]
    autocomplete: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// Most characters; 0 for no limit.
    #[prop(optional)]
    max_length: u32,
    /// Addresses, ids and keys: a fixed-width face, no spelling.
    #[prop(optional)]
    mono: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// What is wrong with a text, if anything; asked on blur and before sending.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), validate);
    line(Line {
        handle,
        kind: "text",
        name,
        label,
        help,
        placeholder,
        autocomplete,
        required,
        disabled_because,
        max_length,
        range: None,
        mono,
        short: false,
    })
}

/// An email address.
///
/// On the server: a plain labelled input of type `email`.
#[component]
pub fn EmailInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// An example of a good value.
    #[prop(optional, into)]
    placeholder: String,
    /// The `autocomplete` token; `email` or `username` where a person signs in.
    #[prop(optional, into)]
    autocomplete: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// What is wrong with a text, if anything; asked on blur and before sending.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), validate);
    line(Line {
        handle,
        kind: "email",
        name,
        label,
        help,
        placeholder,
        autocomplete,
        required,
        disabled_because,
        max_length: 254,
        range: None,
        mono: false,
        short: false,
    })
}

/// A whole number.
///
/// On the server: a plain labelled input of type `number`.
#[component]
pub fn NumberInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it; the unit belongs here.
    #[prop(into)]
    label: String,
    /// What is stored.
    #[prop(optional, into)]
    value: String,
    /// Smallest.
    #[prop(optional)]
    min: i64,
    /// Largest.
    #[prop(default = i64::from(i32::MAX))]
    max: i64,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// What is wrong with a text, if anything; asked on blur and before sending.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), validate);
    let (placeholder, autocomplete) = (String::new(), "off".to_owned());
    line(Line {
        handle,
        kind: "number",
        name,
        label,
        help,
        placeholder,
        autocomplete,
        required,
        disabled_because,
        max_length: 0,
        range: Some((min, max)),
        mono: false,
        short: true,
    })
}

/// Several lines of text.
///
/// On the server: a plain labelled text area.
#[component]
pub fn TextArea(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// An example of a good value.
    #[prop(optional, into)]
    placeholder: String,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u32,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// Most characters; 0 for no limit.
    #[prop(optional)]
    max_length: u32,
    /// Code and headers: a fixed-width face, no spelling.
    #[prop(optional)]
    mono: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// What is wrong with a text, if anything; asked on blur and before sending.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), validate);
    let control = view! {
        <textarea
            id=handle.id.clone()
            name=name
            rows=rows.to_string()
            class=if mono { "textarea font-mono" } else { "textarea" }
            placeholder=some(placeholder)
            required=required
            readonly=move || !disabled_because.read().is_empty()
            maxlength=(max_length > 0).then(|| max_length.to_string())
            dir="auto"
            spellcheck=mono.then_some("false")
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:blur=handle.on_blur()
            on:input=handle.on_input()
        >
            {handle.value.clone()}
        </textarea>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required disabled_because=disabled_because>{control}</Field> }.into_any()
}

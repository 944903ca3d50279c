//! One field: label, control, help, problem, and how they are wired to each other.

use leptos::prelude::*;

use super::context::{FormContext, Rule, Validator, check};
use crate::{
    button::some,
    dom::focus_id,
    icon::{Icon, glyph},
};

/// What a control needs to know to be part of a field. Made by [`use_field`].
#[derive(Clone)]
pub struct FieldHandle {
    /// Id of the control.
    pub id: String,
    /// What it starts with: what the person had typed before a refused post, else what was given.
    pub value: String,
    /// What is wrong, empty when nothing is.
    pub problem: Signal<String>,
    described_by: String,
    rule: StoredValue<Rule>,
    form: Option<FormContext>,
}

/// Joins a control to the form around it.
///
/// `name` is the name posted; `label` the words before the control; `value` what is stored; `validate` a rule checked when the
/// control loses the focus and before the form is sent.
///
/// On the server: gives the ids and the problems that came with the page.
pub fn use_field(name: &str, label: &str, value: String, help: bool, validate: Option<Validator>) -> FieldHandle {
    let form = use_context::<FormContext>();
    let prefix = form.map_or_else(|| "field".to_owned(), |form| form.id.get_value());
    let id = format!("{prefix}-{name}");
    let kept = form.and_then(|form| form.kept.with_value(|kept| kept.iter().find(|(field, _)| field == name).map(|(_, text)| text.clone())));
    let rule = Rule { name: name.to_owned(), id: id.clone(), label: label.to_owned(), validate };
    let own = RwSignal::new(String::new());
    let problem = match form {
        Some(form) => {
            form.rules.update_value(|rules| rules.push(rule.clone()));
            let id = id.clone();
            on_cleanup(move || {
                let _ = form.rules.try_update_value(|rules| rules.retain(|rule| rule.id != id));
            });
            let name = name.to_owned();
            Signal::derive(move || form.problem_of(&name))
        }
        None => own.into(),
    };
    let described_by = if help { format!("{id}-problem {id}-help") } else { format!("{id}-problem") };
    FieldHandle { id, value: kept.unwrap_or(value), problem, described_by, rule: StoredValue::new(rule), form }
}

impl FieldHandle {
    /// `aria-describedby` of the control.
    pub fn described_by(&self) -> String {
        self.described_by.clone()
    }

    /// `aria-invalid` of the control.
    pub fn invalid(&self) -> impl Fn() -> Option<&'static str> + Send + Sync + Clone + 'static {
        let problem = self.problem;
        move || (!problem.read().is_empty()).then_some("true")
    }

    /// To be called when the control loses the focus: checks it and shows what is wrong.
    pub fn on_blur<E: 'static>(&self) -> impl Fn(E) + Clone + 'static {
        let (rule, form) = (self.rule, self.form);
        move |_| {
            // A control that leaves the page while it has the focus loses it too, when its rule is gone already.
            let found = rule.try_with_value(check);
            if let (Some(form), Some(found)) = (form, found) {
                let name = rule.with_value(|rule| rule.name.clone());
                // An empty required field is no fault until the form is sent: the person may be on the way to it.
                let empty = rule.with_value(|rule| crate::dom::value_of(&rule.id)).is_none_or(|text| text.is_empty());
                if !(empty && found.is_some()) {
                    form.show(&name, found);
                }
            }
        }
    }

    /// To be called on every change: takes a shown problem away as soon as it is cured.
    pub fn on_input<E: 'static>(&self) -> impl Fn(E) + Clone + 'static {
        let (rule, form) = (self.rule, self.form);
        move |_| {
            if let Some(form) = form {
                let name = rule.with_value(|rule| rule.name.clone());
                if form.shown.with_untracked(|shown| shown.iter().any(|problem| problem.field == name)) {
                    form.show(&name, rule.with_value(check));
                }
            }
        }
    }
}

/// The frame around a control: label above, problem and help below.
///
/// The inputs of this package bring it themselves; use it for a control of your own with [`use_field`].
///
/// On the server: plain markup, with the problem that came with the page.
#[component]
pub fn Field(
    /// From [`use_field`].
    handle: FieldHandle,
    /// The words above the control.
    #[prop(into)]
    label: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; empty when it can.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let id = handle.id.clone();
    // A control that only carries the value cannot take the focus; what stands in for it can.
    let focus = {
        let id = id.clone();
        move |_| focus_id(&id)
    };
    view! {
        <div class="field">
            <label for=id.clone() class="field-label" on:click=focus>{label}{required_mark(required)}</label>
            {children()}
            {below(&handle, help, disabled_because)}
        </div>
    }
    .into_any()
}

/// The mark of a field that must be filled in.
pub(super) fn required_mark(required: bool) -> Option<AnyView> {
    required.then(|| view! { <span class="text-bad" aria-hidden="true">" *"</span> }.into_any())
}

/// What stands below a control: the problem (always there, so that it is announced when it changes), the reason, the help.
pub(super) fn below(handle: &FieldHandle, help: String, disabled_because: Signal<String>) -> AnyView {
    let problem = handle.problem;
    view! {
        <p id=format!("{}-problem", handle.id) class="field-problem" aria-live="polite">
            {move || some(problem.get()).map(|text| view! { {glyph(Icon::Warning, false)}<span>{text}</span> })}
        </p>
        {move || some(disabled_because.get()).map(|text| view! { <p class="field-reason">{glyph(Icon::Lock, false)}<span>{text}</span></p> })}
        {(!help.is_empty()).then(|| view! { <p id=format!("{}-help", handle.id) class="field-help">{help}</p> })}
    }
    .into_any()
}

/// A value that is posted and not shown.
///
/// On the server: plain markup.
#[component]
pub fn Hidden(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// Value posted.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

//! What a form and its fields know of each other.

use std::sync::Arc;

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement, HtmlSelectElement};

use super::unsaved::use_unsaved;
use crate::dom;

/// One field that was not accepted: its name as posted, and a sentence with the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Name of the field as posted.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl FieldProblem {
    /// A problem of the field with this name.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A rule of one field: what is wrong with this text, if anything. Made from any `Fn(&str) -> Option<String>`.
#[derive(Clone)]
pub struct Validator(Arc<Check>);

type Check = dyn Fn(&str) -> Option<String> + Send + Sync;

impl<F: Fn(&str) -> Option<String> + Send + Sync + 'static> From<F> for Validator {
    fn from(rule: F) -> Self {
        Self(Arc::new(rule))
    }
}

impl Validator {
    /// What is wrong with this text, if anything.
    pub fn check(&self, text: &str) -> Option<String> {
        (self.0)(text)
    }
}

/// A field that takes part in checking.
#[derive(Clone)]
pub(super) struct Rule {
    pub name: String,
    pub id: String,
    pub label: String,
    pub validate: Option<Validator>,
}

/// What a form tells the controls inside it. Get it with `use_context::<FormContext>()`.
#[derive(Clone, Copy)]
pub struct FormContext {
    pub(super) id: StoredValue<String>,
    pub(super) kept: StoredValue<Vec<(String, String)>>,
    pub(super) rules: StoredValue<Vec<Rule>>,
    pub(super) shown: RwSignal<Vec<FieldProblem>>,
    pub(super) resets: RwSignal<u32>,
    pub(super) dirty: Dirty,
    pub(super) pending: Signal<bool>,
}

impl FormContext {
    /// `true` when something differs from what was stored.
    pub fn dirty(&self) -> Signal<bool> {
        self.dirty.changed.into()
    }

    /// `true` while the form is being sent.
    pub fn pending(&self) -> Signal<bool> {
        self.pending
    }

    /// Grows each time the form was put back to what was stored; controls with a life of their own read themselves again.
    pub(super) fn resets(&self) -> u32 {
        self.resets.get()
    }

    pub(super) fn problem_of(&self, name: &str) -> String {
        self.shown.with(|shown| shown.iter().find(|problem| problem.field == name).map(|problem| problem.message.clone())).unwrap_or_default()
    }

    pub(super) fn show(&self, name: &str, problem: Option<String>) {
        let known = self.shown.with_untracked(|shown| shown.iter().find(|known| known.field == name).map(|known| known.message.clone()));
        if known == problem {
            return;
        }
        self.shown.update(|shown| {
            shown.retain(|known| known.field != name);
            shown.extend(problem.map(|message| FieldProblem::new(name, message)));
        });
    }

    /// Checks every field; `true` when all are well.
    pub(super) fn check_all(&self) -> bool {
        let problems: Vec<_> = self
            .rules
            .with_value(|rules| rules.iter().filter_map(|rule| check(rule).map(|message| FieldProblem::new(rule.name.clone(), message))).collect());
        let well = problems.is_empty();
        if self.shown.with_untracked(|shown| *shown != problems) {
            self.shown.set(problems);
        }
        well
    }
}

/// What is wrong with the control of this rule: first what the browser knows from its attributes, then the field's own rule.
pub(super) fn check(rule: &Rule) -> Option<String> {
    let element = dom::element_by_id(&rule.id)?;
    // Fields of an answer that is not chosen: nobody sees what would be wrong with them.
    if element.closest(".shown-when[data-unchosen]").ok().flatten().is_some() {
        return None;
    }
    // Inputs, selects and text areas share these members; one binding serves all three.
    let control: &HtmlInputElement = element.unchecked_ref();
    let text = control.value();
    if control.will_validate() && !control.check_validity() {
        let validity = control.validity();
        let message = if validity.value_missing() {
            format!("{} is required.", rule.label)
        } else if validity.type_mismatch() && control.type_() == "email" {
            "Enter an email address such as name@example.com.".to_owned()
        } else {
            control.validation_message().unwrap_or_default()
        };
        return Some(message);
    }
    rule.validate.as_ref()?.check(&text)
}

/// Whether a form differs from what was stored. From [`use_dirty`].
#[derive(Clone, Copy)]
pub struct Dirty {
    form: NodeRef<html::Form>,
    pub(super) changed: RwSignal<bool>,
    stored: StoredValue<String>,
}

/// Follows whether the form differs from what it was when it appeared. [`crate::Form`] does this by itself.
///
/// Call [`Dirty::compare`] from the form's `input` and `change` events.
///
/// On the server: never dirty.
pub fn use_dirty(form: NodeRef<html::Form>) -> Dirty {
    let dirty = Dirty { form, changed: RwSignal::new(false), stored: StoredValue::new(String::new()) };
    Effect::new(move |_| {
        if form.get().is_some() {
            // After the effects of the fields, some of which put themselves in order when they come alive.
            set_timeout(move || dirty.remember(), std::time::Duration::ZERO);
        }
    });
    use_unsaved().hold(dirty.changed.into());
    dirty
}

impl Dirty {
    /// `true` when something differs.
    pub fn signal(&self) -> Signal<bool> {
        self.changed.into()
    }

    fn remember(&self) {
        if let Some(Some(form)) = self.form.try_get_untracked() {
            let _ = self.stored.try_set_value(snapshot(&form));
        }
    }

    /// Looks again; a form that left the page has nothing to look at.
    pub fn compare(&self) {
        if let Some(form) = self.form.try_get_untracked().flatten() {
            let now = snapshot(&form);
            let changed = self.stored.with_value(|stored| *stored != now);
            if self.changed.get_untracked() != changed {
                self.changed.set(changed);
            }
        }
    }

    /// What is shown now is what is stored: a later reset comes back to it.
    pub fn accept(&self) {
        if let Some(form) = self.form.get_untracked() {
            make_default(&form);
            self.stored.set_value(snapshot(&form));
            self.changed.set(false);
        }
    }
}

/// Everything the form would post, as one text.
fn snapshot(form: &HtmlFormElement) -> String {
    let Ok(data) = web_sys::FormData::new_with_form(form) else { return String::new() };
    let entries: &js_sys::Object = data.unchecked_ref();
    let iterator = js_sys::try_iter(entries).ok().flatten();
    let mut out = String::new();
    for entry in iterator.into_iter().flatten().flatten() {
        let entry: js_sys::Array = entry.unchecked_into();
        out.push_str(&entry.get(0).as_string().unwrap_or_default());
        out.push('\u{1}');
        match entry.get(1).dyn_into::<web_sys::File>() {
            Ok(file) => out.push_str(&format!("{}\u{3}{}", file.name(), file.size())),
            Err(text) => out.push_str(&text.as_string().unwrap_or_default()),
        }
        out.push('\u{2}');
    }
    out
}

/// Makes the present values the ones a reset comes back to.
fn make_default(form: &HtmlFormElement) {
    let elements = form.elements();
    for element in (0..elements.length()).filter_map(|index| elements.item(index)) {
        if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
            let options = select.options();
            for option in (0..options.length()).filter_map(|index| options.item(index)) {
                let option: web_sys::HtmlOptionElement = option.unchecked_into();
                option.set_default_selected(option.selected());
            }
        } else if let Some(area) = element.dyn_ref::<web_sys::HtmlTextAreaElement>() {
            let _ = area.set_default_value(&area.value());
        } else if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            match input.type_().as_str() {
                "checkbox" | "radio" => input.set_default_checked(input.checked()),
                "file" | "hidden" => {}
                _ => input.set_default_value(&input.value()),
            }
        }
    }
}

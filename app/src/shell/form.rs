//! What a page's form knows: the action behind it, what was refused, what the last plain post left.

use std::marker::PhantomData;

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use model::Problem;
use serde::de::DeserializeOwned;
use ui::FieldProblem;

use super::{
    session::{Flash, use_session},
    wire::{Answer, Call, Pending, send},
};

/// The state of one form that posts to the server function `S`.
///
/// Before the WASM arrives the browser posts the form itself and what came of it returns as a [`Flash`]; afterwards the same
/// function is called without leaving the page. Both show through the same signals.
pub struct FormState<S> {
    exchange: Exchange,
    function: PhantomData<fn() -> S>,
}

impl<S> Clone for FormState<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for FormState<S> {}

/// What all forms do alike, whatever they post to.
#[derive(Clone, Copy)]
struct Exchange {
    path: &'static str,
    action: Action<Call, Answer>,
    flash: StoredValue<Option<Flash>>,
    unreadable: RwSignal<Option<Problem>>,
    /// The form last sent, URL-encoded.
    posted: StoredValue<Option<String>>,
}

impl Exchange {
    fn new(path: &'static str) -> Self {
        let flash = use_session().flash_of(path);
        Self {
            path,
            action: Action::new(|call: &Call| -> Pending { send(call.clone()) }),
            flash: StoredValue::new(flash),
            unreadable: RwSignal::new(None),
            posted: StoredValue::new(None),
        }
    }

    fn problem(self) -> Option<Problem> {
        if let Some(problem) = self.unreadable.get() {
            return Some(problem);
        }
        match self.action.value().get() {
            Some(answer) => answer.problem().cloned(),
            None => self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.problem.clone())),
        }
    }

    fn problems(self) -> Vec<FieldProblem> {
        refused_fields(self.problem().as_ref())
    }

    fn message(self) -> String {
        refusal(self.problem())
    }

    fn saved(self) -> Signal<u32> {
        let action = self.action;
        let count = Memo::new(move |before: Option<&u32>| {
            let before = before.copied().unwrap_or_default();
            action.value().with(|answer| if answer.as_ref().is_some_and(|answer| answer.problem().is_none()) { before + 1 } else { before })
        });
        count.into()
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        match encoded(event) {
            Some(form) => {
                self.unreadable.set(None);
                self.posted.set_value(Some(form.clone()));
                self.action.dispatch(Call::form(self.path, form));
            }
            None => self.unreadable.set(Some(unreadable())),
        }
    }
}

/// The fields that a refusal names, for `Form`.
pub(super) fn refused_fields(problem: Option<&Problem>) -> Vec<FieldProblem> {
    let fields = problem.map(Problem::fields).unwrap_or_default();
    fields.iter().filter(|one| !one.field.is_empty()).map(|one| FieldProblem::new(&one.field, &one.message)).collect()
}

/// What a refusal says that belongs to no field, for `Form`; empty when there is nothing.
pub(super) fn refusal(problem: Option<Problem>) -> String {
    match problem {
        None => String::new(),
        Some(Problem::Unauthenticated) => "Your session has ended. Sign in again in another tab, then send this once more.".into(),
        Some(Problem::Invalid { fields }) => fields.iter().find(|one| one.field.is_empty()).map(|one| one.message.clone()).unwrap_or_default(),
        Some(other) => other.message(),
    }
}

/// The browser gave no form to send.
pub(super) fn unreadable() -> Problem {
    Problem::field("", "The form could not be read. Load the page again.")
}

/// The form of a submit event, URL-encoded.
fn encoded(event: &SubmitEvent) -> Option<String> {
    let data = leptos::form::form_data_from_event(event).ok()?;
    String::from(web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string()).into()
}

impl<S> FormState<S>
where
    S: ServerFn<Error = Problem> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    /// State of a form on this page.
    pub fn new() -> Self {
        Self { exchange: Exchange::new(S::PATH), function: PhantomData }
    }

    /// Where the form posts.
    pub fn url(self) -> &'static str {
        S::PATH
    }

    /// Why the last attempt was refused.
    pub fn problem(self) -> Signal<Option<Problem>> {
        let exchange = self.exchange;
        Signal::derive(move || exchange.problem())
    }

    /// The refused fields, for `Form`.
    pub fn problems(self) -> Signal<Vec<FieldProblem>> {
        let exchange = self.exchange;
        Signal::derive(move || exchange.problems())
    }

    /// A refusal that belongs to no field, for `Form`; empty when there is none.
    pub fn message(self) -> Signal<String> {
        let exchange = self.exchange;
        Signal::derive(move || exchange.message())
    }

    /// While the function runs.
    pub fn pending(self) -> Signal<bool> {
        self.exchange.action.pending().into()
    }

    /// A new number each time the function succeeded.
    pub fn saved(self) -> Signal<u32> {
        self.exchange.saved()
    }

    /// What was typed before a refused plain post.
    pub fn kept(self) -> Vec<(String, String)> {
        let flash = self.exchange.flash;
        flash.with_value(|flash| flash.as_ref().filter(|flash| flash.problem.is_some()).map(|flash| flash.kept.clone()).unwrap_or_default())
    }

    /// The answer of the last success, after a plain post too (when it was short enough to be carried over).
    pub fn answer(self) -> Signal<Option<S::Output>> {
        let exchange = self.exchange;
        Signal::derive(move || match exchange.action.value().get() {
            Some(answer) => answer.decode().ok(),
            None => exchange.flash.with_value(|flash| serde_json::from_str(flash.as_ref()?.answer.as_deref()?).ok()),
        })
    }

    /// Sends the form without leaving the page, for `Form on_submit`.
    pub fn submit(self) -> impl Fn(SubmitEvent) + Copy + Send + Sync + 'static {
        let exchange = self.exchange;
        move |event: SubmitEvent| exchange.submit(&event)
    }

    /// What was last sent from this page.
    pub fn posted(self) -> Option<S>
    where
        S: DeserializeOwned,
    {
        self.exchange.posted.with_value(|form| serde_qs::Config::new(5, false).deserialize_str(form.as_ref()?).ok())
    }

    /// Runs `then` after each success in the browser, once the form has taken over what was saved: its leave guard lets `then` go elsewhere.
    pub fn on_success(self, then: impl Fn(S::Output) + Send + Sync + 'static) {
        let then = StoredValue::new(then);
        after_each(self.exchange.action, move |answer| {
            if let Ok(output) = answer.decode() {
                // `None`: the page is gone already.
                let _ = then.try_with_value(|then| then(output));
            }
        });
    }
}

/// Runs `then` after each answer, in a turn of its own: the form follows by an effect that runs in this one.
fn after_each(action: Action<Call, Answer>, then: impl Fn(Answer) + Clone + 'static) {
    let then: Box<dyn Fn(Answer)> = Box::new(then);
    let then = std::rc::Rc::new(then);
    Effect::new(move |_| {
        if let Some(answer) = action.value().get() {
            let then = then.clone();
            set_timeout(move || then(answer), std::time::Duration::ZERO);
        }
    });
}

impl<S> Default for FormState<S>
where
    S: ServerFn<Error = Problem> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

/// The query of this page's address as pairs, for `ListUrl`. Inside a closure of a view it follows the address; in the body of a component it
/// is what it was when the component was made.
pub fn query_pairs() -> Vec<(String, String)> {
    let query = leptos_router::hooks::use_query_map();
    let pairs = || query.read().clone().into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
    if leptos::reactive::graph::Observer::get().is_some() { pairs() } else { untrack(pairs) }
}

//! What a page's form knows: the action behind it, what was refused, what the last plain post left.

use leptos::{ev::SubmitEvent, form::FromFormData, prelude::*, server_fn::ServerFn};
use model::Problem;
use serde::de::DeserializeOwned;
use ui::FieldProblem;

use super::session::{Flash, use_session};

/// The state of one form that posts to the server function `S`.
///
/// Before the WASM arrives the browser posts the form itself and what came of it returns as a [`Flash`]; afterwards the same
/// function is called without leaving the page. Both show through the same signals.
pub struct FormState<S: ServerFn + 'static>
where
    S::Output: 'static,
{
    /// The call in flight and its last answer.
    pub action: ServerAction<S>,
    flash: StoredValue<Option<Flash>>,
    unreadable: RwSignal<Option<Problem>>,
    posted: StoredValue<Option<S>>,
}

impl<S: ServerFn + 'static> Clone for FormState<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ServerFn + 'static> Copy for FormState<S> {}

impl<S> FormState<S>
where
    S: ServerFn<Error = Problem> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    /// State of a form on this page.
    pub fn new() -> Self {
        let flash = use_session().flash_of(S::PATH);
        Self { action: ServerAction::new(), flash: StoredValue::new(flash), unreadable: RwSignal::new(None), posted: StoredValue::new(None) }
    }

    /// Where the form posts.
    pub fn url(self) -> &'static str {
        S::PATH
    }

    /// Why the last attempt was refused.
    pub fn problem(self) -> Signal<Option<Problem>> {
        Signal::derive(move || {
            if let Some(problem) = self.unreadable.get() {
                return Some(problem);
            }
            match self.action.value().get() {
                Some(answer) => answer.err(),
                None => self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.problem.clone())),
            }
        })
    }

    /// The refused fields, for `Form`.
    pub fn problems(self) -> Signal<Vec<FieldProblem>> {
        let problem = self.problem();
        Signal::derive(move || {
            let fields = problem.read();
            let fields = fields.as_ref().map(Problem::fields).unwrap_or_default();
            fields.iter().filter(|one| !one.field.is_empty()).map(|one| FieldProblem::new(&one.field, &one.message)).collect()
        })
    }

    /// A refusal that belongs to no field, for `Form`; empty when there is none.
    pub fn message(self) -> Signal<String> {
        let problem = self.problem();
        Signal::derive(move || match &*problem.read() {
            None => String::new(),
            Some(Problem::Unauthenticated) => "Your session has ended. Sign in again in another tab, then send this once more.".into(),
            Some(Problem::Invalid { fields }) => fields.iter().find(|one| one.field.is_empty()).map(|one| one.message.clone()).unwrap_or_default(),
            Some(other) => other.message(),
        })
    }

    /// While the function runs.
    pub fn pending(self) -> Signal<bool> {
        self.action.pending().into()
    }

    /// A new number each time the function succeeded.
    pub fn saved(self) -> Signal<u32> {
        let action = self.action;
        let count = Memo::new(move |before: Option<&u32>| {
            let before = before.copied().unwrap_or_default();
            action.value().with(|answer| if matches!(answer, Some(Ok(_))) { before + 1 } else { before })
        });
        count.into()
    }

    /// What was typed before a refused plain post.
    pub fn kept(self) -> Vec<(String, String)> {
        self.flash.with_value(|flash| flash.as_ref().filter(|flash| flash.problem.is_some()).map(|flash| flash.kept.clone()).unwrap_or_default())
    }

    /// The answer of the last success, after a plain post too (when it was short enough to be carried over).
    pub fn answer(self) -> Signal<Option<S::Output>> {
        Signal::derive(move || match self.action.value().get() {
            Some(answer) => answer.ok(),
            None => self.flash.with_value(|flash| serde_json::from_str(flash.as_ref()?.answer.as_deref()?).ok()),
        })
    }

    /// Sends the form without leaving the page, for `Form on_submit`.
    pub fn submit(self) -> impl Fn(SubmitEvent) + Copy + Send + Sync + 'static {
        move |event: SubmitEvent| {
            event.prevent_default();
            match S::from_event(&event) {
                Ok(input) => {
                    self.unreadable.set(None);
                    self.posted.set_value(Some(input.clone()));
                    self.action.dispatch(input);
                }
                Err(_) => self.unreadable.set(Some(Problem::field("", "The form could not be read. Load the page again."))),
            }
        }
    }

    /// What was last sent from this page.
    pub fn posted(self) -> Option<S> {
        self.posted.get_value()
    }

    /// Runs `then` after each success in the browser, once the form has taken over what was saved: its leave guard lets `then` go elsewhere.
    pub fn on_success(self, then: impl Fn(S::Output) + Send + Sync + 'static) {
        let then = StoredValue::new(then);
        Effect::new(move |_| {
            if let Some(Ok(answer)) = self.action.value().get() {
                // The form follows by an effect of its own, which runs in this turn too.
                let later = move || {
                    // `None`: the page is gone already.
                    let _ = then.try_with_value(|then| then(answer));
                };
                set_timeout(later, std::time::Duration::ZERO);
            }
        });
    }
}

impl<S> Default for FormState<S>
where
    S: ServerFn<Error = Problem> + DeserializeOwned + Clone + Send + Sync + 'static,
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

//! The browser's half of a form with files: sent without leaving the page once the WASM is there, posted plainly before.

use leptos::{ev::SubmitEvent, prelude::*};
use model::Problem;
use server_fn::codec::MultipartData;
use ui::FieldProblem;
use wasm_bindgen::JsCast;

use crate::shell::use_session;

/// The state of one form that uploads to a server function which answers with `T`.
pub(super) struct UploadState<T: 'static> {
    send: Action<web_sys::FormData, Result<T, Problem>>,
    flashed: StoredValue<Option<Problem>>,
    kept: StoredValue<Vec<(String, String)>>,
    sent: RwSignal<u32>,
}

impl<T> Clone for UploadState<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UploadState<T> {}

impl<T: Clone + Send + Sync + 'static> UploadState<T> {
    /// State of a form on this page that posts to `path`, which `call` reaches.
    pub fn new<F: Future<Output = Result<T, Problem>> + 'static>(path: &str, call: fn(MultipartData) -> F) -> Self {
        let flash = use_session().flash_of(path);
        let kept = flash.as_ref().map(|flash| flash.kept.clone()).unwrap_or_default();
        Self {
            send: Action::new_local(move |data: &web_sys::FormData| call(MultipartData::from(data.clone()))),
            flashed: StoredValue::new(flash.and_then(|flash| flash.problem)),
            kept: StoredValue::new(kept),
            sent: RwSignal::new(0),
        }
    }

    /// What was typed before a refused plain post.
    pub fn kept(self) -> Vec<(String, String)> {
        self.kept.get_value()
    }

    /// While it is being sent.
    pub fn pending(self) -> Signal<bool> {
        self.send.pending().into()
    }

    /// A new number after each success.
    pub fn sent(self) -> Signal<u32> {
        self.sent.into()
    }

    fn problem(self) -> Signal<Option<Problem>> {
        Signal::derive(move || match self.send.value().get() {
            Some(answer) => answer.err(),
            None => self.flashed.get_value(),
        })
    }

    /// The refused fields, for `Form`.
    pub fn problems(self) -> Signal<Vec<FieldProblem>> {
        let problem = self.problem();
        Signal::derive(move || {
            let problem = problem.read();
            let fields = problem.as_ref().map(Problem::fields).unwrap_or_default();
            fields.iter().filter(|one| !one.field.is_empty()).map(|one| FieldProblem::new(&one.field, &one.message)).collect()
        })
    }

    /// A refusal that belongs to no field, for `Form`; empty when there is none.
    pub fn message(self) -> Signal<String> {
        let problem = self.problem();
        Signal::derive(move || match &*problem.read() {
            None => String::new(),
            Some(Problem::Invalid { fields }) => fields.iter().find(|one| one.field.is_empty()).map(|one| one.message.clone()).unwrap_or_default(),
            Some(other) => other.message(),
        })
    }

    /// Sends the form without leaving the page, for `Form on_submit`.
    pub fn submit(self) -> impl Fn(SubmitEvent) + Copy + Send + Sync + 'static {
        move |event: SubmitEvent| {
            event.prevent_default();
            let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
            if let Some(data) = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok()) {
                self.send.dispatch(data);
            }
        }
    }

    /// Runs `then` after each success.
    pub fn on_success(self, then: impl Fn(T) + Send + Sync + 'static) {
        let then = StoredValue::new(then);
        Effect::new(move |_| {
            if let Some(Ok(answer)) = self.send.value().get() {
                self.sent.update(|count| *count += 1);
                // After the form has taken note that everything typed is stored: else its guard holds the page back.
                request_animation_frame(move || {
                    // `None`: the page is gone already.
                    let _ = then.try_with_value(|then| then(answer));
                });
            }
        });
    }
}

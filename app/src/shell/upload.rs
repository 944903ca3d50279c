//! The browser's half of a form with files: sent without leaving the page once the WASM is there, posted plainly before.

use std::marker::PhantomData;

use leptos::{ev::SubmitEvent, prelude::*};
use model::Problem;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::codec::MultipartData;
use ui::FieldProblem;
use wasm_bindgen::JsCast;

use super::{
    form::{refusal, refused_fields, unreadable},
    session::{Flash, use_session},
    wire::Answer,
};

/// The state of one form that uploads to a server function which answers with `T`. As [`FormState`](super::FormState), for
/// `multipart/form-data`.
pub struct UploadState<T> {
    send: Action<web_sys::FormData, Answer>,
    flash: StoredValue<Option<Flash>>,
    unreadable: RwSignal<bool>,
    sent: RwSignal<u32>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for UploadState<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UploadState<T> {}

impl<T: Serialize + DeserializeOwned + 'static> UploadState<T> {
    /// State of a form on this page that posts to `path`, which `call` reaches.
    pub fn new<F: Future<Output = Result<T, Problem>> + 'static>(path: &str, call: fn(MultipartData) -> F) -> Self {
        Self {
            send: Action::new_local(move |data: &web_sys::FormData| {
                let answer = call(MultipartData::from(data.clone()));
                async move { Answer::of(answer.await) }
            }),
            flash: StoredValue::new(use_session().flash_of(path)),
            unreadable: RwSignal::new(false),
            sent: RwSignal::new(0),
            kind: PhantomData,
        }
    }

    /// What was typed before a refused plain post.
    pub fn kept(self) -> Vec<(String, String)> {
        self.flash.with_value(|flash| flash.as_ref().filter(|flash| flash.problem.is_some()).map(|flash| flash.kept.clone()).unwrap_or_default())
    }

    /// While it is being sent.
    pub fn pending(self) -> Signal<bool> {
        self.send.pending().into()
    }

    /// A new number after each success.
    pub fn sent(self) -> Signal<u32> {
        self.sent.into()
    }

    fn problem(self) -> Option<Problem> {
        if self.unreadable.get() {
            return Some(unreadable());
        }
        match self.send.value().get() {
            Some(answer) => answer.problem().cloned(),
            None => self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.problem.clone())),
        }
    }

    /// The refused fields, for `Form`.
    pub fn problems(self) -> Signal<Vec<FieldProblem>> {
        Signal::derive(move || refused_fields(self.problem().as_ref()))
    }

    /// A refusal that belongs to no field, for `Form`; empty when there is none.
    pub fn message(self) -> Signal<String> {
        Signal::derive(move || refusal(self.problem()))
    }

    /// Sends the form without leaving the page, for `Form on_submit`.
    pub fn submit(self) -> impl Fn(SubmitEvent) + Copy + Send + Sync + 'static {
        move |event: SubmitEvent| {
            event.prevent_default();
            let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
            let data = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok());
            self.unreadable.set(data.is_none());
            if let Some(data) = data {
                self.send.dispatch(data);
            }
        }
    }

    /// Runs `then` after each success.
    pub fn on_success(self, then: impl Fn(T) + Send + Sync + 'static) {
        let then = StoredValue::new(then);
        Effect::new(move |_| {
            if let Some(Ok(answer)) = self.send.value().get().map(Answer::decode::<T>) {
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

//! What pages read from server functions.
//!
//! Every answer travels as text and is decoded where it is shown: the machinery of reading, waiting and showing is compiled once, and not once
//! for each kind of answer. That is a fifth of what the browser would have to download otherwise.

use std::{future::Future, marker::PhantomData, pin::Pin};

use leptos::{prelude::*, server::codee::string::FromToStringCodec, server_fn::ServerFn};
use model::Problem;
use serde::{Serialize, de::DeserializeOwned};

use super::wire::{Answer, Call, Pending};

/// What one server function answered, as a page reads it: `.await` it inside [`suspended`].
pub struct Loaded<T> {
    answer: Resource<Answer, FromToStringCodec>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loaded<T> {}

/// What is asked for, and how often it was asked for again; `None` asks for nothing.
type Key = (u32, Option<Call>);

impl<T: Serialize + DeserializeOwned + Send + 'static> Loaded<T> {
    /// Asks now, and again whenever what `ask` gives changes.
    pub fn new<S>(ask: impl Fn() -> S + Clone + Send + Sync + 'static) -> Self
    where
        S: ServerFn<Output = T, Error = Problem> + Serialize + 'static,
    {
        Self::keyed(|| 0, move || Some(ask()), not_found)
    }

    /// As [`new`](Self::new), and again whenever `changes` does.
    pub fn renewed<S>(changes: RwSignal<u32>, ask: impl Fn() -> S + Clone + Send + Sync + 'static) -> Self
    where
        S: ServerFn<Output = T, Error = Problem> + Serialize + 'static,
    {
        Self::keyed(move || changes.get(), move || Some(ask()), not_found)
    }

    /// As [`renewed`](Self::renewed), of something that an address names: while `ask` gives `None` the address names nothing.
    pub fn named<S>(changes: RwSignal<u32>, ask: impl Fn() -> Option<S> + Clone + Send + Sync + 'static) -> Self
    where
        S: ServerFn<Output = T, Error = Problem> + Serialize + 'static,
    {
        Self::keyed(move || changes.get(), ask, not_found)
    }

    /// As [`renewed`](Self::renewed); while `ask` gives `None` nothing is asked, and the answer is the type's default.
    pub fn when<S>(changes: RwSignal<u32>, ask: impl Fn() -> Option<S> + Clone + Send + Sync + 'static) -> Self
    where
        S: ServerFn<Output = T, Error = Problem> + Serialize + 'static,
        T: Default,
    {
        Self::keyed(move || changes.get(), ask, || Answer::of(Ok(T::default())))
    }

    fn keyed<S>(
        changes: impl Fn() -> u32 + Send + Sync + 'static,
        ask: impl Fn() -> Option<S> + Clone + Send + Sync + 'static,
        unasked: fn() -> Answer,
    ) -> Self
    where
        S: ServerFn<Output = T, Error = Problem> + Serialize + 'static,
    {
        let again = ask.clone();
        let source: Box<dyn Fn() -> Key + Send + Sync> = Box::new(move || (changes(), ask().as_ref().map(Call::of)));
        let run: Box<dyn Fn(Call) -> Pending + Send + Sync> = Box::new(move |call| run(&again, call));
        Self { answer: resource(source, run, unasked), kind: PhantomData }
    }
}

impl<T: DeserializeOwned> Loaded<T> {
    /// Asks once more.
    pub fn refetch(self) {
        self.answer.refetch();
    }

    /// The last answer, without following it.
    pub fn get_untracked(self) -> Option<Result<T, Problem>> {
        self.answer.get_untracked().map(|answer| answer.decode())
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for Loaded<T> {
    type Output = Result<T, Problem>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = self.answer.into_future();
        Box::pin(async move { answer.await.decode() })
    }
}

fn not_found() -> Answer {
    Answer::refused(Problem::NotFound)
}

fn resource(
    source: Box<dyn Fn() -> Key + Send + Sync>,
    run: Box<dyn Fn(Call) -> Pending + Send + Sync>,
    unasked: fn() -> Answer,
) -> Resource<Answer, FromToStringCodec> {
    let fetch = move |(_, call): Key| -> Pending {
        match call {
            Some(call) => run(call),
            None => Box::pin(std::future::ready(unasked())),
        }
    };
    Resource::new_str(source, fetch)
}

/// On the server the function itself runs, without a detour over HTTP.
#[cfg(feature = "ssr")]
fn run<S>(ask: &(impl Fn() -> Option<S> + 'static), _call: Call) -> Pending
where
    S: ServerFn<Error = Problem> + 'static,
    S::Output: Serialize,
{
    match untrack(ask) {
        Some(input) => Box::pin(async move { Answer::of(input.run_body().await) }),
        None => Box::pin(std::future::ready(not_found())),
    }
}

#[cfg(not(feature = "ssr"))]
fn run<S>(_ask: &(impl Fn() -> Option<S> + 'static), call: Call) -> Pending {
    super::wire::send(call)
}

/// Content that waits for what it shows, for the inside of a `Suspense` or `Transition`: one type for all of them.
///
/// It makes no [`Loaded`], `Suspense` or `Transition` of its own where another one follows it on the page. They are numbered as they are made, on the
/// server and again in the browser; what is made inside is made when the answer is there, sooner or later than its neighbours, and a browser that
/// numbers them otherwise takes one answer for another and cannot take the page over.
pub fn suspended(content: impl Future<Output = AnyView> + Send + 'static) -> Suspend<AnyView> {
    let content: Pin<Box<dyn Future<Output = AnyView> + Send>> = Box::pin(content);
    Suspend::new(content)
}

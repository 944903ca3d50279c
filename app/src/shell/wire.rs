//! A call of a server function as it goes over the wire, and what comes back: text both ways, of no particular type.

use std::{convert::Infallible, fmt, future::Future, pin::Pin, str::FromStr};

use leptos::server_fn::ServerFn;
use model::Problem;
use serde::{Serialize, de::DeserializeOwned};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A call. It has no `Debug`: a form may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Call {
    path: &'static str,
    /// Content type of the body.
    kind: &'static str,
    body: String,
}

impl Call {
    /// The call with this input.
    pub fn of<S: ServerFn + Serialize>(input: &S) -> Self {
        Self { path: S::PATH, kind: JSON, body: serde_json::to_string(input).unwrap_or_default() }
    }

    /// The call with a URL-encoded form.
    pub fn form(path: &'static str, body: String) -> Self {
        Self { path, kind: FORM, body }
    }
}

/// What a server function answered: its output or the [`Problem`], as JSON.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Answer(Result<String, Problem>);

/// An answer under way.
pub(super) type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Answer {
    /// What a function gave.
    pub fn of<T: Serialize>(outcome: Result<T, Problem>) -> Self {
        Self(outcome.and_then(|output| serde_json::to_string(&output).map_err(|_| unreadable())))
    }

    /// An output that is JSON already.
    pub fn done(json: String) -> Self {
        Self(Ok(json))
    }

    /// A refusal.
    pub fn refused(problem: Problem) -> Self {
        Self(Err(problem))
    }

    /// Why it was refused, if it was.
    pub fn problem(&self) -> Option<&Problem> {
        self.0.as_ref().err()
    }

    /// The output, as the type it was made from.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, Problem> {
        self.0.and_then(|json| serde_json::from_str(&json).map_err(|_| unreadable()))
    }
}

/// `+` and the output, or `-` and the problem: how an answer stands in the document until the WASM takes it over.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(json) => write!(f, "+{json}"),
            Err(problem) => write!(f, "-{}", serde_json::to_string(problem).unwrap_or_default()),
        }
    }
}

impl FromStr for Answer {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.strip_prefix('+') {
            Some(json) => Self::done(json.to_owned()),
            None => Self::refused(text.strip_prefix('-').and_then(|json| serde_json::from_str(json).ok()).unwrap_or_else(unreadable)),
        })
    }
}

/// Something between the browser and the server answered in the server's place.
fn unreadable() -> Problem {
    Problem::Unavailable { what: "The server's answer could not be read. Try again shortly.".into() }
}

fn unreachable() -> Problem {
    Problem::Unavailable { what: "The server cannot be reached. Check the connection and try again.".into() }
}

/// Posts the call.
#[cfg(feature = "hydrate")]
pub(super) fn send(call: Call) -> Pending {
    Box::pin(send_wrapper::SendWrapper::new(async move { Answer(post(call).await) }))
}

#[cfg(feature = "hydrate")]
async fn post(call: Call) -> Result<String, Problem> {
    let request = gloo_net::http::Request::post(call.path).header("Content-Type", call.kind).header("Accept", JSON).body(call.body);
    let response = request.map_err(|_| unreachable())?.send().await.map_err(|_| unreachable())?;
    let text = response.text().await.map_err(|_| unreachable())?;
    if response.ok() { Ok(text) } else { Err(serde_json::from_str(&text).unwrap_or_else(|_| unreadable())) }
}

/// While a page is rendered nothing is posted: forms and buttons act in the browser only.
#[cfg(not(feature = "hydrate"))]
pub(super) fn send(_call: Call) -> Pending {
    Box::pin(std::future::ready(Answer::refused(unreachable())))
}

/// Calls a server function from an event in the browser.
///
/// # Errors
/// Its problem; [`Problem::Unavailable`] when the server cannot be reached.
pub async fn call<S>(input: S) -> Result<S::Output, Problem>
where
    S: ServerFn<Error = Problem> + Serialize,
    S::Output: DeserializeOwned,
{
    send(Call::of(&input)).await.decode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_document() {
        let check = |answer: Answer| assert!(answer.to_string().parse::<Answer>().is_ok_and(|read| read == answer), "{answer}");
        check(Answer::done("null".into()));
        check(Answer::done(r#"{"name":"-+\"</script>"}"#.into()));
        check(Answer::refused(Problem::NotFound));
        check(Answer::refused(Problem::field("email", "The address is not right.")));
    }

    #[test]
    fn rubbish_is_a_problem_and_no_panic() {
        for text in ["", "-", "-{", "hello"] {
            let answer: Answer = text.parse().unwrap_or_else(|never| match never {});
            assert_eq!(answer.decode::<String>().map_err(|problem| problem.code()), Err("unavailable"), "{text}");
        }
    }
}

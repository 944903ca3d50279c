//! What stands in the place of a page that cannot be shown.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::Problem;
use ui::{ErrorPage, LinkButton, ListUrl};

/// Sets the status of the document while it is made on the server.
pub fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(answer), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status)) {
        answer.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}

/// The 404 page inside the frame: no such page, or not for this person. Both look the same on purpose.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <ProblemView problem=Problem::NotFound/> }
}

/// The 404 page for addresses outside the frame.
#[component]
pub(super) fn BareNotFound() -> impl IntoView {
    set_status(404);
    view! {
        <super::BlankPage title="Not found" sentence=Problem::NotFound.message()>
            <LinkButton href="/">"Go to the overview"</LinkButton>
        </super::BlankPage>
    }
}

/// A problem in the place of a page or of its main part, with the status to match.
#[component]
pub fn ProblemView(
    /// Why it cannot be shown.
    problem: Problem,
) -> impl IntoView {
    set_status(problem.status());
    let title = match &problem {
        Problem::Unauthenticated => "Your session has ended",
        Problem::NotFound => "Not found",
        Problem::Forbidden { .. } => "Not allowed",
        Problem::Invalid { .. } => "This address has a part that does not fit",
        Problem::Conflict { .. } => "This cannot be done now",
        Problem::Busy { .. } => "Too many attempts",
        Problem::TooLarge { .. } => "Too large",
        Problem::Unavailable { .. } => "Not available at the moment",
        Problem::Internal { .. } => "Something went wrong",
    };
    let (href, label) = match &problem {
        Problem::Unauthenticated => (sign_in_and_return(), "Sign in"),
        _ => ("/".to_owned(), "Go to the overview"),
    };
    let reference = match &problem {
        Problem::Internal { reference } => reference.clone(),
        _ => String::new(),
    };
    view! {
        <Title text=title/>
        <ErrorPage
            code=problem.status().to_string()
            title=title
            sentence=problem.message()
            reference=reference
            action={move || view! { <LinkButton href=href.clone()>{label}</LinkButton> }}
        />
    }
}

/// The sign-in page, leading back to where the person is.
fn sign_in_and_return() -> String {
    let here = use_location();
    let (path, search) = (here.pathname.get_untracked(), here.search.get_untracked());
    let here = if search.is_empty() { path } else { format!("{path}?{search}") };
    ListUrl::new("/sign-in", [("next", here)]).href()
}

//! The connection test: step by step, with the server's own words.

use leptos::{form::FromFormData, prelude::*};
use model::{
    Problem,
    email::asset::{ProbeOutcome, ProbeStep},
};
use ui::{Alert, Button, Icon, Section, Step, Timeline, Toast, Tone, Variant, follow, use_toaster};

use super::api::{SendTestMail, TestConnection, TestStoredConnection};
use crate::shell::{FormState, PostButton, use_me};

/// What the test found, or why it did not run.
#[component]
pub(super) fn ProbeResult(
    /// The answer; `None` before the first test.
    #[prop(into)]
    answer: Signal<Option<Result<Vec<ProbeStep>, Problem>>>,
) -> impl IntoView {
    move || match answer.get() {
        None => ().into_any(),
        Some(Err(problem)) => view! { <Alert tone=Tone::Bad title=problem.message()/> }.into_any(),
        Some(Ok(steps)) => {
            let failed = steps.iter().find(|step| step.outcome == ProbeOutcome::Failed).map(|step| step.name.clone());
            let (tone, title) = match failed {
                None => (Tone::Good, "The connection works.".to_owned()),
                Some(step) => (Tone::Bad, format!("The connection fails at {step}.")),
            };
            let steps = steps.into_iter().map(step).collect::<Vec<_>>();
            view! {
                <Alert tone=tone title=title/>
                <Timeline label="Steps of the connection test" steps=steps/>
            }
            .into_any()
        }
    }
}

fn step(step: ProbeStep) -> Step {
    let (tone, word) = match step.outcome {
        ProbeOutcome::Ok => (Tone::Good, "works"),
        ProbeOutcome::Warning => (Tone::Caution, "works, with a warning"),
        ProbeOutcome::Failed => (Tone::Bad, "failed"),
        ProbeOutcome::Skipped => (Tone::Neutral, "skipped"),
    };
    let mut shown = Step::new(tone, format!("{}: {word}", step.name)).detail(step.detail);
    if step.outcome != ProbeOutcome::Skipped {
        shown = shown.took(format!("{} ms", step.millis));
    }
    if !step.server_words.is_empty() {
        shown = shown.verbatim(step.server_words.join("\n"));
    }
    shown
}

/// Tests what is typed in the form `form_id`, before it is saved.
#[component]
pub(super) fn TestTyped(
    /// Id of the form.
    form_id: &'static str,
    /// The asset, when it exists already: an empty password then means the stored one.
    #[prop(optional, into)]
    asset: String,
) -> impl IntoView {
    let unreadable = RwSignal::new(None::<Problem>);
    let test = Action::new(|input: &TestConnection| {
        let TestConnection { id, form } = input.clone();
        super::api::test_connection(id, form)
    });
    let asset = StoredValue::new(asset);
    let press = move |()| match typed(form_id) {
        Some(mut input) => {
            input.id = asset.get_value();
            unreadable.set(None);
            test.dispatch(input);
        }
        None => unreadable.set(Some(Problem::field("", "The form could not be read. Load the page again."))),
    };
    let answer = Signal::derive(move || unreadable.get().map(Err).or_else(|| test.value().get()));
    view! {
        <Section title="Test connection" help="Looks the server up, connects, checks the certificate, signs in and asks whether it takes mail from the address. Nothing is sent.">
            <Button icon=Icon::Plug busy=test.pending() on_press=press>"Test connection"</Button>
            <ProbeResult answer=answer/>
        </Section>
    }
}

/// The fields of a form in the page, as the server function takes them.
fn typed(form_id: &str) -> Option<TestConnection> {
    use wasm_bindgen::JsCast;
    let form = document().get_element_by_id(form_id)?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    TestConnection::from_form_data(&web_sys::FormData::new_with_form(&form).ok()?).ok()
}

/// Tests what is stored, and sends a test mail: works before the WASM arrives.
#[component]
pub(super) fn TestStored(
    /// The asset.
    #[prop(into)]
    asset: String,
    /// A sentence when the person may not.
    #[prop(optional, into)]
    disabled_because: String,
) -> impl IntoView {
    let toaster = use_toaster();
    let test = FormState::<TestStoredConnection>::new();
    let send = FormState::<SendTestMail>::new();
    let here = format!("/email/assets/{asset}?tab=connection");
    let email = use_me().get_untracked().map(|me| me.email).unwrap_or_default();
    send.on_success(move |message: String| {
        toaster.show(Toast::good("Test mail queued."));
        follow(&format!("/email/messages/{message}"));
    });
    let answer = Signal::derive(move || match test.problem().get() {
        Some(problem) => Some(Err(problem)),
        None => test.answer().get().map(Ok),
    });
    let (tested, sent) = (vec![("id", asset.clone())], vec![("id", asset)]);
    let (because_test, because_send) = (disabled_because.clone(), disabled_because);
    view! {
        <Section title="Test connection" help="Tests the server as it is saved: DNS, TCP, TLS, EHLO, AUTH and MAIL FROM. Nothing is sent.">
            <PostButton form=test next=here fields=tested variant=Variant::Primary icon=Icon::Plug disabled_because=because_test>"Test connection"</PostButton>
            <ProbeResult answer=answer/>
        </Section>
        <Section title="Send a test mail to me" help=format!("A short mail to {email}, through the same outbox as every other mail.")>
            <PostButton form=send next="/email/messages/{id}" fields=sent icon=Icon::Send disabled_because=because_send>"Send a test mail to me"</PostButton>
            {move || Some(send.message().get()).filter(|text| !text.is_empty()).map(|text| view! { <Alert tone=Tone::Bad title=text/> })}
        </Section>
    }
}

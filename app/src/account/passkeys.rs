//! Passkeys of the own account: list, add, rename, remove.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};
use model::auth::{PASSKEY_NAME_MAX_CHARS, Passkey};
use ui::{
    Alert, Badge, Column, DataTable, EmptyState, FieldProblem, Form, FormActions, Hidden, Icon, Inline, ListUrl, Row, Section, Size, TextInput,
    TimeText, Tone, Variant, use_ready,
};

use super::{
    security::{Forms, HERE, Refused},
    security_api::{AddPasskey, NewPasskeyOptions},
};
use crate::{
    auth::passkeys::create,
    shell::{PostButton, call},
};

/// The list, and a form for one more where there can be one.
#[component]
pub(super) fn Passkeys(passkeys: Vec<Passkey>, impossible: String, forms: Forms, locked: &'static str) -> impl IntoView {
    let rows = passkeys.into_iter().map(|passkey| row(passkey, forms, locked)).collect::<Vec<_>>();
    view! {
        <Section title="Passkeys" help="Sign in with your fingerprint, your face or a security key. Nobody can trick you out of a passkey.">
            <DataTable id="passkeys" caption="Passkeys" url=ListUrl::default() rows=rows
                columns=vec![Column::new("name", "Name"), Column::new("used", "Last used"), Column::new("added", "Added"), Column::new("act", "Action")]
                empty=|| view! { <EmptyState icon=Icon::Key title="No passkey yet" sentence="Add one on each device you use."/> }/>
            <Refused problem=forms.rename.problem()/>
            <Refused problem=forms.drop.problem()/>
            {if impossible.is_empty() {
                view! { <Add forms=forms locked=locked/> }.into_any()
            } else {
                view! { <Alert tone=Tone::Info title=impossible/> }.into_any()
            }}
        </Section>
    }
}

fn row(passkey: Passkey, forms: Forms, locked: &'static str) -> Row {
    let used = match passkey.last_used {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    let id = passkey.id.to_string();
    let (form_id, posted, named) = (format!("rename-{id}"), id.clone(), passkey.name.clone());
    let name = view! {
        <Inline>
            <details>
                <summary>{passkey.name}</summary>
                <Form id=form_id action=forms.rename.url() next=HERE pending=forms.rename.pending() on_submit=forms.rename.submit()>
                    <Hidden name="passkey" value=posted/>
                    <TextInput name="name" label="Name" value=named required=true max_length=60/>
                    <FormActions submit="Rename" guard=false/>
                </Form>
            </details>
            {passkey.synced.then(|| view! { <Badge label="synced"/> })}
        </Inline>
    };
    Row::new(id.clone())
        .cell(name)
        .cell(used)
        .cell(view! { <TimeText iso=passkey.created.iso text=passkey.created.text/> })
        .cell(view! {
            <PostButton form=forms.drop next=HERE size=Size::Small variant=Variant::Danger fields=vec![("passkey", id)] disabled_because=locked>"Remove"</PostButton>
        })
}

/// Asks for a name and then the device. Not there before the WASM is: without it no browser makes a passkey.
#[component]
fn Add(forms: Forms, locked: &'static str) -> impl IntoView {
    let ready = use_ready();
    let (busy, message) = (RwSignal::new(false), RwSignal::new(String::new()));
    let problems = RwSignal::new(Vec::<FieldProblem>::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = posted_name(&event);
        if !locked.is_empty() {
            message.set(locked.to_owned());
            return;
        }
        busy.set(true);
        message.set(String::new());
        problems.set(Vec::new());
        spawn_local(async move {
            let outcome = add(name).await;
            let _ = busy.try_set(false);
            match outcome {
                Ok(codes) => {
                    let _ = forms.first_codes.try_set(codes);
                    let _ = forms.changes.try_update(|count| *count += 1);
                }
                Err(Refusal::Name(why)) => {
                    let _ = problems.try_set(vec![FieldProblem::new("name", &why)]);
                }
                Err(Refusal::Other(why)) => {
                    let _ = message.try_set(why);
                }
            }
        });
    };
    view! {
        <div hidden=move || !ready.get()>
            <Form id="passkey" action=AddPasskey::PATH problems=problems message=message pending=busy on_submit=submit>
                <TextInput name="name" label="Name of the new passkey" required=true placeholder="Laptop" max_length=60
                    help="To tell it from the others, such as the device it is on."
                    validate=|text: &str| (text.trim().chars().count() > PASSKEY_NAME_MAX_CHARS).then(|| "Shorten the name.".to_owned())/>
                <FormActions submit="Add a passkey" guard=false/>
            </Form>
        </div>
    }
}

enum Refusal {
    Name(String),
    Other(String),
}

fn posted_name(event: &SubmitEvent) -> String {
    use wasm_bindgen::JsCast;
    let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
    let data = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok());
    data.and_then(|data| data.get("name").as_string()).unwrap_or_default()
}

async fn add(name: String) -> Result<Vec<String>, Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::Name("Enter a name for the passkey, such as the device it is on.".into()));
    }
    let options = call(NewPasskeyOptions {}).await.map_err(|problem| Refusal::Other(problem.message()))?;
    let answer = create(&options).await.map_err(Refusal::Other)?;
    call(AddPasskey { name, answer }).await.map_err(|problem| match problem.for_field("name") {
        Some(why) => Refusal::Name(why.to_owned()),
        None => Refusal::Other(problem.message()),
    })
}

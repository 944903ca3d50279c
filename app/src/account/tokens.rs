//! API tokens: make, copy once, revoke.

use leptos::prelude::*;
use model::{
    auth::check_name,
    people::{ApiToken, Capability, CapabilitySet, NewToken},
};
use ui::{
    Alert, Checkbox, Column, CopyButton, DataTable, EmptyState, Form, FormActions, Icon, Inline, ListUrl, Row, Section, Size, Skeleton, SkeletonKind,
    Stack, TextInput, TimeText, Toast, Tone, use_toaster, use_unsaved,
};

use super::api::{CreateToken, RevokeToken};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, suspended};

/// The list, the token just made, and the form for the next one.
#[component]
pub(super) fn Tokens(tokens: Loaded<Vec<ApiToken>>, changes: RwSignal<u32>, held: CapabilitySet) -> impl IntoView {
    let toaster = use_toaster();
    let create = FormState::<CreateToken>::new();
    let revoke = FormState::<RevokeToken>::new();
    create.on_success(move |_| changes.update(|count| *count += 1));
    revoke.on_success(move |()| {
        toaster.show(Toast::good("Token revoked"));
        changes.update(|count| *count += 1);
    });
    let made = create.answer();
    view! {
        <Stack>
            {move || made.get().map(|made| view! { <Made made=made/> })}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match tokens.await {
                        Ok(list) => {
                            let rows = list.into_iter().map(|token| row(token, revoke)).collect::<Vec<_>>();
                            view! {
                                <DataTable id="tokens" caption="API tokens" url=ListUrl::default() rows=rows
                                    columns=vec![Column::new("name", "Name"), Column::new("prefix", "Begins with"), Column::new("may", "May"),
                                        Column::new("created", "Made"), Column::new("used", "Last used"), Column::new("revoke", "Action")]
                                    empty=|| view! { <EmptyState icon=Icon::Key title="No token yet" sentence="A token lets a script act in your name. Make one below."/> }/>
                            }
                            .into_any()
                        }
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
            <NewTokenForm create=create held=held/>
        </Stack>
    }
}

/// The one moment in which the secret can be copied.
#[component]
fn Made(made: NewToken) -> impl IntoView {
    use_unsaved().hold(Signal::derive(|| true));
    view! {
        <Alert tone=Tone::Good title=format!("Token {} is ready", made.token.name)>
            <p>"Copy it now: it is not stored and cannot be shown again."</p>
            <Inline><code>{made.secret.clone()}</code><CopyButton text=made.secret label="Copy the API token" words="Copy"/></Inline>
        </Alert>
    }
}

#[component]
fn NewTokenForm(create: FormState<CreateToken>, held: CapabilitySet) -> impl IntoView {
    let choices = held.iter().enumerate().map(|(index, one)| {
        view! {
            <Checkbox name=format!("capabilities[{index}]") label=one.label() value=one.word()/>
        }
    });
    let choices = choices.collect_view();
    view! {
        <Form id="new-token-form" action=create.url() next="/account?tab=tokens" problems=create.problems() message=create.message()
            pending=create.pending() saved=create.saved() kept=create.kept() on_submit=create.submit()>
            <Section title="New token" help="It can never do more than you can, and nothing once your account is deactivated.">
                <TextInput name="name" label="Name" required=true placeholder="nightly export"
                    validate=|text: &str| {
                        let mut problems = Vec::new();
                        check_name("name", "token", text, &mut problems);
                        problems.pop().map(|problem| problem.message)
                    }/>
                {choices}
            </Section>
            <FormActions submit="Make token"/>
        </Form>
    }
}

fn row(token: ApiToken, revoke: FormState<RevokeToken>) -> Row {
    let may = token.capabilities.iter().map(|one: &Capability| one.word()).collect::<Vec<_>>().join(", ");
    let used = match token.last_used {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    Row::new(token.id.to_string())
        .cell(token.name)
        .cell(view! { <code>{token.prefix}</code> })
        .cell(may)
        .cell(view! { <TimeText iso=token.created.iso text=token.created.text/> })
        .cell(used)
        .cell(view! {
            <PostButton form=revoke next="/account?tab=tokens" size=Size::Small fields=vec![("id", token.id.to_string())]>"Revoke"</PostButton>
        })
}

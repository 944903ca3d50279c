//! `/email/compose`, and the same form below a conversation.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Problem,
    email::{
        address::check_email_address,
        asset::Asset,
        send::{MAX_MIME_BYTES, split_addresses},
    },
    page::{Page, PageRequest},
};
use server_fn::{ServerFn, codec::MultipartData};
use ui::{
    Alert, Choice, Crumb, EmptyState, FieldProblem, FileInput, Form, FormActions, Hidden, Icon, LinkButton, PageHeader, RichText, Section, Select,
    Skeleton, SkeletonKind, TextInput, Toast, Tone, follow, use_toaster,
};
use wasm_bindgen::JsCast;

use super::{
    api::ListAssets,
    compose::{Compose, compose},
};
use crate::shell::{Loaded, ProblemView, Screen, suspended, use_session};

/// What a mail begins with.
#[derive(Clone, Default)]
pub(super) struct Start {
    /// The asset to send from; empty for a choice.
    pub asset: String,
    /// Recipients.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The conversation it answers; empty for a new one.
    pub thread: String,
}

/// The page of a new mail.
pub struct ComposePage {
    asset: Memo<String>,
    to: Memo<String>,
    assets: Loaded<Page<Asset>>,
}

impl Screen for ComposePage {
    fn data() -> Self {
        let query = use_query_map();
        Self {
            asset: Memo::new(move |_| query.read().get("asset").unwrap_or_default()),
            to: Memo::new(move |_| query.read().get("to").unwrap_or_default()),
            assets: Loaded::new(|| ListAssets { page: PageRequest::default() }),
        }
    }

    fn view(this: Self) -> AnyView {
        let ComposePage { asset, to, assets } = this;
        view! {
            <Title text="Write a mail"/>
            <PageHeader title="Write a mail" sentence="Stored the moment you send it, delivered in the background, with a receipt for each recipient."
                crumbs=vec![Crumb::new("Email", "/email")]/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match assets.await {
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        Ok(page) if !page.items.iter().any(|asset| asset.active) => view! { <NoAsset/> }.into_any(),
                        Ok(page) => {
                            let start = Start { asset: asset.get(), to: to.get(), ..Start::default() };
                            view! {
                                <ComposeForm id="compose" assets=page.items start=start next="/email/messages/{id}"
                                    on_sent=Callback::new(|id: String| follow(&format!("/email/messages/{id}")))/>
                            }
                            .into_any()
                        }
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn NoAsset() -> impl IntoView {
    view! {
        <EmptyState icon=Icon::Mail title="No active address to send from" sentence="A mail leaves by the SMTP server of one of your addresses."
            action=|| view! { <LinkButton href="/email/assets/new">"Add an address"</LinkButton> }/>
    }
}

/// The form of a mail. With WASM it is sent without leaving the page; before, the browser posts it.
#[component]
pub(super) fn ComposeForm(
    /// Names the form.
    id: &'static str,
    /// What it begins with.
    start: Start,
    /// Addresses to choose from; not needed for a reply.
    #[prop(optional)]
    assets: Vec<Asset>,
    /// Where a plain post goes after success.
    #[prop(into)]
    next: String,
    /// Called with the message's id.
    on_sent: Callback<String>,
) -> impl IntoView {
    let toaster = use_toaster();
    let flash = use_session().flash_of(Compose::PATH);
    let kept = flash.as_ref().map(|flash| flash.kept.clone()).unwrap_or_default();
    let flashed = StoredValue::new(flash.and_then(|flash| flash.problem));
    let send = Action::new_local(|data: &web_sys::FormData| compose(MultipartData::from(data.clone())));
    let problem = Signal::derive(move || match send.value().get() {
        Some(answer) => answer.err(),
        None => flashed.get_value(),
    });
    let sent = RwSignal::new(0_u32);
    Effect::new(move |_| {
        if let Some(Ok(id)) = send.value().get() {
            toaster.show(Toast::good("Queued: the mail is stored and on its way."));
            sent.update(|count| *count += 1);
            // After the form has taken note that everything typed is stored: else its guard holds the page back.
            request_animation_frame(move || on_sent.run(id));
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        if let Some(data) = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok()) {
            send.dispatch(data);
        }
    };
    // The edge does not read uploads, so where a plain post leads to stands in the address.
    let action = format!("{}?_next={next}", Compose::PATH);
    let is_reply = !start.thread.is_empty();
    let title = if is_reply { "Reply" } else { "Recipients" };
    view! {
        <Form id=id action=action multipart=true problems=fields(problem) message=message(problem) pending=send.pending()
            saved=sent kept=kept on_submit=submit>
            <Hidden name="thread" value=start.thread.clone()/>
            <Section title=title help="Several addresses are separated by commas. At most 50 over To, Cc and Bcc.">
                {if is_reply {
                    view! { <Hidden name="asset" value=start.asset.clone()/> }.into_any()
                } else {
                    let choices = assets.iter().filter(|asset| asset.active).map(|asset| Choice::new(asset.id.to_string(), format!("{} <{}>", asset.name, asset.email_address))).collect::<Vec<_>>();
                    view! { <Select name="asset" label="From" value=start.asset.clone() options=choices required=true/> }.into_any()
                }}
                <TextInput name="to" label="To" value=start.to.clone() required=true placeholder="ann@example.com, bob@example.com" validate=check_list/>
                <TextInput name="cc" label="Cc" validate=check_list/>
                <TextInput name="bcc" label="Bcc" help="Nobody else sees these." validate=check_list/>
            </Section>
            <Section title="Mail" help="Formatted text is sent as HTML together with a plain version of it.">
                <TextInput name="subject" label="Subject" value=start.subject.clone() required=true max_length=900/>
                <RichText name="html" label="Text"/>
                <FileInput name="attachments" label="Files" multiple=true help=format!("At most {} MB with the text.", MAX_MIME_BYTES / 1024 / 1024)/>
            </Section>
            {move || send.pending().get().then(|| view! { <Alert tone=Tone::Info title="Sending: files are on their way to the server."/> })}
            <FormActions submit=if is_reply { "Send the reply" } else { "Send" } cancel="/email"/>
        </Form>
    }
}

fn fields(problem: Signal<Option<Problem>>) -> Signal<Vec<FieldProblem>> {
    Signal::derive(move || {
        let problem = problem.read();
        let fields = problem.as_ref().map(Problem::fields).unwrap_or_default();
        fields.iter().filter(|one| !one.field.is_empty()).map(|one| FieldProblem::new(&one.field, &one.message)).collect()
    })
}

fn message(problem: Signal<Option<Problem>>) -> Signal<String> {
    Signal::derive(move || match &*problem.read() {
        None => String::new(),
        Some(Problem::Invalid { fields }) => fields.iter().find(|one| one.field.is_empty()).map(|one| one.message.clone()).unwrap_or_default(),
        Some(other) => other.message(),
    })
}

/// The first address of a typed list that is none.
fn check_list(typed: &str) -> Option<String> {
    split_addresses(typed).iter().find_map(|address| check_email_address(address).err().map(|why| format!("“{address}”: {why}")))
}

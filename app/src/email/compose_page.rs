//! `/email/compose`, and the same form below a conversation.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    email::{
        asset::Asset,
        schedule::{Composed, ScheduleForm},
    },
    page::{Page, PageRequest},
};
use server_fn::ServerFn;
use ui::{
    Alert, Crumb, EmptyState, Form, FormActions, Hidden, Icon, LinkButton, PageHeader, Skeleton, SkeletonKind, Toast, Tone, follow, use_toaster,
};

pub(super) use super::mail_fields::Start;
use super::{
    api::ListAssets,
    compose::{Compose, compose},
    mail_fields::MailFields,
    schedule_api::ScheduleZones,
    when_fields::{Chosen, WhenFields},
};
use crate::shell::{Loaded, ProblemView, Screen, UploadState, suspended};

/// The page of a new mail.
pub struct ComposePage {
    asset: Memo<String>,
    to: Memo<String>,
    when: Memo<String>,
    assets: Loaded<Page<Asset>>,
    zones: Loaded<Vec<String>>,
}

impl Screen for ComposePage {
    fn data() -> Self {
        let query = use_query_map();
        let part = move |name: &'static str| Memo::new(move |_| query.read().get(name).unwrap_or_default());
        Self {
            asset: part("asset"),
            to: part("to"),
            when: part("when"),
            assets: Loaded::new(|| ListAssets { page: PageRequest::default() }),
            zones: Loaded::new(|| ScheduleZones {}),
        }
    }

    fn view(this: Self) -> AnyView {
        let ComposePage { asset, to, when, assets, zones } = this;
        view! {
            <Title text="Write a mail"/>
            <PageHeader title="Write a mail" sentence="Stored the moment you send it, delivered in the background, with a receipt for each recipient."
                crumbs=vec![Crumb::new("Email", "/email")]/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match (assets.await, zones.await) {
                        (Err(problem), _) | (_, Err(problem)) => view! { <ProblemView problem=problem/> }.into_any(),
                        (Ok(page), _) if !page.items.iter().any(|asset| asset.active) => view! { <NoAsset/> }.into_any(),
                        (Ok(page), Ok(zones)) => {
                            let start = Start { asset: asset.get(), to: to.get(), ..Start::default() };
                            view! {
                                <ComposeForm id="compose" assets=page.items start=start zones=zones when=when.get() next="/email/{kind}/{id}"
                                    on_sent=Callback::new(|made: Composed| follow(&format!("/email/{}/{}", made.kind, made.id)))/>
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
    /// Zones to choose from; not needed for a reply, which is sent at once.
    #[prop(optional)]
    zones: Vec<String>,
    /// `now`, `later` or `repeat`: what is chosen first.
    #[prop(optional, into)]
    when: String,
    /// Where a plain post goes after success.
    #[prop(into)]
    next: String,
    /// Called with what was made.
    on_sent: Callback<Composed>,
) -> impl IntoView {
    let toaster = use_toaster();
    let state = UploadState::<Composed>::new(Compose::PATH, compose);
    state.on_success(move |made| {
        let said = if made.kind == "schedules" { "Saved: the mail leaves at its time." } else { "Queued: the mail is stored and on its way." };
        toaster.show(Toast::good(said));
        on_sent.run(made);
    });
    // The edge does not read uploads, so where a plain post leads to stands in the address.
    let action = format!("{}?_next={next}", Compose::PATH);
    let is_reply = !start.thread.is_empty();
    let timing = ScheduleForm { when: if when.is_empty() { "now".into() } else { when }, ..ScheduleForm::default() };
    let chosen = Chosen::new(&timing, &state.kept());
    let submit = move || match (is_reply, chosen.when.get().as_str()) {
        (true, _) => "Send the reply",
        (_, "later" | "repeat") => "Save the schedule",
        _ => "Send",
    };
    view! {
        <Form id=id action=action multipart=true problems=state.problems() message=state.message() pending=state.pending()
            saved=state.sent() kept=state.kept() on_submit=state.submit()>
            <Hidden name="thread" value=start.thread.clone()/>
            <MailFields start=start assets=assets/>
            {(!is_reply).then(|| view! { <WhenFields form_id=id start=timing zones=zones chosen=chosen with_now=true/> })}
            {move || state.pending().get().then(|| view! { <Alert tone=Tone::Info title="Sending: files are on their way to the server."/> })}
            {move || view! { <FormActions submit=submit() cancel="/email"/> }}
        </Form>
    }
}

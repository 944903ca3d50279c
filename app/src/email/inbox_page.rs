//! `/email`: the conversations.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    email::{
        asset::Asset,
        thread::{InboxFilter, ThreadRow},
    },
    page::{Page, PageRequest},
    people::Capability,
};
use ui::{
    Badge, Choice, EmptyState, Filter, FilterBar, Icon, Item, ItemList, LinkButton, ListUrl, PageHeader, Pager, Skeleton, SkeletonKind, Variant,
};

use super::{
    Part, RoomTabs,
    api::{ListAssets, ListThreads},
};
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended, use_me};

/// The list and the addresses it can be narrowed to.
pub struct InboxPage {
    threads: Loaded<Page<ThreadRow>>,
    assets: Loaded<Page<Asset>>,
}

impl Screen for InboxPage {
    fn data() -> Self {
        let query = use_query_map();
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            InboxFilter { asset: part("asset"), search: part("search"), unread: part("unread") == "true", after: part("after") }
        });
        Self {
            threads: Loaded::new(move || ListThreads { filter: filter.get() }),
            assets: Loaded::new(|| ListAssets { page: PageRequest::default() }),
        }
    }

    fn view(this: Self) -> AnyView {
        let InboxPage { threads, assets } = this;
        view! {
            <Title text="Inbox"/>
            <PageHeader title="Email" sentence="Conversations with your customers, newest first." actions=|| view! { <WriteMail/> }/>
            <RoomTabs part=Part::Inbox/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move {
                    let choices = assets.await.map(|page| page.items).unwrap_or_default();
                    let url = ListUrl::new("/email", query_pairs());
                    view! { <FilterBar url=url search_label="Search subject, text and people" filters=filters(&choices)/> }.into_any()
                })}
            </Transition>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match threads.await {
                        Ok(page) => view! { <Threads page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

fn filters(assets: &[Asset]) -> Vec<Filter> {
    vec![
        Filter::new("asset", "Address", assets.iter().map(|asset| Choice::new(asset.id.to_string(), asset.name.clone())).collect()),
        Filter::new("unread", "State", vec![Choice::new("true", "Unread")]),
    ]
}

/// The way to a new mail, disabled with the reason for those who may not send.
#[component]
pub(super) fn WriteMail() -> impl IntoView {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailSend));
    let reason = if may { "" } else { "Your role does not send email." };
    view! { <LinkButton href="/email/compose" variant=Variant::Primary icon=Icon::Send disabled_because=reason>"Write a mail"</LinkButton> }
}

#[component]
fn Threads(page: Page<ThreadRow>) -> impl IntoView {
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Inbox title="No conversation here" sentence="Nothing fits, or nothing has arrived yet. Mail comes in once your mailbox forwards to the address shown on your email address's page."
                action=|| view! { <LinkButton href="/email/assets">"See your addresses"</LinkButton> }/>
        }
        .into_any();
    }
    let url = ListUrl::new("/email", query_pairs());
    let items = page.items.into_iter().map(item).collect::<Vec<_>>();
    view! {
        <ItemList label="Conversations" items=items/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
    .into_any()
}

fn item(thread: ThreadRow) -> Item {
    let subject = if thread.subject.trim().is_empty() { "(no subject)".to_owned() } else { thread.subject };
    let (mails, files, asset) = (thread.mails, thread.has_attachments, thread.asset_name);
    Item::new(format!("/email/threads/{}", thread.id), subject)
        .from(thread.participants)
        .snippet(thread.snippet)
        .time(thread.last.iso, thread.last.text)
        .unread(thread.unread > 0)
        .marks(view! {
            {(mails > 1).then(|| view! { <Badge label=format!("{mails} mails")/> })}
            {files.then(|| view! { <Badge label="Files"/> })}
            <Badge label=asset/>
        })
}

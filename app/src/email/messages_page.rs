//! `/email/sent`: outgoing mail and what became of it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    email::{
        asset::Asset,
        send::{MessageFilter, MessageRow, MessageStatus, SendProgress},
    },
    page::{Page, PageRequest},
};
use ui::{
    Choice, Column, DataTable, EmptyState, Filter, FilterBar, Icon, ListUrl, PageHeader, Pager, Progress, Row, Section, Skeleton, SkeletonKind,
    TimeText,
};

use super::{
    Part, RoomTabs,
    api::{ListAssets, ListMessages, ReadProgress},
    inbox_page::WriteMail,
    mail::MessageChip,
};
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended};

/// The list, the addresses it can be narrowed to, and the progress of one request when the list shows only that.
pub struct MessagesPage {
    messages: Loaded<Page<MessageRow>>,
    assets: Loaded<Page<Asset>>,
    progress: Loaded<SendProgress>,
}

impl Screen for MessagesPage {
    fn data() -> Self {
        let query = use_query_map();
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            MessageFilter { asset: part("asset"), status: part("status"), search: part("search"), send: part("send"), after: part("after") }
        });
        let send = Memo::new(move |_| filter.get().send);
        let progress = Loaded::when(RwSignal::new(0), move || Some(send.get()).filter(|send| !send.is_empty()).map(|id| ReadProgress { id }));
        Self {
            messages: Loaded::new(move || ListMessages { filter: filter.get() }),
            assets: Loaded::new(|| ListAssets { page: PageRequest::default() }),
            progress,
        }
    }

    fn view(this: Self) -> AnyView {
        let MessagesPage { messages, assets, progress } = this;
        follow_progress(messages, progress);
        view! {
            <Title text="Sent mail"/>
            <PageHeader title="Email" sentence="Every mail that was accepted here, with what its server said." actions=|| view! { <WriteMail/> }/>
            <RoomTabs part=Part::Sent/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move {
                    let choices = assets.await.map(|page| page.items).unwrap_or_default();
                    let url = ListUrl::new("/email/sent", query_pairs());
                    view! { <FilterBar url=url search_label="Search recipient or subject" filters=filters(&choices)/> }.into_any()
                })}
            </Transition>
            <Transition fallback=|| ()>
                {move || suspended(async move { progress.await.ok().filter(|counts| counts.total > 1).map(|counts| view! { <SendProgressBar counts=counts/> }).into_any() })}
            </Transition>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match messages.await {
                        Ok(page) => view! { <Messages page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// Asks again every two seconds while mails of the request are under way.
fn follow_progress(messages: Loaded<Page<MessageRow>>, progress: Loaded<SendProgress>) {
    Effect::new(move |_| {
        let handle = set_interval_with_handle(
            move || {
                let waiting = progress.get_untracked().and_then(Result::ok).is_some_and(|counts| counts.waiting > 0);
                if waiting {
                    progress.refetch();
                    messages.refetch();
                }
            },
            std::time::Duration::from_secs(2),
        );
        on_cleanup(move || {
            if let Ok(handle) = handle {
                handle.clear();
            }
        });
    });
}

#[component]
fn SendProgressBar(counts: SendProgress) -> impl IntoView {
    let done = counts.total - counts.waiting;
    let words = format!("{} submitted, {} failed, {} cancelled, {} waiting", counts.submitted, counts.failed, counts.cancelled, counts.waiting);
    view! {
        <Section title="Progress" help=words>
            <Progress label="Mails finished" done=u32::try_from(done).unwrap_or_default() total=u32::try_from(counts.total).unwrap_or_default()/>
        </Section>
    }
}

fn filters(assets: &[Asset]) -> Vec<Filter> {
    vec![
        Filter::new("asset", "Address", assets.iter().map(|asset| Choice::new(asset.id.to_string(), asset.name.clone())).collect()),
        Filter::new("status", "Status", MessageStatus::ALL.iter().map(|status| Choice::new(status.word(), status.label())).collect()),
    ]
}

#[component]
fn Messages(page: Page<MessageRow>) -> impl IntoView {
    let url = ListUrl::new("/email/sent", query_pairs());
    let columns = vec![
        Column::new("to", "To"),
        Column::new("subject", "Subject"),
        Column::new("status", "Status"),
        Column::new("asset", "From"),
        Column::new("accepted", "Accepted"),
        Column::new("reply", "Last reply"),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <DataTable id="messages" caption="Sent mail" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Send title="No mail here" sentence="Nothing fits, or nothing was sent yet." action=|| view! { <WriteMail/> }/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(message: MessageRow) -> Row {
    Row::new(message.id.to_string())
        .href(format!("/email/messages/{}", message.id))
        .cell(message.to)
        .cell(message.subject)
        .cell(view! { <MessageChip status=message.status/> })
        .cell(message.asset_name)
        .cell(view! { <TimeText iso=message.accepted.iso text=message.accepted.text/> })
        .cell(message.last_reply)
}

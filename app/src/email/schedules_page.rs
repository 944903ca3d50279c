//! `/email/schedules`: mail that leaves later, or again and again.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    email::{
        asset::Asset,
        schedule::{ScheduleFilter, ScheduleRow, ScheduleStatus},
    },
    live::Kind,
    page::{Page, PageRequest},
    people::Capability,
};
use ui::{
    Choice, Column, DataTable, EmptyState, Filter, FilterBar, Icon, LinkButton, ListUrl, PageHeader, Pager, Row, Skeleton, SkeletonKind, StatusChip,
    TimeText, Tone, Variant,
};

use super::{Part, RoomTabs, api::ListAssets, schedule_api::ListSchedules, when_fields::with_offset};
use crate::shell::{Loaded, ProblemView, Screen, followed, query_pairs, suspended, use_me};

/// The list, which follows what happens, and the addresses it can be narrowed to.
pub struct SchedulesPage {
    schedules: Loaded<Page<ScheduleRow>>,
    assets: Loaded<Page<Asset>>,
}

impl Screen for SchedulesPage {
    fn data() -> Self {
        let query = use_query_map();
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            ScheduleFilter { asset: part("asset"), status: part("status"), search: part("search"), after: part("after") }
        });
        Self {
            schedules: Loaded::renewed(followed(Kind::SchedulesChanged, RwSignal::new(0), || true), move || ListSchedules { filter: filter.get() }),
            assets: Loaded::new(|| ListAssets { page: PageRequest::default() }),
        }
    }

    fn view(this: Self) -> AnyView {
        let SchedulesPage { schedules, assets } = this;
        view! {
            <Title text="Scheduled mail"/>
            <PageHeader title="Email" sentence="Mail that leaves later, or again and again, at a time of the clock on the wall." actions=|| view! { <NewSchedule/> }/>
            <RoomTabs part=Part::Schedules/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move {
                    let choices = assets.await.map(|page| page.items).unwrap_or_default();
                    let url = ListUrl::new("/email/schedules", query_pairs());
                    view! { <FilterBar url=url search_label="Search recipient or subject" filters=filters(&choices)/> }.into_any()
                })}
            </Transition>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match schedules.await {
                        Ok(page) => view! { <Schedules page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// The way to a new schedule, disabled with the reason for those who may not send.
#[component]
fn NewSchedule() -> impl IntoView {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailSend));
    let reason = if may { "" } else { "Your role does not send email." };
    view! { <LinkButton href="/email/compose?when=repeat" variant=Variant::Primary icon=Icon::Clock disabled_because=reason>"Schedule a mail"</LinkButton> }
}

fn filters(assets: &[Asset]) -> Vec<Filter> {
    vec![
        Filter::new("asset", "Address", assets.iter().map(|asset| Choice::new(asset.id.to_string(), asset.name.clone())).collect()),
        Filter::new("status", "Status", ScheduleStatus::ALL.iter().map(|status| Choice::new(status.word(), status.label())).collect()),
    ]
}

#[component]
fn Schedules(page: Page<ScheduleRow>) -> impl IntoView {
    let url = ListUrl::new("/email/schedules", query_pairs());
    let columns = vec![
        Column::new("subject", "Subject"),
        Column::new("to", "To"),
        Column::new("words", "When"),
        Column::new("next", "Next run"),
        Column::new("status", "Status"),
        Column::new("last", "Last run"),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <DataTable id="schedules" caption="Scheduled mail" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Clock title="No schedule here" sentence="Nothing fits, or no mail was scheduled yet." action=|| view! { <NewSchedule/> }/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(schedule: ScheduleRow) -> Row {
    let next = schedule.next.map(|next| (next.iso.clone(), with_offset(&next)));
    Row::new(schedule.id.to_string())
        .href(format!("/email/schedules/{}", schedule.id))
        .cell(schedule.subject)
        .cell(schedule.to)
        .cell(format!("{} ({})", schedule.words, schedule.zone))
        .cell(next.map(|(iso, text)| view! { <TimeText iso=iso text=text/> }))
        .cell(view! { <ScheduleChip status=schedule.status/> })
        .cell(schedule.last.map(|last| view! { <TimeText iso=last.iso text=last.text/> }))
}

/// Where a schedule stands, as icon, word and colour.
#[component]
pub(super) fn ScheduleChip(
    /// Where it stands.
    status: ScheduleStatus,
) -> impl IntoView {
    let tone = match status {
        ScheduleStatus::Active => Tone::Good,
        ScheduleStatus::Paused => Tone::Caution,
        ScheduleStatus::Finished => Tone::Neutral,
        ScheduleStatus::Failed => Tone::Bad,
    };
    view! { <StatusChip tone=tone label=status.label()/> }
}

//! `/email/schedules/:schedule`: when a mail leaves, what its runs came to, and what can be changed.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Problem,
    email::{
        asset::Asset,
        schedule::{ScheduleDetail, ScheduleStatus},
    },
    live::Kind,
    page::{Page, PageRequest},
    people::Capability,
};
use ui::{Alert, Crumb, PageHeader, Skeleton, SkeletonKind, Tab, Tabs, Tone};

use super::{
    api::ListAssets,
    schedule_actions::{Actions, Asked, Removal},
    schedule_api::{GetSchedule, ScheduleZones},
    schedule_edit::{MailPart, Timing},
    schedule_overview::Overview,
    schedules_page::ScheduleChip,
};
use crate::shell::{Loaded, ProblemView, Screen, followed, suspended, use_me};

/// The tabs in the address: `?tab=`.
const TABS: &[(&str, &str)] = &[("overview", "Overview"), ("time", "Time"), ("mail", "Mail")];
/// `?tab=` of the question before deleting, for browsers that cannot open the dialog.
pub(super) const DELETE: &str = "delete";

/// Zones and addresses, which only the forms need.
type Choices = (Result<Vec<String>, Problem>, Result<Page<Asset>, Problem>);

/// The page of one schedule; its overview follows what happens.
pub struct SchedulePage {
    tab: Memo<&'static str>,
    changes: RwSignal<u32>,
    schedule: Loaded<ScheduleDetail>,
    zones: Loaded<Vec<String>>,
    assets: Loaded<Page<Asset>>,
}

impl Screen for SchedulePage {
    fn data() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let id = Memo::new(move |_| params.read().get("schedule").unwrap_or_default());
        let after = Memo::new(move |_| query.read().get("after").unwrap_or_default());
        let tab = Memo::new(move |_| {
            let asked = query.read().get("tab").unwrap_or_default();
            TABS.iter().map(|(word, _)| *word).chain([DELETE]).find(|word| *word == asked).unwrap_or("overview")
        });
        let changes = RwSignal::new(0);
        let may = cannot_change().is_empty();
        let needed = move || may && matches!(tab.get(), "time" | "mail");
        // The other tabs hold forms: what somebody is about to change must not change under their hands.
        let seen = followed(Kind::SchedulesChanged, changes, move || tab.get() == "overview");
        Self {
            tab,
            changes,
            schedule: Loaded::renewed(seen, move || GetSchedule { id: id.get(), after: after.get() }),
            zones: Loaded::when(changes, move || needed().then_some(ScheduleZones {})),
            assets: Loaded::when(changes, move || needed().then(|| ListAssets { page: PageRequest::default() })),
        }
    }

    fn view(this: Self) -> AnyView {
        let SchedulePage { tab, changes, schedule, zones, assets } = this;
        let tabs = move || TABS.iter().map(|(word, label)| Tab::new(*label, format!("?tab={word}"), tab.get() == *word)).collect::<Vec<_>>();
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    let choices = (zones.await, assets.await);
                    match schedule.await {
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        Ok(detail) => view! {
                            <Head detail=detail.clone() changes=changes/>
                            {move || view! { <Tabs label="Parts of this schedule" items=tabs()/> }}
                            {move || part(tab.get(), detail.clone(), choices.clone(), changes)}
                        }
                        .into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

fn part(tab: &str, detail: ScheduleDetail, choices: Choices, changes: RwSignal<u32>) -> AnyView {
    if tab == "overview" {
        return view! { <Overview detail=detail/> }.into_any();
    }
    if !cannot_change().is_empty() {
        return view! { <Alert tone=Tone::Info title=cannot_change()/> }.into_any();
    }
    if tab == DELETE {
        return view! { <Removal detail=detail/> }.into_any();
    }
    match choices {
        (Ok(zones), Ok(_)) if tab == "time" => view! { <Timing detail=detail zones=zones changes=changes/> }.into_any(),
        (Ok(_), Ok(assets)) => view! { <MailPart detail=detail assets=assets.items changes=changes/> }.into_any(),
        (Err(problem), _) | (_, Err(problem)) => view! { <ProblemView problem=problem/> }.into_any(),
    }
}

/// The reason why somebody may only look; empty for those who may change.
pub(super) fn cannot_change() -> &'static str {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailSend));
    if may { "" } else { "Your role reads email but does not send it." }
}

#[component]
fn Head(detail: ScheduleDetail, changes: RwSignal<u32>) -> impl IntoView {
    let (status, note) = (detail.row.status, detail.row.note.clone());
    let sentence = format!("{} ({})", detail.row.words, detail.row.zone);
    let asked = Asked::new(changes, status == ScheduleStatus::Active);
    view! {
        <Title text=detail.row.subject.clone()/>
        <PageHeader title=detail.row.subject.clone() sentence=sentence
            crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Scheduled", "/email/schedules")]
            status=move || view! { <ScheduleChip status=status/> }
            actions=move || view! { <Actions detail=detail.clone() asked=asked/> }/>
        {move || Some(asked.refusal()).filter(|text| !text.is_empty()).map(|text| view! { <Alert tone=Tone::Bad title=text urgent=true/> })}
        {(!note.is_empty()).then(|| {
            let tone = if status == ScheduleStatus::Failed { Tone::Bad } else { Tone::Info };
            view! { <Alert tone=tone title=status.label() sentence=note/> }
        })}
    }
}

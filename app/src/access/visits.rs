//! Present and past visits.

use leptos::prelude::*;
use model::{access::Visit, page::Page};
use ui::{
    Column, DataTable, EmptyState, Icon, ListUrl, Pager, Row, Section, Size, Skeleton, SkeletonKind, Stack, StatusChip, TimeText, Toast, Tone,
    use_toaster,
};

use super::api::EndVisit;
use crate::{
    account::Refused,
    shell::{FormState, Loaded, PostButton, ProblemView, query_pairs, suspended},
};

/// The list, with a way to end those that last.
#[component]
pub(super) fn Visits(visits: Loaded<Page<Visit>>, changes: RwSignal<u32>) -> impl IntoView {
    let form = FormState::<EndVisit>::new();
    let toaster = use_toaster();
    form.on_success(move |()| {
        toaster.show(Toast::good("Visit ended"));
        changes.update(|count| *count += 1);
    });
    view! {
        <Section title="Visits" id="visits" help="Who was here from outside, and when. What they did stands in the audit log under the id shown.">
            <Refused problem=form.problem()/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match visits.await {
                        Ok(page) => view! { <List page=page form=form/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn List(page: Page<Visit>, form: FormState<EndVisit>) -> impl IntoView {
    let url = ListUrl::new("/tenant/access", query_pairs());
    let columns = vec![Column::new("who", "Visitor"), Column::new("access", "Access"), Column::new("from", "From"), Column::new("until", "Until")];
    let rows = page.items.into_iter().map(|visit| row(visit, form)).collect::<Vec<_>>();
    view! {
        <DataTable id="visits-table" caption="Visits" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Headset title="No visit yet" sentence="Nobody from outside has been in your organisation."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(visit: Visit, form: FormState<EndVisit>) -> Row {
    let id = visit.id.to_string();
    let fields = vec![("id", id.clone())];
    let from =
        if visit.organisation.is_empty() { visit.kind.label().to_owned() } else { format!("{} · {}", visit.kind.label(), visit.organisation) };
    let until = match visit.ended {
        Some(at) => view! {
            <Stack tight=true>
                <TimeText iso=at.iso text=at.text/>
                <span>{visit.ended_because}</span>
            </Stack>
        }
        .into_any(),
        None => view! {
            <Stack tight=true>
                <StatusChip tone=Tone::Caution label="Here now"/>
                <PostButton form=form next="/tenant/access" size=Size::Small fields=fields>"End this visit"</PostButton>
            </Stack>
        }
        .into_any(),
    };
    let who = view! {
        <Stack tight=true>
            <strong>{visit.visitor}</strong>
            <span>{from}</span>
            <span>{visit.acts_as}</span>
        </Stack>
    };
    let started = view! { <TimeText iso=visit.started.iso text=visit.started.text/> };
    Row::new(id).cell(who).cell(visit.access.label()).cell(started).cell(until)
}

//! `/audit`: the log with its filters. The pattern for every list page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Problem,
    audit::{AuditEntry, AuditFilter, ChainVerdict, Change},
    page::Page,
};
use ui::{
    Alert, Choice, Column, DataTable, EmptyState, Filter, FilterBar, Icon, KeyValue, LinkButton, ListUrl, PageHeader, Pager, Pair, Row, Skeleton,
    SkeletonKind, TimeText, Tone,
};

use super::api::{ListAudit, VerifyAudit};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, query_pairs, suspended};

const SENTENCE: &str = "Every change, and every reading of something secret: who, what, when and from where.";

/// What the page needs, asked for while its code is still on the way.
pub struct AuditPage {
    filter: Memo<AuditFilter>,
    entries: Loaded<Page<AuditEntry>>,
}

impl Screen for AuditPage {
    fn data() -> Self {
        let query = use_query_map();
        // Everything the list shows stands in its address, so a filtered list can be sent to somebody.
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            AuditFilter::read(part)
        });
        let entries = Loaded::new(move || ListAudit { filter: filter.get() });
        Self { filter, entries }
    }

    fn view(this: Self) -> AnyView {
        let AuditPage { filter, entries } = this;
        let verify = FormState::<VerifyAudit>::new();
        let export = move |path: &'static str| untrack(|| export_address(path, &filter.read()));
        view! {
            <Title text="Audit log"/>
            <PageHeader title="Audit log" sentence=SENTENCE
                actions=move || view! {
                    <PostButton form=verify next="/audit" icon=Icon::Shield>"Verify the chain"</PostButton>
                    // Another kind of answer than a page: the router leaves it to the browser.
                    <LinkButton href=export("/audit/export.json") icon=Icon::Download download=true>"Export JSON"</LinkButton>
                    <LinkButton href=export("/audit/export.csv") icon=Icon::Download download=true>"Export CSV"</LinkButton>
                }/>
            <Verdict form=verify/>
            {move || {
                let url = ListUrl::new("/audit", query_pairs());
                view! { <FilterBar url=url search_label="Search who, what or action" filters=filters()/> }
            }}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match entries.await {
                        Ok(page) => view! { <Entries page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// What the walk over the chain found, once somebody asked.
#[component]
fn Verdict(form: FormState<VerifyAudit>) -> impl IntoView {
    let (problem, answer) = (form.problem(), form.answer());
    move || problem.get().map(Err).or_else(|| answer.get().map(Ok)).map(told)
}

fn told(answer: Result<ChainVerdict, Problem>) -> AnyView {
    let (tone, title, sentence) = match answer {
        Ok(ChainVerdict { holds: true, sentence }) => (Tone::Good, "The chain holds", sentence),
        Ok(ChainVerdict { holds: false, sentence }) => {
            let cure = "Compare the log with an export that was kept elsewhere, and ask whoever runs the server who can write to its database.";
            (Tone::Bad, "The chain does not hold", format!("{sentence} {cure}"))
        }
        Err(problem) => (Tone::Caution, "The chain was not verified", problem.message()),
    };
    view! { <Alert tone=tone title=title sentence=sentence urgent=true/> }.into_any()
}

fn filters() -> Vec<Filter> {
    let rooms =
        [("auth", "Sign-in"), ("people", "People"), ("tenant", "Tenant"), ("email", "Email"), ("debuglog", "Debug log"), ("audit", "Audit log")];
    vec![
        Filter::new("action", "About", rooms.iter().map(|(word, label)| Choice::new(*word, *label)).collect()),
        Filter::text("actor", "Who"),
        Filter::text("subject", "On"),
        Filter::day("from", "From"),
        Filter::day("until", "Until"),
    ]
}

/// The same filters as a file, without the cursor: an export holds all pages.
fn export_address(path: &str, filter: &AuditFilter) -> String {
    ListUrl::new(path, filter.named()).href()
}

/// The table and its pager.
#[component]
fn Entries(page: Page<AuditEntry>) -> impl IntoView {
    let url = ListUrl::new("/audit", query_pairs());
    let columns = vec![
        Column::new("at", "When"),
        Column::new("actor", "Who"),
        Column::new("from", "From"),
        Column::new("action", "What"),
        Column::new("subject", "On"),
        Column::new("changes", "Changes"),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <DataTable id="audit" caption="Audit log" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Shield title="Nothing here" sentence="No entry fits these filters. Widen the days or clear the search."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(entry: AuditEntry) -> Row {
    Row::new(entry.id.to_string())
        .cell(view! { <TimeText iso=entry.at.iso text=entry.at.text/> })
        .cell(entry.actor)
        .cell(entry.remote_address)
        .cell(view! { <code>{entry.action}</code> })
        .cell(if entry.subject_name.is_empty() { entry.subject } else { entry.subject_name })
        .cell(changes(entry.changes))
}

/// Field by field; folded, because most readers look for the line and not for its details.
fn changes(changes: Vec<Change>) -> AnyView {
    if changes.is_empty() {
        return "–".into_any();
    }
    let count = changes.len();
    let pairs = changes.into_iter().map(|change| Pair::text(change.field, before_and_after(change.before, change.after))).collect::<Vec<_>>();
    let words = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
    view! { <details><summary>{words}</summary><KeyValue items=pairs/></details> }.into_any()
}

fn before_and_after(before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (None, Some(after)) => after,
        (Some(before), None) => format!("{before} → removed"),
        (before, after) => format!("{} → {}", before.unwrap_or_default(), after.unwrap_or_default()),
    }
}

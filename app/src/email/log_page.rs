//! `/email/assets/:asset/log`: every step of every mail of one address, bodies hidden until decrypted.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    email::log::{DecryptedLine, LogFilter, LogLine},
    page::Page,
    people::Capability,
};
use ui::{
    Alert, Choice, CodeBlock, Column, Crumb, DataTable, EmptyState, Filter, FilterBar, Icon, LinkButton, ListUrl, PageHeader, Pager, Row, Section,
    Size, Skeleton, SkeletonKind, TimeText, Tone, Variant,
};

use super::api::{DecryptLog, ListLog};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, query_pairs, suspended, use_me};

/// The log and what it is narrowed to.
pub struct LogPage {
    filter: Memo<LogFilter>,
    lines: Loaded<Page<LogLine>>,
}

impl Screen for LogPage {
    fn data() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let filter = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            LogFilter { asset: params.read().get("asset").unwrap_or_default(), search: part("search"), step: part("step"), after: part("after") }
        });
        Self { filter, lines: Loaded::new(move || ListLog { filter: filter.get() }) }
    }

    fn view(this: Self) -> AnyView {
        let LogPage { filter, lines } = this;
        let asset = untrack(move || filter.read().asset.clone());
        let here = format!("/email/assets/{asset}/log");
        let export = move || export_address(&filter.read());
        let decrypt = FormState::<DecryptLog>::new();
        let here_stored = StoredValue::new(here.clone());
        view! {
            <Title text="Debug log"/>
            <PageHeader title="Debug log" sentence="Every step of every mail, in your organisation's time zone. Bodies are kept encrypted; reading one is audited."
                crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Addresses", "/email/assets"), Crumb::new("Address", format!("/email/assets/{asset}"))]
                actions=move || view! { <LinkButton href=untrack(export) icon=Icon::Download variant=Variant::Secondary download=true>"Export CSV"</LinkButton> }/>
            {move || {
                let url = ListUrl::new(here_stored.get_value(), query_pairs());
                view! { <FilterBar url=url search_label="Search text, or the id of a mail" filters=filters()/> }
            }}
            <Decrypted decrypt=decrypt/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match lines.await {
                        Ok(page) => view! { <Lines page=page here=here_stored.get_value() decrypt=decrypt/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

fn filters() -> Vec<Filter> {
    let steps = ["accepted", "submitted", "retry", "failed", "cancelled", "received", "parsed"];
    vec![Filter::new("step", "Step", steps.iter().map(|step| Choice::new(*step, *step)).collect())]
}

fn export_address(filter: &LogFilter) -> String {
    let pairs = [("search", &filter.search), ("step", &filter.step)];
    let kept = pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value.clone()));
    ListUrl::new(format!("/email/assets/{}/log.csv", filter.asset), kept).href()
}

/// The body that was just decrypted.
#[component]
fn Decrypted(decrypt: FormState<DecryptLog>) -> impl IntoView {
    let answer: Signal<Option<DecryptedLine>> = decrypt.answer();
    move || match (decrypt.problem().get(), answer.get()) {
        (Some(problem), _) => view! { <Alert tone=Tone::Bad title=problem.message()/> }.into_any(),
        (None, Some(found)) => view! {
            <Section title="Decrypted body" help=format!("{} · {}", found.line.at.text, found.line.detail)>
                <CodeBlock label="Decrypted body" text=found.body wrap=true/>
            </Section>
        }
        .into_any(),
        (None, None) => ().into_any(),
    }
}

#[component]
fn Lines(page: Page<LogLine>, here: String, decrypt: FormState<DecryptLog>) -> impl IntoView {
    let url = ListUrl::new(here.clone(), query_pairs());
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::DebugLogDecrypt));
    let columns = vec![
        Column::new("at", "When"),
        Column::new("direction", "Direction"),
        Column::new("step", "Step"),
        Column::new("detail", "What happened"),
        Column::new("body", "Body"),
    ];
    let rows = page.items.into_iter().map(|line| row(line, &here, may, decrypt)).collect::<Vec<_>>();
    view! {
        <DataTable id="log" caption="Debug log" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Log title="Nothing here" sentence="No line fits, or nothing was sent or received yet."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(line: LogLine, here: &str, may: bool, decrypt: FormState<DecryptLog>) -> Row {
    let id = line.id.to_string();
    let reason = if may { "" } else { "Your role does not decrypt debug logs." };
    let body = if line.has_body {
        view! {
            <PostButton form=decrypt next=here.to_owned() fields=vec![("id", id.clone())] size=Size::Small icon=Icon::Unlock disabled_because=reason>"Decrypt"</PostButton>
        }
        .into_any()
    } else {
        "–".into_any()
    };
    Row::new(line.id.to_string())
        .cell(view! { <TimeText iso=line.at.iso text=line.at.text/> })
        .cell(line.direction)
        .cell(line.step)
        .cell(line.detail)
        .cell(body)
}

//! A schedule as it stands: its next runs, what it sends, what its runs came to.

use leptos::prelude::*;
use model::{
    email::schedule::{KEPT_RUNS, RunOutcome, ScheduleDetail, ScheduleRun},
    page::Page,
};
use ui::{Card, Column, DataTable, EmptyState, Icon, KeyValue, ListUrl, Pager, Pair, PlainText, Row, Section, StatusChip, TextLink, TimeText, Tone};

use super::{
    mail::Files,
    when_fields::{RunTimes, with_offset},
};
use crate::shell::query_pairs;

/// The first tab.
#[component]
pub(super) fn Overview(
    /// The schedule.
    detail: ScheduleDetail,
) -> impl IntoView {
    let facts = facts(&detail);
    let ScheduleDetail { row, text, attachments, upcoming, runs, .. } = detail;
    let url = ListUrl::new(format!("/email/schedules/{}", row.id), query_pairs());
    view! {
        <KeyValue items=facts/>
        <Section title="Next runs" help=format!("By the clock in {}; the offset is that of the day.", row.zone)>
            {if upcoming.is_empty() {
                view! { <EmptyState icon=Icon::Clock title="No run ahead" sentence="It is not running now."/> }.into_any()
            } else {
                view! { <RunTimes runs=upcoming/> }.into_any()
            }}
        </Section>
        <Card title="History" sentence=format!("What came of each run, newest first; the last {KEPT_RUNS} are kept.")>
            <History runs=runs url=url/>
        </Card>
        <Card title="Text">
            <PlainText text=text/>
            <Files files=attachments/>
        </Card>
    }
    .into_any()
}

fn facts(detail: &ScheduleDetail) -> Vec<Pair> {
    let (row, created) = (&detail.row, detail.created.clone());
    let from = if row.asset_name.is_empty() { "The address was deleted".to_owned() } else { row.asset_name.clone() };
    let mut pairs = vec![Pair::text("From", from), Pair::text("To", row.to.clone())];
    let more = [("Cc", &detail.cc), ("Bcc", &detail.bcc)];
    pairs.extend(more.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| Pair::text(label, text.clone())));
    if let Some(last) = row.last.clone() {
        pairs.push(Pair::new("Last run", view! { <TimeText iso=last.iso text=last.text/> }));
    }
    pairs.push(Pair::new("Made", view! { <TimeText iso=created.iso text=created.text/> }));
    pairs.push(Pair::text("Made by", detail.created_by.clone()));
    pairs
}

#[component]
fn History(runs: Page<ScheduleRun>, url: ListUrl) -> impl IntoView {
    let columns = vec![
        Column::new("at", "Ran at"),
        Column::new("due", "Due at"),
        Column::new("outcome", "Outcome"),
        Column::new("sentence", "What happened"),
        Column::new("message", "Mail"),
    ];
    let rows = runs.items.into_iter().enumerate().map(|(position, run)| line(position, run)).collect::<Vec<_>>();
    view! {
        <DataTable id="runs" caption="History of runs" columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Clock title="No run yet" sentence="The first one will be told here."/> }/>
        <Pager url=url next=runs.next.unwrap_or_default()/>
    }
}

fn line(position: usize, run: ScheduleRun) -> Row {
    let tone = match run.outcome {
        RunOutcome::Sent | RunOutcome::Manual => Tone::Good,
        RunOutcome::CaughtUp | RunOutcome::Skipped => Tone::Caution,
        RunOutcome::Failed => Tone::Bad,
    };
    let due = run.due.map(|due| (due.iso.clone(), with_offset(&due)));
    Row::new(position.to_string())
        .cell(view! { <TimeText iso=run.at.iso text=run.at.text/> })
        .cell(due.map(|(iso, text)| view! { <TimeText iso=iso text=text/> }))
        .cell(view! { <StatusChip tone=tone label=run.outcome.label()/> })
        .cell(run.sentence)
        .cell(run.message.map(|message| view! { <TextLink href=format!("/email/messages/{message}")>"Mail and receipts"</TextLink> }))
}

//! `/email/messages/:message`: one outgoing mail, its receipts, and what can still be done about it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::email::send::{MessageDetail, MessageStatus, Receipt};
use ui::{
    Card, CopyText, Crumb, EmptyState, Icon, KeyValue, LinkButton, PageHeader, Pair, PlainText, Section, Skeleton, SkeletonKind, Step, TimeText,
    Timeline, Toast, Tone, use_toaster,
};

use super::{
    api::{CancelMessage, GetMessage, RetryMessage},
    mail::{Files, MessageChip},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, suspended};

/// The mail.
pub struct MessagePage {
    message: Loaded<MessageDetail>,
}

impl Screen for MessagePage {
    fn data() -> Self {
        let params = use_params_map();
        Self { message: Loaded::new(move || GetMessage { id: params.read().get("message").unwrap_or_default() }) }
    }

    fn view(this: Self) -> AnyView {
        let message = this.message;
        follow(message);
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move {
                    match message.await {
                        Ok(detail) => view! { <Detail detail=detail message=message/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// Asks again every second until the mail has an end.
fn follow(message: Loaded<MessageDetail>) {
    Effect::new(move |_| {
        let handle = set_interval_with_handle(
            move || {
                let status = message.get_untracked().and_then(Result::ok).map(|detail| detail.row.status);
                if matches!(status, Some(MessageStatus::Queued | MessageStatus::Sending)) {
                    message.refetch();
                }
            },
            std::time::Duration::from_secs(1),
        );
        on_cleanup(move || {
            if let Ok(handle) = handle {
                handle.clear();
            }
        });
    });
}

#[component]
fn Detail(detail: MessageDetail, message: Loaded<MessageDetail>) -> impl IntoView {
    let row = detail.row.clone();
    let status = row.status;
    let others = format!("/email/sent?send={}", row.send);
    let thread = detail.thread.map(|thread| format!("/email/threads/{thread}"));
    let (facts, waiting) = (facts(&detail), waiting(&detail));
    let MessageDetail { receipts, html, text, attachments, .. } = detail;
    let frame = format!("/email/messages/{}/html", row.id);
    view! {
        <Title text=row.subject.clone()/>
        <PageHeader title=row.subject.clone() sentence=format!("To {}", row.to) crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Sent", "/email/sent")]
            status=move || view! { <MessageChip status=status/> }
            actions={
                let id = row.id.to_string();
                move || view! {
                    {thread.clone().map(|href| view! { <LinkButton href=href icon=Icon::Inbox>"Conversation"</LinkButton> })}
                    <LinkButton href=others.clone() icon=Icon::List>"Same request"</LinkButton>
                    <Actions id=id.clone() status=status message=message/>
                }
            }/>
        <KeyValue items=facts/>
        <Section title="Receipts" help="What the server said for each recipient.">
            {if receipts.is_empty() {
                view! { <EmptyState icon=Icon::Clock title="No receipt yet" sentence=waiting/> }.into_any()
            } else {
                let steps = receipts.into_iter().map(step).collect::<Vec<_>>();
                view! { <Timeline label="Receipts" steps=steps/> }.into_any()
            }}
        </Section>
        <Card title="Text">
            {if html.is_empty() {
                view! { <PlainText text=text/> }.into_any()
            } else {
                view! { <ui::HtmlFrame title="Text of the mail" src=frame/> }.into_any()
            }}
            <Files files=attachments/>
        </Card>
    }
}

fn facts(detail: &MessageDetail) -> Vec<Pair> {
    let row = &detail.row;
    let accepted = row.accepted.clone();
    let text = |label: &'static str, value: &str| (!value.is_empty()).then(|| Pair::text(label, value));
    let mut pairs = Vec::new();
    pairs.extend(text("From", &detail.from));
    pairs.extend(text("To", &row.to));
    pairs.extend(text("Cc", &detail.cc));
    pairs.extend(text("Bcc", &detail.bcc));
    pairs.push(Pair::new("Accepted", view! { <TimeText iso=accepted.iso text=accepted.text/> }));
    if let Some(at) = row.finished.clone() {
        pairs.push(Pair::new("Finished", view! { <TimeText iso=at.iso text=at.text/> }));
    }
    if let Some(at) = detail.next_attempt.clone() {
        pairs.push(Pair::new("Next attempt", view! { <TimeText iso=at.iso text=at.text/> }));
    }
    pairs.push(Pair::text("Attempts", row.attempts.to_string()));
    pairs.extend(text("Last reply", &row.last_reply));
    pairs.push(Pair::new("Message-ID", view! { <CopyText label="Message-ID" text=detail.message_id_header.clone()/> }));
    pairs.extend(text("Correlation id", &detail.correlation_id));
    pairs
}

fn waiting(detail: &MessageDetail) -> String {
    match detail.row.status {
        MessageStatus::Queued if detail.row.attempts > 0 => "The last attempt did not get through; the next one comes by itself.".into(),
        MessageStatus::Queued | MessageStatus::Sending => "The mail is stored and on its way; this page follows it.".into(),
        MessageStatus::Cancelled => "The mail was stopped before it left.".into(),
        MessageStatus::Submitted | MessageStatus::Failed => "There is none.".into(),
    }
}

fn step(receipt: Receipt) -> Step {
    let tone = if receipt.status == "Submitted" { Tone::Good } else { Tone::Bad };
    Step::new(tone, format!("{} ({})", receipt.status, receipt.code)).time(receipt.at.text).detail(receipt.recipient).verbatim(receipt.reply)
}

#[component]
fn Actions(id: String, status: MessageStatus, message: Loaded<MessageDetail>) -> impl IntoView {
    let toaster = use_toaster();
    let here = format!("/email/messages/{id}");
    match status {
        MessageStatus::Queued => {
            let form = FormState::<CancelMessage>::new();
            form.on_success(move |()| {
                toaster.show(Toast::good("Stopped"));
                message.refetch();
            });
            view! {
                <PostButton form=form next=here fields=vec![("id", id)] icon=Icon::Cross>"Stop this mail"</PostButton>
            }
            .into_any()
        }
        MessageStatus::Failed => {
            let form = FormState::<RetryMessage>::new();
            form.on_success(move |()| {
                toaster.show(Toast::good("Queued again"));
                message.refetch();
            });
            view! {
                <PostButton form=form next=here fields=vec![("id", id)] icon=Icon::Refresh>"Try again"</PostButton>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

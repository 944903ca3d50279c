//! One mail as a conversation and a message page show it.

use leptos::prelude::*;
use model::email::{
    send::MessageStatus,
    thread::{AttachmentRow, MailKind, MailSource, ThreadMail},
};
use ui::{Alert, Card, Icon, Inline, KeyValue, LinkButton, Pair, PlainText, Size, StatusChip, TimeText, Tone, Variant, bytes};

/// A mail of a conversation: who, when, what, its files.
#[component]
pub(super) fn MailCard(
    /// The mail.
    mail: ThreadMail,
) -> impl IntoView {
    let who = if mail.from_name.is_empty() { mail.from_address.clone() } else { format!("{} <{}>", mail.from_name, mail.from_address) };
    let pairs = [("To", mail.to.clone()), ("Cc", mail.cc.clone())]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| Pair::text(label, text))
        .collect::<Vec<_>>();
    let (unread, source, kind, at) = (mail.unread, mail.source, mail.kind, mail.at.clone());
    let files = mail.attachments.iter().filter(|file| !file.inline).cloned().collect::<Vec<_>>();
    let source_link = match source {
        MailSource::Inbound { id } => Some((format!("/email/inbound/{id}/raw"), "Raw source")),
        MailSource::Outbound { id, .. } => Some((format!("/email/messages/{id}"), "Receipts")),
    };
    view! {
        <Card title=who
            actions=move || view! {
                <Inline>
                    {direction_chip(source)}
                    {unread.then(|| view! { <StatusChip tone=Tone::Info label="Unread"/> })}
                    {(kind != MailKind::Normal).then(|| view! { <StatusChip tone=Tone::Caution label=kind.label()/> })}
                    <TimeText iso=at.iso text=at.text/>
                    {source_link.map(|(href, label)| view! {
                        <LinkButton href=href variant=Variant::Ghost size=Size::Small download=matches!(source, MailSource::Inbound { .. })>{label}</LinkButton>
                    })}
                </Inline>
            }>
            <KeyValue items=pairs/>
            {(!mail.damage.is_empty()).then(|| view! { <Alert tone=Tone::Caution title="This mail is damaged and shown as well as it can be." sentence=mail.damage.join(" ")/> })}
            <Body mail=mail/>
            <Files files=files/>
        </Card>
    }
}

fn direction_chip(source: MailSource) -> AnyView {
    match source {
        MailSource::Inbound { .. } => view! { <StatusChip tone=Tone::Neutral label="Received" icon=Icon::Inbox/> }.into_any(),
        MailSource::Outbound { status, .. } => view! { <MessageChip status=status/> }.into_any(),
    }
}

/// Where an outgoing mail stands, as icon, word and colour.
#[component]
pub(super) fn MessageChip(
    /// Where it stands.
    status: MessageStatus,
) -> impl IntoView {
    let tone = match status {
        MessageStatus::Queued | MessageStatus::Sending => Tone::Info,
        MessageStatus::Submitted => Tone::Good,
        MessageStatus::Failed => Tone::Bad,
        MessageStatus::Cancelled => Tone::Neutral,
    };
    view! { <StatusChip tone=tone label=status.label()/> }
}

/// HTML in a sandboxed frame with a policy of its own, remote images held back until asked; else the plain text.
#[component]
fn Body(mail: ThreadMail) -> impl IntoView {
    let MailSource::Inbound { id } = mail.source else {
        return view! { <PlainText text=mail.text/> }.into_any();
    };
    if !mail.has_html {
        return view! { <PlainText text=mail.text/> }.into_any();
    }
    let remote = RwSignal::new(false);
    let blocked = mail.blocked_remote;
    let notice = move || {
        (blocked > 0 && !remote.get()).then(|| {
            view! {
                <Alert tone=Tone::Info title=held_back(blocked) sentence="Showing them tells the sender that you read this mail."
                    action=move || view! { <ui::Button size=Size::Small on_press=move |()| remote.set(true)>"Show images"</ui::Button> }/>
            }
        })
    };
    view! {
        {notice}
        {move || {
            let href = format!("/email/inbound/{id}/html{}", if remote.get() { "?remote=true" } else { "" });
            view! { <ui::HtmlFrame title="Text of the mail" src=href/> }
        }}
    }
    .into_any()
}

fn held_back(count: u32) -> String {
    if count == 1 { "One remote image is held back.".into() } else { format!("{count} remote images are held back.") }
}

/// Files that can be taken away.
#[component]
pub(super) fn Files(
    /// The files.
    files: Vec<AttachmentRow>,
) -> impl IntoView {
    let files = files
        .into_iter()
        .map(|file| {
            let size = bytes(u64::try_from(file.size_bytes).unwrap_or_default());
            view! {
                <LinkButton href=format!("/email/attachments/{}", file.id) icon=Icon::Paperclip size=Size::Small download=true>
                    {format!("{} · {size}", file.name)}
                </LinkButton>
            }
        })
        .collect_view();
    view! { <Inline>{files}</Inline> }
}

//! One mail as a conversation and a message page show it.

use leptos::prelude::*;
use model::{
    email::{
        send::MessageStatus,
        thread::{AttachmentRow, MailKind, MailSource, ThreadMail},
    },
    ids::AttachmentId,
    media::MediaLink,
    people::Capability,
};
use ui::{
    Alert, Button, Card, ConfirmDialog, CopyButton, Icon, Inline, KeyValue, LinkButton, Pair, PlainText, Quiet, Size, Stack, StatusChip, TimeText,
    Toast, Tone, Variant, bytes, use_toaster,
};

use super::links::RevokeLink;
use crate::shell::{call, use_me};

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

/// Files that can be taken away, each with its link when it has one.
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
                <Inline>
                    <LinkButton href=format!("/email/attachments/{}", file.id) icon=Icon::Paperclip size=Size::Small download=true>
                        {format!("{} · {size}", file.name)}
                    </LinkButton>
                    {file.link.map(|link| view! { <FileLink file=file.id name=file.name link=link/> })}
                </Inline>
            }
        })
        .collect_view();
    view! { <Stack>{files}</Stack> }
}

/// The address under which a received file can be fetched without signing in, until when, and the way to take it back.
#[component]
fn FileLink(file: AttachmentId, name: String, link: MediaLink) -> impl IntoView {
    let may_manage = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailManage));
    let (asked, busy, gone) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let toaster = use_toaster();
    let (tone, label) = match (&link.expires, link.expired) {
        (None, _) => (Tone::Neutral, "Public link"),
        (Some(_), false) => (Tone::Info, "Short-lived link"),
        (Some(_), true) => (Tone::Caution, "Link needs the key"),
    };
    let until = if link.expired { "expired" } else { "until" };
    let on_confirm = Callback::new(move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match call(RevokeLink { id: file }).await {
                Ok(()) => gone.set(true),
                Err(problem) => toaster.show(Toast::bad(problem.message())),
            }
            busy.set(false);
        });
    });
    view! {
        {move || if gone.get() {
            view! { <StatusChip tone=Tone::Neutral label="Link taken back"/> }.into_any()
        } else {
            view! {
                <a href=link.url.clone() rel="external noreferrer" title=format!("Open {name} by its link")>
                    <StatusChip tone=tone label=label icon=Icon::Link/>
                </a>
                {link.expires.clone().map(|at| view! { <Quiet>{until}</Quiet> <TimeText iso=at.iso text=at.text/> })}
                <CopyButton text=link.url.clone() label=format!("Copy the link of {name}")/>
                {may_manage.then(|| view! {
                    <Button size=Size::Small variant=Variant::Ghost busy=busy on_press=move |()| asked.set(true)>"Take back"</Button>
                })}
            }
            .into_any()
        }}
        <ConfirmDialog id=format!("take-back-{file}") open=asked title="Take the link back?" confirm="Take it back" danger=true on_confirm=on_confirm
            sentence="Whoever has the link can no longer open the file with it, not even with the key. This cannot be undone; the file stays here."/>
    }
}

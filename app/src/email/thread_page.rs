//! `/email/threads/:thread`: one conversation, read and answered.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{email::thread::Thread, people::Capability};
use ui::{Alert, Crumb, Icon, LinkButton, PageHeader, Skeleton, SkeletonKind, Toast, Tone, Variant, use_toaster};

use super::{
    api::{GetThread, MarkThread},
    compose_page::{ComposeForm, Start},
    mail::MailCard,
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, call, suspended, use_me};

/// The conversation.
pub struct ThreadPage {
    thread: Loaded<Thread>,
    changes: RwSignal<u32>,
}

impl Screen for ThreadPage {
    fn data() -> Self {
        let params = use_params_map();
        let changes = RwSignal::new(0);
        let thread = Loaded::renewed(changes, move || GetThread { id: params.read().get("thread").unwrap_or_default() });
        Self { thread, changes }
    }

    fn view(this: Self) -> AnyView {
        let ThreadPage { thread, changes } = this;
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move {
                    match thread.await {
                        Ok(thread) => view! { <Conversation thread=thread changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Conversation(thread: Thread, changes: RwSignal<u32>) -> impl IntoView {
    let row = thread.row;
    let id = row.id.to_string();
    let subject = if row.subject.trim().is_empty() { "(no subject)".to_owned() } else { row.subject.clone() };
    // Reading is what the person does by opening it; the mark follows once the page is alive, so that a prefetch marks nothing.
    if row.unread > 0 {
        let id = id.clone();
        Effect::new(move |_| {
            let id = id.clone();
            leptos::task::spawn_local(async move {
                // When it cannot be marked now it stays unread, and the next opening tries again.
                let _unmarked = call(MarkThread { id, unread: false }).await;
            });
        });
    }
    let may_send = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailSend));
    let start = Start {
        asset: row.asset.to_string(),
        to: thread.reply_to.clone(),
        subject: thread.reply_subject.clone(),
        thread: id.clone(),
        ..Start::default()
    };
    let sentence = format!("With {} · {}", row.participants, thread.reply_from);
    view! {
        <Title text=subject.clone()/>
        <PageHeader title=subject sentence=sentence crumbs=vec![Crumb::new("Email", "/email")]
            actions={
                let id = id.clone();
                move || view! {
                    <MarkUnread id=id/>
                    <LinkButton href="#reply" variant=Variant::Primary icon=Icon::Reply>"Reply"</LinkButton>
                }
            }/>
        {(thread.earlier > 0).then(|| view! { <Alert tone=Tone::Info title=format!("{} earlier mails are not shown.", thread.earlier)/> })}
        {thread.mails.into_iter().map(|mail| view! { <MailCard mail=mail/> }).collect_view()}
        {if may_send {
            view! { <ComposeForm id="reply" start=start next=format!("/email/threads/{id}") on_sent=Callback::new(move |_| changes.update(|count| *count += 1))/> }.into_any()
        } else {
            view! { <Alert tone=Tone::Info title="Your role reads email but does not answer it."/> }.into_any()
        }}
    }
}

#[component]
fn MarkUnread(id: String) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<MarkThread>::new();
    form.on_success(move |()| toaster.show(Toast::good("Marked as unread")));
    view! {
        <PostButton form=form next="/email" fields=vec![("id", id), ("unread", "true".to_owned())] icon=Icon::Mail>"Mark as unread"</PostButton>
    }
}

//! Where the person is signed in.

use leptos::prelude::*;
use model::auth::Session;
use ui::{Column, DataTable, EmptyState, Icon, ListUrl, Row, Size, Skeleton, SkeletonKind, Stack, StatusChip, TimeText, Toast, Tone, use_toaster};

use super::api::{RevokeOtherSessions, RevokeSession};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, suspended};

/// The list with a button each, and one for all others.
#[component]
pub(super) fn Sessions(sessions: Loaded<Vec<Session>>, changes: RwSignal<u32>) -> impl IntoView {
    let toaster = use_toaster();
    let revoke = FormState::<RevokeSession>::new();
    let revoke_others = FormState::<RevokeOtherSessions>::new();
    revoke.on_success(move |()| {
        toaster.show(Toast::good("Session ended"));
        changes.update(|count| *count += 1);
    });
    revoke_others.on_success(move |()| {
        toaster.show(Toast::good("Every other session ended"));
        changes.update(|count| *count += 1);
    });
    view! {
        <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
            {move || suspended(async move {
                match sessions.await {
                    Ok(list) => {
                        let several = list.len() > 1;
                        let rows = list.into_iter().map(|session| row(session, revoke)).collect::<Vec<_>>();
                        view! {
                            <Stack>
                                <DataTable id="sessions" caption="Sessions" url=ListUrl::default() rows=rows
                                    columns=vec![Column::new("browser", "Browser"), Column::new("from", "From"), Column::new("seen", "Last used"),
                                        Column::new("created", "Signed in"), Column::new("end", "Action")]
                                    empty=|| view! { <EmptyState icon=Icon::Monitor title="No session" sentence="Nobody is signed in with this account."/> }/>
                                {several.then(|| view! {
                                    <PostButton form=revoke_others next="/account?tab=sessions">"End every other session"</PostButton>
                                })}
                            </Stack>
                        }
                        .into_any()
                    }
                    Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                }
            })}
        </Transition>
    }
}

fn row(session: Session, revoke: FormState<RevokeSession>) -> Row {
    let end = if session.current {
        view! { <StatusChip tone=Tone::Good label="This browser"/> }.into_any()
    } else {
        view! {
            <PostButton form=revoke next="/account?tab=sessions" size=Size::Small fields=vec![("id", session.id.to_string())]>"End"</PostButton>
        }
        .into_any()
    };
    Row::new(session.id.to_string())
        .cell(session.user_agent)
        .cell(session.remote_address)
        .cell(view! { <TimeText iso=session.last_seen.iso text=session.last_seen.text/> })
        .cell(view! { <TimeText iso=session.created.iso text=session.created.text/> })
        .cell(end)
}

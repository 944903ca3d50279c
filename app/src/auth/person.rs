//! How a person signs in: the table of sign-ins, and what somebody who manages people does about another's.

use leptos::prelude::*;
use model::{
    Problem,
    auth::SignInEvent,
    ids::UserId,
    people::{Capability, Role},
};
use ui::{
    Alert, Card, Column, CopyText, DataTable, EmptyState, Icon, Inline, ListUrl, Row, Skeleton, SkeletonKind, Stack, StatusChip, TimeText, Tone,
    Variant,
};

use super::reset_api::{ResetFactors, ResetLink};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, suspended, use_me};

/// Sign-ins, newest first.
#[component]
pub fn HistoryTable(
    /// The list.
    events: Vec<SignInEvent>,
) -> impl IntoView {
    let rows = events.into_iter().enumerate().map(|(index, event)| {
        let outcome = if event.succeeded {
            view! { <StatusChip tone=Tone::Good label="Signed in"/> }
        } else {
            view! { <StatusChip tone=Tone::Caution label="Refused"/> }
        };
        Row::new(format!("s{index}"))
            .cell(view! { <TimeText iso=event.at.iso text=event.at.text/> })
            .cell(outcome)
            .cell(event.method.label())
            .cell(event.remote_address)
            .cell(event.user_agent)
    });
    let rows = rows.collect::<Vec<_>>();
    view! {
        <DataTable id="sign-ins" caption="Sign-ins" url=ListUrl::default() rows=rows
            columns=vec![Column::new("at", "Time").narrow(), Column::new("outcome", "Outcome").narrow(), Column::new("method", "With"),
                Column::new("from", "From"), Column::new("browser", "Browser")]
            empty=|| view! { <EmptyState icon=Icon::Clock title="No sign-in yet" sentence="Attempts of the last 90 days stand here."/> }/>
    }
}

/// For the page of a person: a reset link, taking second factors off, and the last sign-ins.
#[component]
pub fn PersonSignIns(
    /// The person in the page's address; `None` when it names nobody.
    #[prop(into)]
    user: Signal<Option<UserId>>,
    /// Their sign-ins, asked for by the page.
    history: Loaded<Vec<SignInEvent>>,
) -> impl IntoView {
    if !may_see_sign_ins() {
        return ().into_any();
    }
    let (link, factors) = (FormState::<ResetLink>::new(), FormState::<ResetFactors>::new());
    view! {
        <Card id="signing-in" title="Signing in" sentence="For somebody who forgot their password or lost their phone.">
            <Stack>
                {move || user.get().map(|user| view! { <Measures user=user link=link factors=factors/> })}
                {move || link.answer().get().map(|link| view! {
                    <Alert tone=Tone::Good title="Give them this link in a safe way" sentence="It works once, within half an hour, and is not shown again." urgent=true>
                        <CopyText label="reset link" text=link/>
                    </Alert>
                })}
                {move || link.problem().get().or_else(|| factors.problem().get()).map(|problem| view! {
                    <Alert tone=Tone::Bad title=problem.message() urgent=true/>
                })}
                {move || (factors.saved().get() > 0).then(|| view! {
                    <Alert tone=Tone::Good title="Their second factors are off and their sessions have ended" urgent=true/>
                })}
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                    {move || suspended(async move { shown(history.await) })}
                </Suspense>
            </Stack>
        </Card>
    }
    .into_any()
}

/// Whether the page of a person shows how they sign in: to those who manage people.
pub fn may_see_sign_ins() -> bool {
    use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite))
}

#[component]
fn Measures(user: UserId, link: FormState<ResetLink>, factors: FormState<ResetFactors>) -> impl IntoView {
    let me = use_me().get_untracked();
    let owner = me.as_ref().is_some_and(|me| me.role == Role::Owner);
    let own = me.is_some_and(|me| me.user == user);
    let only_owners = match (own, owner) {
        (true, _) => "Change your own under Account, Security.",
        (false, false) => "Only owners do this.",
        (false, true) => "",
    };
    let here = format!("/people/{user}");
    let fields = vec![("user", user.to_string())];
    view! {
        <Inline>
            <PostButton form=link next=here.clone() fields=fields.clone()>"Make a reset link"</PostButton>
            <PostButton form=factors next=here fields=fields variant=Variant::Danger disabled_because=only_owners>"Take second factors off"</PostButton>
        </Inline>
    }
}

fn shown(history: Result<Vec<SignInEvent>, Problem>) -> AnyView {
    match history {
        Ok(events) => view! { <HistoryTable events=events/> }.into_any(),
        // The page itself says that there is no such person.
        Err(Problem::NotFound) => ().into_any(),
        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
    }
}

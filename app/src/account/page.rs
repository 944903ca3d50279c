//! `/account`: one tab each for profile, security, sessions, sign-ins and tokens.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    auth::{Security, Session, SignInEvent},
    people::{ApiToken, Capability},
};
use ui::{PageHeader, Skeleton, SkeletonKind, Tab, Tabs};

use super::{
    api::{ListSessions, ListTokens},
    profile::ProfileForm,
    security::SecurityTab,
    security_api::{GetSecurity, SignInHistory},
    sessions::Sessions,
    tokens::Tokens,
};
use crate::{
    auth::HistoryTable,
    shell::{Loaded, ProblemView, Screen, suspended, use_me},
};

/// The tabs in the address: `?tab=`.
const TABS: &[(&str, &str)] =
    &[("profile", "Profile"), ("security", "Security"), ("sessions", "Sessions"), ("history", "Sign-ins"), ("tokens", "API tokens")];

/// What the tabs after the first show. It is asked for again when `changes` grows.
pub struct AccountPage {
    tab: Memo<&'static str>,
    changes: RwSignal<u32>,
    security: Loaded<Security>,
    history: Loaded<Vec<SignInEvent>>,
    sessions: Loaded<Vec<Session>>,
    tokens: Loaded<Vec<ApiToken>>,
}

impl Screen for AccountPage {
    fn data() -> Self {
        let query = use_query_map();
        let tab = Memo::new(move |_| {
            let asked = query.read().get("tab").unwrap_or_default();
            // Where the form of the password stood once.
            let asked = if asked == "password" { "security".to_owned() } else { asked };
            TABS.iter().map(|(word, _)| *word).find(|word| *word == asked).unwrap_or("profile")
        });
        let changes = RwSignal::new(0);
        // A list is asked for when its tab is open.
        let security = Loaded::when(changes, move || (tab.get() == "security").then_some(GetSecurity {}));
        let history = Loaded::when(changes, move || (tab.get() == "history").then_some(SignInHistory {}));
        let sessions = Loaded::when(changes, move || (tab.get() == "sessions").then_some(ListSessions {}));
        let tokens = Loaded::when(changes, move || (tab.get() == "tokens").then_some(ListTokens {}));
        Self { tab, changes, security, history, sessions, tokens }
    }

    fn view(this: Self) -> AnyView {
        let AccountPage { tab, changes, security, history, sessions, tokens } = this;
        let me = use_me();
        let held = me.get_untracked().map(|me| me.capabilities).unwrap_or_default();
        let tabs = move || {
            let shown = TABS.iter().filter(|(word, _)| *word != "tokens" || held.has(Capability::TokenOwn));
            shown.map(|(word, label)| Tab::new(*label, format!("?tab={word}"), tab.get() == *word)).collect::<Vec<_>>()
        };
        view! {
            <Title text="Account"/>
            <PageHeader title="Account" sentence="Your name, how you sign in and where you are, and what may act in your name."/>
            {move || view! { <Tabs label="Parts of your account" items=tabs()/> }}
            {move || match tab.get() {
                "security" => view! { <SecurityTab security=security changes=changes/> }.into_any(),
                "history" => view! { <History history=history/> }.into_any(),
                "sessions" => view! { <Sessions sessions=sessions changes=changes/> }.into_any(),
                "tokens" => view! { <Tokens tokens=tokens changes=changes held=held/> }.into_any(),
                _ => view! { <ProfileForm/> }.into_any(),
            }}
        }
        .into_any()
    }
}

/// The own sign-ins.
#[component]
fn History(history: Loaded<Vec<SignInEvent>>) -> impl IntoView {
    view! {
        <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
            {move || suspended(async move {
                match history.await {
                    Ok(events) => view! { <HistoryTable events=events/> }.into_any(),
                    Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

//! `/account`: one tab each for profile, password, sessions and tokens.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    auth::Session,
    people::{ApiToken, Capability},
};
use ui::{PageHeader, Tab, Tabs};

use super::{
    api::{ListSessions, ListTokens},
    profile::{PasswordForm, ProfileForm},
    sessions::Sessions,
    tokens::Tokens,
};
use crate::shell::{Loaded, Screen, use_me};

/// The tabs in the address: `?tab=`.
const TABS: &[(&str, &str)] = &[("profile", "Profile"), ("password", "Password"), ("sessions", "Sessions"), ("tokens", "API tokens")];

/// The lists of the last two tabs. They are asked for again when `changes` grows.
pub struct AccountPage {
    tab: Memo<&'static str>,
    changes: RwSignal<u32>,
    sessions: Loaded<Vec<Session>>,
    tokens: Loaded<Vec<ApiToken>>,
}

impl Screen for AccountPage {
    fn data() -> Self {
        let query = use_query_map();
        let tab = Memo::new(move |_| {
            let asked = query.read().get("tab").unwrap_or_default();
            TABS.iter().map(|(word, _)| *word).find(|word| *word == asked).unwrap_or("profile")
        });
        let changes = RwSignal::new(0);
        // A list is asked for when its tab is open.
        let sessions = Loaded::when(changes, move || (tab.get() == "sessions").then_some(ListSessions {}));
        let tokens = Loaded::when(changes, move || (tab.get() == "tokens").then_some(ListTokens {}));
        Self { tab, changes, sessions, tokens }
    }

    fn view(this: Self) -> AnyView {
        let AccountPage { tab, changes, sessions, tokens } = this;
        let me = use_me();
        let held = me.get_untracked().map(|me| me.capabilities).unwrap_or_default();
        let tabs = move || {
            let shown = TABS.iter().filter(|(word, _)| *word != "tokens" || held.has(Capability::TokenOwn));
            shown.map(|(word, label)| Tab::new(*label, format!("?tab={word}"), tab.get() == *word)).collect::<Vec<_>>()
        };
        view! {
            <Title text="Account"/>
            <PageHeader title="Account" sentence="Your name and password, where you are signed in, and what may act in your name."/>
            {move || view! { <Tabs label="Parts of your account" items=tabs()/> }}
            {move || match tab.get() {
                "password" => view! { <PasswordForm/> }.into_any(),
                "sessions" => view! { <Sessions sessions=sessions changes=changes/> }.into_any(),
                "tokens" => view! { <Tokens tokens=tokens changes=changes held=held/> }.into_any(),
                _ => view! { <ProfileForm/> }.into_any(),
            }}
        }
        .into_any()
    }
}

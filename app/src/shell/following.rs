//! Keeps an open page in step: the tenant's name and zone, and the end of the session.

use leptos::prelude::*;
use model::{Problem, live::Kind};
use ui::{Banner, Button, Size, TextLink, Toast, Tone, is_writing, use_toaster, use_unsaved};

use super::{
    live::use_live,
    session::{Session, use_session},
    wire::call,
};
use crate::account::GetMe;

/// What the person is told across the window.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    /// The zone that times are shown in from now on; the page still shows the old one.
    Zone(String),
    /// Nobody is signed in any more.
    Ended,
}

/// Listens, and draws the page anew (`drawn` grows) when times have to be shown in another zone; not while that would take something typed
/// away: then a banner says so, and the page follows when the form is saved or discarded.
#[component]
pub(super) fn Following(drawn: RwSignal<u32>) -> impl IntoView {
    let session = use_session();
    let (unsaved, toaster) = (use_unsaved(), use_toaster());
    let (tenant, ended) = (use_live(Kind::TenantChanged), use_live(Kind::SessionEnded));
    let news = RwSignal::new(None::<News>);
    Effect::new(move |before: Option<(u32, u32)>| {
        let now = (tenant.get(), ended.get());
        if before.unwrap_or_default() != now {
            leptos::task::spawn_local(look(session, news));
        }
        now
    });
    let follow = move || {
        if let Some(News::Zone(zone)) = news.get_untracked() {
            news.set(None);
            drawn.update(|count| *count += 1);
            toaster.show(Toast::good(format!("Times are now shown in {zone}.")));
        }
    };
    Effect::new(move |_| {
        if matches!(news.get(), Some(News::Zone(_))) && !unsaved.any() && !is_writing() {
            // Not at once: the page is drawn anew, and the event that emptied its form has yet to reach the other listeners in it.
            request_animation_frame(move || {
                if !untrack(|| unsaved.any()) && !is_writing() {
                    follow();
                }
            });
        }
    });
    move || match news.get()? {
        News::Ended => {
            let sign_in = || view! { <TextLink href="/sign-in" external=true>"Sign in"</TextLink> };
            Some(view! { <Banner tone=Tone::Caution sentence="Your session has ended. Sign in again in another tab; what you typed here stays." action=sign_in/> }.into_any())
        }
        News::Zone(zone) if unsaved.any() => {
            let sentence = format!("The time zone is now {zone}. Times on this page follow when what is open here is saved or discarded.");
            Some(view! { <Banner tone=Tone::Info sentence=sentence/> }.into_any())
        }
        News::Zone(zone) => {
            let now = move || view! { <Button size=Size::Small on_press=move || follow()>"Show times anew"</Button> };
            Some(
                view! { <Banner tone=Tone::Info sentence=format!("The time zone is now {zone}. This page still shows the old times.") action=now/> }
                    .into_any(),
            )
        }
    }
}

/// Asks who is signed in and takes over what differs.
async fn look(session: Session, news: RwSignal<Option<News>>) {
    match call(GetMe {}).await {
        Ok(now) => {
            let Some(Some(before)) = session.me.try_get_untracked() else { return };
            if before.time_zone != now.time_zone {
                let _ = news.try_set(Some(News::Zone(now.time_zone.clone())));
            } else if news.try_get_untracked() == Some(Some(News::Ended)) {
                let _ = news.try_set(None);
            }
            if before != now {
                let _ = session.me.try_set(Some(now));
            }
        }
        Err(Problem::Unauthenticated) => {
            let _ = news.try_set(Some(News::Ended));
        }
        // Not told anything is no news; the next event asks again.
        Err(_) => {}
    }
}

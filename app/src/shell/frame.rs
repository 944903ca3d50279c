//! The frame around every page of a signed-in person.

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};
use model::{
    auth::Me,
    people::{Capability, CapabilitySet},
};
use ui::{Alert, AppFrame, CommandPalette, Icon, Menu, MenuForm, MenuLink, NavItem, NavSection, PaletteButton, ThemeSwitch, Tone, Ui};

use super::{
    commands::{commands, register_shortcuts},
    errors::NotFoundPage,
    following::Following,
    live::Live,
    rooms::{Navigation, ROOMS, page_guard},
    session::{Session, leave_for, use_session},
};
use crate::{access::VisitBanners, account::SetTheme, auth::SignOut};

/// Navigation, top bar, the page, and the palette; for people who are not signed in, nothing (the server sends them to sign in first).
#[component]
pub(super) fn Frame() -> impl IntoView {
    let session = use_session();
    match session.me.get_untracked() {
        Some(me) => signed_in(session, me).into_any(),
        // Reached in the browser only: with the session gone, the next full load goes to the sign-in page.
        None => {
            leave_for("/sign-in");
            view! { <super::errors::BareNotFound/> }.into_any()
        }
    }
}

fn signed_in(session: Session, me: Me) -> impl IntoView {
    let location = use_location();
    let path = location.pathname;
    let query = location.search;
    let here = move || if query.get().is_empty() { path.get() } else { format!("{}?{}", path.get(), query.get()) };
    let (held, own) = (me.capabilities, me.capabilities.has(Capability::AccountOwn));
    let organisation = {
        let first = me.tenant_name.clone();
        Signal::derive(move || session.me.get().map_or_else(|| first.clone(), |me| me.tenant_name))
    };
    // Grows when the page has to be made anew because what it showed is told differently now.
    let drawn = RwSignal::new(0_u32);
    Live::provide();
    let (theme, sign_out) = (server_path::<SetTheme>(), server_path::<SignOut>());
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            session.forget_flash();
        }
        now
    });
    view! {
        <Ui>
            <AppFrame
                path=path
                organisation=organisation
                banner={
                    let me = me.clone();
                    move || view! {
                        <VisitBanners me=me/>
                        <Following drawn=drawn/>
                    }
                }
                navigation=move || view! { <Rooms held=held/> }
                top_bar={
                    let name = me.name.clone();
                    move || view! {
                        <PaletteButton/>
                        <ThemeSwitch action=theme next=untrack(here)/>
                        // A visitor has no account here; the banner has the way out.
                        {own.then(|| view! {
                            <Menu id="me" label=name.clone() avatar=name>
                                <MenuLink href="/account" icon=Icon::User label="Account"/>
                                <MenuLink href="/account?tab=sessions" icon=Icon::Monitor label="Sessions"/>
                                <MenuLink href="/account?tab=tokens" icon=Icon::Key label="API tokens"/>
                                <MenuForm action=sign_out fields=vec![("_next".to_owned(), "/sign-in".to_owned())] icon=Icon::LogOut label="Sign out"/>
                            </Menu>
                        })}
                    }
                }
            >
                <Left/>
                {move || {
                    drawn.track();
                    let admitted = page_guard(&path.read()).is_some_and(|guard| guard.admits(Some(held)));
                    if admitted { view! { <Outlet/> }.into_any() } else { view! { <NotFoundPage/> }.into_any() }
                }}
            </AppFrame>
            <CommandPalette commands=Signal::derive(move || commands(held))/>
            <Shortcuts held=held/>
        </Ui>
    }
}

/// The path of a server function, for plain forms.
fn server_path<S: leptos::server_fn::ServerFn>() -> &'static str {
    S::PATH
}

/// What a plain post said, above the page. A refusal of fields stands in the form itself.
#[component]
fn Left() -> impl IntoView {
    let flash = use_session().flash();
    let (tone, words) = match flash.map(|flash| flash.problem) {
        None => return ().into_any(),
        Some(None) => (Tone::Good, "Done.".to_owned()),
        Some(Some(problem)) if problem.fields().is_empty() => (Tone::Bad, problem.message()),
        Some(Some(_)) => return ().into_any(),
    };
    view! { <Alert tone=tone title=words/> }.into_any()
}

/// The navigation: rooms by section, those the person may enter.
#[component]
fn Rooms(held: CapabilitySet) -> impl IntoView {
    let mut sections: Vec<(&'static str, Vec<&'static Navigation>)> = Vec::new();
    for entry in reachable(held) {
        match sections.iter_mut().find(|(label, _)| *label == entry.section) {
            Some((_, entries)) => entries.push(entry),
            None => sections.push((entry.section, vec![entry])),
        }
    }
    sections
        .into_iter()
        .map(|(label, entries)| {
            view! {
                <NavSection label=label>
                    {entries.into_iter().map(|entry| view! { <NavItem href=entry.href icon=entry.icon label=entry.label without=below(entry.href)/> }).collect_view()}
                </NavSection>
            }
        })
        .collect_view()
}

/// Entries of the navigation that lie below another one.
fn below(href: &'static str) -> Vec<&'static str> {
    let hrefs = ROOMS.iter().filter_map(|room| room.navigation.as_ref()).map(|entry| entry.href);
    hrefs.filter(|other| other.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))).collect()
}

/// The rooms that somebody with these capabilities may enter, in order.
pub(super) fn reachable(held: CapabilitySet) -> impl Iterator<Item = &'static Navigation> {
    ROOMS.iter().filter_map(|room| room.navigation.as_ref()).filter(move |entry| entry.guard.admits(Some(held)))
}

/// Registers the keys inside `Ui`, where the host of shortcuts lives.
#[component]
fn Shortcuts(held: CapabilitySet) -> impl IntoView {
    register_shortcuts(held);
}

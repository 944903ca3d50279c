//! Every component in every state, for the eye and for the browser tests. Each part has an anchor.

mod controls;
mod parts;
mod showing;
mod talking;

use leptos::prelude::*;

use crate::{
    button::Variant,
    feedback::{Menu, MenuAction, MenuForm, MenuLink},
    icon::{Glyph, Icon},
    layout::{AppFrame, Card, NavItem, NavSection, PageHeader, Stack},
    shell::{Command, CommandPalette, PaletteButton, ThemeSwitch, Ui, use_shortcut},
    tone::Tone,
};
use parts::Part;

/// The gallery inside a frame of its own, complete: what a page of the console looks like with everything on it.
///
/// On the server: plain markup.
#[component]
pub fn GalleryInFrame() -> impl IntoView {
    let commands = vec![
        Command::go(Icon::Mail, "Email", "#tables").group("Channels").words("smtp inbox"),
        Command::go(Icon::Users, "People", "#forms").group("Organisation"),
        Command::run(Icon::Plus, "Add an email address", || ()).group("Email"),
    ];
    view! {
        <Ui>
            <AppFrame
                path="/gallery".to_owned()
                home="/"
                organisation="Northwind Traders"
                navigation=navigation
                top_bar=|| view! {
                    <PaletteButton/>
                    <ThemeSwitch action="/gallery/theme" next="/gallery"/>
                    <Menu id="person" label="Ada Lovelace" avatar="Ada Lovelace">
                        <MenuLink href="#profile" icon=Icon::User label="Profile"/>
                        <MenuAction icon=Icon::Keyboard label="Keyboard shortcuts" on_press=|| ()/>
                        <MenuForm action="/gallery/sign-out" icon=Icon::LogOut label="Sign out"/>
                    </Menu>
                }
            >
                <Gallery/>
            </AppFrame>
            <CommandPalette commands=commands/>
        </Ui>
    }
    .into_any()
}

fn navigation() -> impl IntoView {
    view! {
        <NavSection>
            <NavItem href="/gallery" icon=Icon::Home label="Overview"/>
        </NavSection>
        <NavSection label="Channels">
            <NavItem href="/email" icon=Icon::Mail label="Email" count=12_u32/>
            <NavItem href="/interact" icon=Icon::Chat label="Interact"/>
            <NavItem href="/connectors" icon=Icon::Plug label="Connectors" disabled_because="Only admins open connectors."/>
        </NavSection>
        <NavSection label="Organisation">
            <NavItem href="/people" icon=Icon::Users label="People"/>
            <NavItem href="/audit" icon=Icon::Log label="Audit"/>
            <NavItem href="/settings" icon=Icon::Settings label="A room with a name too long for the navigation"/>
        </NavSection>
    }
}

/// Every component in every state. Goes inside `Ui` and a frame.
///
/// On the server: plain markup.
#[component]
pub fn Gallery() -> impl IntoView {
    use_shortcut("g f", "Go to forms", || crate::follow("#forms"));
    view! {
        <PageHeader title="Gallery" sentence="Every component in every state. Nothing here is stored."/>
        <Stack>
            {colours()}
            {controls::buttons()}
            {controls::form()}
            {controls::form_refused()}
            {controls::form_states()}
            {showing::headers()}
            {showing::tables()}
            {showing::lists()}
            {showing::steps()}
            {showing::figures()}
            {showing::nothing()}
            {talking::messages()}
            {talking::dialogs()}
            {talking::menus()}
            {talking::writing_right_to_left()}
            {icons()}
        </Stack>
    }
    .into_any()
}

fn colours() -> AnyView {
    let swatch = |(class, name): (&'static str, &'static str)| {
        view! { <div class=format!("rounded-field border border-base-300 p-3 {class}")>{name}</div> }
    };
    let swatches = [
        ("bg-base-100", "base 100"),
        ("bg-base-200", "base 200"),
        ("bg-base-100 text-quiet", "quiet on base 100"),
        ("bg-base-200 text-quiet", "quiet on base 200"),
        ("bg-primary text-primary-content", "primary"),
        ("bg-base-200 text-primary", "primary as text"),
        ("bg-base-200 text-bad", "error as text"),
        ("bg-base-200 text-caution", "warning as text"),
    ];
    let swatches = swatches.map(swatch).collect_view();
    view! { <Part id="colours" title="Colours"><div class="grid grid-cols-2 gap-2 sm:grid-cols-4">{swatches}</div></Part> }.into_any()
}

fn icons() -> AnyView {
    let icon = |icon: &Icon| view! { <li class="flex items-center gap-2"><Glyph icon=*icon large=true/><span class="truncate text-xs text-quiet">{icon.name()}</span></li> };
    let icons = Icon::ALL.iter().map(icon).collect_view();
    view! { <Part id="icons" title="Icons"><ul class="grid grid-cols-[repeat(auto-fill,minmax(7rem,1fr))] gap-2">{icons}</ul></Part> }.into_any()
}

/// All tones and variants once, so that a new one cannot be forgotten here.
pub(super) const VARIANTS: [(Variant, &str); 4] =
    [(Variant::Primary, "Primary"), (Variant::Secondary, "Secondary"), (Variant::Ghost, "Ghost"), (Variant::Danger, "Danger")];

/// The word shown for a tone.
pub(super) const fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "Draft",
        Tone::Info => "Sending",
        Tone::Good => "Delivered",
        Tone::Caution => "Delayed",
        Tone::Bad => "Failed",
    }
}

/// A card of the gallery without a heading.
pub(super) fn plain_card(content: impl IntoView + 'static) -> AnyView {
    view! { <Card>{content.into_any()}</Card> }.into_any()
}

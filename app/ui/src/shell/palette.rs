//! The command palette: everywhere and everything, by a few letters.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{
    fuzzy::fuzzy_rank,
    shortcuts::{use_shortcut, use_shortcuts},
};
use crate::{
    button::some,
    dom::{element_by_id, focus_id_soon, follow},
    feedback::{close_beside, follow_open},
    icon::{Icon, glyph},
};

/// At most this many are listed.
const MOST_SHOWN: usize = 40;
const LIST: &str = "palette-list";
const ENTRY: &str = "palette-entry";

/// What a command does.
#[derive(Clone)]
enum Deed {
    Go(String),
    Run(Callback<()>),
}

/// One entry of the palette.
#[derive(Clone)]
pub struct Command {
    title: String,
    group: String,
    icon: Icon,
    words: String,
    deed: Deed,
}

impl Command {
    /// Goes to a page.
    pub fn go(icon: Icon, title: impl Into<String>, href: impl Into<String>) -> Self {
        Self { title: title.into(), group: String::new(), icon, words: String::new(), deed: Deed::Go(href.into()) }
    }

    /// Does something on the page.
    pub fn run(icon: Icon, title: impl Into<String>, run: impl Into<Callback<()>>) -> Self {
        Self { title: title.into(), group: String::new(), icon, words: String::new(), deed: Deed::Run(run.into()) }
    }

    /// Where it belongs, shown at the end: the room's name.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// Other words it is found by.
    pub fn words(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }
}

/// The palette: ⌘K or Ctrl+K opens it, typing narrows it, Enter does it. Inside `Ui`, once.
///
/// On the server: a closed dialog.
#[component]
pub fn CommandPalette(
    /// What is offered to this person now.
    #[prop(into)]
    commands: Signal<Vec<Command>>,
) -> impl IntoView {
    let open = use_shortcuts().palette;
    use_shortcut("mod+k", "Command palette", move || open.set(true));
    let node = NodeRef::<html::Dialog>::new();
    let (query, active) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let found = Signal::derive(move || {
        if !open.get() {
            return Vec::new();
        }
        commands.with(|all| fuzzy_rank(&query.read(), all, |command| format!("{} {} {}", command.title, command.group, command.words), MOST_SHOWN))
    });
    follow_open(node, open);
    Effect::new(move |_| {
        if open.get() {
            query.set(String::new());
            active.set(0);
            focus_id_soon(ENTRY.to_owned());
        }
    });
    let choose = move |command: Command| {
        open.set(false);
        match command.deed {
            Deed::Go(href) => follow(&href),
            Deed::Run(run) => run.run(()),
        }
    };
    let keydown = move |event: KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => active.set((at + 1) % count),
            "ArrowUp" if count > 0 => active.set((at + count - 1) % count),
            "Enter" => {
                if let Some(command) = found.with_untracked(|found| found.get(at).cloned()) {
                    choose(command);
                }
            }
            _ => return,
        }
        event.prevent_default();
        request_animation_frame(move || {
            if let Some(option) = element_by_id(&option_id(active.get_untracked())) {
                let how = web_sys::ScrollIntoViewOptions::new();
                how.set_block(web_sys::ScrollLogicalPosition::Nearest);
                option.scroll_into_view_with_scroll_into_view_options(&how);
            }
        });
    };
    let option = move |(index, command): (usize, Command)| {
        let (title, group, icon) = (command.title.clone(), command.group.clone(), command.icon);
        let chosen = move || if active.get() == index { "true" } else { "false" };
        view! {
            <li id=option_id(index) role="option" class="option" aria-selected=chosen data-active=move || (active.get() == index).then_some("") on:click=move |_| choose(command.clone())>
                {glyph(icon, false)}
                <span class="min-w-0 flex-1 truncate">{title}</span>
                {some(group).map(|group| view! { <span class="text-xs text-quiet">{group}</span> })}
            </li>
        }
        .into_any()
    };
    let options = move || found.get().into_iter().enumerate().map(option).collect::<Vec<_>>();
    let nothing =
        move || (open.get() && found.read().is_empty()).then(|| view! { <p class="p-4 text-center text-quiet" role="status">"Nothing matches"</p> });
    view! {
        <dialog id="palette" node_ref=node class="dialog palette" aria-label="Command palette" on:close=move |_| open.set(false) on:click=move |event| close_beside(&event, node)>
            <div class="dialog-box gap-0 p-0">
                <div class="flex items-center gap-2 border-b border-base-300 px-4">
                    {glyph(Icon::Search, false)}
                    <input
                        type="text"
                        id=ENTRY
                        class="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
                        role="combobox"
                        aria-label="Find a page or an action"
                        aria-expanded="true"
                        aria-controls=LIST
                        aria-autocomplete="list"
                        aria-activedescendant=move || (!found.read().is_empty()).then(|| option_id(active.get()))
                        placeholder="Find a page or an action"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=query
                        on:input=move |event| { query.set(event_target_value(&event)); active.set(0); }
                        on:keydown=keydown
                    />
                    <kbd class="kbd">"Esc"</kbd>
                </div>
                <ul id=LIST role="listbox" aria-label="Pages and actions" class="max-h-80 overflow-y-auto p-1.5 empty:hidden">{options}</ul>
                {nothing}
            </div>
        </dialog>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("{LIST}-{index}")
}

/// The button of the top bar that opens the palette.
///
/// On the server: plain markup; it needs the WASM.
#[component]
pub fn PaletteButton() -> impl IntoView {
    let open = use_shortcuts().palette;
    view! {
        <button type="button" class="palette-button" aria-keyshortcuts="Control+K Meta+K" on:click=move |_| open.set(true)>
            {glyph(Icon::Search, false)}
            <span class="max-sm:sr-only">"Find…"</span>
            <kbd class="kbd max-sm:hidden" aria-hidden="true">"Ctrl K"</kbd>
        </button>
    }
    .into_any()
}

//! One of many, found by typing (ARIA Authoring Practices: combobox with a list).

use leptos::{ev::KeyboardEvent, prelude::*};

use super::{
    choice::{Choice, select_options},
    context::FormContext,
    field::{Field, use_field},
};
use crate::{
    button::some,
    dom::{element_by_id, set_value, use_ready, value_of},
    shell::fuzzy_rank,
};

/// The list shows at most this many; typing narrows it.
const MOST_SHOWN: usize = 60;

/// One of many, found by typing a part of it. Posts the chosen value.
///
/// On the server: a native select with everything in it, which stays as the carrier of the value.
#[component]
pub fn Combobox(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What can be chosen.
    options: Vec<Choice>,
    /// The value of the stored choice.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// An example, or `Search…`.
    #[prop(optional, into)]
    placeholder: String,
    /// One must be chosen.
    #[prop(optional)]
    required: bool,
    /// Called with the value when another one is chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), None);
    let ready = use_ready();
    let carrier = handle.id.clone();
    let (entry, list) = (format!("{carrier}-entry"), format!("{carrier}-list"));
    let all = StoredValue::new(options.clone());
    let label_of = move |value: &str| {
        all.with_value(|all| all.iter().find(|choice| choice.value == value).map(|choice| choice.label.clone())).unwrap_or_default()
    };

    let (open, active) = (RwSignal::new(false), RwSignal::new(0_usize));
    let chosen = RwSignal::new(handle.value.clone());
    // `None`: the person has not typed since choosing, so everything is offered.
    let typed = RwSignal::new(None::<String>);
    let text = move || typed.get().unwrap_or_else(|| label_of(&chosen.read()));
    let found = Memo::new(move |_| {
        let query = typed.get().unwrap_or_default();
        all.with_value(|all| fuzzy_rank(&query, all, |choice| format!("{} {} {}", choice.label, choice.words, choice.help), MOST_SHOWN))
    });
    if let Some(form) = use_context::<FormContext>() {
        let carrier = carrier.clone();
        Effect::new(move |_| {
            if form.resets() > 0 {
                typed.set(None);
                chosen.set(value_of(&carrier).unwrap_or_default());
            }
        });
    }
    let choose = {
        let carrier = carrier.clone();
        move |choice: Choice| {
            open.set(false);
            typed.set(None);
            set_value(&carrier, &choice.value);
            chosen.set(choice.value.clone());
            if let Some(on_change) = on_change {
                on_change.run(choice.value);
            }
        }
    };
    let keydown = {
        let choose = choose.clone();
        let list = list.clone();
        move |event: KeyboardEvent| {
            let count = found.with_untracked(Vec::len);
            let at = active.get_untracked();
            let go = |to: usize| {
                open.set(true);
                active.set(to);
                show_option(&list, to);
            };
            match event.key().as_str() {
                "ArrowDown" if open.get_untracked() => go((at + 1).min(count.saturating_sub(1))),
                "ArrowDown" => go(at),
                "ArrowUp" => go(at.saturating_sub(1)),
                "Enter" if open.get_untracked() => {
                    if let Some(choice) = found.with_untracked(|found| found.get(at).cloned()) {
                        choose(choice);
                    }
                }
                "Escape" if open.get_untracked() => {
                    event.stop_propagation();
                    open.set(false);
                    typed.set(None);
                }
                _ => return,
            }
            event.prevent_default();
        }
    };
    let options_shown = {
        let list = list.clone();
        move || {
            if !open.get() {
                return Vec::new();
            }
            let option = |(index, choice): (usize, Choice)| {
                let (id, choose, value, label, help) =
                    (format!("{list}-{index}"), choose.clone(), choice.value.clone(), choice.label.clone(), choice.help.clone());
                let selected = move || if *chosen.read() == value { "true" } else { "false" };
                view! {
                    <li
                        id=id
                        role="option"
                        class="option"
                        aria-selected=selected
                        data-active=move || (active.get() == index).then_some("")
                        // Before the blur, which closes the list.
                        on:mousedown=move |event| {
                            event.prevent_default();
                            choose(choice.clone());
                        }
                    >
                        <span>{label}</span>
                        {some(help).map(|help| view! { <span class="text-xs text-quiet">{help}</span> })}
                    </li>
                }
                .into_any()
            };
            let options: Vec<AnyView> = found.get().into_iter().enumerate().map(option).collect();
            if options.is_empty() {
                vec![
                    view! { <li role="option" aria-selected="false" aria-disabled="true" class="option text-quiet">"Nothing matches"</li> }
                        .into_any(),
                ]
            } else {
                options
            }
        }
    };
    let active_id = {
        let list = list.clone();
        move || open.get().then(|| format!("{list}-{}", active.get()))
    };
    let control = view! {
        <select
            id=carrier
            name=name
            class=move || if ready.get() { "hidden" } else { "select" }
            required=required
            aria-describedby=handle.described_by()
            on:input=handle.on_input()
        >
            {handle.value.is_empty().then(|| view! { <option value=""></option> })}
            {select_options(options, &handle.value)}
        </select>
        <div class="relative" hidden=move || !ready.get()>
            <input
                type="text"
                id=entry
                class="input combobox"
                role="combobox"
                aria-label=label.clone()
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-controls=list.clone()
                aria-activedescendant=active_id
                aria-autocomplete="list"
                aria-describedby=handle.described_by()
                aria-invalid=handle.invalid()
                autocomplete="off"
                spellcheck="false"
                placeholder=some(placeholder)
                prop:value=text
                on:input=move |event| {
                    event.stop_propagation();
                    typed.set(Some(event_target_value(&event)));
                    active.set(0);
                    open.set(true);
                }
                on:click=move |_| open.set(true)
                on:keydown=keydown
                on:blur=move |_| {
                    open.set(false);
                    typed.set(None);
                }
            />
            <ul id=list role="listbox" aria-label=label.clone() class="listbox" hidden=move || !open.get()>{options_shown}</ul>
        </div>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required>{control}</Field> }.into_any()
}

/// Brings an option into view once it is drawn.
fn show_option(list: &str, index: usize) {
    let id = format!("{list}-{index}");
    request_animation_frame(move || {
        if let Some(option) = element_by_id(&id) {
            let how = web_sys::ScrollIntoViewOptions::new();
            how.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
}

//! Several short texts: domains, addresses, tags.

use leptos::{ev::KeyboardEvent, prelude::*};

use super::{
    context::{FormContext, Validator},
    field::{Field, use_field},
};
use crate::{
    button::some,
    dom::{focus_id, set_value, use_ready, value_of},
    icon::{Icon, glyph},
    shell::use_announcer,
};

/// Splits what `ChipsInput` posts: entries parted by commas, semicolons, spaces or line breaks, in order, each once.
pub fn split_chips(text: &str) -> Vec<String> {
    let mut chips: Vec<String> = Vec::new();
    for entry in text.split(|sign: char| matches!(sign, ',' | ';') || sign.is_whitespace()).filter(|entry| !entry.is_empty()) {
        if !chips.iter().any(|known| known == entry) {
            chips.push(entry.to_owned());
        }
    }
    chips
}

/// Several short texts as chips. Posts one text, parted by `, `; take it apart with [`split_chips`].
///
/// Enter, comma or leaving the box adds; Backspace in the empty box takes the last one back for editing; pasting adds many.
///
/// On the server: a plain labelled text input with the entries parted by commas.
#[component]
pub fn ChipsInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored.
    #[prop(optional)]
    values: Vec<String>,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// An example of one entry.
    #[prop(optional, into)]
    placeholder: String,
    /// At least one is needed.
    #[prop(optional)]
    required: bool,
    /// Turns an entry into the form it is kept in, such as lower case.
    #[prop(optional, into)]
    tidy: Option<Callback<String, String>>,
    /// What is wrong with one entry, if anything.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let rule = validate.map(|one| Validator::from(move |text: &str| split_chips(text).iter().find_map(|chip| one.check(chip))));
    let handle = use_field(&name, &label, values.join(", "), !help.is_empty(), rule);
    let (ready, announcer) = (use_ready(), use_announcer());
    // Two inputs: the carrier is posted (and is the whole control before the WASM arrives), the box is where one types.
    let carrier = handle.id.clone();
    let entry = format!("{carrier}-entry");
    let chips = RwSignal::new(split_chips(&handle.value));
    let store = {
        let carrier = carrier.clone();
        move |next: Vec<String>| {
            set_value(&carrier, &next.join(", "));
            chips.set(next);
        }
    };
    if let Some(form) = use_context::<FormContext>() {
        let carrier = carrier.clone();
        Effect::new(move |_| {
            if form.resets() > 0 {
                chips.set(split_chips(&value_of(&carrier).unwrap_or_default()));
            }
        });
    }
    let take = {
        let (entry, store) = (entry.clone(), store.clone());
        move || {
            let text = value_of(&entry).unwrap_or_default();
            // Nothing left to add to: the field has left the page, and lost the focus with that.
            let Some(mut next) = chips.try_get_untracked() else { return };
            for chip in split_chips(&text) {
                let chip = tidy.map_or_else(|| chip.clone(), |tidy| tidy.run(chip.clone()));
                if !next.contains(&chip) {
                    announcer.say(format!("{chip} added"));
                    next.push(chip);
                }
            }
            set_value(&entry, "");
            if next.len() != chips.with_untracked(Vec::len) {
                store(next);
            }
        }
    };
    let remove = {
        let (entry, store) = (entry.clone(), store.clone());
        move |chip: String| {
            let mut next = chips.get_untracked();
            next.retain(|known| *known != chip);
            store(next);
            announcer.say(format!("{chip} removed"));
            focus_id(&entry);
        }
    };
    let keydown = {
        let (entry, store, take) = (entry.clone(), store.clone(), take.clone());
        move |event: KeyboardEvent| {
            let empty = value_of(&entry).is_none_or(|text| text.is_empty());
            match event.key().as_str() {
                "Enter" | "," | ";" if !empty => {
                    event.prevent_default();
                    take();
                }
                // Otherwise the form would be sent by the key that adds.
                "Enter" => event.prevent_default(),
                "Backspace" if empty => {
                    let mut next = chips.get_untracked();
                    if let Some(last) = next.pop() {
                        event.prevent_default();
                        store(next);
                        set_value(&entry, &last);
                    }
                }
                _ => {}
            }
        }
    };
    let shown = move || {
        let remove = remove.clone();
        let chip = move |chip: String| {
            let (gone, remove) = (chip.clone(), remove.clone());
            view! {
                <li class="chip">
                    <span class="min-w-0 truncate">{chip.clone()}</span>
                    <button type="button" aria-label=format!("Remove {chip}") on:click=move |_| remove(gone.clone())>{glyph(Icon::Cross, false)}</button>
                </li>
            }
        };
        chips.get().into_iter().map(chip).collect_view()
    };
    let label_text = label.clone();
    let control = view! {
        <input
            type="text"
            id=carrier
            name=name
            value=handle.value.clone()
            class=move || if ready.get() { "hidden" } else { "input" }
            placeholder=some(placeholder.clone())
            required=required
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:input=handle.on_input()
        />
        <div class="chips" hidden=move || !ready.get()>
            <ul class="contents" aria-label=label_text.clone()>{shown}</ul>
            <input
                type="text"
                id=entry
                class="min-w-24 flex-1 bg-transparent outline-none"
                aria-label=format!("Add to {label_text}")
                aria-describedby=handle.described_by()
                aria-invalid=handle.invalid()
                placeholder=some(placeholder)
                autocomplete="off"
                spellcheck="false"
                on:keydown=keydown
                on:blur=move |_| take()
            />
        </div>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required>{control}</Field> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_split_once_each() {
        let check = |text, expected: &[&str]| assert_eq!(split_chips(text), expected);
        check("", &[]);
        check("a.example", &["a.example"]);
        check("a.example, b.example;c.example\nd.example", &["a.example", "b.example", "c.example", "d.example"]);
        check(" ,a,, a ,b ", &["a", "b"]);
    }
}

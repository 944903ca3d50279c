//! A day and a time of day, and fields that belong together.

use leptos::prelude::*;

use super::{
    field::use_field,
    text::{Line, line},
};

/// A day. Posts `YYYY-MM-DD`.
///
/// On the server: a plain labelled input of type `date`, which brings the browser's own calendar.
#[component]
pub fn DateInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored, `YYYY-MM-DD`.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), None);
    line(Line { help, required, disabled_because, ..Line::new(handle, "date", name, label) })
}

/// A time of day by the 24-hour clock. Posts what was typed, such as `09:30`.
///
/// Not an input of type `time`: that shows 12 hours wherever the browser's own settings say so.
///
/// On the server: a plain labelled input.
#[component]
pub fn TimeInput(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored, `HH:MM`.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// A sentence when it cannot be changed now; the value is still posted.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
) -> impl IntoView {
    let wrong = |text: &str| (!text.is_empty() && !is_time(text)).then(|| "Enter a time of the 24-hour clock, such as 09:30.".to_owned());
    let handle = use_field(&name, &label, value, !help.is_empty(), Some(wrong.into()));
    let own = Line::new(handle, "text", name, label);
    line(Line { help, required, disabled_because, placeholder: "09:30".into(), autocomplete: "off".into(), max_length: 5, short: true, ..own })
}

/// `9:30` or `09:30`.
fn is_time(text: &str) -> bool {
    let number = |part: &str, most: u8| part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < most);
    text.trim().split_once(':').is_some_and(|(hour, minute)| minute.len() == 2 && number(hour, 24) && number(minute, 60))
}

/// Fields that answer one question together, such as the days of the week, beside each other.
///
/// On the server: a fieldset.
#[component]
pub fn FieldGroup(
    /// The question.
    #[prop(into)]
    label: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="field">
            <legend class="field-label">{label}</legend>
            <div class="flex flex-wrap gap-x-5 gap-y-1">{children()}</div>
        </fieldset>
    }
    .into_any()
}

/// Fields that belong to one answer of an earlier question: they show while `shown` says so. Hidden ones are still posted.
///
/// On the server: as `shown` says, and always where scripts are off.
#[component]
pub fn ShownWhen(
    /// The answer is chosen.
    #[prop(into)]
    shown: Signal<bool>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! { <div class="shown-when" data-unchosen=move || (!shown.get()).then_some("")>{children()}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_24_hour_clock() {
        let check = |text: &str, expected: bool| assert_eq!(is_time(text), expected, "{text}");
        check("09:30", true);
        check("9:30", true);
        check("23:59", true);
        check("24:00", false);
        check("9:3", false);
        check("09:60", false);
        check("0930", false);
        check("9:30 pm", false);
    }
}

//! Narrowing a list.

use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsCast;

use super::list_url::ListUrl;
use crate::{
    dom::follow,
    form::Choice,
    icon::{Icon, glyph},
};

/// One filter: a parameter of the address and its values.
#[derive(Clone, Debug)]
pub struct Filter {
    name: String,
    label: String,
    options: Vec<Choice>,
    kind: &'static str,
}

impl Filter {
    /// A filter with a list of values.
    pub fn new(name: impl Into<String>, label: impl Into<String>, options: Vec<Choice>) -> Self {
        Self { name: name.into(), label: label.into(), options, kind: "select" }
    }

    /// A filter by text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), options: Vec::new(), kind: "text" }
    }

    /// A filter by day (`YYYY-MM-DD`).
    pub fn day(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), options: Vec::new(), kind: "date" }
    }

    fn words_for(&self, value: &str) -> String {
        self.options.iter().find(|option| option.value == value).map_or_else(|| value.to_owned(), |option| option.label.clone())
    }
}

/// Search and filters above a list, and a chip for each that is on. Everything goes into the address.
///
/// On the server: a real GET form with an Apply button, so it works without the WASM; with it, a chosen value applies at once.
#[component]
pub fn FilterBar(
    /// The address of the list as it is shown now.
    url: ListUrl,
    /// What the search box searches; empty for no search box.
    #[prop(optional, into)]
    search_label: String,
    /// The filters.
    #[prop(optional)]
    filters: Vec<Filter>,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    let path = StoredValue::new(url.path().to_owned());
    let go = move || {
        if let Some(form) = node.get_untracked() {
            follow(&ListUrl::new(path.get_value(), entries(&form)).href());
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        go();
    };
    let named = |name: &str| name == "search" || filters.iter().any(|filter| filter.name == name);
    // What is not on the bar (order, page size) stays as it is; the cursor goes, because the list is another one.
    let kept = url.query().iter().filter(|(name, _)| name != "after" && !named(name)).cloned();
    let kept = kept.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let search = (!search_label.is_empty()).then(|| view! { <SearchBox label=search_label.clone() value=url.get("search").to_owned()/> });
    let controls = filters.iter().map(|filter| control(filter, url.get(&filter.name), go)).collect_view();
    let chips = active(&url, &filters);
    view! {
        <search class="grid gap-2 pb-3">
            <form node_ref=node method="get" action=url.path().to_owned() role="search" class="flex flex-wrap items-end gap-2" on:submit=submit>
                {kept}
                {search}
                {controls}
                <button type="submit" class="btn btn-secondary-plain">{glyph(Icon::Filter, false)}"Apply"</button>
            </form>
            {chips}
        </search>
    }
    .into_any()
}

/// A search box. Inside a `FilterBar`, or alone in a GET form of your own.
///
/// On the server: a plain labelled input of type `search`, named `search`.
#[component]
pub fn SearchBox(
    /// What it searches, read out and shown inside.
    #[prop(into)]
    label: String,
    /// What is searched for now.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    view! {
        <label class="search-box">
            {glyph(Icon::Search, false)}
            <input type="search" name="search" value=value placeholder=label.clone() aria-label=label class="input" autocomplete="off"/>
        </label>
    }
    .into_any()
}

fn control(filter: &Filter, value: &str, go: impl Fn() + Copy + 'static) -> AnyView {
    let (name, label) = (filter.name.clone(), filter.label.clone());
    let control = if filter.kind == "select" {
        let options = filter
            .options
            .iter()
            .map(|option| view! { <option value=option.value.clone() selected=option.value == value>{option.label.clone()}</option> })
            .collect_view();
        view! { <select name=name class="select" on:change=move |_| go()><option value="">"Any"</option>{options}</select> }.into_any()
    } else {
        view! { <input type=filter.kind name=name value=value.to_owned() class="input" autocomplete="off"/> }.into_any()
    };
    view! { <label class="grid gap-1 max-sm:flex-1"><span class="text-xs text-quiet">{label}</span>{control}</label> }.into_any()
}

/// A chip for every filter that is on, each a link to the list without it.
fn active(url: &ListUrl, filters: &[Filter]) -> AnyView {
    let mut on: Vec<(String, String, String)> = Vec::new();
    let search = url.get("search");
    if !search.is_empty() {
        on.push(("search".to_owned(), "Search".to_owned(), search.to_owned()));
    }
    for filter in filters {
        let value = url.get(&filter.name);
        if !value.is_empty() {
            on.push((filter.name.clone(), filter.label.clone(), filter.words_for(value)));
        }
    }
    if on.is_empty() {
        return ().into_any();
    }
    let all = on.iter().fold(url.without("after"), |url, (name, _, _)| url.without(name)).href();
    let chips = on
        .into_iter()
        .map(|(name, label, words)| {
            let href = url.without("after").without(&name).href();
            let remove = format!("Remove filter {label}: {words}");
            view! { <li class="chip"><span class="min-w-0 truncate"><span class="text-quiet">{label}": "</span>{words}</span><a href=href aria-label=remove data-noscroll="">{glyph(Icon::Cross, false)}</a></li> }
        })
        .collect_view();
    view! { <div class="flex flex-wrap items-center gap-1.5"><ul class="contents" aria-label="Active filters">{chips}</ul><a class="link-plain text-xs" href=all data-noscroll="">"Clear all"</a></div> }.into_any()
}

/// The form's fields as they stand.
fn entries(form: &web_sys::HtmlFormElement) -> Vec<(String, String)> {
    let Ok(data) = web_sys::FormData::new_with_form(form) else { return Vec::new() };
    let object: &js_sys::Object = data.unchecked_ref();
    let iterator = js_sys::try_iter(object).ok().flatten();
    iterator
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let entry: js_sys::Array = entry.unchecked_into();
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?.trim().to_owned()))
        })
        .collect()
}

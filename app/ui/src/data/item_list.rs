//! A list to read through: the inbox, search results.

use leptos::prelude::*;

use crate::button::some;

/// One item of an [`ItemList`].
pub struct Item {
    href: String,
    title: String,
    from: String,
    snippet: String,
    iso: String,
    time: String,
    unread: bool,
    current: bool,
    marks: Option<AnyView>,
}

impl Item {
    /// An item that leads to `href`.
    pub fn new(href: impl Into<String>, title: impl Into<String>) -> Self {
        let empty = String::new;
        Self {
            href: href.into(),
            title: title.into(),
            from: empty(),
            snippet: empty(),
            iso: empty(),
            time: empty(),
            unread: false,
            current: false,
            marks: None,
        }
    }

    /// Who it is from, above the title.
    pub fn from(mut self, text: impl Into<String>) -> Self {
        self.from = text.into();
        self
    }

    /// The beginning of its text.
    pub fn snippet(mut self, text: impl Into<String>) -> Self {
        self.snippet = text.into();
        self
    }

    /// When: for machines (RFC 3339) and as shown.
    pub fn time(mut self, iso: impl Into<String>, text: impl Into<String>) -> Self {
        (self.iso, self.time) = (iso.into(), text.into());
        self
    }

    /// Not seen yet.
    pub fn unread(mut self, unread: bool) -> Self {
        self.unread = unread;
        self
    }

    /// Shown beside the list now.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Chips and signs at the end of the title.
    pub fn marks(mut self, marks: impl IntoView + 'static) -> Self {
        self.marks = Some(marks.into_any());
        self
    }
}

/// A list to read through: who, what, when, and the beginning of it.
///
/// On the server: plain links.
#[component]
pub fn ItemList(
    /// What it lists, read out.
    #[prop(into)]
    label: String,
    /// The items.
    items: Vec<Item>,
) -> impl IntoView {
    let items = items.into_iter().map(item).collect_view();
    view! { <ul class="item-list" aria-label=label>{items}</ul> }.into_any()
}

fn item(item: Item) -> AnyView {
    let top = if item.from.is_empty() { String::new() } else { item.from };
    view! {
        <li>
            <a href=item.href aria-current=item.current.then_some("true") data-unread=item.unread.then_some("") data-noscroll="">
                <span class="flex min-w-0 items-baseline gap-2">
                    {item.unread.then(|| view! { <span class="sr-only">"Unread: "</span> })}
                    <bdi class="item-from">{top}</bdi>
                    <time class="ms-auto shrink-0 text-xs text-quiet tabular-nums" datetime=some(item.iso)>{item.time}</time>
                </span>
                <span class="flex min-w-0 items-center gap-2"><bdi class="item-title">{item.title}</bdi>{item.marks}</span>
                {some(item.snippet).map(|text| view! { <span class="block truncate text-quiet" dir="auto">{text}</span> })}
            </a>
        </li>
    }
    .into_any()
}

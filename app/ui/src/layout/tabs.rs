//! Parts of one thing under one header. The tab is in the URL, so each is a link.

use leptos::prelude::*;

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    label: String,
    href: String,
    current: bool,
    count: Option<u32>,
}

impl Tab {
    /// A tab that leads to `href`; `current` when it is shown now.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current, count: None }
    }

    /// How many things are in it.
    pub fn count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }
}

/// A row of tabs: links, because the tab is in the URL.
///
/// On the server: plain links with `aria-current` on the shown one.
#[component]
pub fn Tabs(
    /// What the tabs are parts of, read out.
    #[prop(into)]
    label: String,
    /// The tabs.
    items: Vec<Tab>,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="tab-row">
            <ul>
                {items.into_iter().map(|tab| view! {
                    <li>
                        <a href=tab.href aria-current=tab.current.then_some("page") data-noscroll="">
                            {tab.label}
                            {tab.count.map(|count| view! { <span class="count">{count}</span> })}
                        </a>
                    </li>
                }).collect_view()}
            </ul>
        </nav>
    }
    .into_any()
}

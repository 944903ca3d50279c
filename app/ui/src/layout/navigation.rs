//! The entries of the left navigation.

use leptos::prelude::*;

use super::frame::CurrentPath;
use crate::{
    button::some,
    icon::{Icon, glyph},
};

/// A group of entries under a small heading.
///
/// On the server: plain markup.
#[component]
pub fn NavSection(
    /// The heading; empty for the first group.
    #[prop(optional, into)]
    label: String,
    /// `NavItem`s.
    children: Children,
) -> impl IntoView {
    view! {
        <div>
            {(!label.is_empty()).then(|| view! { <h2 class="px-2 pb-1 text-xs font-medium text-quiet">{label}</h2> })}
            <ul class="grid grid-cols-1 gap-px">{children()}</ul>
        </div>
    }
    .into_any()
}

/// One entry; marked when its page or one below it is shown.
///
/// On the server: a plain link with `aria-current` already set.
#[component]
pub fn NavItem(
    /// Where it leads; also the prefix by which it knows that it is current.
    #[prop(into)]
    href: String,
    /// The room's picture.
    icon: Icon,
    /// The room's name.
    #[prop(into)]
    label: String,
    /// How many things wait there; 0 shows nothing.
    #[prop(optional, into)]
    count: Signal<u32>,
    /// Other entries' addresses below this one: on their pages they are marked, not this one.
    #[prop(optional)]
    without: Vec<&'static str>,
    /// A sentence when the person may not go there; empty when they may.
    #[prop(optional, into)]
    disabled_because: String,
) -> impl IntoView {
    let path = use_context::<CurrentPath>();
    let prefix = href.clone();
    let mine = move |path: &str| is_below(path, &prefix) && !without.iter().any(|other| is_below(path, other));
    let current = move || path.filter(|path| mine(&path.0.read())).map(|_| "page");
    let usable = disabled_because.is_empty();
    view! {
        <li>
            <a
                href=usable.then_some(href)
                class="nav-item"
                aria-current=current
                role=(!usable).then_some("link")
                tabindex=(!usable).then_some("0")
                aria-disabled=(!usable).then_some("true")
                title=some(disabled_because)
            >
                {glyph(icon, false)}
                <span class="min-w-0 flex-1 truncate">{label}</span>
                {move || (count.get() > 0).then(|| view! { <span class="text-xs tabular-nums">{count.get()}<span class="sr-only">" waiting"</span></span> })}
            </a>
        </li>
    }
    .into_any()
}

/// `true` when `path` is `prefix` or lies below it; the home page is only itself.
fn is_below(path: &str, prefix: &str) -> bool {
    let (path, prefix) = (path.trim_end_matches('/'), prefix.trim_end_matches('/'));
    path == prefix || (!prefix.is_empty() && path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_current_on_its_page_and_below() {
        let check = |path, prefix, expected| assert_eq!(is_below(path, prefix), expected, "{path} {prefix}");
        check("/email", "/email", true);
        check("/email/", "/email", true);
        check("/email/a1/inbox", "/email", true);
        check("/emails", "/email", false);
        check("/", "/", true);
        check("/email", "/", false);
    }
}

//! Words with a form: times, keys, people.

use leptos::prelude::*;

use crate::{button::some, format::initials};

/// A moment: for people as the server wrote it in the tenant's zone, for machines in full.
///
/// On the server: plain markup; nothing is computed.
#[component]
pub fn TimeText(
    /// For machines (RFC 3339).
    #[prop(into)]
    iso: String,
    /// As shown.
    #[prop(into)]
    text: String,
    /// Another way of saying it, on hover: `3 days ago`.
    #[prop(optional, into)]
    title: String,
) -> impl IntoView {
    let title = if title.is_empty() { iso.clone() } else { title };
    view! { <time datetime=iso title=title class="tabular-nums whitespace-nowrap">{text}</time> }.into_any()
}

/// A key of the keyboard.
///
/// On the server: plain markup.
#[component]
pub fn Kbd(
    /// What stands on it.
    #[prop(into)]
    key: String,
) -> impl IntoView {
    view! { <kbd class="kbd">{key}</kbd> }.into_any()
}

/// A person as initials.
///
/// On the server: plain markup. Hidden from screen readers: the name stands beside it or on the control around it.
#[component]
pub fn Avatar(
    /// The person's name or address.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! { <span class="avatar-plain" aria-hidden="true">{initials(&name)}</span> }.into_any()
}

/// A word with an explanation on hover and for screen readers. What must be read belongs into the page, not here.
///
/// On the server: plain markup.
#[component]
pub fn Tooltip(
    /// The explanation.
    #[prop(into)]
    text: String,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! { <abbr class="tooltip-plain" title=some(text)>{children()}</abbr> }.into_any()
}

/// A link inside running text.
///
/// On the server: a plain link.
#[component]
pub fn TextLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// It leads outside the console: opens in a new tab and says so.
    #[prop(optional)]
    external: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="link-plain" href=href target=external.then_some("_blank") rel=external.then_some("noopener noreferrer")>
            {children()}
            {external.then(|| view! { <span class="sr-only">" (opens in a new tab)"</span> })}
        </a>
    }
    .into_any()
}

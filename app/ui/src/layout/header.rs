//! The head of a page.

use leptos::prelude::*;

use crate::icon::{Icon, glyph};

/// One step of the way to this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    label: String,
    href: String,
}

impl Crumb {
    /// A page above this one.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// The page's `h1`, one sentence on what it is for, its main actions, and the way to it.
///
/// On the server: plain markup.
#[component]
pub fn PageHeader(
    /// The `h1`.
    #[prop(into)]
    title: String,
    /// One sentence: what the page is for.
    #[prop(optional, into)]
    sentence: String,
    /// The pages above this one, outermost first.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// A status beside the title.
    #[prop(optional, into)]
    status: ViewFnOnce,
    /// Buttons at the right; the main one last.
    #[prop(optional, into)]
    actions: ViewFnOnce,
) -> impl IntoView {
    let has_crumbs = !crumbs.is_empty();
    view! {
        <div class="page-header">
            <div class="min-w-0">
                {has_crumbs.then(|| view! {
                    <nav aria-label="Breadcrumbs">
                        <ol class="mb-1 flex flex-wrap items-center gap-1 text-xs text-quiet">
                            {crumbs.into_iter().map(|crumb| view! {
                                <li class="flex items-center gap-1">
                                    <a class="link-quiet" href=crumb.href>{crumb.label}</a>
                                    {glyph(Icon::ChevronRight, false)}
                                </li>
                            }).collect_view()}
                        </ol>
                    </nav>
                })}
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h1 class="min-w-0 text-xl leading-7 font-semibold tracking-tight text-balance break-words">{title}</h1>
                    {status.run()}
                </div>
                {(!sentence.is_empty()).then(|| view! { <p class="mt-0.5 max-w-prose text-quiet">{sentence}</p> })}
            </div>
            <div class="flex flex-wrap items-center gap-2">{actions.run()}</div>
        </div>
    }
    .into_any()
}

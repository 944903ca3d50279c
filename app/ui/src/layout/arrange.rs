//! Putting things beside and below each other.

use leptos::prelude::*;

/// Things below each other with one distance between them.
///
/// On the server: plain markup.
#[component]
pub fn Stack(
    /// Half the distance, for things that belong together.
    #[prop(optional)]
    tight: bool,
    /// What to lay out.
    children: Children,
) -> impl IntoView {
    view! { <div class=if tight { "grid min-w-0 gap-2" } else { "grid min-w-0 gap-5" }>{children()}</div> }.into_any()
}

/// Things beside each other; they wrap when there is no room.
///
/// On the server: plain markup.
#[component]
pub fn Inline(
    /// What to lay out.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex min-w-0 flex-wrap items-center gap-2">{children()}</div> }.into_any()
}

/// Cards or figures in as many equal columns as fit.
///
/// On the server: plain markup.
#[component]
pub fn Columns(
    /// What to lay out.
    children: Children,
) -> impl IntoView {
    view! { <div class="grid min-w-0 gap-4 grid-cols-[repeat(auto-fit,minmax(min(100%,15rem),1fr))]">{children()}</div> }.into_any()
}

/// Buttons and small controls above something they act on.
///
/// On the server: plain markup.
#[component]
pub fn Toolbar(
    /// What the controls act on, read out.
    #[prop(into)]
    label: String,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <div role="group" aria-label=label class="flex flex-wrap items-center gap-1.5 border-b border-base-300 pb-2">
            {children()}
        </div>
    }
    .into_any()
}

/// A list on the left and the thing chosen from it on the right. Below 1024 px only one of them shows: the thing, when there is one.
///
/// On the server: plain markup; which side shows depends on `chosen`, so it is right before the WASM arrives.
#[component]
pub fn SplitPane(
    /// Something is chosen.
    #[prop(into)]
    chosen: Signal<bool>,
    /// What the list is, read out.
    #[prop(into)]
    list_label: String,
    /// The list.
    #[prop(into)]
    list: ViewFnOnce,
    /// The chosen thing, or an `EmptyState` that asks to choose.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="split-pane" data-chosen=move || chosen.get().then_some("")>
            <section class="split-list" aria-label=list_label>{list.run()}</section>
            <div class="split-detail">{children()}</div>
        </div>
    }
    .into_any()
}

/// A page without navigation: signing in, first run, a refusal. One card in the middle, the product's name above.
///
/// On the server: plain markup.
#[component]
pub fn CenteredPage(
    /// The page's `h1`.
    #[prop(into)]
    title: String,
    /// One sentence below it.
    #[prop(optional, into)]
    sentence: String,
    /// The content of the card.
    children: Children,
) -> impl IntoView {
    view! {
        <main id="main" class="grid min-h-dvh place-content-center justify-items-center gap-5 p-4">
            <Brand/>
            <div class="w-[min(26rem,calc(100vw-2rem))] rounded-box border border-base-300 bg-base-100 p-6 shadow-sm max-sm:p-4">
                <h1 class="text-lg font-semibold">{title}</h1>
                {(!sentence.is_empty()).then(|| view! { <p class="mt-1 text-quiet">{sentence}</p> })}
                <div class="mt-5 grid gap-5">{children()}</div>
            </div>
        </main>
    }
    .into_any()
}

/// The product's mark and name.
///
/// On the server: plain markup.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <span class="flex items-center gap-2 font-semibold">
            <img src="/favicon.svg" alt="" width="22" height="22" class="size-5.5"/>
            "Switchboard"
        </span>
    }
    .into_any()
}

/// Words that explain and may be skipped.
///
/// On the server: plain markup.
#[component]
pub fn Quiet(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class="text-quiet">{children()}</span> }.into_any()
}

/// Running text at a width that reads well.
///
/// On the server: plain markup.
#[component]
pub fn Prose(
    /// Paragraphs, lists, code.
    children: Children,
) -> impl IntoView {
    view! { <div class="prose-plain">{children()}</div> }.into_any()
}

//! What happened, step by step: a connection test, a debug log, the life of a mail.

use leptos::prelude::*;

use crate::{button::some, icon::glyph, tone::Tone};

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    tone: Tone,
    title: String,
    iso: String,
    time: String,
    took: String,
    detail: String,
    verbatim: String,
    running: bool,
}

impl Step {
    /// A step and how it went.
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        let empty = String::new;
        Self { tone, title: title.into(), iso: empty(), time: empty(), took: empty(), detail: empty(), verbatim: empty(), running: false }
    }

    /// A step under way.
    pub fn running(title: impl Into<String>) -> Self {
        Self { running: true, ..Self::new(Tone::Info, title) }
    }

    /// When, as shown.
    pub fn time(mut self, text: impl Into<String>) -> Self {
        self.time = text.into();
        self
    }

    /// When, for machines (RFC 3339).
    pub fn iso(mut self, iso: impl Into<String>) -> Self {
        self.iso = iso.into();
        self
    }

    /// How long, as shown: `12 ms`.
    pub fn took(mut self, text: impl Into<String>) -> Self {
        self.took = text.into();
        self
    }

    /// A sentence.
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }

    /// The other side's own words, shown as they came.
    pub fn verbatim(mut self, text: impl Into<String>) -> Self {
        self.verbatim = text.into();
        self
    }
}

/// Steps in their order.
///
/// On the server: plain markup. New steps are announced while it is shown.
#[component]
pub fn Timeline(
    /// What the steps belong to, read out.
    #[prop(into)]
    label: String,
    /// The steps.
    #[prop(into)]
    steps: Signal<Vec<Step>>,
) -> impl IntoView {
    view! {
        <ol class="timeline-plain" aria-label=label aria-live="polite">
            {move || steps.get().into_iter().map(step).collect_view()}
        </ol>
    }
    .into_any()
}

fn step(step: Step) -> AnyView {
    let word = match step.tone {
        _ if step.running => "Under way",
        Tone::Neutral => "Note",
        Tone::Info => "Information",
        Tone::Good => "Succeeded",
        Tone::Caution => "Warning",
        Tone::Bad => "Failed",
    };
    let sign = if step.running { view! { <span class="spinner" aria-hidden="true"></span> }.into_any() } else { glyph(step.tone.icon(), false) };
    view! {
        <li class=step.tone.class()>
            <span class="timeline-sign">{sign}</span>
            <div class="min-w-0 flex-1">
                <div class="flex flex-wrap items-baseline gap-x-3">
                    <span class="font-medium"><span class="sr-only">{word}": "</span>{step.title}</span>
                    {some(step.took).map(|took| view! { <span class="text-xs text-quiet tabular-nums">{took}</span> })}
                    {some(step.time).map(|time| view! { <time datetime=some(step.iso) class="ms-auto text-xs text-quiet tabular-nums">{time}</time> })}
                </div>
                {some(step.detail).map(|detail| view! { <p class="text-quiet break-words">{detail}</p> })}
                {some(step.verbatim).map(|text| view! { <pre class="verbatim" tabindex="0">{text}</pre> })}
            </div>
        </li>
    }
    .into_any()
}

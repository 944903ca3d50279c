//! Buttons and links that look like buttons.

use leptos::prelude::*;

use crate::icon::{Icon, glyph};

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// The one main action of a page or dialog.
    Primary,
    /// Everything else.
    #[default]
    Secondary,
    /// In toolbars and rows, where a frame would be noise.
    Ghost,
    /// Removes or breaks something.
    Danger,
}

/// How tall a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 28 px, inside rows and toolbars.
    Small,
    /// 34 px.
    #[default]
    Medium,
    /// 44 px, on pages with one thing to do.
    Large,
}

/// What a button does to the form around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Nothing.
    #[default]
    Button,
    /// Posts it.
    Submit,
    /// Brings back what was stored.
    Reset,
}

impl ButtonKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Submit => "submit",
            Self::Reset => "reset",
        }
    }
}

pub(crate) fn button_class(variant: Variant, size: Size, square: bool) -> String {
    let variant = match variant {
        Variant::Primary => "btn-primary",
        Variant::Secondary => "btn-secondary-plain",
        Variant::Ghost => "btn-ghost",
        Variant::Danger => "btn-danger-plain",
    };
    let size = match size {
        Size::Small => "btn-sm",
        Size::Medium => "",
        Size::Large => "btn-lg",
    };
    let square = if square { "btn-square" } else { "" };
    format!("btn {variant} {size} {square}").trim_end().to_owned()
}

/// A button.
///
/// While `busy` or disabled it stays focusable and says why; presses do nothing.
///
/// On the server: plain markup; a submit button posts its form before the WASM arrives.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// What it does to the form around it.
    #[prop(optional)]
    kind: ButtonKind,
    /// A picture before the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Work is under way: a turning ring, and presses do nothing.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// A sentence when it cannot be used now; empty when it can.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// Its id, when something else points at it.
    #[prop(optional, into)]
    id: String,
    /// Name posted with the form.
    #[prop(optional, into)]
    name: String,
    /// Value posted with the form.
    #[prop(optional, into)]
    value: String,
    /// Id of the element with `popover` it opens, without any WASM.
    #[prop(optional, into)]
    opens: String,
    /// Called when it is pressed and usable.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let blocked = move || busy.get() || !disabled_because.read().is_empty();
    let press = move |event: web_sys::MouseEvent| {
        if busy.get_untracked() || !disabled_because.read_untracked().is_empty() {
            event.prevent_default();
            return;
        }
        if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <span class="button-with-reason" data-reason=move || some(disabled_because.get())>
            <button
                type=kind.name()
                class=button_class(variant, size, false)
                id=some(id)
                name=some(name.clone())
                value=(!name.is_empty()).then_some(value)
                popovertarget=some(opens)
                aria-disabled=move || blocked().then_some("true")
                aria-busy=move || busy.get().then_some("true")
                title=move || some(disabled_because.get())
                on:click=press
            >
                {move || busy.get().then(|| view! { <span class="spinner" aria-hidden="true"></span> })}
                {icon.map(|icon| glyph(icon, false))}
                {children()}
            </button>
        </span>
    }
    .into_any()
}

/// A link that looks like a button: it leads somewhere, so it is not a button.
///
/// On the server: a plain link. With a reason it has no address and says why.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// A picture before the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// The address is a file to keep: the browser takes it, not the router.
    #[prop(optional)]
    download: bool,
    /// The address is no page of the console: the browser goes there, not the router.
    #[prop(optional)]
    external: bool,
    /// A sentence when it cannot be used now; empty when it can.
    #[prop(optional, into)]
    disabled_because: String,
    /// The words.
    children: Children,
) -> impl IntoView {
    let usable = disabled_because.is_empty();
    let reason = some(disabled_because.clone());
    view! {
        <span class="button-with-reason" data-reason=reason>
            <a
                class=button_class(variant, size, false)
                href=usable.then_some(href)
                role=(!usable).then_some("link")
                tabindex=(!usable).then_some("0")
                aria-disabled=(!usable).then_some("true")
                download=download.then_some("")
                rel=(download || external).then_some("external")
                title=some(disabled_because)
            >
                {icon.map(|icon| glyph(icon, false))}
                {children()}
            </a>
        </span>
    }
    .into_any()
}

/// A button that is only a picture; its label is read out and shown on hover.
///
/// On the server: plain markup.
#[component]
pub fn IconButton(
    /// Which picture.
    icon: Icon,
    /// What it does, as words.
    #[prop(into)]
    label: String,
    /// How much it asks for attention; `Ghost` when not given.
    #[prop(default = Variant::Ghost)]
    variant: Variant,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// What it does to the form around it.
    #[prop(optional)]
    kind: ButtonKind,
    /// A sentence when it cannot be used now; empty when it can.
    #[prop(optional, into)]
    disabled_because: Signal<String>,
    /// `true` or `false` for a button that stays pressed.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Its id, when something else points at it.
    #[prop(optional, into)]
    id: String,
    /// Id of the element with `popover` it opens, without any WASM.
    #[prop(optional, into)]
    opens: String,
    /// Called when it is pressed and usable.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let title = label.clone();
    let press = move |event: web_sys::MouseEvent| {
        if !disabled_because.read_untracked().is_empty() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=kind.name()
            class=button_class(variant, size, true)
            id=some(id)
            popovertarget=some(opens)
            aria-label=label
            aria-pressed=move || pressed.map(|pressed| if pressed.get() { "true" } else { "false" })
            aria-disabled=move || (!disabled_because.read().is_empty()).then_some("true")
            title=move || some(disabled_because.get()).unwrap_or_else(|| title.clone())
            on:click=press
        >
            {glyph(icon, false)}
        </button>
    }
    .into_any()
}

/// An attribute that is left out when its text is empty.
pub(crate) fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

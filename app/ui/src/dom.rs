//! The few things done to the document by hand. Everything here runs in the browser only, from events and effects.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// `false` while the server renders and until the component is alive in the browser, then `true`.
///
/// Components show their plain form while it is `false`, so that the first render is the same on both sides.
///
/// On the server: stays `false`.
pub fn use_ready() -> Signal<bool> {
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    ready.into()
}

/// Goes to an address of the console as a click on a link would: the router takes it, and without a router the browser does.
///
/// On the server: must not be called (only events call it).
pub fn follow(href: &str) {
    let Some(body) = document().body() else { return };
    let Ok(link) = document().create_element("a") else { return };
    let _ = link.set_attribute("href", href);
    link.set_class_name("hidden");
    if body.append_child(&link).is_ok() {
        if let Some(link) = link.dyn_ref::<HtmlElement>() {
            link.click();
        }
        link.remove();
    }
}

/// Moves the focus to the element with this id, if there is one; to its `<id>-entry` when it only carries a value.
pub(crate) fn focus_id(id: &str) {
    let entry = element_by_id(&format!("{id}-entry"));
    if let Some(element) = entry.or_else(|| element_by_id(id)) {
        let _ = element.focus();
    }
}

/// The same after the next frame, when what was just made visible can take it.
pub(crate) fn focus_id_soon(id: String) {
    request_animation_frame(move || focus_id(&id));
}

/// The element with this id.
pub(crate) fn element_by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Tells the form that a control without a keyboard of its own has changed.
pub(crate) fn dispatch_input(element: &Element) {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &init) {
        let _ = element.dispatch_event(&event);
    }
}

/// Writes a value into a carrier input and tells the form.
pub(crate) fn set_value(id: &str, value: &str) {
    if let Some(element) = element_by_id(id) {
        // Inputs, selects and text areas share this property; one binding serves all three.
        element.unchecked_ref::<HtmlInputElement>().set_value(value);
        dispatch_input(&element);
    }
}

/// The value of the input, select or text area with this id.
pub(crate) fn value_of(id: &str) -> Option<String> {
    element_by_id(id).map(|element| element.unchecked_ref::<HtmlInputElement>().value())
}

/// The element an event is about, when it is an element.
pub(crate) fn target_element(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// `true` when the person is writing, so that a bare letter is text and not a shortcut.
pub(crate) fn is_typing(event: &web_sys::Event) -> bool {
    target_element(event).is_some_and(|element| {
        element
            .closest("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// A cookie for the whole console, one year, readable by the server's next render. Not for secrets.
pub(crate) fn set_preference_cookie(name: &str, value: &str) {
    let text = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    let _ = js_sys::Reflect::set(document().as_ref(), &JsValue::from_str("cookie"), &JsValue::from_str(&text));
}

/// Local storage, where the browser allows it.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Puts a text on the clipboard; `done` hears whether it worked. Falls back to the selection on plain http.
pub fn copy_text(text: &str, done: impl Fn(bool) + 'static) {
    let clipboard = js_sys::Reflect::get(window().navigator().as_ref(), &JsValue::from_str("clipboard")).ok().filter(|value| !value.is_undefined());
    if clipboard.is_none() {
        done(copy_by_selection(text));
        return;
    }
    let written = window().navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        done(wasm_bindgen_futures::JsFuture::from(written).await.is_ok());
    });
}

/// Browsers give the clipboard only to secure pages; a console on plain http in a closed network still needs to copy.
fn copy_by_selection(text: &str) -> bool {
    let Some(body) = document().body() else { return false };
    let Ok(area) = document().create_element("textarea") else { return false };
    area.set_class_name("sr-only");
    area.unchecked_ref::<HtmlInputElement>().set_value(text);
    if body.append_child(&area).is_err() {
        return false;
    }
    let before = document().active_element();
    area.unchecked_ref::<HtmlInputElement>().select();
    let copied = exec_command("copy", "");
    area.remove();
    if let Some(before) = before.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = before.focus();
    }
    copied
}

/// `document.execCommand`: the only way to edit inside `contenteditable` that keeps the browser's own undo.
pub(crate) fn exec_command(command: &str, value: &str) -> bool {
    let call = || -> Option<bool> {
        let function: js_sys::Function = js_sys::Reflect::get(document().as_ref(), &JsValue::from_str("execCommand")).ok()?.dyn_into().ok()?;
        function.call3(document().as_ref(), &JsValue::from_str(command), &JsValue::FALSE, &JsValue::from_str(value)).ok()?.as_bool()
    };
    call().unwrap_or(false)
}

/// Listens on the window for as long as the component lives.
///
/// What is not `Send` stays inside the effect, which a server never runs: there a view may be dropped on another thread.
pub(crate) fn on_window(event: &'static str, handle: impl Fn(web_sys::Event) + 'static) {
    let mut handle = Some(handle);
    Effect::new(move |_| {
        if let Some(handle) = handle.take() {
            let listener = window_event_listener_untyped(event, handle);
            on_cleanup(move || listener.remove());
        }
    });
}

/// Listens on the window before anything else hears the event (the router listens there too).
pub(crate) fn on_window_first(event: &'static str, handle: impl Fn(web_sys::Event) + 'static) {
    let mut handle = Some(handle);
    Effect::new(move |_| {
        if let Some(handle) = handle.take() {
            let closure = Closure::<dyn Fn(web_sys::Event)>::new(handle);
            let _ = window().add_event_listener_with_callback_and_bool(event, closure.as_ref().unchecked_ref(), true);
            let closure = StoredValue::new_local(Some(closure));
            on_cleanup(move || {
                if let Some(Some(closure)) = closure.try_update_value(Option::take) {
                    let _ = window().remove_event_listener_with_callback_and_bool(event, closure.as_ref().unchecked_ref(), true);
                }
            });
        }
    });
}

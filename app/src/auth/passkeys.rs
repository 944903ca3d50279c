//! Talking to the browser about passkeys. Everything goes as JSON (W3C Web Authentication level 3, sections 5.1.8 to 5.1.10), so the browser
//! itself does the converting.

use leptos::{prelude::*, task::spawn_local};
use ui::{Alert, Button, Icon, Stack, Tone, use_ready};

use super::api::{PasskeyOptions, PasskeySignIn};
use crate::shell::{call, leave_for};

/// Makes a passkey.
///
/// # Errors
/// A sentence: the person thought better of it, or the browser cannot.
pub async fn create(options: &str) -> Result<String, String> {
    browser::ask("create", "parseCreationOptionsFromJSON", options).await
}

/// Uses a passkey.
///
/// # Errors
/// As [`create`].
pub async fn get(options: &str) -> Result<String, String> {
    browser::ask("get", "parseRequestOptionsFromJSON", options).await
}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    pub(super) async fn ask(verb: &str, parse: &str, options: &str) -> Result<String, String> {
        tried(verb, parse, options).await.map_err(|error| sentence(&error).to_owned())
    }

    async fn tried(verb: &str, parse: &str, options: &str) -> Result<String, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let class = Reflect::get(&window, &"PublicKeyCredential".into())?;
        let parse: Function = Reflect::get(&class, &parse.into())?.dyn_into()?;
        let wish = Object::new();
        Reflect::set(&wish, &"publicKey".into(), &parse.call1(&class, &JSON::parse(options)?)?)?;
        let credentials = Reflect::get(&Reflect::get(&window, &"navigator".into())?, &"credentials".into())?;
        let call: Function = Reflect::get(&credentials, &verb.into())?.dyn_into()?;
        let promise: Promise = call.call1(&credentials, &wish)?.dyn_into()?;
        let made = JsFuture::from(promise).await?;
        let to_json: Function = Reflect::get(&made, &"toJSON".into())?.dyn_into()?;
        Ok(JSON::stringify(&to_json.call0(&made)?)?.into())
    }

    fn sentence(error: &JsValue) -> &'static str {
        let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
        match name.as_str() {
            "NotAllowedError" | "AbortError" => "No passkey was used: it was cancelled, or it took too long. Try again.",
            "InvalidStateError" => "This device has a passkey for your account already.",
            "SecurityError" => "The browser refuses passkeys at this address. Open the console at its own address.",
            _ => "This browser cannot use passkeys. Use another way, or a newer browser.",
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod browser {
    pub(super) async fn ask(_verb: &str, _parse: &str, _options: &str) -> Result<String, String> {
        Err("Passkeys need a browser with scripts.".into())
    }
}

/// Signs in with a passkey, alone or as the second step. Not there before the WASM is.
#[component]
pub(super) fn PasskeyButton(
    /// Where to go.
    next: String,
) -> impl IntoView {
    let ready = use_ready();
    let (busy, message) = (RwSignal::new(false), RwSignal::new(String::new()));
    let next = StoredValue::new(next);
    let press = move || {
        busy.set(true);
        message.set(String::new());
        spawn_local(async move {
            let outcome = sign_in(next.get_value()).await;
            let _ = busy.try_set(false);
            match outcome {
                Ok(path) => leave_for(&path),
                Err(why) => {
                    let _ = message.try_set(why);
                }
            }
        });
    };
    view! {
        <div hidden=move || !ready.get()>
            <Stack>
                <Button icon=Icon::Key busy=busy on_press=press>"Use a passkey"</Button>
                {move || Some(message.get()).filter(|message| !message.is_empty()).map(|message| view! { <Alert tone=Tone::Bad title=message urgent=true/> })}
            </Stack>
        </div>
    }
}

async fn sign_in(next: String) -> Result<String, String> {
    let options = call(PasskeyOptions {}).await.map_err(|problem| problem.message())?;
    let answer = get(&options).await?;
    call(PasskeySignIn { answer, next }).await.map_err(|problem| problem.message())
}

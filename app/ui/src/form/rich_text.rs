//! Writing with bold, links, lists, tables and pictures.

use leptos::{
    ev::{ClipboardEvent, KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{FileReader, HtmlInputElement, Range};

use super::{
    context::{FormContext, Validator},
    field::{Field, use_field},
    sanitize::{clean_html, escape, text_to_html},
};
use crate::{
    dom::{exec_command, focus_id, focus_id_soon, set_value, use_ready, value_of},
    format::bytes,
    icon::{Icon, glyph},
    shell::use_announcer,
};

/// A picture put into the text travels with it; larger ones belong among the attachments.
const MOST_IMAGE_BYTES: f64 = 2.0 * 1024.0 * 1024.0;

/// The commands that need nothing but the selection.
const COMMANDS: [(Icon, &str, &str, &str); 5] = [
    (Icon::Bold, "Bold (Ctrl+B)", "bold", ""),
    (Icon::Italic, "Italic (Ctrl+I)", "italic", ""),
    (Icon::List, "Bulleted list", "insertUnorderedList", ""),
    (Icon::ListNumbered, "Numbered list", "insertOrderedList", ""),
    (Icon::Quote, "Quote", "formatBlock", "blockquote"),
];

/// An editor for formatted text. Posts HTML under `name` and `html` under `<name>_format`.
///
/// What is pasted is reduced to what a mail may carry; the server cleans it again. Alt+F10 goes to the tool bar, Ctrl+K makes a link.
///
/// On the server: a plain labelled text area; without the WASM it posts plain text, and `<name>_format` is `text`.
#[component]
pub fn RichText(
    /// Name posted.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// What is stored, as HTML that was already cleaned.
    #[prop(optional, into)]
    value: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// Something must be written.
    #[prop(optional)]
    required: bool,
    /// What is wrong with the HTML, if anything.
    #[prop(optional, into)]
    validate: Option<Validator>,
) -> impl IntoView {
    let handle = use_field(&name, &label, value, !help.is_empty(), validate);
    let (ready, editor) = (use_ready(), NodeRef::<html::Div>::new());
    let carrier = handle.id.clone();
    let format_id = format!("{carrier}-format");
    let links = LinkBox { id: StoredValue::new(format!("{carrier}-link")), open: RwSignal::new(false), editor };

    // The editor starts from the carrier, once it is alive and whenever the form is put back.
    let form = use_context::<FormContext>();
    {
        let (carrier, format_id) = (carrier.clone(), format_id.clone());
        Effect::new(move |_| {
            let restored = form.map_or(0, |form| form.resets());
            if let Some(editor) = editor.get() {
                let text = value_of(&carrier).unwrap_or_default();
                editor.set_inner_html(&if text.contains('<') { clean_html(&text) } else { text_to_html(&text) });
                if restored == 0 {
                    let _ = exec_command("defaultParagraphSeparator", "p");
                }
                if let Some(format) = crate::dom::element_by_id(&format_id) {
                    format.unchecked_ref::<HtmlInputElement>().set_value("html");
                }
            }
        });
    }
    let store = {
        let carrier = carrier.clone();
        move || {
            if let Some(editor) = editor.get_untracked() {
                let empty =
                    editor.text_content().unwrap_or_default().trim().is_empty() && editor.query_selector("img, table, hr").ok().flatten().is_none();
                set_value(&carrier, &if empty { String::new() } else { clean_html(&editor.inner_html()) });
            }
        }
    };
    let run = {
        let store = store.clone();
        move |command: &str, value: &str| {
            if let Some(editor) = editor.get_untracked() {
                let _ = editor.focus();
            }
            exec_command(command, value);
            store();
        }
    };
    let paste = {
        let run = run.clone();
        move |event: ClipboardEvent| {
            let Some(data) = event.clipboard_data() else { return };
            let html = data.get_data("text/html").unwrap_or_default();
            let text = data.get_data("text/plain").unwrap_or_default();
            if !html.is_empty() {
                event.prevent_default();
                run("insertHTML", &clean_html(&html));
            } else if !text.is_empty() {
                event.prevent_default();
                run("insertText", &text);
            }
        }
    };
    let tools = format!("{carrier}-tools");
    let keydown = {
        let tools = tools.clone();
        move |event: KeyboardEvent| {
            let key = event.key();
            if key == "k" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                event.stop_propagation();
                links.start();
            } else if key == "F10" && event.alt_key() {
                event.prevent_default();
                focus_id(&tools);
            }
        }
    };
    let entry = format!("{carrier}-entry");
    let control = view! {
        <input type="hidden" id=format_id name=format!("{name}_format") value="text"/>
        <textarea
            id=carrier
            name=name
            rows="10"
            class=move || if ready.get() { "hidden" } else { "textarea" }
            required=required
            aria-invalid=handle.invalid()
            aria-describedby=handle.described_by()
            on:input=handle.on_input()
        >
            {handle.value.clone()}
        </textarea>
        <div class="rich" hidden=move || !ready.get()>
            {tool_bar(tools, run.clone(), links)}
            {link_row(run, links)}
            <div
                id=entry
                node_ref=editor
                class="rich-body prose-plain"
                contenteditable="true"
                role="textbox"
                aria-multiline="true"
                aria-label=label.clone()
                aria-describedby=handle.described_by()
                dir="auto"
                on:input=move |event| { event.stop_propagation(); store(); }
                on:paste=paste
                on:keydown=keydown
            ></div>
        </div>
    }
    .into_any();
    view! { <Field handle=handle label=label help=help required=required>{control}</Field> }.into_any()
}

/// The row in which the address of a link is typed, and what was selected before.
#[derive(Clone, Copy)]
struct LinkBox {
    id: StoredValue<String>,
    open: RwSignal<bool>,
    editor: NodeRef<html::Div>,
}

/// The selection is kept on the editor's element: it is not `Send`, and a server may drop a view on another thread.
const KEPT_RANGE: &str = "keptRange";

impl LinkBox {
    fn start(self) {
        let selection = window().get_selection().ok().flatten();
        if let (Some(editor), Some(range)) = (self.editor.get_untracked(), selection.and_then(|selection| selection.get_range_at(0).ok())) {
            let _ = js_sys::Reflect::set(&editor, &KEPT_RANGE.into(), &range);
        }
        self.open.set(true);
        focus_id_soon(self.id.get_value());
    }

    /// Puts back what was selected; typing the address had taken the selection away.
    fn restore(self) {
        self.open.set(false);
        let range = self.editor.get_untracked().and_then(|editor| js_sys::Reflect::get(&editor, &KEPT_RANGE.into()).ok()?.dyn_into::<Range>().ok());
        if let (Some(range), Some(selection)) = (range, window().get_selection().ok().flatten()) {
            let _ = selection.remove_all_ranges();
            let _ = selection.add_range(&range);
        }
    }
}

fn tool(icon: Icon, label: &'static str, press: impl Fn() + 'static) -> AnyView {
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-sm btn-square"
            aria-label=label
            title=label
            // Keeps the selection in the text.
            on:mousedown=|event: MouseEvent| event.prevent_default()
            on:click=move |_| press()
        >
            {glyph(icon, false)}
        </button>
    }
    .into_any()
}

fn tool_bar(id: String, run: impl Fn(&str, &str) + Clone + 'static, links: LinkBox) -> AnyView {
    let picture = NodeRef::<html::Input>::new();
    let announcer = use_announcer();
    let commands = COMMANDS
        .into_iter()
        .map(|(icon, label, command, value)| {
            let run = run.clone();
            tool(icon, label, move || run(command, value))
        })
        .collect_view();
    let table = {
        let run = run.clone();
        let row = |cell: &str| format!("<tr>{}</tr>", format!("<{cell}><br></{cell}>").repeat(3));
        move || run("insertHTML", &format!("<table><thead>{}</thead><tbody>{}</tbody></table><p><br></p>", row("th"), row("td").repeat(2)))
    };
    let choose = move || {
        if let Some(input) = picture.get_untracked() {
            input.click();
        }
    };
    let undo = {
        let run = run.clone();
        move || run("undo", "")
    };
    let insert = move |_| {
        let Some(input) = picture.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        input.set_value("");
        if file.size() > MOST_IMAGE_BYTES {
            announcer.alert(format!("The picture is larger than {}. Attach it instead.", bytes(2 * 1024 * 1024)));
            return;
        }
        let (run, name) = (run.clone(), file.name());
        read_as_data_url(&file, move |address| run("insertHTML", &format!("<img src=\"{}\" alt=\"{}\">", escape(&address), escape(&name))));
    };
    view! {
        <div id=id role="group" tabindex="-1" aria-label="Formatting" class="rich-tools">
            {commands}
            {tool(Icon::Link, "Link (Ctrl+K)", move || links.start())}
            {tool(Icon::Table, "Table", table)}
            {tool(Icon::Image, "Picture", choose)}
            {tool(Icon::Undo, "Undo (Ctrl+Z)", undo)}
            <input type="file" node_ref=picture class="hidden" accept="image/png,image/jpeg,image/gif,image/webp" aria-label="Picture" on:input=|event| event.stop_propagation() on:change=insert/>
        </div>
    }
    .into_any()
}

fn link_row(run: impl Fn(&str, &str) + Clone + 'static, links: LinkBox) -> AnyView {
    let set = move || {
        let address = value_of(&links.id.get_value()).unwrap_or_default().trim().to_owned();
        links.restore();
        match address.as_str() {
            "" => run("unlink", ""),
            address if address.contains(':') => run("createLink", address),
            address if address.contains('@') => run("createLink", &format!("mailto:{address}")),
            address => run("createLink", &format!("https://{address}")),
        }
    };
    let press = set.clone();
    let keydown = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            set();
        }
        "Escape" => {
            event.stop_propagation();
            links.restore();
        }
        _ => {}
    };
    view! {
        <div class="flex items-center gap-2 border-b border-base-300 p-1.5" hidden=move || !links.open.get()>
            <input
                type="text"
                inputmode="url"
                id=links.id.get_value()
                class="input input-sm flex-1"
                aria-label="Address of the link; empty removes it"
                placeholder="https://example.com"
                autocomplete="off"
                on:input=|event| event.stop_propagation()
                on:keydown=keydown
            />
            <button type="button" class="btn btn-sm" on:click=move |_| press()>"Set link"</button>
        </div>
    }
    .into_any()
}

/// Reads a picture as a `data:` address and hands it on.
fn read_as_data_url(file: &web_sys::File, done: impl Fn(String) + 'static) {
    let Ok(reader) = FileReader::new() else { return };
    let source = reader.clone();
    let loaded = Closure::once_into_js(move || {
        if let Some(address) = source.result().ok().and_then(|result| result.as_string()) {
            done(address);
        }
    });
    reader.set_onload(Some(loaded.unchecked_ref()));
    let _ = reader.read_as_data_url(file);
}

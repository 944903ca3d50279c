//! Files to send along.

use leptos::{ev::DragEvent, html, prelude::*};
use web_sys::{DataTransfer, File, FileList};

use super::{
    context::FormContext,
    field::{below, required_mark, use_field},
};
use crate::{
    button::some,
    dom::{dispatch_input, use_ready},
    format::bytes,
    icon::{Icon, glyph},
    shell::use_announcer,
};

/// What the list shows of one chosen file.
#[derive(Clone, PartialEq, Eq)]
struct Chosen {
    name: String,
    size_bytes: u64,
}

/// One or more files, chosen or dropped, listed with their sizes, each removable before sending.
///
/// On the server: a plain labelled file input; the list appears with the WASM. After a refused plain post it names the files to choose again: a
/// page cannot fill them in.
#[component]
pub fn FileInput(
    /// Name posted; the form must be `multipart`.
    #[prop(into)]
    name: String,
    /// The words above it.
    #[prop(into)]
    label: String,
    /// One sentence below it.
    #[prop(optional, into)]
    help: String,
    /// Several may be chosen.
    #[prop(optional)]
    multiple: bool,
    /// The `accept` list, such as `image/*,.pdf`.
    #[prop(optional, into)]
    accept: String,
    /// Most bytes of all files together; 0 for no limit. Shown as a problem and checked by the server again.
    #[prop(optional)]
    max_bytes: u64,
    /// At least one must be chosen.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let total = RwSignal::new(0_u64);
    let too_large = move |_: &str| (max_bytes > 0 && total.get_untracked() > max_bytes).then(|| format!("At most {} in all.", bytes(max_bytes)));
    let handle = use_field(&name, &label, String::new(), !help.is_empty(), Some(too_large.into()));
    let (node, ready, announcer) = (NodeRef::<html::Input>::new(), use_ready(), use_announcer());
    let (chosen, over) = (RwSignal::new(Vec::<Chosen>::new()), RwSignal::new(false));
    let show = move || {
        let files = node.get_untracked().and_then(|input| input.files()).map(list_of).unwrap_or_default();
        let shown: Vec<_> = files.iter().map(|file| Chosen { name: file.name(), size_bytes: whole(file.size()) }).collect();
        total.set(shown.iter().map(|file| file.size_bytes).sum());
        chosen.set(shown);
    };
    let form = use_context::<FormContext>();
    Effect::new(move |_| {
        if form.is_some_and(|form| form.resets() > 0) {
            show();
        }
    });
    let put = move |files: Vec<File>| {
        if let (Some(input), Ok(transfer)) = (node.get_untracked(), DataTransfer::new()) {
            for file in files.iter().take(if multiple { usize::MAX } else { 1 }) {
                let _ = transfer.items().add_with_file(file);
            }
            input.set_files(transfer.files().as_ref());
            show();
            dispatch_input(&input);
        }
    };
    let present = move || node.get_untracked().and_then(|input| input.files()).map(list_of).unwrap_or_default();
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(files) = event.data_transfer().and_then(|transfer| transfer.files()) {
            let new = list_of(files);
            announcer.say(format!("{} files added", new.len()));
            put(if multiple { present().into_iter().chain(new).collect() } else { new });
        }
    };
    let remove = move |index: usize| {
        let kept = present().into_iter().enumerate().filter(|(at, _)| *at != index).map(|(_, file)| file).collect();
        put(kept);
        if let Some(input) = node.get_untracked() {
            let _ = input.focus();
        }
    };
    let row = move |(index, file): (usize, Chosen)| {
        view! {
            <li class="flex items-center gap-2 py-1 ps-2 pe-1">
                {glyph(Icon::File, false)}
                <span class="min-w-0 flex-1 truncate">{file.name.clone()}</span>
                <span class="text-quiet tabular-nums">{bytes(file.size_bytes)}</span>
                <button type="button" class="btn btn-ghost btn-sm btn-square" aria-label=format!("Remove {}", file.name) on:click=move |_| remove(index)>
                    {glyph(Icon::Cross, false)}
                </button>
            </li>
        }
    };
    let problem = handle.on_input();
    let list = move || {
        let files = chosen.get();
        (!files.is_empty()).then(|| {
            view! {
                <ul class="divide-y divide-base-300 rounded-field border border-base-300" aria-label="Chosen files">
                    {files.into_iter().enumerate().map(row).collect_view()}
                </ul>
                {(max_bytes > 0).then(|| view! { <p class="text-xs text-quiet tabular-nums">{bytes(total.get())}" of "{bytes(max_bytes)}</p> })}
            }
        })
    };
    view! {
        <div class="field">
            <label for=handle.id.clone() class="field-label">{label}{required_mark(required)}</label>
            <div
                class="drop-zone"
                data-over=move || over.get().then_some("")
                on:dragover=move |event| { event.prevent_default(); over.set(true); }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <input
                    type="file"
                    id=handle.id.clone()
                    name=name
                    node_ref=node
                    class="file-input"
                    multiple=multiple
                    accept=some(accept)
                    required=required
                    aria-invalid=handle.invalid()
                    aria-describedby=handle.described_by()
                    on:change=move |event| { show(); problem(event); }
                />
                <span class="text-quiet max-sm:hidden" hidden=move || !ready.get()>"or drop files here"</span>
            </div>
            {list}
            {some(handle.value.clone()).map(|files| view! {
                <p class="field-reason" hidden=move || !chosen.read().is_empty()>{glyph(Icon::File, false)}<span>"Choose again: "{files}</span></p>
            })}
            {below(&handle, help, Signal::default())}
        </div>
    }
    .into_any()
}

fn list_of(files: FileList) -> Vec<File> {
    (0..files.length()).filter_map(|index| files.get(index)).collect()
}

/// A size as JavaScript counts it: a whole number below 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and never negative")]
fn whole(size: f64) -> u64 {
    size as u64
}

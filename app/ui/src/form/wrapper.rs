//! The form itself.

use leptos::{context::Provider, ev::SubmitEvent, html, prelude::*};

use super::context::{FieldProblem, FormContext, use_dirty};
use crate::{
    button::some,
    dom::{focus_id, focus_id_soon, use_ready},
    icon::{Icon, glyph},
};

/// A real `<form method="post">`.
///
/// When it is sent, every field is checked first; what is wrong is listed above, linked to its field, and takes the focus.
///
/// On the server: plain markup with the problems and values that came with the page. Before the WASM arrives the browser checks
/// `required` and types by itself and posts to `action`.
#[component]
pub fn Form(
    /// Names the form; ids of its fields are `<id>-<name>`.
    #[prop(into)]
    id: String,
    /// Where it posts: the server function's address.
    #[prop(into)]
    action: String,
    /// Posted as `_next`: where to go after a plain post succeeded.
    #[prop(optional, into)]
    next: String,
    /// Files are among the fields.
    #[prop(optional)]
    multipart: bool,
    /// Fields the server refused.
    #[prop(optional, into)]
    problems: Signal<Vec<FieldProblem>>,
    /// A refusal that belongs to no field; empty for none.
    #[prop(optional, into)]
    message: Signal<String>,
    /// The form is being sent.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// A new value means: what is shown now is what is stored.
    #[prop(optional, into)]
    saved: Signal<u32>,
    /// What the person had typed before a refused plain post, by field name.
    #[prop(optional)]
    kept: Vec<(String, String)>,
    /// Called when all fields are well; calls `prevent_default` when it sends the form itself. Without it the browser posts.
    #[prop(optional, into)]
    on_submit: Option<Callback<SubmitEvent>>,
    /// Fields, then `SaveBar` or `FormActions`.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    let summary_id = format!("{id}-problems");
    let summarised = RwSignal::new(!problems.read_untracked().is_empty());
    let context = FormContext {
        id: StoredValue::new(id.clone()),
        kept: StoredValue::new(kept),
        rules: StoredValue::new(Vec::new()),
        shown: RwSignal::new(problems.get_untracked()),
        resets: RwSignal::new(0),
        dirty: use_dirty(node),
        pending,
    };
    follow_the_server(context, problems, message, saved, summarised, summary_id.clone());

    let ready = use_ready();
    Effect::new(move |_| {
        if let (true, Some(form)) = (ready.get(), node.get()) {
            // From here on the checks are ours: one look for all of them, and a summary.
            form.set_no_validate(true);
        }
    });
    let submit = {
        let summary_id = summary_id.clone();
        move |event: SubmitEvent| {
            if pending.get_untracked() {
                event.prevent_default();
            } else if !context.check_all() {
                event.prevent_default();
                summarised.set(true);
                focus_id_soon(summary_id.clone());
            } else if let Some(on_submit) = on_submit {
                summarised.set(false);
                on_submit.run(event);
            } else {
                // The page goes away with everything in it: leaving is what the person asked for.
                context.dirty.changed.set(false);
            }
        }
    };
    let compare = move |_| context.dirty.compare();
    let reset = move |_| {
        summarised.set(false);
        context.shown.set(Vec::new());
        // The event comes before the values change.
        set_timeout(
            move || {
                context.resets.update(|count| *count += 1);
                request_animation_frame(move || context.dirty.compare());
            },
            std::time::Duration::ZERO,
        );
    };
    let form_id = id.clone();
    view! {
        <form
            id=form_id
            node_ref=node
            method="post"
            action=action
            enctype=multipart.then_some("multipart/form-data")
            aria-busy=move || pending.get().then_some("true")
            class="grid min-w-0 gap-5"
            on:submit=submit
            on:input=compare
            on:change=move |_| context.dirty.compare()
            on:reset=reset
        >
            {some(next).map(|next| view! { <input type="hidden" name="_next" value=next/> })}
            {summary(id, summary_id, context, message, summarised)}
            <Provider value=context>{children()}</Provider>
        </form>
    }
    .into_any()
}

/// Takes over what the server answers after the first render.
fn follow_the_server(
    context: FormContext,
    problems: Signal<Vec<FieldProblem>>,
    message: Signal<String>,
    saved: Signal<u32>,
    summarised: RwSignal<bool>,
    summary_id: String,
) {
    Effect::new(move |before: Option<(Vec<FieldProblem>, String)>| {
        let now = (problems.get(), message.get());
        if before.is_some_and(|before| before != now) {
            let refused = !now.0.is_empty() || !now.1.is_empty();
            context.shown.set(now.0.clone());
            summarised.set(!now.0.is_empty());
            if refused {
                focus_id_soon(summary_id.clone());
            }
        }
        now
    });
    Effect::new(move |before: Option<u32>| {
        let now = saved.get();
        if before.is_some_and(|before| before != now) {
            context.shown.set(Vec::new());
            context.dirty.accept();
        }
        now
    });
}

/// What is wrong with the form, above its fields, linked to them.
fn summary(form: String, id: String, context: FormContext, message: Signal<String>, summarised: RwSignal<bool>) -> AnyView {
    let listed = move || if summarised.get() { context.shown.get() } else { Vec::new() };
    let title = move || match listed().len() {
        0 => message.get(),
        1 => "One field needs your attention".to_owned(),
        many => format!("{many} fields need your attention"),
    };
    // A page that comes with problems starts at them, WASM or not.
    let starts_here = (!untrack(title).is_empty()).then_some("");
    let link = move |problem: FieldProblem| {
        let target = format!("{form}-{}", problem.field);
        let href = format!("#{target}");
        let focus = move |event: web_sys::MouseEvent| {
            event.prevent_default();
            focus_id(&target);
        };
        view! { <li><a class="link-plain" href=href on:click=focus>{problem.message}</a></li> }
    };
    let links = move || {
        let items = listed();
        (!items.is_empty()).then(|| view! { <ul class="list-disc ps-4 leading-6">{items.into_iter().map(link.clone()).collect_view()}</ul> })
    };
    view! {
        <div
            id=id
            tabindex="-1"
            role="alert"
            class="alert-plain tone-bad"
            hidden=move || title().is_empty()
            autofocus=starts_here
        >
            {glyph(Icon::CrossCircle, false)}
            <div class="grid min-w-0 gap-1">
                <p class="font-medium">{title}</p>
                {links}
            </div>
        </div>
    }
    .into_any()
}

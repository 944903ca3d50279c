//! A button that is a form of its own, so that it works before the WASM arrives.

use leptos::{prelude::*, server_fn::ServerFn};
use model::Problem;
use serde::de::DeserializeOwned;
use ui::{Button, ButtonKind, Hidden, Icon, Size, Variant};

use super::form::FormState;

/// Posts hidden fields to the server function of `form`. For what can be undone or harms nobody; ask with a `ConfirmDialog` before
/// anything else.
#[component]
pub fn PostButton<S>(
    /// The server function's state; several buttons may share one.
    form: FormState<S>,
    /// Where to go after a plain post.
    #[prop(into)]
    next: String,
    /// What to post.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// A picture before the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// A sentence when it cannot be used now; empty when it can.
    #[prop(optional, into)]
    disabled_because: String,
    /// The words.
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = Problem> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let fields = fields.into_iter().map(|(name, value)| view! { <Hidden name=name value=value/> }).collect_view();
    let words = children();
    view! {
        <form method="post" action=form.url() on:submit=form.submit()>
            <Hidden name="_next" value=next/>
            {fields}
            {match icon {
                Some(icon) => view! {
                    <Button kind=ButtonKind::Submit variant=variant size=size icon=icon busy=form.pending() disabled_because=disabled_because>{words}</Button>
                }.into_any(),
                None => view! {
                    <Button kind=ButtonKind::Submit variant=variant size=size busy=form.pending() disabled_because=disabled_because>{words}</Button>
                }.into_any(),
            }}
        </form>
    }
    .into_any()
}

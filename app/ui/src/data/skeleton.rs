//! The shape of what is coming.

use leptos::prelude::*;

/// What is coming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SkeletonKind {
    /// Running text.
    #[default]
    Lines,
    /// A table.
    Table,
    /// Labelled fields.
    Form,
}

/// Grey shapes in place of what is loading.
///
/// On the server: plain markup; out-of-order streaming replaces it.
#[component]
pub fn Skeleton(
    /// What is coming.
    #[prop(optional)]
    kind: SkeletonKind,
) -> impl IntoView {
    let shapes = match kind {
        SkeletonKind::Lines => ["h-4 w-2/3", "h-4 w-full", "h-4 w-5/6", "h-4 w-1/2"].map(shape).collect_view().into_any(),
        SkeletonKind::Table => {
            ["h-8 w-full", "h-6 w-full", "h-6 w-full", "h-6 w-full", "h-6 w-full", "h-6 w-2/3"].map(shape).collect_view().into_any()
        }
        SkeletonKind::Form => ["h-3 w-24", "h-9 w-full", "h-3 w-32", "h-9 w-full", "h-3 w-20", "h-9 w-1/2"].map(shape).collect_view().into_any(),
    };
    view! {
        <div role="status" class="grid max-w-3xl content-start gap-3 py-2">
            <span class="sr-only">"Loading"</span>
            {shapes}
        </div>
    }
    .into_any()
}

fn shape(class: &'static str) -> AnyView {
    view! { <span aria-hidden="true" class=format!("skeleton rounded-field {class}")></span> }.into_any()
}

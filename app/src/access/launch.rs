//! `/launch/:tenant/:token`: a link that leads into an organisation.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{
    Problem,
    access::{LINK_REFUSED, LinkPreview},
};
use ui::{Inline, LinkButton, Skeleton, SkeletonKind, Variant};

use super::api::{EnterLink, LookAtLink};
use crate::shell::{BlankPage, FormState, Loaded, PostButton, ProblemView, Screen, call, leave_for, set_status, suspended};

/// What the link leads to. Opening the page uses nothing up: mail scanners and prefetching browsers open links too.
pub struct LaunchPage {
    tenant: String,
    token: String,
    preview: Loaded<LinkPreview>,
}

impl Screen for LaunchPage {
    fn data() -> Self {
        let params = use_params_map();
        let part = |name: &str| params.read_untracked().get(name).unwrap_or_default();
        let (tenant, token) = (part("tenant"), part("token"));
        let asked = (tenant.clone(), token.clone());
        Self { preview: Loaded::new(move || LookAtLink { tenant: asked.0.clone(), token: asked.1.clone() }), tenant, token }
    }

    fn view(this: Self) -> AnyView {
        let LaunchPage { tenant, token, preview } = this;
        view! {
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || {
                    let (tenant, token) = (tenant.clone(), token.clone());
                    suspended(async move {
                        match preview.await {
                            Ok(preview) => view! { <Door preview=preview tenant=tenant token=token/> }.into_any(),
                            Err(Problem::Invalid { .. }) => view! { <NoWay/> }.into_any(),
                            Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        }
        .into_any()
    }
}

/// The one page for every link that does not lead in, whatever is wrong with it.
#[component]
fn NoWay() -> impl IntoView {
    set_status(404);
    view! {
        <BlankPage title="This link does not lead in" sentence=LINK_REFUSED>
            <Inline>
                <LinkButton href="/" variant=Variant::Primary>"Go to your organisation"</LinkButton>
                <LinkButton href="/operator">"Operators' console"</LinkButton>
            </Inline>
        </BlankPage>
    }
}

#[component]
fn Door(preview: LinkPreview, tenant: String, token: String) -> impl IntoView {
    let form = FormState::<EnterLink>::new();
    form.on_success(|path| leave_for(&path));
    let refused = RwSignal::new(None::<Problem>);
    let problem = move || form.problem().get().or_else(|| refused.get());
    let LinkPreview { organisation, access, who } = preview;
    let sentence = match access {
        Some(access) => {
            format!(
                "You enter with {} access as {who}. Its people see that you are there, and everything you do is in its audit log.",
                access.phrase()
            )
        }
        None => format!("This signs you in as {who}, an owner."),
    };
    if access.is_some() {
        // Asked for a moment ago in this very browser, or the link would not work here: there is nothing more to confirm. A link that signs an
        // owner in waits for the person, so that nobody is signed in by opening a page.
        let (tenant, token) = (tenant.clone(), token.clone());
        Effect::new(move |_| {
            let input = EnterLink { tenant: tenant.clone(), token: token.clone() };
            leptos::task::spawn_local(async move {
                match call(input).await {
                    Ok(path) => leave_for(&path),
                    // `None`: the page is gone already.
                    Err(problem) => drop(refused.try_set(Some(problem))),
                }
            });
        });
    }
    let fields = vec![("tenant", tenant), ("token", token)];
    view! {
        <BlankPage title=format!("Enter {organisation}") sentence=sentence>
            {move || problem().map(|problem| view! { <p role="alert">{problem.message()}</p> })}
            <PostButton form=form next="/" variant=Variant::Primary fields=fields>"Enter"</PostButton>
        </BlankPage>
    }
}

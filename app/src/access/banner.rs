//! What stands above every page while somebody from outside is in the organisation.

use leptos::prelude::*;
use model::{
    Problem,
    access::{Visit, VisitKind, Visiting},
    auth::Me,
    live::Kind,
    people::Capability,
};
use ui::{Banner, Icon, Inline, LinkButton, Size, Toast, Tone, use_toaster};

use super::api::{EndVisit, LeaveVisit, PresentVisits};
use crate::shell::{FormState, Loaded, PostButton, call, followed, leave_for, suspended, use_live};

/// For the people of the organisation: who is inside, live. For a visitor: where they are, and the way out.
#[component]
pub fn VisitBanners(
    /// Whoever is signed in.
    me: Me,
) -> impl IntoView {
    match me.visit.clone() {
        Some(visit) => view! { <OwnVisit visit=visit organisation=me.tenant_name/> }.into_any(),
        None if me.capabilities.has(Capability::AccountOwn) => view! { <Visitors ends=me.capabilities.has(Capability::TenantHelpDesk)/> }.into_any(),
        None => ().into_any(),
    }
}

#[component]
fn Visitors(ends: bool) -> impl IntoView {
    let ended = RwSignal::new(0_u32);
    let visits = Loaded::renewed(followed(Kind::AccessChanged, ended, || true), || PresentVisits {});
    let form = FormState::<EndVisit>::new();
    let toaster = use_toaster();
    form.on_success(move |()| {
        toaster.show(Toast::good("Visit ended"));
        ended.update(|count| *count += 1);
    });
    view! {
        <Transition fallback=|| ()>
            {move || suspended(async move {
                // Not being told is no reason to disturb the page.
                visits.await.unwrap_or_default().into_iter().map(|visit| view! { <Visitor visit=visit ends=ends form=form/> }).collect_view().into_any()
            })}
        </Transition>
    }
}

#[component]
fn Visitor(visit: Visit, ends: bool, form: FormState<EndVisit>) -> impl IntoView {
    let sentence = visit.sentence();
    let action = move || {
        ends.then(|| {
            view! {
                <Inline>
                    <PostButton form=form next="/tenant/access" size=Size::Small fields=vec![("id", visit.id.to_string())]>"End this visit"</PostButton>
                    <LinkButton href="/tenant/access" size=Size::Small>"All visits"</LinkButton>
                </Inline>
            }
        })
    };
    view! { <Banner tone=Tone::Caution sentence=sentence action=action/> }
}

#[component]
fn OwnVisit(visit: Visiting, organisation: String) -> impl IntoView {
    let form = FormState::<LeaveVisit>::new();
    form.on_success(|path| leave_for(&path));
    let (access, session) = (use_live(Kind::AccessChanged), use_live(Kind::SessionEnded));
    Effect::new(move |before: Option<(u32, u32)>| {
        let now = (access.get(), session.get());
        if before.is_some_and(|before| before != now) {
            leptos::task::spawn_local(async {
                // It is not for visitors, who are told so (404) while their visit lasts; afterwards they are nobody (401).
                if matches!(call(PresentVisits {}).await, Err(Problem::Unauthenticated)) {
                    leave_for("/visit-ended");
                }
            });
        }
        now
    });
    let role = match visit.kind {
        VisitKind::HelpDesk => "help desk",
        VisitKind::Partner => "a partner",
    };
    let sentence = format!(
        "You are visiting {organisation} as {role} with {} access since {}. Everything you do is in its audit log.",
        visit.access.phrase(),
        visit.since.text
    );
    let action = move || view! { <PostButton form=form next="/" size=Size::Small icon=Icon::LogOut>"Leave"</PostButton> };
    view! { <Banner tone=Tone::Info sentence=sentence action=action/> }
}

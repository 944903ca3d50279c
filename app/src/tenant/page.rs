//! `/tenant`: the organisation's name and time zone.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::check_name, email::schedule::ZonedSchedules, people::Capability, tenant::Tenant};
use ui::{Form, PageHeader, SaveBar, Section, Skeleton, SkeletonKind, TextInput};

use super::{
    SettingsTabs,
    api::{GetTenant, UpdateTenant},
};
use crate::{
    email::{SchedulesInZone, SchedulesOnZoneChange},
    shell::{FormState, Loaded, ProblemView, Screen, leave_for, suspended, use_me},
};

/// The settings as stored.
pub struct TenantPage {
    tenant: Loaded<Tenant>,
    /// About which a change of the zone has to decide; only for those who may change it.
    schedules: Loaded<ZonedSchedules>,
}

impl Screen for TenantPage {
    fn data() -> Self {
        let may = may_write();
        let schedules = Loaded::when(RwSignal::new(0), move || may.then_some(SchedulesInZone {}));
        Self { tenant: Loaded::new(|| GetTenant {}), schedules }
    }

    fn view(this: Self) -> AnyView {
        let TenantPage { tenant, schedules } = this;
        view! {
            <Title text="Settings"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match (tenant.await, schedules.await) {
                        (Ok(tenant), Ok(schedules)) => view! { <Settings tenant=tenant schedules=schedules/> }.into_any(),
                        (Err(problem), _) | (_, Err(problem)) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

fn may_write() -> bool {
    use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite))
}

/// Everybody who may read them sees them; only owners change them, and the others are told so.
#[component]
fn Settings(tenant: Tenant, schedules: ZonedSchedules) -> impl IntoView {
    let may_write = may_write();
    let locked = if may_write { "" } else { "Only owners change this." };
    let form = FormState::<UpdateTenant>::new();
    // Name and zone stand all over the frame and in every time shown.
    form.on_success(|()| leave_for("/tenant"));
    view! {
        <Form id="tenant" action=form.url() next="/tenant" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Organisation">
                <TextInput name="name" label="Name" value=tenant.name required=true disabled_because=locked
                    validate=|text: &str| {
                        let mut problems = Vec::new();
                        check_name("name", "organisation", text, &mut problems);
                        problems.pop().map(|problem| problem.message)
                    }/>
                <TextInput name="time_zone" label="Time zone" value=tenant.time_zone required=true placeholder="Europe/London" disabled_because=locked
                    help="Every time in the console, in receipts and in exports is shown in this zone. An IANA name."/>
            </Section>
            <SchedulesOnZoneChange schedules=schedules/>
            {may_write.then(|| view! { <SaveBar/> })}
        </Form>
    }
}

//! `/tenant`: the organisation's name and time zone.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    auth::check_name,
    email::schedule::ZonedSchedules,
    people::Capability,
    tenant::{Tenant, ZoneChoice},
};
use ui::{Choice, Combobox, Form, PageHeader, SaveBar, Section, Skeleton, SkeletonKind, TextInput};

use super::{
    SettingsTabs,
    api::{GetTenant, ListZones, UpdateTenant},
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
    /// Only for those who choose: it is a long list.
    zones: Loaded<Vec<ZoneChoice>>,
}

impl Screen for TenantPage {
    fn data() -> Self {
        let may = may_write();
        let schedules = Loaded::when(RwSignal::new(0), move || may.then_some(SchedulesInZone {}));
        let zones = Loaded::when(RwSignal::new(0), move || may.then_some(ListZones {}));
        Self { tenant: Loaded::new(|| GetTenant {}), schedules, zones }
    }

    fn view(this: Self) -> AnyView {
        let TenantPage { tenant, schedules, zones } = this;
        view! {
            <Title text="Settings"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match (tenant.await, schedules.await, zones.await) {
                        (Ok(tenant), Ok(schedules), Ok(zones)) => view! { <Settings tenant=tenant schedules=schedules zones=zones/> }.into_any(),
                        (Err(problem), ..) | (_, Err(problem), _) | (.., Err(problem)) => view! { <ProblemView problem=problem/> }.into_any(),
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
fn Settings(tenant: Tenant, schedules: ZonedSchedules, zones: Vec<ZoneChoice>) -> impl IntoView {
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
                {if may_write {
                    view! { <ZoneField zone=tenant.time_zone zones=zones/> }.into_any()
                } else {
                    view! { <TextInput name="time_zone" label="Time zone" value=tenant.time_zone disabled_because=locked help=WHAT_FOLLOWS/> }.into_any()
                }}
            </Section>
            <SchedulesOnZoneChange schedules=schedules/>
            {may_write.then(|| view! { <SaveBar/> })}
        </Form>
    }
}

const WHAT_FOLLOWS: &str = "Times in the console, the debug log and delivery receipts are shown in this zone, for everybody, at once.";

/// The searchable list; below it, how the stored zone stands now.
#[component]
fn ZoneField(zone: String, zones: Vec<ZoneChoice>) -> impl IntoView {
    let mut zones = zones;
    let stored = zones.iter().find(|choice| choice.name == zone).map(|choice| choice.about.clone());
    if stored.is_none() {
        // Nothing stored is lost by a list that does not know it.
        zones.insert(0, ZoneChoice { name: zone.clone(), about: String::new(), words: String::new() });
    }
    let help = match stored {
        Some(about) => format!("{zone}: {about}. {WHAT_FOLLOWS}"),
        None => WHAT_FOLLOWS.to_owned(),
    };
    let options =
        zones.into_iter().map(|choice| Choice::new(choice.name.clone(), choice.name).help(choice.about).words(choice.words)).collect::<Vec<_>>();
    view! { <Combobox name="time_zone" label="Time zone" options=options value=zone required=true placeholder="Search a city, a region or an abbreviation" help=help/> }
}

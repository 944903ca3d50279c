//! `/tenant/records`: in which zone reports are written, and how long the audit log is kept.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    people::Capability,
    tenant::{Records, ReportsIn, check_audit_days},
};
use ui::{Choice, Form, PageHeader, Quiet, RadioCards, SaveBar, Section, Skeleton, SkeletonKind, TextInput, TextLink, Toast, use_toaster};

use super::{
    SettingsTabs,
    api::{GetRecords, UpdateRecords},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended, use_me};

/// The settings as stored.
pub struct RecordsPage {
    records: Loaded<Records>,
}

impl Screen for RecordsPage {
    fn data() -> Self {
        Self { records: Loaded::new(|| GetRecords {}) }
    }

    fn view(this: Self) -> AnyView {
        let records = this.records;
        view! {
            <Title text="Reports and audit log"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant/records"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match records.await {
                        Ok(records) => view! { <Settings records=records/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

/// Everybody who may read them sees them; only owners change them, and the others are told so.
#[component]
fn Settings(records: Records) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite));
    let locked = if may_write { "" } else { "Only owners change this." };
    let toaster = use_toaster();
    let form = FormState::<UpdateRecords>::new();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    let own = format!("Your time zone ({})", records.time_zone);
    let choices = vec![
        Choice::new(ReportsIn::Utc.word(), "UTC").help("The same hours wherever a report is read.").disabled_because(locked),
        Choice::new(ReportsIn::Tenant.word(), own).help("The hours that the console shows.").disabled_because(locked),
    ];
    let days = records.audit_days.map(|days| days.to_string()).unwrap_or_default();
    view! {
        <Form id="records" action=form.url() next="/tenant/records" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Reports" help="Today the files of the audit log are reports. The header of each time names its zone. The debug log and delivery receipts follow your time zone always.">
                <RadioCards name="reports_in" label="Reports in" value=records.reports_in.word() options=choices/>
            </Section>
            <Section title="Audit log" help="Each entry is linked to the one before, so that a change shows. The chain holds when old entries go.">
                <TextInput name="audit_days" label="Keep entries for (days)" value=days placeholder="For ever" disabled_because=locked
                    help="At least 30. Empty keeps them for ever. Older entries go within half an hour and cannot be brought back."
                    validate=|text: &str| check_audit_days(text).err()/>
                <Quiet>"The entries stand in the "<TextLink href="/audit">"audit log"</TextLink>", which verifies its chain. Whoever runs the server does so with "<code>"switchboard audit verify"</code>"."</Quiet>
            </Section>
            {may_write.then(|| view! { <SaveBar/> })}
        </Form>
    }
}

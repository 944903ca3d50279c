//! `/tenant/security`: whether everybody needs a second factor, and who has none.

use leptos::prelude::*;
use leptos_meta::Title;
use model::auth::{GRACE_DAYS_MAX, SecurityPolicy, Unprotected};
use ui::{
    Card, Column, DataTable, EmptyState, Form, Icon, ListUrl, NumberInput, PageHeader, Row, SaveBar, Section, Skeleton, SkeletonKind, Stack,
    TimeText, Toast, Toggle, use_toaster,
};

use super::{
    SettingsTabs,
    security_api::{GetSecurityPolicy, SetSecurityPolicy},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended};

/// The rule; asked for again when `changes` grows.
pub struct SecurityPage {
    changes: RwSignal<u32>,
    policy: Loaded<SecurityPolicy>,
}

impl Screen for SecurityPage {
    fn data() -> Self {
        let changes = RwSignal::new(0);
        Self { changes, policy: Loaded::renewed(changes, || GetSecurityPolicy {}) }
    }

    fn view(this: Self) -> AnyView {
        let SecurityPage { changes, policy } = this;
        let toaster = use_toaster();
        let form = FormState::<SetSecurityPolicy>::new();
        form.on_success(move |()| {
            toaster.show(Toast::good("Saved"));
            changes.update(|count| *count += 1);
        });
        view! {
            <Title text="Security"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant/security"/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match policy.await {
                        Ok(policy) => view! { <Rule policy=policy form=form/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Rule(policy: SecurityPolicy, form: FormState<SetSecurityPolicy>) -> impl IntoView {
    let since = policy.since.map(|since| format!("Required since {}.", since.text)).unwrap_or_default();
    let sentence = match (policy.without.len(), policy.people) {
        (0, _) => "Everybody who signs in with a password has a second factor.".to_owned(),
        (without, people) => format!("{without} of {people} active people sign in with a password alone."),
    };
    let rows = policy.without.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <Stack>
            <Form id="security" action=form.url() next="/tenant/security" problems=form.problems() message=form.message() pending=form.pending()
                saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Section title="Second factor" help="An authenticator app or a passkey beside the password. Single sign-on brings its own; API tokens need none.">
                    <Toggle name="required" label="Require a second factor" checked=policy.required help=since/>
                    <NumberInput name="grace_days" label="Grace period in days" value=policy.grace_days.to_string() min=0 max=i64::from(GRACE_DAYS_MAX)
                        required=true help="People without one are led to set it up when they sign in; after this many days they cannot go on without. It begins with the rule, or with a newer account."/>
                </Section>
                <SaveBar/>
            </Form>
            <Card title="Who has none" sentence=sentence>
                <DataTable id="without" caption="People without a second factor" url=ListUrl::default() rows=rows
                    columns=vec![Column::new("name", "Name"), Column::new("email", "Address"), Column::new("seen", "Last seen"), Column::new("due", "Required from")]
                    empty=|| view! { <EmptyState icon=Icon::Shield title="Nobody" sentence="Everybody has a second factor."/> }/>
            </Card>
        </Stack>
    }
}

fn row(person: Unprotected) -> Row {
    let seen = match person.last_seen {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    let due = match person.due {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "–".into_any(),
    };
    Row::new(person.user.to_string()).href(format!("/people/{}", person.user)).cell(person.name).cell(person.email).cell(seen).cell(due)
}

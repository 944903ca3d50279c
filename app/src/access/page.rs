//! `/tenant/access`: who from outside may enter, partners, and the visits. For owners; for everybody else it does not exist.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    access::{AccessSettings, Partner, Visit},
    live::Kind,
    page::Page,
};
use ui::{
    Alert, Column, DataTable, DateInput, EmptyState, Form, Icon, Inline, ListUrl, PageHeader, Row, SaveBar, Section, Size, Skeleton, SkeletonKind,
    StatusChip, TimeInput, TimeText, Toast, Toggle, Tone, Variant, use_toaster,
};

use super::{
    api::{AcceptPartner, EndPartner, GetAccess, ListVisits, UpdateAccess},
    visits::Visits,
};
use crate::{
    account::Refused,
    shell::{FormState, Loaded, PostButton, ProblemView, Screen, followed, suspended},
    tenant::SettingsTabs,
};

const HERE: &str = "/tenant/access";

/// Settings with partners, and the visits; both follow what happens.
pub struct AccessPage {
    settings: Loaded<AccessSettings>,
    visits: Loaded<Page<Visit>>,
    changes: RwSignal<u32>,
}

impl Screen for AccessPage {
    fn data() -> Self {
        let query = use_query_map();
        let changes = RwSignal::new(0);
        let seen = followed(Kind::AccessChanged, changes, || true);
        Self {
            // Not live: what somebody is about to change must not change under their hands.
            settings: Loaded::renewed(changes, || GetAccess {}),
            visits: Loaded::renewed(seen, move || ListVisits { after: query.read().get("after").unwrap_or_default() }),
            changes,
        }
    }

    fn view(this: Self) -> AnyView {
        let AccessPage { settings, visits, changes } = this;
        view! {
            <Title text="Access"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current=HERE/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match settings.await {
                        Ok(settings) => view! {
                            <HelpDesk settings=settings.clone()/>
                            <Partners partners=settings.partners changes=changes/>
                        }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
            <Visits visits=visits changes=changes/>
        }
        .into_any()
    }
}

#[component]
fn HelpDesk(settings: AccessSettings) -> impl IntoView {
    let form = FormState::<UpdateAccess>::new();
    let toaster = use_toaster();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    let over = settings.over;
    let (date, time) = settings.until.split_once(' ').map(|(date, time)| (date.to_owned(), time.to_owned())).unwrap_or_default();
    view! {
        <Form id="access" action=form.url() next=HERE problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Help desk" help="The help desk of this installation can enter your organisation to support you. Everybody sees it while they are here, and everything they do is in the audit log.">
                {over.then(|| view! {
                    <Alert tone=Tone::Info title="The time you allowed is over; nobody of the help desk can enter."
                        sentence="Choose a later time, or none, to let them in again."/>
                })}
                <Toggle name="help_desk" label="Allow Switchboard Help Desk Team to access this tenant" checked=settings.help_desk
                    help="Switching it off ends running visits at once."/>
                <DateInput name="until_date" label="Until (day)" value=date
                    help="Leave day and time empty for no end. Running visits end at that moment."/>
                <TimeInput name="until_time" label="Until (time)" value=time help="24-hour, in your time zone."/>
                <Toggle name="decrypt" label="Allow decryption access to help desk users" checked=settings.decrypt
                    help="Everybody of the help desk who enters may decrypt debug logs, whatever access they were given. Each use is audited."/>
            </Section>
            <SaveBar/>
        </Form>
    }
}

#[component]
fn Partners(partners: Vec<Partner>, changes: RwSignal<u32>) -> impl IntoView {
    let (accept, end) = (FormState::<AcceptPartner>::new(), FormState::<EndPartner>::new());
    let toaster = use_toaster();
    accept.on_success(move |()| {
        toaster.show(Toast::good("Partner accepted"));
        changes.update(|count| *count += 1);
    });
    end.on_success(move |()| {
        toaster.show(Toast::good("Partnership ended"));
        changes.update(|count| *count += 1);
    });
    let rows = partners.into_iter().map(|partner| row(partner, accept, end)).collect::<Vec<_>>();
    view! {
        <Section title="Partners" id="partners" help="Organisations that may look after yours. Their owners and people with full access can enter it. The installation offers a partner; it opens nothing until you accept.">
            <Refused problem=accept.problem()/>
            <Refused problem=end.problem()/>
            <DataTable id="partners-table" caption="Partners" url=ListUrl::default() rows=rows
                columns=vec![Column::new("name", "Organisation"), Column::new("access", "Access"), Column::new("since", "Since"), Column::new("end", "Action")]
                empty=|| view! { <EmptyState icon=Icon::Building title="No partner" sentence="Nobody was offered as a partner of your organisation."/> }/>
        </Section>
    }
}

fn row(partner: Partner, accept: FormState<AcceptPartner>, end: FormState<EndPartner>) -> Row {
    let id = partner.id.to_string();
    let (first, second) = (vec![("id", id.clone())], vec![("id", id.clone())]);
    let (since, actions) = match partner.accepted {
        Some(at) => (
            view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
            view! { <PostButton form=end next=HERE size=Size::Small variant=Variant::Danger fields=first>"End"</PostButton> }.into_any(),
        ),
        None => (
            view! { <StatusChip tone=Tone::Caution label="Offered"/> }.into_any(),
            view! {
                <Inline>
                    <PostButton form=accept next=HERE size=Size::Small fields=first>"Accept"</PostButton>
                    <PostButton form=end next=HERE size=Size::Small fields=second>"Decline"</PostButton>
                </Inline>
            }
            .into_any(),
        ),
    };
    Row::new(id).cell(partner.name).cell(partner.access.label()).cell(since).cell(actions)
}

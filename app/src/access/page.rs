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
    Alert, Column, DataTable, EmptyState, Form, Icon, Inline, ListUrl, PageHeader, Row, SaveBar, Section, Size, Skeleton, SkeletonKind, StatusChip,
    TextInput, TimeText, Toast, Toggle, Tone, Variant, use_toaster,
};

use super::{
    api::{AcceptPartner, EndPartner, GetAccess, ListVisits, UpdateAccess},
    visits::Visits,
};
use crate::{
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
                <TextInput name="until" label="Until" value=settings.until placeholder="2026-11-30 18:00"
                    help="Year-month-day and time in your time zone; leave it empty for no end. Running visits end at that moment."
                    validate=until/>
                <Toggle name="decrypt" label="Allow decryption access to help desk users" checked=settings.decrypt
                    help="Everybody of the help desk who enters may decrypt debug logs, whatever access they were given. Each use is audited."/>
            </Section>
            <SaveBar/>
        </Form>
    }
}

/// The form only; whether the moment has passed is for the server to say.
fn until(text: &str) -> Option<String> {
    let shape = |text: &str| {
        let parts: Vec<_> = text.split(['-', ' ', 'T', ':']).collect();
        parts.len() >= 5 && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
    };
    let text = text.trim();
    (!text.is_empty() && !shape(text)).then(|| "Enter a day and a time as YYYY-MM-DD HH:MM, or nothing for no end.".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_day_and_a_time() {
        let check = |text: &str, refused: bool| assert_eq!(until(text).is_some(), refused, "{text}");
        check("", false);
        check("2026-11-30 18:00", false);
        check("2026-11-30T18:00", false);
        check("2026-11-30", true);
        check("tomorrow", true);
        check("2026-11-30 6pm:00", true);
    }
}

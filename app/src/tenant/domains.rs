//! `/tenant/domains`: which email domains people of the organisation may have (spec tenant-settings, Email Domains).

use leptos::{form::FromFormData, prelude::*};
use leptos_meta::Title;
use model::{
    people::Capability,
    tenant::domains::{AllowedDomains, NOT_ADMITTED, Outside},
};
use ui::{
    Alert, Button, ChipsInput, Column, DataTable, Form, Icon, KeyValue, PageHeader, Pair, Row, SaveBar, Section, Skeleton, SkeletonKind, Toast, Tone,
    use_toaster,
};

use super::{
    SettingsTabs,
    domains_api::{GetDomains, PreviewDomains, UpdateDomains},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, call, suspended, use_me};

/// Id of the form.
const FORM: &str = "domains";

/// The list and whom it leaves outside.
pub struct DomainsPage {
    stored: Loaded<AllowedDomains>,
}

impl Screen for DomainsPage {
    fn data() -> Self {
        Self { stored: Loaded::new(|| GetDomains {}) }
    }

    fn view(this: Self) -> AnyView {
        let stored = this.stored;
        view! {
            <Title text="Email domains"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant/domains"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match stored.await {
                        Ok(list) => view! { <Shown list=list stored=stored/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

/// The list to change, or to read.
#[component]
fn Shown(list: AllowedDomains, stored: Loaded<AllowedDomains>) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite));
    let AllowedDomains { domains, outside } = list;
    let values: Vec<String> = domains.into_iter().map(|domain| domain.shown).collect();
    let none = values.is_empty();
    if !may_write {
        let shown = if none { "Every domain".to_owned() } else { values.join(", ") };
        return view! {
            <Section title="Email domains" help="Only owners change this.">
                <KeyValue items=vec![Pair::text("Allowed", shown)]/>
            </Section>
            <Present outside=outside/>
        }
        .into_any();
    }
    view! { <Change values=values stored=stored/> <Present outside=outside/> }.into_any()
}

/// The list as a form.
#[component]
fn Change(values: Vec<String>, stored: Loaded<AllowedDomains>) -> impl IntoView {
    let form = FormState::<UpdateDomains>::new();
    let toaster = use_toaster();
    form.on_success(move |()| {
        toaster.show(Toast::good("Email domains saved"));
        stored.refetch();
    });
    let preview = Action::new(|domains: &String| call(PreviewDomains { domains: domains.clone() }));
    let ask = move |()| {
        preview.dispatch(typed().unwrap_or_default());
    };
    view! {
        <Form id=FORM action=form.url() next="/tenant/domains" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Email domains" help="Who may be added, invited or let in by single sign-on. An empty list admits every domain.">
                <ChipsInput name="domains" label="Allowed domains" values=values placeholder="example.com" tidy=|text: String| text.to_lowercase()
                    help="Each counts exactly as it stands: connect.com does not admit abc.connect.com."
                    validate=wrong/>
                <div>
                    <Button icon=Icon::Users busy=preview.pending() on_press=ask>"Who would be outside?"</Button>
                </div>
                {move || preview.value().get().map(|answer| match answer {
                    Err(problem) => view! { <Alert tone=Tone::Bad urgent=true title=problem.message()/> }.into_any(),
                    Ok(outside) => view! { <Would outside=outside/> }.into_any(),
                })}
            </Section>
            <SaveBar/>
        </Form>
    }
    .into_any()
}

/// What the browser can tell without the tables of international names; the server judges the rest.
fn wrong(text: &str) -> Option<String> {
    if text.contains('*') {
        return Some("There are no wildcards here; enter each domain.".into());
    }
    let bare = text.strip_prefix('@').unwrap_or(text);
    (!bare.contains('.') || bare.contains(['@', '/', ':'])).then(|| "Enter a domain such as example.com.".into())
}

/// The list in the form, as typed.
fn typed() -> Option<String> {
    use wasm_bindgen::JsCast;
    let form = document().get_element_by_id(FORM)?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    PreviewDomains::from_form_data(&data).ok().map(|typed| typed.domains)
}

/// What saving the typed list would mean.
#[component]
fn Would(outside: Outside) -> impl IntoView {
    if outside.count == 0 {
        return view! { <Alert tone=Tone::Good urgent=true title="Everybody who is here now would be inside."/> }.into_any();
    }
    let names = outside.some.iter().take(5).map(|person| person.email.clone()).collect::<Vec<_>>().join(", ");
    let more = if outside.count > 5 { ", …" } else { "" };
    let title = if outside.you { "You yourself would be outside.".to_owned() } else { count(outside.count) + " would be outside." };
    let sentence = format!("{}: {names}{more}. They keep their accounts, but none with such an address could be added again.", count(outside.count));
    view! { <Alert tone=Tone::Caution urgent=true title=title sentence=sentence/> }.into_any()
}

fn count(people: u64) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}

/// Who is outside of what is stored.
#[component]
fn Present(outside: Outside) -> impl IntoView {
    if outside.count == 0 {
        return ().into_any();
    }
    let title = format!("{} outside the list", count(outside.count));
    let help = format!("They keep their accounts. Adding somebody with such an address is refused: “{NOT_ADMITTED}”.");
    let rest = outside.count.saturating_sub(outside.some.len() as u64);
    let rows = outside.some.into_iter().map(|person| Row::new(&person.email).cell(person.name).cell(person.email)).collect::<Vec<_>>();
    view! {
        <Section title=title help=help id="outside">
            {outside.you.then(|| view! { <Alert tone=Tone::Caution title="Your own address is outside the list."/> })}
            <DataTable id="outside-people" caption="People outside the list"
                columns=vec![Column::new("name", "Name"), Column::new("email", "Email address")] rows=rows/>
            {(rest > 0).then(|| view! { <p>{format!("And {rest} more.")}</p> })}
        </Section>
    }
    .into_any()
}

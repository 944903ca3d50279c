//! `/operator`: sign-in, then the tenants that may be entered.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    operator::{OpenTenant, OperatorMe},
    page::Page,
};
use ui::{
    AppFrame, Column, DataTable, EmailInput, EmptyState, FilterBar, Form, FormActions, Icon, Inline, ListUrl, Menu, MenuForm, NavItem, NavSection,
    PageHeader, Pager, PasswordInput, Row, Size, Skeleton, SkeletonKind, StatusChip, ThemeSwitch, TimeText, Tone, Ui,
};

use super::api::{Launch, ListTenants, OperatorHere, OperatorSignIn, OperatorSignOut};
use crate::{
    account::{Refused, SetTheme},
    shell::{BlankPage, FormState, Loaded, PostButton, ProblemView, Screen, leave_for, query_pairs, suspended},
};

/// Who is signed in, and the list that the address describes.
pub struct OperatorPage {
    here: Loaded<Option<OperatorMe>>,
    tenants: Loaded<Page<OpenTenant>>,
}

impl Screen for OperatorPage {
    fn data() -> Self {
        let query = use_query_map();
        // For whoever is not signed in the list is refused, and the form is shown.
        let tenants = Loaded::new(move || {
            let query = query.read();
            ListTenants { search: query.get("search").unwrap_or_default(), after: query.get("after").unwrap_or_default() }
        });
        Self { here: Loaded::new(|| OperatorHere {}), tenants }
    }

    fn view(this: Self) -> AnyView {
        let OperatorPage { here, tenants } = this;
        view! {
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match here.await {
                        Ok(Some(me)) => view! { <Console me=me tenants=tenants/> }.into_any(),
                        Ok(None) => view! { <OperatorEntrance/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn OperatorEntrance() -> impl IntoView {
    let form = FormState::<OperatorSignIn>::new();
    form.on_success(|path| leave_for(&path));
    view! {
        <BlankPage title="Operators" sentence="For the help desk of this installation. People of an organisation sign in on its own page.">
            <Form id="operator-sign-in" action=form.url() next="/operator" problems=form.problems() message=form.message()
                pending=form.pending() kept=form.kept() on_submit=form.submit()>
                <EmailInput name="email" label="Email address" autocomplete="username" required=true/>
                <PasswordInput name="password" label="Password" autocomplete="current-password" required=true/>
                <FormActions submit="Sign in"/>
            </Form>
        </BlankPage>
    }
}

/// The path of a server function, for plain forms.
fn server_path<S: leptos::server_fn::ServerFn>() -> &'static str {
    S::PATH
}

#[component]
fn Console(me: OperatorMe, tenants: Loaded<Page<OpenTenant>>) -> impl IntoView {
    let email = me.email.clone();
    let (theme, sign_out) = (server_path::<SetTheme>(), server_path::<OperatorSignOut>());
    let sentence = format!(
        "Organisations that allow the help desk. You may enter with {} access or less; everything you do there is in their audit log.",
        me.access.phrase()
    );
    view! {
        <Title text="Operators"/>
        <Ui>
            <AppFrame
                path=Signal::stored("/operator".to_owned())
                home="/operator"
                organisation="Help desk of this installation".to_owned()
                navigation=|| view! {
                    <NavSection label="Help desk">
                        <NavItem href="/operator" icon=Icon::Headset label="Organisations"/>
                    </NavSection>
                }
                top_bar=move || view! {
                    <ThemeSwitch action=theme next="/operator"/>
                    <Menu id="me" label=email.clone() avatar=email.clone()>
                        <MenuForm action=sign_out fields=vec![("_next".to_owned(), "/operator".to_owned())] icon=Icon::LogOut label="Sign out"/>
                    </Menu>
                }
            >
                <PageHeader title="Organisations" sentence=sentence/>
                {move || {
                    let url = ListUrl::new("/operator", query_pairs());
                    view! { <FilterBar url=url search_label="Search organisations"/> }
                }}
                <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                    {move || {
                        let me = me.clone();
                        suspended(async move {
                            match tenants.await {
                                Ok(page) => view! { <Tenants page=page me=me/> }.into_any(),
                                Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                            }
                        })
                    }}
                </Transition>
            </AppFrame>
        </Ui>
    }
}

#[component]
fn Tenants(page: Page<OpenTenant>, me: OperatorMe) -> impl IntoView {
    let url = ListUrl::new("/operator", query_pairs());
    let columns =
        vec![Column::new("name", "Organisation"), Column::new("until", "Allowed until"), Column::new("logs", "Logs"), Column::new("enter", "Enter")];
    let form = FormState::<Launch>::new();
    form.on_success(move |token| {
        if let Some(asked) = form.posted() {
            leave_for(&format!("/launch/{}/{token}", asked.tenant));
        }
    });
    let rows = page.items.into_iter().map(|tenant| row(tenant, &me, form)).collect::<Vec<_>>();
    view! {
        <Refused problem=form.problem()/>
        <DataTable id="tenants" caption="Organisations" url=url.clone() columns=columns rows=rows
            empty=|| view! { <EmptyState icon=Icon::Building title="No organisation" sentence="None that allows the help desk has these words in its name."/> }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(tenant: OpenTenant, me: &OperatorMe, form: FormState<Launch>) -> Row {
    let until = match tenant.until {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "no end".into_any(),
    };
    let logs = if tenant.decrypt { view! { <StatusChip tone=Tone::Info label="Decryption allowed"/> }.into_any() } else { "".into_any() };
    let enter = me
        .access
        .and_less()
        .map(|access| {
            let id = tenant.id;
            let fields = vec![("tenant", id.to_string()), ("access", access.word().to_owned())];
            view! { <PostButton form=form next=format!("/launch/{id}/{{id}}") fields=fields size=Size::Small>{access.label()}</PostButton> }
        })
        .collect_view();
    Row::new(tenant.id.to_string()).cell(tenant.name).cell(until).cell(logs).cell(view! { <Inline>{enter}</Inline> })
}

//! `/sign-in/sso` and `/sign-in/sso/:organisation`: the way to the organisation's own provider, and why it led nowhere.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    auth::sso::{SsoEntrance, SsoRefusal},
    email::address::check_email_address,
};
use ui::{Alert, EmailInput, Form, FormActions, LinkButton, ListUrl, Skeleton, SkeletonKind, Tone, Variant};

use super::api::{FindSso, GetSsoEntrance};
use crate::shell::{BlankPage, FormState, Loaded, Screen, leave_for, local_path, suspended};

/// The organisation, when the address names one.
pub struct SsoPage {
    entrance: Loaded<Option<SsoEntrance>>,
}

impl Screen for SsoPage {
    fn data() -> Self {
        let organisation = use_params_map().read_untracked().get("organisation").unwrap_or_default();
        Self { entrance: Loaded::new(move || GetSsoEntrance { organisation: organisation.clone() }) }
    }

    fn view(this: Self) -> AnyView {
        let entrance = this.entrance;
        let query = use_query_map().read_untracked().clone();
        let why = query.get("why").and_then(|word| SsoRefusal::of(&word));
        let next = local_path(&query.get("next").unwrap_or_default()).into_owned();
        // The start page of the console is where everybody goes anyway.
        let next = if next == "/" { String::new() } else { next };
        let password = ListUrl::new("/sign-in", [("next", next.clone())]).href();
        view! {
            <BlankPage title="Single sign-on" sentence="Sign in with the account of your organisation.">
                {why.map(|why| view! { <Alert tone=Tone::Bad urgent=true title=why.title() sentence=why.sentence()/> })}
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                    {move || {
                        let next = next.clone();
                        suspended(async move {
                            match entrance.await {
                                Ok(Some(found)) => view! { <Go found=found next=next/> }.into_any(),
                                Err(problem) => view! {
                                    <Alert tone=Tone::Bad title=problem.message()/>
                                    <Ask next=next/>
                                }.into_any(),
                                Ok(None) => view! { <Ask next=next/> }.into_any(),
                            }
                        })
                    }}
                </Suspense>
                <LinkButton href=password variant=Variant::Ghost>"Sign in with a password"</LinkButton>
            </BlankPage>
        }
        .into_any()
    }
}

/// One button: a link, because a form may not lead to another site (`form-action`).
#[component]
fn Go(found: SsoEntrance, next: String) -> impl IntoView {
    let href = ListUrl::new(format!("/sign-in/sso/{}/start", found.slug), [("next", next)]).href();
    view! { <LinkButton href=href variant=Variant::Primary external=true>{found.label}</LinkButton> }
}

/// Asks for the address, whose domain tells the organisation.
#[component]
fn Ask(next: String) -> impl IntoView {
    let form = FormState::<FindSso>::new();
    let after = next.clone();
    form.on_success(move |organisation| leave_for(&ListUrl::new(format!("/sign-in/sso/{organisation}"), [("next", after.clone())]).href()));
    let plain = ListUrl::new("/sign-in/sso/{id}", [("next", next)]).href();
    view! {
        <Form id="find-sso" action=form.url() next=plain problems=form.problems() message=form.message() pending=form.pending()
            kept=form.kept() on_submit=form.submit()>
            <EmailInput name="email" label="Email address" autocomplete="username" required=true
                validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
            <FormActions submit="Continue"/>
        </Form>
    }
}

//! `/tenant/sign-in`: single sign-on at the organisation's own OpenID provider. For owners.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    people::Role,
    tenant::sso::{DEFAULT_LABEL, DEFAULT_SCOPES, Sso, SsoPageData, SsoTest, check_issuer, check_slug, groups_field},
};
use ui::{
    Alert, Button, Choice, ConfirmDialog, CopyButton, Form, FormActions, Icon, Inline, KeyValue, LinkButton, PageHeader, Pair, PasswordInput,
    SaveBar, SecretInput, Section, Select, Skeleton, SkeletonKind, TextInput, Toast, Toggle, Tone, Variant, use_toaster,
};

use super::{
    SettingsTabs,
    sso_api::{GetSso, RemoveSso, SaveSso},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, call, suspended};

type Stored = Loaded<SsoPageData>;

/// The settings as stored.
pub struct SsoSettingsPage {
    stored: Stored,
}

impl Screen for SsoSettingsPage {
    fn data() -> Self {
        Self { stored: Loaded::new(|| GetSso {}) }
    }

    fn view(this: Self) -> AnyView {
        let stored = this.stored;
        view! {
            <Title text="Single sign-on"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant/sign-in"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match stored.await {
                        Ok(data) => view! { <Settings data=data stored=stored/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn Settings(data: SsoPageData, stored: Stored) -> impl IntoView {
    let form = FormState::<SaveSso>::new();
    let toaster = use_toaster();
    form.on_success(move |()| {
        toaster.show(Toast::good("Single sign-on saved"));
        stored.refetch();
    });
    let SsoPageData { sso, suggested_slug, public_url } = data;
    let exists = sso.is_some();
    let sso = sso.unwrap_or_else(|| fresh(suggested_slug));
    let last_test = sso.last_test.clone();
    let slug = sso.slug.clone();
    view! {
        <Form id="sso" action=form.url() next="/tenant/sign-in" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <ProviderFields sso=sso.clone()/>
            <PeopleFields sso=sso/>
            {if exists { view! { <SaveBar/> }.into_any() } else { view! { <FormActions submit="Save"/> }.into_any() }}
        </Form>
        <Addresses public_url=public_url slug=slug exists=exists/>
        {exists.then(|| view! { <Try last_test=last_test/> <Remove stored=stored/> })}
    }
    .into_any()
}

/// What the form begins with.
fn fresh(slug: String) -> Sso {
    Sso {
        active: false,
        slug,
        issuer: String::new(),
        client: String::new(),
        client_secret_set: None,
        scopes: DEFAULT_SCOPES.to_owned(),
        label: DEFAULT_LABEL.to_owned(),
        group_claim: String::new(),
        groups: Vec::new(),
        default_role: Some(Role::Agent),
        makes_users: true,
        only_sso: false,
        last_test: None,
    }
}

#[component]
fn ProviderFields(sso: Sso) -> impl IntoView {
    let secret = match sso.client_secret_set {
        Some(set) => view! {
            <SecretInput name="client_secret" label="Client secret" set_text=format!("set {}", set.text) help="Kept encrypted and never shown again."/>
        }
        .into_any(),
        None => view! {
            <PasswordInput name="client_secret" label="Client secret" autocomplete="off"
                help="Kept encrypted and never shown again. Leave it empty for a public client."/>
        }
        .into_any(),
    };
    view! {
        <Section title="Provider" help="An OpenID Connect provider, such as Entra ID, Okta, Google Workspace or Keycloak. Saving asks it for its own description.">
            <Toggle name="active" label="People may sign in with single sign-on" checked=sso.active/>
            <TextInput name="issuer" label="Issuer" value=sso.issuer required=true mono=true placeholder="https://login.example.com"
                help="Exactly as the provider calls itself." validate=|text: &str| check_issuer(text.trim())/>
            <TextInput name="client" label="Client ID" value=sso.client required=true mono=true autocomplete="off"/>
            {secret}
            <TextInput name="scopes" label="Scopes" value=sso.scopes mono=true help="Parted by spaces. openid and email are needed."/>
        </Section>
        <Section title="Sign-in page" help="How your people find it.">
            <TextInput name="slug" label="Sign-in name" value=sso.slug required=true mono=true
                help="Stands in your sign-in address. Another one means another redirect address at the provider."
                validate=|text: &str| check_slug(text.trim())/>
            <TextInput name="label" label="Words on the button" value=sso.label max_length=60/>
        </Section>
    }
}

#[component]
fn PeopleFields(sso: Sso) -> impl IntoView {
    let groups = Role::ALL.iter().map(|role| {
        let held = sso.groups.iter().find(|one| one.role == *role).map(|one| one.groups.join(", ")).unwrap_or_default();
        view! { <TextInput name=groups_field(*role) label=format!("Groups that are {}", role.label()) value=held/> }
    });
    let groups = groups.collect_view();
    let roles = Role::ALL.iter().filter(|role| **role != Role::Owner).map(|role| Choice::new(role.word(), role.label()));
    let options: Vec<_> = std::iter::once(Choice::new("", "Refuse them")).chain(roles).collect();
    view! {
        <Section title="Roles" help="Given anew at every sign-in; of several groups the one that may do most counts. The last owner always stays one.">
            <TextInput name="group_claim" label="Group claim" value=sso.group_claim mono=true placeholder="groups"
                help="Name of the claim that lists a person's groups. Leave it empty to give roles by hand."/>
            {groups}
            <Select name="default_role" label="Whoever is in none of these groups" options=options value=sso.default_role.map_or("", Role::word)/>
        </Section>
        <Section title="People">
            <Toggle name="makes_users" label="Make an account at the first sign-in" checked=sso.makes_users
                help="For people whose email address the provider has verified and whose domain is allowed."/>
            <Toggle name="only_sso" label="Only single sign-on" checked=sso.only_sso
                help="Passwords then work for owners alone, so that a provider that fails shuts nobody out for good."/>
        </Section>
    }
}

/// What the provider and the people need to know.
#[component]
fn Addresses(public_url: String, slug: String, exists: bool) -> impl IntoView {
    if !exists {
        let sentence = format!("At the provider, register {public_url}/sign-in/sso/NAME/callback with your sign-in name in place of NAME.");
        return view! { <Section title="Addresses"><p>{sentence}</p></Section> }.into_any();
    }
    let (redirect, entrance) = (format!("{public_url}/sign-in/sso/{slug}/callback"), format!("{public_url}/sign-in/sso/{slug}"));
    let shown = |address: String, label: &'static str| {
        let text = address.clone();
        view! { <Inline><code>{address}</code><CopyButton text=text label=label/></Inline> }
    };
    let redirect = shown(redirect, "Copy redirect address");
    let entrance = shown(entrance, "Copy sign-in address");
    view! {
        <Section title="Addresses" help="The redirect address is registered at the provider; the sign-in address is for your people.">
            <KeyValue items=vec![Pair::new("Redirect address", redirect), Pair::new("Sign-in address", entrance)]/>
        </Section>
    }
    .into_any()
}

/// A test sign-in, and what the last one found.
#[component]
fn Try(last_test: Option<SsoTest>) -> impl IntoView {
    let found = last_test.map(|test| {
        let tone = if test.good { Tone::Good } else { Tone::Bad };
        let told = if test.email.is_empty() {
            String::new()
        } else if test.groups.is_empty() {
            format!("{}: the provider told {} and no groups.", test.at.text, test.email)
        } else {
            format!("{}: the provider told {} and the groups {}.", test.at.text, test.email, test.groups.join(", "))
        };
        let told = if told.is_empty() { test.at.text } else { told };
        view! { <Alert tone=tone title=test.sentence sentence=told/> }
    });
    view! {
        <Section title="Test sign-in" help="Signs in at the provider with what is saved, and comes back here. Nobody is signed in by it, and nothing is changed." id="test">
            {found}
            <div><LinkButton href="/tenant/sign-in/test" icon=Icon::Plug external=true>"Test sign-in"</LinkButton></div>
        </Section>
    }
}

/// Takes it away, after a question.
#[component]
fn Remove(stored: Stored) -> impl IntoView {
    let asked = RwSignal::new(false);
    let remove = Action::new(|(): &()| call(RemoveSso {}));
    let toaster = use_toaster();
    Effect::new(move |_| match remove.value().get() {
        Some(Ok(())) => {
            toaster.show(Toast::good("Single sign-on removed"));
            stored.refetch();
        }
        Some(Err(problem)) => toaster.show(Toast::bad(problem.message())),
        None => {}
    });
    let confirmed = move || {
        remove.dispatch(());
    };
    view! {
        <Section title="Remove" help="People then sign in with passwords; whoever has none needs one from you.">
            <div><Button variant=Variant::Danger busy=remove.pending() on_press=move |()| asked.set(true)>"Remove single sign-on"</Button></div>
        </Section>
        <ConfirmDialog id="remove-sso" open=asked title="Remove single sign-on?" sentence="Its settings are removed with it. Accounts stay."
            confirm="Remove" danger=true on_confirm=confirmed/>
    }
}

//! `/tenant/mail`: which address invitations and password resets leave from.

use leptos::prelude::*;
use leptos_meta::Title;
use model::people::{Capability, SystemMail};
use ui::{
    Alert, Choice, EmptyState, Form, Icon, LinkButton, PageHeader, SaveBar, Section, Select, Skeleton, SkeletonKind, Stack, Toast, Tone, use_toaster,
};

use super::{
    SettingsTabs,
    mail_api::{GetSystemMail, SetSystemMail},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended, use_me};

/// The choice as stored.
pub struct SystemMailPage {
    found: Loaded<SystemMail>,
}

impl Screen for SystemMailPage {
    fn data() -> Self {
        Self { found: Loaded::new(|| GetSystemMail {}) }
    }

    fn view(this: Self) -> AnyView {
        let found = this.found;
        view! {
            <Title text="System mail"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current="/tenant/mail"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match found.await {
                        Ok(found) if found.assets.is_empty() => view! { <NoAddress/> }.into_any(),
                        Ok(found) => view! { <Choose found=found/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn NoAddress() -> impl IntoView {
    view! {
        <EmptyState icon=Icon::Mail title="No address to send from" sentence="Invitations and password resets leave from one of your email addresses. Until there is one, invite by a link."
            action=|| view! { <LinkButton href="/email/assets/new">"Add an address"</LinkButton> }/>
    }
}

/// What keeps system mail from leaving as chosen, and the cure.
fn warning(found: &SystemMail) -> Option<String> {
    let known = |id| found.assets.iter().find(|asset| Some(asset.id) == id);
    let untrusted = "its mail server was set by somebody who does not manage the organisation's settings. Look at the server, then choose the address here and save.";
    let meanwhile = || known(found.in_use).map(|asset| format!(" System mail leaves from {} meanwhile.", asset.name)).unwrap_or_default();
    match known(found.chosen) {
        Some(chosen) if Some(chosen.id) == found.in_use => None,
        Some(chosen) if chosen.active => Some(format!("The chosen address is not used: {untrusted}{}", meanwhile())),
        Some(_) => Some(format!("The chosen address is switched off.{}", meanwhile())),
        None if found.in_use.is_some() => None,
        None => match found.assets.iter().find(|asset| asset.active) {
            Some(asset) => Some(format!("System mail cannot be sent. {} is active, but {untrusted}", asset.name)),
            None => Some("No address is active, so system mail cannot be sent. Switch one on under Email.".to_owned()),
        },
    }
}

#[component]
fn Choose(found: SystemMail) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite));
    let locked = if may_write { "" } else { "Only owners change this." };
    let toaster = use_toaster();
    let form = FormState::<SetSystemMail>::new();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    let warning = warning(&found);
    let choices: Vec<_> = found
        .assets
        .iter()
        .map(|asset| {
            let note = if asset.active { "" } else { " (switched off)" };
            Choice::new(asset.id.to_string(), format!("{}{note}", asset.name))
        })
        .collect();
    let chosen = found.chosen.map(|id| id.to_string()).unwrap_or_default();
    view! {
        <Stack>
            {warning.map(|sentence| view! { <Alert tone=Tone::Caution title=sentence/> })}
            <Form id="system-mail" action=form.url() next="/tenant/mail" problems=form.problems() message=form.message() pending=form.pending()
                saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Section title="System mail" help="Invitations, password resets and other mail of Switchboard itself. What it says is shown to nobody but its reader.">
                    <Select name="asset" label="Leaves from" prompt="The oldest active address" value=chosen options=choices disabled_because=locked/>
                </Section>
                {may_write.then(|| view! { <SaveBar/> })}
            </Form>
        </Stack>
    }
}

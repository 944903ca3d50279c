//! `/email/assets/new` and `/email/assets/:asset`: make an address, change it, test it, see how its mail comes in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    email::asset::{Asset, AssetDependents},
    people::Capability,
};
use ui::{
    Button, ButtonKind, Checkbox, Crumb, Form, FormActions, Hidden, Icon, LinkButton, PageHeader, SaveBar, Section, Skeleton, SkeletonKind,
    StatusChip, Tab, Tabs, Toast, Tone, Variant, follow, use_toaster,
};

use super::{
    api::{CountDependents, CreateAsset, DeleteAsset, GetAsset, SetAssetActive, UpdateAsset},
    asset_form::AssetFields,
    connection::{TestStored, TestTyped},
    forwarding::Forwarding,
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, suspended, use_me};

/// The page that makes an asset.
pub struct NewAssetPage;

impl Screen for NewAssetPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let form = FormState::<CreateAsset>::new();
        form.on_success(|id: String| follow(&format!("/email/assets/{id}?tab=forwarding")));
        view! {
            <Title text="Add an address"/>
            <PageHeader title="Add an address" sentence="Test the connection before you save; the forwarding address is made for you."
                crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Addresses", "/email/assets")]/>
            <Form id="asset" action=form.url() next="/email/assets/{id}?tab=forwarding" problems=form.problems() message=form.message()
                pending=form.pending() saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <AssetFields/>
                <TestTyped form_id="asset"/>
                <FormActions submit="Add the address" cancel="/email/assets"/>
            </Form>
        }
        .into_any()
    }
}

/// The tabs in the address: `?tab=`.
const TABS: &[(&str, &str)] =
    &[("settings", "Settings"), ("connection", "Connection"), ("forwarding", "Incoming mail"), ("danger", "Deactivate or delete")];

/// The page of one asset.
pub struct AssetPage {
    id: Memo<String>,
    tab: Memo<&'static str>,
    changes: RwSignal<u32>,
    asset: Loaded<Asset>,
    dependents: Loaded<AssetDependents>,
}

impl Screen for AssetPage {
    fn data() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let id = Memo::new(move |_| params.read().get("asset").unwrap_or_default());
        let tab = Memo::new(move |_| {
            let asked = query.read().get("tab").unwrap_or_default();
            TABS.iter().map(|(word, _)| *word).find(|word| *word == asked).unwrap_or("settings")
        });
        let changes = RwSignal::new(0);
        let asset = Loaded::renewed(changes, move || GetAsset { id: id.get() });
        let dependents = Loaded::when(changes, move || (tab.get() == "danger").then(|| CountDependents { id: id.get() }));
        Self { id, tab, changes, asset, dependents }
    }

    fn view(this: Self) -> AnyView {
        let AssetPage { id, tab, changes, asset, dependents } = this;
        let tabs = move || TABS.iter().map(|(word, label)| Tab::new(*label, format!("?tab={word}"), tab.get() == *word)).collect::<Vec<_>>();
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match asset.await {
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        Ok(asset) => view! {
                            <AssetHeader asset=asset.clone()/>
                            {move || view! { <Tabs label="Parts of this address" items=tabs()/> }}
                            {move || {
                                let asset = asset.clone();
                                match tab.get() {
                                    "connection" => view! { <TestStored asset=id.get() disabled_because=cannot_manage()/> }.into_any(),
                                    "forwarding" => view! { <Forwarding asset=asset/> }.into_any(),
                                    "danger" => view! { <Danger asset=asset dependents=dependents changes=changes/> }.into_any(),
                                    _ => view! { <Settings asset=asset changes=changes/> }.into_any(),
                                }
                            }}
                        }
                        .into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// The reason why somebody may only look; empty for those who may change.
fn cannot_manage() -> &'static str {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailManage));
    if may { "" } else { "Your role does not manage email addresses." }
}

#[component]
fn AssetHeader(asset: Asset) -> impl IntoView {
    let (tone, label) = if asset.active { (Tone::Good, "Active") } else { (Tone::Neutral, "Inactive") };
    let (log, compose, inbox) =
        (format!("/email/assets/{}/log", asset.id), format!("/email/compose?asset={}", asset.id), format!("/email?asset={}", asset.id));
    view! {
        <Title text=asset.name.clone()/>
        <PageHeader title=asset.name sentence=asset.email_address crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Addresses", "/email/assets")]
            status=move || view! { <StatusChip tone=tone label=label/> }
            actions=move || view! {
                <LinkButton href=inbox.clone() icon=Icon::Inbox>"Inbox"</LinkButton>
                <LinkButton href=log.clone() icon=Icon::Log>"Debug log"</LinkButton>
                <LinkButton href=compose.clone() icon=Icon::Send variant=Variant::Primary>"Write a mail"</LinkButton>
            }/>
    }
}

#[component]
fn Settings(asset: Asset, changes: RwSignal<u32>) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<UpdateAsset>::new();
    form.on_success(move |()| {
        toaster.show(Toast::good("Saved"));
        changes.update(|count| *count += 1);
    });
    let id = asset.id.to_string();
    let here = format!("/email/assets/{id}");
    let because = cannot_manage();
    view! {
        <Form id="asset" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=id.clone()/>
            <Hidden name="version" value=asset.version.to_string()/>
            <AssetFields asset=asset disabled_because=because/>
            {because.is_empty().then(|| view! { <TestTyped form_id="asset" asset=id/> <SaveBar/> })}
        </Form>
    }
}

#[component]
fn Danger(asset: Asset, dependents: Loaded<AssetDependents>, changes: RwSignal<u32>) -> impl IntoView {
    let toaster = use_toaster();
    let switch = FormState::<SetAssetActive>::new();
    let delete = FormState::<DeleteAsset>::new();
    let active = asset.active;
    switch.on_success(move |()| {
        toaster.show(Toast::good(if active { "Deactivated" } else { "Activated" }));
        changes.update(|count| *count += 1);
    });
    delete.on_success(|()| follow("/email/assets"));
    let id = asset.id.to_string();
    let here = format!("/email/assets/{id}?tab=danger");
    let switched = vec![("id", id.clone()), ("active", (!active).to_string())];
    let (sentence, button) = if active {
        ("An inactive address sends nothing and refuses mail to its forwarding address. Everything is kept.", "Deactivate")
    } else {
        ("The address sends and receives again.", "Activate")
    };
    let because = cannot_manage();
    view! {
        <Section title=button help=sentence>
            <PostButton form=switch next=here fields=switched disabled_because=because>{button}</PostButton>
        </Section>
        <Section title="Delete" help="Deletes the address with everything below. It cannot be brought back.">
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Lines/> }>
                {move || suspended(async move { dependents.await.map(|counts| view! { <Dependents counts=counts/> }).ok().into_any() })}
            </Transition>
            <Form id="delete" action=delete.url() next="/email/assets" message=delete.message() problems=delete.problems() pending=delete.pending()
                on_submit=delete.submit()>
                <Hidden name="id" value=id/>
                <Checkbox name="cancel_queued" label="Also stop the mails that still wait to be sent"/>
                <Button kind=ButtonKind::Submit variant=Variant::Danger icon=Icon::Trash busy=delete.pending() disabled_because=because>"Delete this address"</Button>
            </Form>
        </Section>
    }
}

#[component]
fn Dependents(counts: AssetDependents) -> impl IntoView {
    use ui::{KeyValue, Pair};
    let items = [
        ("Mails waiting to be sent", counts.queued_messages),
        ("Mails sent or failed", counts.finished_messages),
        ("Received mails", counts.inbound_mails),
        ("Conversations", counts.threads),
        ("Schedules that will fail until they get another address", counts.schedules),
    ];
    let pairs = items.into_iter().map(|(label, count)| Pair::text(label, count.to_string())).collect::<Vec<_>>();
    view! { <KeyValue items=pairs/> }
}

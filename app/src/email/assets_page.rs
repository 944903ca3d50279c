//! `/email/assets`: the addresses of the tenant.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    email::asset::Asset,
    page::{Page, PageRequest},
    people::Capability,
};
use ui::{
    Column, DataTable, EmptyState, FilterBar, Icon, LinkButton, ListUrl, PageHeader, Pager, Row, Skeleton, SkeletonKind, StatusChip, Tone, Variant,
};

use super::{Part, RoomTabs, api::ListAssets};
use crate::shell::{Loaded, ProblemView, Screen, query_pairs, suspended, use_me};

/// The list and what it is narrowed to.
pub struct AssetsPage {
    assets: Loaded<Page<Asset>>,
}

impl Screen for AssetsPage {
    fn data() -> Self {
        let query = use_query_map();
        let request = Memo::new(move |_| {
            let query = query.read();
            let part = |name: &str| query.get(name).unwrap_or_default();
            PageRequest { search: part("search"), after: part("after"), ..PageRequest::default() }
        });
        Self { assets: Loaded::new(move || ListAssets { page: request.get() }) }
    }

    fn view(this: Self) -> AnyView {
        let assets = this.assets;
        view! {
            <Title text="Email addresses"/>
            <PageHeader title="Email" sentence="Addresses you send from and receive at, each with its own SMTP server." actions=|| view! { <NewAsset/> }/>
            <RoomTabs part=Part::Assets/>
            {move || view! { <FilterBar url=ListUrl::new("/email/assets", query_pairs()) search_label="Search name or address"/> }}
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match assets.await {
                        Ok(page) => view! { <AssetTable page=page/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// The way to a new asset, disabled with the reason for those who may not.
#[component]
fn NewAsset() -> impl IntoView {
    let me = use_me();
    let may = me.get_untracked().is_some_and(|me| me.capabilities.has(Capability::EmailManage));
    let reason = if may { "" } else { "Your role does not manage email addresses." };
    view! { <LinkButton href="/email/assets/new" variant=Variant::Primary icon=Icon::Plus disabled_because=reason>"Add an address"</LinkButton> }
}

#[component]
fn AssetTable(page: Page<Asset>) -> impl IntoView {
    let url = ListUrl::new("/email/assets", query_pairs());
    let columns = vec![
        Column::new("name", "Name"),
        Column::new("address", "Address"),
        Column::new("route", "Outgoing server"),
        Column::new("forwarding", "Incoming"),
        Column::new("status", "Status"),
    ];
    let rows = page.items.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <DataTable id="assets" caption="Email addresses" url=url.clone() columns=columns rows=rows
            empty=|| view! {
                <EmptyState icon=Icon::Mail title="No address yet" sentence="Add your support address with its SMTP server; you can test the connection before you save."
                    action=|| view! { <NewAsset/> }/>
            }/>
        <Pager url=url next=page.next.unwrap_or_default()/>
    }
}

fn row(asset: Asset) -> Row {
    let (forwarding, tone) = if asset.forwarding_seen.is_some() { ("Receives mail", Tone::Good) } else { ("Waiting for first mail", Tone::Neutral) };
    let (status, status_tone) = if asset.active { ("Active", Tone::Good) } else { ("Inactive", Tone::Neutral) };
    Row::new(asset.id.to_string())
        .href(format!("/email/assets/{}", asset.id))
        .cell(asset.name)
        .cell(asset.email_address)
        .cell(format!("{}:{} · {}", asset.smtp_host, asset.smtp_port, asset.security))
        .cell(view! { <StatusChip tone=tone label=forwarding/> })
        .cell(view! { <StatusChip tone=status_tone label=status/> })
}

//! `/`: what to do next.

use leptos::prelude::*;
use leptos_meta::Title;
use model::people::{Capability, CapabilitySet};
use ui::{Card, Columns, Icon, LinkButton, PageHeader, Variant};

use crate::access::Customers;

use super::{parts::Screen, rooms::page_guard, session::use_me};

/// `/`
pub(super) struct OverviewPage;

/// One thing to do, for whoever may do it.
struct Step {
    needs: Capability,
    title: &'static str,
    sentence: &'static str,
    href: &'static str,
    label: &'static str,
    icon: Icon,
}

const STEPS: &[Step] = &[
    Step {
        needs: Capability::EmailManage,
        title: "Open an email channel",
        sentence: "Add the address your customers write to, test its mail server, and forward its mail here.",
        href: "/email/assets/new",
        label: "Add an address",
        icon: Icon::Mail,
    },
    Step {
        needs: Capability::EmailInbox,
        title: "Read what arrived",
        sentence: "Every conversation by address, with what was answered.",
        href: "/email",
        label: "Open email",
        icon: Icon::Inbox,
    },
    Step {
        needs: Capability::ProfileRead,
        title: "Look a customer up",
        sentence: "Names, addresses and whatever your other systems know, with the mail from and to them.",
        href: "/people/profiles",
        label: "Open customers",
        icon: Icon::User,
    },
    Step {
        needs: Capability::PeopleWrite,
        title: "Invite your colleagues",
        sentence: "Each gets a link, chooses a password, and may do what their role says.",
        href: "/people/new",
        label: "Invite somebody",
        icon: Icon::Users,
    },
    Step {
        needs: Capability::TokenOwn,
        title: "Send from a script",
        sentence: "Make an API token and post messages to /v2/messages.",
        href: "/account?tab=tokens",
        label: "Make a token",
        icon: Icon::Key,
    },
    Step {
        needs: Capability::TenantWrite,
        title: "Check the settings",
        sentence: "The name of your organisation and the time zone everything is shown in.",
        href: "/tenant",
        label: "Open settings",
        icon: Icon::Settings,
    },
    Step {
        needs: Capability::AuditRead,
        title: "See who did what",
        sentence: "Every change is in the audit log, with what stood there before.",
        href: "/audit",
        label: "Open the audit log",
        icon: Icon::Shield,
    },
];

impl Screen for OverviewPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let Some(me) = use_me().get_untracked() else { return ().into_any() };
        let first_name = me.name.split_whitespace().next().unwrap_or_default().to_owned();
        view! {
            <Title text="Overview"/>
            <PageHeader title=format!("Welcome, {first_name}") sentence="What you can do here."/>
            {me.capabilities.has(Capability::AccessCustomers).then(|| view! { <Customers/> })}
            <Columns>{steps(me.capabilities)}</Columns>
        }
        .into_any()
    }
}

/// The steps that lead somewhere for this person; the first is the main one.
fn steps(held: CapabilitySet) -> impl IntoView {
    let open = |href: &str| page_guard(href.split('?').next().unwrap_or(href)).is_some_and(|guard| guard.admits(Some(held)));
    STEPS
        .iter()
        .filter(|step| held.has(step.needs) && open(step.href))
        .enumerate()
        .map(|(index, step)| {
            let variant = if index == 0 { Variant::Primary } else { Variant::Secondary };
            view! {
                <Card title=step.title>
                    <p>{step.sentence}</p>
                    <LinkButton href=step.href variant=variant icon=step.icon>{step.label}</LinkButton>
                </Card>
            }
        })
        .collect_view()
}

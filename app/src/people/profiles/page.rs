//! `/people/profiles/:profile`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::people::profile::{Direction, Interaction, Profile, ProfileForm};
use ui::{
    Alert, Button, ButtonKind, Checkbox, Crumb, EmptyState, Form, Hidden, Icon, Item, ItemList, KeyValue, PageHeader, Pair, SaveBar, Section,
    Skeleton, SkeletonKind, TimeText, Toast, Tone, Variant, follow, use_toaster,
};

use super::{
    api::{DeleteProfile, GetProfile, UpdateProfile},
    cannot_write,
    form::CustomerFields,
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended};

/// The customer as stored; asked for again when `changes` grows.
pub struct CustomerPage {
    changes: RwSignal<u32>,
    customer: Loaded<Profile>,
}

impl Screen for CustomerPage {
    fn data() -> Self {
        let params = use_params_map();
        let changes = RwSignal::new(0);
        let customer = Loaded::named(changes, move || params.read().get("profile")?.parse().ok().map(|id| GetProfile { id }));
        Self { changes, customer }
    }

    fn view(this: Self) -> AnyView {
        let CustomerPage { changes, customer } = this;
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match customer.await {
                        Ok(customer) => view! { <Customer customer=customer changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Customer(customer: Profile, changes: RwSignal<u32>) -> impl IntoView {
    let locked = cannot_write();
    let toaster = use_toaster();
    let form = FormState::<UpdateProfile>::new();
    form.on_success(move |()| {
        toaster.show(Toast::good("Saved"));
        changes.update(|count| *count += 1);
    });
    let fields = ProfileForm::of(&customer);
    let Profile { row, version, created, interactions, .. } = customer;
    let title = if row.name.is_empty() { row.customer_id.clone() } else { row.name.clone() };
    let (id, here) = (row.id.to_string(), format!("/people/profiles/{}", row.id));
    let (deleted, known) = (id.clone(), !row.email.is_empty());
    let facts = vec![
        Pair::new("Customer id", view! { <code>{row.customer_id}</code> }),
        Pair::new("Added", view! { <TimeText iso=created.iso text=created.text/> }),
        Pair::new("Changed", view! { <TimeText iso=row.updated.iso text=row.updated.text/> }),
    ];
    view! {
        <Title text=title.clone()/>
        <PageHeader title=title crumbs=vec![Crumb::new("Customers", "/people/profiles")]/>
        <KeyValue items=facts/>
        <Form id="customer" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=id/>
            <Hidden name="version" value=version.to_string()/>
            <CustomerFields form=fields locked=locked/>
            {locked.is_empty().then(|| view! { <SaveBar/> })}
        </Form>
        <Interactions interactions=interactions known=known/>
        <Delete id=deleted locked=locked/>
    }
}

#[component]
fn Interactions(interactions: Option<Vec<Interaction>>, known: bool) -> impl IntoView {
    let list = match interactions {
        None => view! { <Alert tone=Tone::Info title="Your role does not read email."/> }.into_any(),
        Some(all) if all.is_empty() => {
            let sentence = if known { "Nothing came from this address or went to it yet." } else { "Without an email address no mail can be found." };
            view! { <EmptyState icon=Icon::Inbox title="No mail" sentence=sentence/> }.into_any()
        }
        Some(all) => {
            let items = all.into_iter().map(item).collect::<Vec<_>>();
            view! { <ItemList label="Mail with this customer" items=items/> }.into_any()
        }
    };
    view! { <Section title="Mail" help="Conversations the customer wrote in, and mails sent to them, newest first." id="mail">{list}</Section> }
}

fn item(one: Interaction) -> Item {
    let (from, detail) = match one.direction {
        Direction::Received => ("Conversation", one.detail),
        Direction::Sent => ("Sent to them", one.detail),
    };
    let subject = if one.subject.trim().is_empty() { "(no subject)".to_owned() } else { one.subject };
    Item::new(one.href, subject).from(from).snippet(detail).time(one.at.iso, one.at.text)
}

#[component]
fn Delete(id: String, locked: &'static str) -> impl IntoView {
    let toaster = use_toaster();
    let delete = FormState::<DeleteProfile>::new();
    delete.on_success(move |()| {
        toaster.show(Toast::good("Customer deleted"));
        follow("/people/profiles");
    });
    view! {
        <Form id="delete" action=delete.url() next="/people/profiles" message=delete.message() problems=delete.problems() pending=delete.pending()
            on_submit=delete.submit()>
            <Section title="Delete" help="Removes what is known about the customer. It cannot be brought back; mail stays where it is.">
                <Hidden name="id" value=id/>
                <Checkbox name="_sure" label="Yes, delete this customer for good" required=true disabled_because=locked/>
                <Button kind=ButtonKind::Submit variant=Variant::Danger icon=Icon::Trash busy=delete.pending() disabled_because=locked>"Delete this customer"</Button>
            </Section>
        </Form>
    }
}

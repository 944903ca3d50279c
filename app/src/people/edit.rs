//! `/people/:user`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    email::address::check_email_address,
    people::{Capability, User},
};
use ui::{
    Crumb, EmailInput, Form, Hidden, PageHeader, SaveBar, SecretInput, Section, Select, Skeleton, SkeletonKind, StatusChip, TextInput, Toast, Tone,
    Variant, use_toaster,
};

use super::{
    api::{GetUser, SetActive, UpdateUser},
    new::{person_name, roles},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, suspended, use_me};

/// The person as stored; asked for again when `changes` grows.
pub struct UserPage {
    changes: RwSignal<u32>,
    user: Loaded<User>,
}

impl Screen for UserPage {
    fn data() -> Self {
        let params = use_params_map();
        let changes = RwSignal::new(0);
        let user = Loaded::named(changes, move || params.read().get("user")?.parse().ok().map(|id| GetUser { id }));
        Self { changes, user }
    }

    fn view(this: Self) -> AnyView {
        let UserPage { changes, user } = this;
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match user.await {
                        Ok(user) => view! { <Person user=user changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Person(user: User, changes: RwSignal<u32>) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
    let locked = if may_write { "" } else { "Only people with full access change others." };
    let toaster = use_toaster();
    let here = format!("/people/{}", user.id);
    let form = FormState::<UpdateUser>::new();
    let active = FormState::<SetActive>::new();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    active.on_success(move |()| changes.update(|count| *count += 1));
    let (tone, status) = if user.active { (Tone::Good, "Active") } else { (Tone::Neutral, "Deactivated") };
    let (verb, variant) = if user.active { ("Deactivate", Variant::Danger) } else { ("Activate", Variant::Secondary) };
    let switch = {
        let fields = vec![("id", user.id.to_string()), ("active", (!user.active).to_string())];
        let next = here.clone();
        move || view! { <PostButton form=active next=next fields=fields variant=variant disabled_because=locked>{verb}</PostButton> }
    };
    view! {
        <Title text=user.name.clone()/>
        <PageHeader title=user.name.clone() crumbs=vec![Crumb::new("People", "/people")]
            status=move || view! { <StatusChip tone=tone label=status/> } actions=switch/>
        <Form id="user" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=user.id.to_string()/>
            <Section title="Person">
                <TextInput name="name" label="Name" value=user.name required=true disabled_because=locked validate=person_name/>
                <EmailInput name="email" label="Email address" value=user.email required=true disabled_because=locked
                    validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                <Select name="role" label="Role" options=roles() value=user.role.word() required=true disabled_because=locked/>
                <SecretInput name="password" label="Password" set_text="set" disabled_because=locked
                    help="A new one ends their sessions."/>
            </Section>
            {may_write.then(|| view! { <SaveBar/> })}
        </Form>
    }
}

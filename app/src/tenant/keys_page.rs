//! `/tenant/keys`: the profile key.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    people::Capability,
    tenant::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, ProfileKey, ProfileKeys, check_overlap},
};
use ui::{
    Alert, Button, Column, CopyText, DataTable, EmptyState, Form, FormActions, Icon, Inline, KeyValue, NumberInput, PageHeader, Pair, Row, Section,
    Size, Skeleton, SkeletonKind, TimeText, Toast, Tone, copy_text, use_toaster,
};

use super::{
    SettingsTabs,
    keys_api::{EndProfileKey, GetProfileKeys, RevealProfileKey, RotateProfileKey},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, call, suspended, use_me};

const HERE: &str = "/tenant/keys";
const PURPOSE: &str = "Other systems prove themselves with it: at the profile API, in the header “key”, and where a link to received media has run \
                       out. Whoever has it reads and changes your customers’ profiles; each look at it is in the audit log.";

/// The keys; asked for again when `changes` grows.
pub struct KeysPage {
    changes: RwSignal<u32>,
    keys: Loaded<ProfileKeys>,
}

impl Screen for KeysPage {
    fn data() -> Self {
        let changes = RwSignal::new(0);
        Self { changes, keys: Loaded::renewed(changes, || GetProfileKeys {}) }
    }

    fn view(this: Self) -> AnyView {
        let KeysPage { changes, keys } = this;
        view! {
            <Title text="Keys"/>
            <PageHeader title="Settings" sentence="What holds for everybody in your organisation."/>
            <SettingsTabs current=HERE/>
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match keys.await {
                        Ok(keys) => view! { <Keys keys=keys changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Keys(keys: ProfileKeys, changes: RwSignal<u32>) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite));
    let locked = if may_write { "" } else { "Only owners change this." };
    view! {
        <Present present=keys.present/>
        <Replace changes=changes locked=locked/>
        <Replaced keys=keys.replaced changes=changes locked=locked/>
    }
}

/// The key itself: masked until somebody asks.
#[component]
fn Present(present: ProfileKey) -> impl IntoView {
    let reveal = FormState::<RevealProfileKey>::new();
    let ProfileKey { prefix, created, created_by, last_used, .. } = present;
    let masked = StoredValue::new(format!("{prefix}••••••••••••••••"));
    // An answer from before a rotation is another key's.
    let shown = Memo::new(move |_| reveal.answer().get().filter(|text| text.starts_with(&prefix)));
    let used = match last_used {
        Some(at) => Pair::new("Last used (to the hour)", view! { <TimeText iso=at.iso text=at.text/> }),
        None => Pair::text("Last used (to the hour)", "never"),
    };
    let facts = vec![Pair::new("Made", view! { <TimeText iso=created.iso text=created.text/> }), Pair::text("Made by", created_by), used];
    view! {
        <Section title="Profile key" help=PURPOSE id="profile-key">
            {move || match shown.get() {
                Some(text) => view! { <CopyText label="profile key" text=text/> }.into_any(),
                None => view! {
                    <Inline>
                        <code>{masked.get_value()}</code>
                        <PostButton form=reveal next=HERE icon=Icon::Eye size=Size::Small>"Reveal"</PostButton>
                        <CopyUnseen/>
                    </Inline>
                }
                .into_any(),
            }}
            {move || Some(reveal.message().get()).filter(|text| !text.is_empty()).map(|text| view! { <Alert tone=Tone::Bad title=text/> })}
            <KeyValue items=facts/>
        </Section>
    }
}

/// Takes the key along without showing it to whoever looks over the shoulder; it is a look all the same.
#[component]
fn CopyUnseen() -> impl IntoView {
    let toaster = use_toaster();
    let fetch = Action::new(|(): &()| call(RevealProfileKey {}));
    Effect::new(move |_| match fetch.value().get() {
        Some(Ok(text)) => copy_text(&text, move |worked| {
            if worked {
                toaster.show(Toast::good("Profile key copied"));
            } else {
                toaster.show(Toast::bad("The browser did not allow copying. Reveal the key and copy it yourself."));
            }
        }),
        Some(Err(problem)) => toaster.show(Toast::bad(problem.message())),
        None => {}
    });
    view! {
        <Button icon=Icon::Copy size=Size::Small busy=fetch.pending() on_press=move |()| { fetch.dispatch(()); }>"Copy"</Button>
    }
}

#[component]
fn Replace(changes: RwSignal<u32>, locked: &'static str) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<RotateProfileKey>::new();
    form.on_success(move |()| {
        toaster.show(Toast::good("There is a new profile key"));
        changes.update(|count| *count += 1);
    });
    view! {
        <Form id="rotate" action=form.url() next=HERE problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Replace the key" help="Makes a new key. The old one goes on working for as long as you say, so that the systems that use it can be changed one after the other.">
                <NumberInput name="overlap_hours" label="The old key works for (hours)" value=DEFAULT_OVERLAP_HOURS.to_string() min=0
                    max=i64::from(MAX_OVERLAP_HOURS) required=true disabled_because=locked
                    help="0 ends it at once; at most 168 hours, which is 7 days."
                    validate=|text: &str| check_overlap(text).err().map(|why| why.message())/>
                <FormActions submit="Make a new key" disabled_because=locked/>
            </Section>
        </Form>
    }
}

#[component]
fn Replaced(keys: Vec<ProfileKey>, changes: RwSignal<u32>, locked: &'static str) -> impl IntoView {
    let toaster = use_toaster();
    let end = FormState::<EndProfileKey>::new();
    end.on_success(move |()| {
        toaster.show(Toast::good("The key has ended"));
        changes.update(|count| *count += 1);
    });
    let rows = keys.into_iter().map(|key| row(key, end, locked)).collect::<Vec<_>>();
    let columns = vec![
        Column::new("prefix", "Begins with"),
        Column::new("ends", "Works until"),
        Column::new("used", "Last used"),
        Column::new("end", "Action").narrow(),
    ];
    view! {
        <Section title="Replaced keys" help="Keys that were replaced and still work.">
            {move || Some(end.message().get()).filter(|text| !text.is_empty()).map(|text| view! { <Alert tone=Tone::Bad title=text/> })}
            <DataTable id="replaced-keys" caption="Replaced keys that still work" columns=columns rows=rows
                empty=|| view! { <EmptyState icon=Icon::Key title="None" sentence="Only the key above works."/> }/>
        </Section>
    }
}

fn row(key: ProfileKey, end: FormState<EndProfileKey>, locked: &'static str) -> Row {
    let time = |at: Option<model::time::Stamp>| match at {
        Some(at) => view! { <TimeText iso=at.iso text=at.text/> }.into_any(),
        None => "never".into_any(),
    };
    Row::new(key.id.to_string()).cell(view! { <code>{key.prefix}</code> }).cell(time(key.ends)).cell(time(key.last_used)).cell(view! {
        <PostButton form=end next=HERE size=Size::Small fields=vec![("id", key.id.to_string())] disabled_because=locked>"End it now"</PostButton>
    })
}

//! `/tenant/media`: how long links to inbound media work (spec tenant-settings, "Inbound Media Handling on Messaging Channels").

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    media::API_KEY_HEADER,
    people::Capability,
    tenant::{ExpiryUnit, LONGEST_HOURS, MediaHandling},
};
use ui::{Choice, Form, NumberInput, PageHeader, Prose, SaveBar, Section, Select, Skeleton, SkeletonKind, Toast, Toggle, use_toaster};

use super::{
    SettingsTabs,
    media_api::{GetMedia, UpdateMedia},
};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended, use_me};

/// The setting as stored.
pub struct MediaPage {
    media: Loaded<MediaHandling>,
}

impl Screen for MediaPage {
    fn data() -> Self {
        Self { media: Loaded::new(|| GetMedia {}) }
    }

    fn view(this: Self) -> AnyView {
        let media = this.media;
        view! {
            <Title text="Inbound media"/>
            <PageHeader title="Inbound media" sentence="How long a link to a file that a customer sent can be opened without a key."/>
            <SettingsTabs current="/tenant/media"/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    match media.await {
                        Ok(media) => view! { <Handling media=media/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

/// Everybody who may read it sees it; only owners change it, and the others are told so.
#[component]
fn Handling(media: MediaHandling) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::TenantWrite));
    let locked = if may_write { "" } else { "Only owners change this." };
    let toaster = use_toaster();
    let form = FormState::<UpdateMedia>::new();
    form.on_success(move |()| toaster.show(Toast::good("Saved")));
    let units = ExpiryUnit::ALL.iter().map(|unit| Choice::new(unit.word(), unit.label())).collect();
    view! {
        <Form id="media" action=form.url() next="/tenant/media" problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Section title="Inbound Media Handling on Messaging Channels"
                help="Every file that a customer sends gets a link. The setting holds for links made from now on; older ones stay what they were.">
                <Toggle name="enabled" label="Enabled" checked=media.enabled disabled_because=locked
                    help="On: new links expire. Off: new links are persistent, and everybody who has one can open the file."/>
                <NumberInput name="expiry" label="Expiry Time" value=media.expiry.amount.to_string() min=1 max=i64::from(LONGEST_HOURS) required=true
                    disabled_because=locked help="4 hours to 7 days."/>
                <Select name="unit" label="Hours or days" options=units value=media.expiry.unit.word() required=true disabled_because=locked/>
            </Section>
            <Section title="After the expiry">
                <Prose>
                    <p>"The same address asks for a key. Send the organisation\u{2019}s profile key / media access key in this header of the request:"</p>
                    <p><code>{API_KEY_HEADER}</code></p>
                </Prose>
            </Section>
            {may_write.then(|| view! { <SaveBar save="Update"/> })}
        </Form>
    }
}

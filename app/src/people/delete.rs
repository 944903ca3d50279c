//! `/people/:user/delete`: what becomes of somebody's work, and the button.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    Problem,
    ids::UserId,
    people::{User, Work},
};
use ui::{
    Alert, Choice, Column, Crumb, DataTable, Form, FormActions, Hidden, PageHeader, Row, Section, Select, Skeleton, SkeletonKind, Stack, Toast, Tone,
    follow, use_toaster,
};

use super::api::{DeleteUser, GetUser, GetWork};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended};

/// The person and what hangs on them.
pub struct DeleteUserPage {
    user: Loaded<User>,
    work: Loaded<Work>,
}

impl Screen for DeleteUserPage {
    fn data() -> Self {
        let params = use_params_map();
        let id = move || params.read().get("user")?.parse::<UserId>().ok();
        let never = RwSignal::new(0);
        Self { user: Loaded::named(never, move || Some(GetUser { id: id()? })), work: Loaded::named(never, move || Some(GetWork { id: id()? })) }
    }

    fn view(this: Self) -> AnyView {
        let DeleteUserPage { user, work } = this;
        view! {
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    let all = async { Ok::<_, Problem>((user.await?, work.await?)) };
                    match all.await {
                        Ok((user, work)) => view! { <Sure user=user work=work/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn Sure(user: User, work: Work) -> impl IntoView {
    let toaster = use_toaster();
    let here = format!("/people/{}", user.id);
    let title = format!("Delete {}", user.name);
    let form = FormState::<DeleteUser>::new();
    let gone = user.name.clone();
    form.on_success(move |()| {
        toaster.show(Toast::good(format!("{gone} was deleted")));
        follow("/people");
    });
    let moves = work.items.iter().any(|item| item.moves && item.count.unwrap_or_default() > 0);
    let columns = vec![Column::new("what", "What"), Column::new("count", "How many").number(), Column::new("fate", "What becomes of it")];
    let rows = work
        .items
        .into_iter()
        .map(|item| {
            let count = item.count.map_or_else(|| "all".to_owned(), |count| count.to_string());
            Row::new(item.what.clone()).cell(item.what).cell(count).cell(item.fate)
        })
        .collect::<Vec<_>>();
    let heirs: Vec<_> = work.heirs.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    let locked = if moves { "" } else { "There is nothing to hand over." };
    view! {
        <Title text=title.clone()/>
        <PageHeader title=title sentence="They are signed out at once and cannot come back. Deactivating can be undone; this cannot."
            crumbs=vec![Crumb::new("People", "/people"), Crumb::new(user.name.clone(), here.clone())]/>
        <Stack>
            <DataTable id="work" caption="What becomes of their work" columns=columns rows=rows/>
            <Form id="delete" action=form.url() next="/people" problems=form.problems() message=form.message() pending=form.pending()
                saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Hidden name="id" value=user.id.to_string()/>
                <Section title="Hand over" help="Whoever takes over leads the teams this person led, and the schedules this person made go on under their name. With nobody, the teams have no lead and schedules that run are paused.">
                    <Select name="heir" label="Who takes over" prompt="Nobody" options=heirs disabled_because=locked/>
                </Section>
                <Alert tone=Tone::Caution title="Their name stays in the audit log and on what they did; their address can be invited anew."/>
                <FormActions submit="Delete" danger=true cancel=here/>
            </Form>
        </Stack>
    }
}

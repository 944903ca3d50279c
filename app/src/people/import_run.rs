//! `/people/import/:import`: what a file holds, what is wrong in it, and how far it was taken in.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    ids::ImportId,
    people::{Import, ImportLine, ImportPage as Found, ImportStatus},
};
use ui::{
    Alert, Checkbox, Choice, Column, Columns, Crumb, DataTable, Form, FormActions, Hidden, Icon, LinkButton, ListUrl, PageHeader, Pager, Progress,
    RadioCards, Row, Section, Skeleton, SkeletonKind, Stack, Stat, Toast, Tone, follow, use_ready, use_toaster,
};

use super::{
    import::import_chip,
    import_api::{DiscardImport, GetImport, StartImport},
};
use crate::shell::{FormState, Loaded, PostButton, ProblemView, Screen, query_pairs, suspended};

/// How often a running import is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// One import; asked for again while it runs.
pub struct ImportRunPage {
    changes: RwSignal<u32>,
    found: Loaded<Found>,
}

impl Screen for ImportRunPage {
    fn data() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let changes = RwSignal::new(0);
        let found = Loaded::named(changes, move || {
            let id = params.read().get("import")?.parse().ok()?;
            Some(GetImport { id, after: query.read().get("after").unwrap_or_default() })
        });
        Self { changes, found }
    }

    fn view(this: Self) -> AnyView {
        let ImportRunPage { changes, found } = this;
        let start = FormState::<StartImport>::new();
        start.on_success(move |()| changes.update(|count| *count += 1));
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                {move || suspended(async move {
                    match found.await {
                        Ok(found) => view! { <Shown found=found start=start changes=changes/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn Shown(found: Found, start: FormState<StartImport>, changes: RwSignal<u32>) -> impl IntoView {
    let Found { import, lines, next } = found;
    let (toaster, here) = (use_toaster(), format!("/people/import/{}", import.id));
    let discard = FormState::<DiscardImport>::new();
    discard.on_success(move |()| {
        toaster.show(Toast::good("The file was forgotten"));
        follow("/people/import");
    });
    let status = import.status;
    let fields = vec![("id", import.id.to_string())];
    let running = if status == ImportStatus::Running { "Wait until it has ended." } else { "" };
    let forget = move || {
        view! { <PostButton form=discard next="/people/import" fields=fields disabled_because=running>"Forget this file"</PostButton> }
    };
    let wrong = import.wrong;
    view! {
        <Title text=import.file_name.clone()/>
        <PageHeader title=import.file_name.clone() crumbs=vec![Crumb::new("People", "/people"), Crumb::new("Import", "/people/import")]
            status=move || import_chip(status) actions=forget/>
        <Stack>
            <Columns>
                <Stat label="People in the file" value=import.total.to_string()/>
                <Stat label="Wrong lines" value=import.wrong.to_string()/>
                <Stat label="Added" value=import.imported.to_string()/>
            </Columns>
            <Next import=import.clone() start=start changes=changes/>
            {(wrong > 0).then(|| view! { <Wrong id=import.id lines=lines next=next.unwrap_or_default() here=here/> })}
        </Stack>
    }
}

/// What can be done with it now, or how far it is.
#[component]
fn Next(import: Import, start: FormState<StartImport>, changes: RwSignal<u32>) -> impl IntoView {
    match import.status {
        ImportStatus::Checked => view! { <Start import=import form=start/> }.into_any(),
        ImportStatus::Running => view! { <Running import=import changes=changes/> }.into_any(),
        ImportStatus::Done => {
            let people = if import.imported == 1 { "1 person was".to_owned() } else { format!("{} people were", import.imported) };
            view! {
                <Alert tone=Tone::Good title=format!("{people} invited")
                    action=|| view! { <LinkButton href="/people?status=invited">"See who is invited"</LinkButton> }/>
            }
            .into_any()
        }
        ImportStatus::Stopped => view! { <Alert tone=Tone::Bad title="It stopped" sentence=import.why/> }.into_any(),
    }
}

#[component]
fn Start(import: Import, form: FormState<StartImport>) -> impl IntoView {
    let good = import.total - import.wrong;
    if good == 0 {
        let sentence = "Correct the file and choose it again. Nobody was added.";
        return view! { <Alert tone=Tone::Bad title="No line of this file can be taken in" sentence=sentence/> }.into_any();
    }
    let lines = |count: i64| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let all = Choice::new("all", "All or nothing").help("One transaction: either everybody is added, or nobody.");
    let all = if import.wrong > 0 { all.disabled_because(format!("{} must be corrected first.", lines(import.wrong))) } else { all };
    let modes = vec![Choice::new("good", format!("The good lines ({good})")).help("Wrong lines are left out; they stay listed below."), all];
    let here = format!("/people/import/{}", import.id);
    let submit = if good == 1 { "Invite 1 person".to_owned() } else { format!("Invite {good} people") };
    view! {
        <Form id="start" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=import.id.to_string()/>
            <Section title="Take in" help="Everybody becomes an invited person, with the role, licences and teams of their line.">
                <RadioCards name="mode" label="Which lines" options=modes value="good" required=true/>
                <Checkbox name="send" label="Mail everybody their invitation"
                    help="Otherwise send it, or make a link, on the page of each person."/>
                <FormActions submit=submit cancel="/people/import" guard=false/>
            </Section>
        </Form>
    }
    .into_any()
}

#[component]
fn Running(import: Import, changes: RwSignal<u32>) -> impl IntoView {
    let ready = use_ready();
    Effect::new(move |_| {
        if ready.get() {
            // One look; what it brings is a new view with its own.
            let look = move || {
                // `None`: the page is gone already.
                let _ = changes.try_update(|count| *count += 1);
            };
            if let Ok(handle) = set_timeout_with_handle(look, LOOK) {
                on_cleanup(move || handle.clear());
            }
        }
    });
    let whole = |count: i64| u32::try_from(count).unwrap_or_default();
    let here = format!("/people/import/{}", import.id);
    let (done, total) = (whole(import.processed), whole(import.total));
    view! {
        <Alert tone=Tone::Info title="People are being added" sentence="You can leave this page; it goes on, also after a restart."
            action=move || view! { <LinkButton href=here.clone() icon=Icon::Refresh>"Look again"</LinkButton> }>
            <Progress label="Lines" done=done total=total/>
        </Alert>
    }
}

#[component]
fn Wrong(id: ImportId, lines: Vec<ImportLine>, next: String, here: String) -> impl IntoView {
    let url = ListUrl::new(here, query_pairs());
    let columns = vec![
        Column::new("line", "Line").narrow(),
        Column::new("column", "Column").narrow(),
        Column::new("value", "Stands there"),
        Column::new("cure", "What to do"),
    ];
    let rows = lines
        .into_iter()
        .flat_map(|line| {
            let number = line.line;
            line.problems.into_iter().enumerate().map(move |(index, problem)| {
                let column = if problem.column.is_empty() { "–".to_owned() } else { problem.column };
                let value = if problem.value.is_empty() { "–".to_owned() } else { problem.value };
                Row::new(format!("{number}-{index}")).cell(number.to_string()).cell(column).cell(value).cell(problem.message)
            })
        })
        .collect::<Vec<_>>();
    let file = format!("/people/import/{id}/problems.csv");
    view! {
        <div class="flex flex-wrap items-center justify-between gap-2">
            <h2 class="font-semibold">"What is wrong"</h2>
            <LinkButton href=file icon=Icon::Download download=true>"Export wrong lines"</LinkButton>
        </div>
        <DataTable id="wrong" caption="What is wrong" dense=true columns=columns rows=rows/>
        <Pager url=url next=next/>
    }
}

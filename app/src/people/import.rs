//! `/people/import`: choosing a file.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use model::{
    Problem,
    people::{IMPORT_COLUMNS, Import, ImportStatus, MAX_IMPORT_BYTES, MAX_IMPORT_LINES},
};
use server_fn::{ServerFn, codec::MultipartData};
use ui::{
    Column, Crumb, DataTable, FieldProblem, FileInput, Form, FormActions, Icon, LinkButton, PageHeader, Row, Section, Skeleton, SkeletonKind, Stack,
    StatusChip, TextArea, TimeText, Tone, follow,
};
use wasm_bindgen::JsCast;

use super::import_api::{CheckImport, ListImports, check_import};
use crate::shell::{Loaded, ProblemView, Screen, suspended, use_session};

/// The last imports.
pub struct ImportPage {
    imports: Loaded<Vec<Import>>,
}

impl Screen for ImportPage {
    fn data() -> Self {
        Self { imports: Loaded::new(|| ListImports {}) }
    }

    fn view(this: Self) -> AnyView {
        let imports = this.imports;
        view! {
            <Title text="Invite many people"/>
            <PageHeader title="Invite many people" sentence="From a CSV file. It is checked first; nobody is added before you say so."
                crumbs=vec![Crumb::new("People", "/people")]
                actions=|| view! { <LinkButton href="/people/import/template.csv" icon=Icon::Download download=true>"Template"</LinkButton> }/>
            <Stack>
                <Upload/>
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
                    {move || suspended(async move {
                        match imports.await {
                            Ok(imports) => view! { <Recent imports=imports/> }.into_any(),
                            Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                        }
                    })}
                </Suspense>
            </Stack>
        }
        .into_any()
    }
}

/// The form. It holds a file, so it travels as `multipart/form-data`.
#[component]
fn Upload() -> impl IntoView {
    let flash = use_session().flash_of(CheckImport::PATH);
    let flashed = StoredValue::new(flash.and_then(|flash| flash.problem));
    let send = Action::new_local(|data: &web_sys::FormData| check_import(MultipartData::from(data.clone())));
    let problem = Signal::derive(move || match send.value().get() {
        Some(answer) => answer.err(),
        None => flashed.get_value(),
    });
    let sent = RwSignal::new(0_u32);
    Effect::new(move |_| {
        if let Some(Ok(id)) = send.value().get() {
            sent.update(|count| *count += 1);
            // After the form has taken note that nothing is left to lose: else its guard holds the page back.
            request_animation_frame(move || follow(&format!("/people/import/{id}")));
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        if let Some(data) = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok()) {
            send.dispatch(data);
        }
    };
    let action = format!("{}?_next=/people/import/{{id}}", CheckImport::PATH);
    let columns = format!(
        "The first line names the columns: {}. Only email is needed. A role is a built-in one or one of your own, by its name. Licences and teams are parted by |. Commas, semicolons and tabs all work.",
        IMPORT_COLUMNS.join(", ")
    );
    let limits = format!("At most {} MB and {MAX_IMPORT_LINES} people, as UTF-8.", MAX_IMPORT_BYTES / 1024 / 1024);
    let limit = u64::try_from(MAX_IMPORT_BYTES).unwrap_or_default();
    view! {
        <Form id="import" action=action multipart=true problems=fields(problem) message=message(problem) pending=send.pending() saved=sent on_submit=submit>
            <Section title="People" help=columns>
                <FileInput name="file" label="File" accept=".csv,.tsv,.txt,text/csv" help=limits max_bytes=limit/>
                <TextArea name="text" label="Or paste the lines" rows=6 mono=true placeholder="email,name,role\nann@example.com,Ann Lee,agent"/>
                <FormActions submit="Check" cancel="/people"/>
            </Section>
        </Form>
    }
}

fn fields(problem: Signal<Option<Problem>>) -> Signal<Vec<FieldProblem>> {
    Signal::derive(move || {
        let problem = problem.read();
        let fields = problem.as_ref().map(Problem::fields).unwrap_or_default();
        fields.iter().filter(|one| !one.field.is_empty()).map(|one| FieldProblem::new(&one.field, &one.message)).collect()
    })
}

fn message(problem: Signal<Option<Problem>>) -> Signal<String> {
    Signal::derive(move || match &*problem.read() {
        None => String::new(),
        Some(Problem::Invalid { fields }) => fields.iter().find(|one| one.field.is_empty()).map(|one| one.message.clone()).unwrap_or_default(),
        Some(other) => other.message(),
    })
}

/// What was read in the last days.
#[component]
fn Recent(imports: Vec<Import>) -> impl IntoView {
    if imports.is_empty() {
        return ().into_any();
    }
    let columns = vec![
        Column::new("file", "File"),
        Column::new("status", "Status"),
        Column::new("people", "People").number(),
        Column::new("wrong", "Wrong").number(),
        Column::new("added", "Added").number(),
        Column::new("read", "Read").narrow(),
    ];
    let rows = imports
        .into_iter()
        .map(|import| {
            Row::new(import.id.to_string())
                .href(format!("/people/import/{}", import.id))
                .cell(import.file_name)
                .cell(import_chip(import.status))
                .cell(import.total.to_string())
                .cell(import.wrong.to_string())
                .cell(import.imported.to_string())
                .cell(view! { <TimeText iso=import.created.iso text=import.created.text/> })
        })
        .collect::<Vec<_>>();
    view! {
        <h2 class="font-semibold">"The last files"</h2>
        <DataTable id="imports" caption="The last files" columns=columns rows=rows/>
        <p class="text-quiet">"Files are forgotten after a week; people who were added stay."</p>
    }
    .into_any()
}

/// The status as icon, word and colour.
pub(super) fn import_chip(status: ImportStatus) -> AnyView {
    let tone = match status {
        ImportStatus::Checked => Tone::Info,
        ImportStatus::Running => Tone::Neutral,
        ImportStatus::Done => Tone::Good,
        ImportStatus::Stopped => Tone::Bad,
    };
    view! { <StatusChip tone=tone label=status.label()/> }.into_any()
}

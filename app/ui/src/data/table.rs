//! A table ordered and paged by the server.

use leptos::prelude::*;

use super::list_url::{ListUrl, SortState};
use crate::icon::{Icon, glyph};

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    key: String,
    label: String,
    sortable: bool,
    number: bool,
    narrow: bool,
}

impl Column {
    /// A column; `key` is what `sort` in the address says.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), sortable: false, number: false, narrow: false }
    }

    /// Its header orders the table.
    pub fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// Numbers: aligned at the end, digits of one width.
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }

    /// As narrow as its content: times, statuses, buttons.
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }
}

/// One row.
pub struct Row {
    key: String,
    href: String,
    selected: bool,
    strong: bool,
    tick: Option<Tick>,
    cells: Vec<AnyView>,
}

/// The checkbox of a row.
struct Tick {
    form: &'static str,
    name: String,
    value: String,
    label: String,
    ticked: bool,
}

impl Row {
    /// A row; `key` is its id, shown as `data-key` for tests and links.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), href: String::new(), selected: false, strong: false, tick: None, cells: Vec::new() }
    }

    /// Where the row leads: its first cell becomes the link, and the whole row takes the click.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }

    /// The row that is shown beside the table.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Not seen yet: heavier letters.
    pub fn strong(mut self, strong: bool) -> Self {
        self.strong = strong;
        self
    }

    /// A checkbox before the first cell. It belongs to the form with the id `form`, wherever that stands, and posts `value` as `name`; `label` says
    /// what it ticks. See [`TickBar`](super::TickBar).
    pub fn tick(mut self, form: &'static str, name: impl Into<String>, value: impl Into<String>, label: impl Into<String>, ticked: bool) -> Self {
        self.tick = Some(Tick { form, name: name.into(), value: value.into(), label: label.into(), ticked });
        self
    }

    /// The next cell, in the order of the columns.
    pub fn cell(mut self, content: impl IntoView + 'static) -> Self {
        self.cells.push(content.into_any());
        self
    }
}

/// A table whose order, filters and page stand in the address. Under 640 px each row becomes a card.
///
/// On the server: plain markup; headers are links, so it orders and leads before the WASM arrives.
#[component]
pub fn DataTable(
    /// Its id.
    #[prop(into)]
    id: String,
    /// What it lists, read out.
    #[prop(into)]
    caption: String,
    /// The columns.
    columns: Vec<Column>,
    /// The rows of this page.
    rows: Vec<Row>,
    /// The address of the list as it is shown now; without it headers do not order.
    #[prop(optional)]
    url: Option<ListUrl>,
    /// Shown instead when there is no row.
    #[prop(optional, into)]
    empty: ViewFnOnce,
    /// Less space, for logs.
    #[prop(optional)]
    dense: bool,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <div id=id class="table-empty">{empty.run()}</div> }.into_any();
    }
    let class = if dense { "data-table data-table-dense" } else { "data-table" };
    let name = caption.clone();
    let header = columns.iter().map(|column| header_cell(column, url.as_ref())).collect_view();
    let body = rows.into_iter().map(|row| body_row(row, &columns)).collect_view();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=name>
            <table id=id class=class>
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr>{header}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell_class(column: &Column) -> Option<&'static str> {
    match (column.number, column.narrow) {
        (true, _) => Some("cell-number"),
        (false, true) => Some("cell-narrow"),
        (false, false) => None,
    }
}

fn header_cell(column: &Column, url: Option<&ListUrl>) -> AnyView {
    let label = column.label.clone();
    let class = cell_class(column);
    let Some(url) = url.filter(|_| column.sortable) else {
        return view! { <th scope="col" class=class>{label}</th> }.into_any();
    };
    let (order, icon) = match url.sort_state(&column.key) {
        SortState::None => (None, Icon::Sort),
        SortState::Ascending => (Some("ascending"), Icon::SortUp),
        SortState::Descending => (Some("descending"), Icon::SortDown),
    };
    view! {
        <th scope="col" class=class aria-sort=order>
            <a href=url.sorted_by(&column.key).href() class="sort-link" data-noscroll="">{label}{glyph(icon, false)}</a>
        </th>
    }
    .into_any()
}

fn body_row(row: Row, columns: &[Column]) -> AnyView {
    let Row { key, href, selected, strong, mut tick, cells } = row;
    let cells = cells
        .into_iter()
        .zip(columns)
        .enumerate()
        .map(|(index, (content, column))| {
            let content =
                if index == 0 && !href.is_empty() { view! { <a class="row-link" href=href.clone()>{content}</a> }.into_any() } else { content };
            let content = match tick.take() {
                Some(tick) => ticked(tick, content),
                None => content,
            };
            view! { <td class=cell_class(column) data-label=column.label.clone()>{content}</td> }
        })
        .collect_view();
    view! { <tr data-key=key class=strong.then_some("font-semibold") aria-current=selected.then_some("true")>{cells}</tr> }.into_any()
}

/// The checkbox of a row and the first cell beside it.
fn ticked(tick: Tick, content: AnyView) -> AnyView {
    view! {
        <span class="flex items-center gap-2.5">
            <input
                type="checkbox"
                form=tick.form
                name=tick.name
                value=tick.value
                checked=tick.ticked
                aria-label=tick.label
                class="checkbox checkbox-sm row-tick"
                autocomplete="off"
            />
            <span class="min-w-0">{content}</span>
        </span>
    }
    .into_any()
}

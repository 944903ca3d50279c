//! Yes and no for everything against everybody.

use leptos::prelude::*;

use crate::icon::{Icon, glyph};

/// One column.
#[derive(Clone, Debug)]
pub struct MatrixColumn {
    label: String,
    href: String,
}

impl MatrixColumn {
    /// A column with its heading.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: String::new() }
    }

    /// Where its heading leads.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// Rows under one heading: each with its label and one answer per column.
#[derive(Clone, Debug)]
pub struct MatrixGroup {
    heading: String,
    rows: Vec<(String, Vec<bool>)>,
}

impl MatrixGroup {
    /// An empty group.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), rows: Vec::new() }
    }

    /// The next row; `answers` in the order of the columns.
    pub fn row(mut self, label: impl Into<String>, answers: impl IntoIterator<Item = bool>) -> Self {
        self.rows.push((label.into(), answers.into_iter().collect()));
        self
    }
}

/// A table of yes and no. Headings of columns and rows stay in sight while it is scrolled, which it is on its own.
///
/// On the server: plain markup.
#[component]
pub fn Matrix(
    /// Its id.
    #[prop(into)]
    id: String,
    /// What it tells, read out.
    #[prop(into)]
    caption: String,
    /// Heading of the rows.
    #[prop(into)]
    corner: String,
    /// The columns.
    columns: Vec<MatrixColumn>,
    /// The rows in their groups.
    groups: Vec<MatrixGroup>,
) -> impl IntoView {
    let width = (columns.len() + 1).to_string();
    let headings = columns
        .into_iter()
        .map(|MatrixColumn { label, href }| {
            let content = if href.is_empty() { label.into_any() } else { view! { <a href=href>{label}</a> }.into_any() };
            view! { <th scope="col">{content}</th> }
        })
        .collect_view();
    let name = caption.clone();
    let body = groups.into_iter().map(|group| rows(group, &width)).collect_view();
    view! {
        <div class="matrix-frame" tabindex="0" role="region" aria-label=name>
            <table id=id class="matrix">
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr><th scope="col">{corner}</th>{headings}</tr>
                </thead>
                {body}
            </table>
        </div>
    }
    .into_any()
}

fn rows(group: MatrixGroup, width: &str) -> AnyView {
    let rows = group.rows.into_iter().map(|(label, answers)| {
        let cells = answers.into_iter().map(answer).collect_view();
        view! { <tr><th scope="row">{label}</th>{cells}</tr> }
    });
    view! {
        <tbody>
            <tr class="matrix-group"><th scope="rowgroup" colspan=width.to_owned()><span>{group.heading}</span></th></tr>
            {rows.collect_view()}
        </tbody>
    }
    .into_any()
}

fn answer(yes: bool) -> AnyView {
    if yes {
        view! { <td class="matrix-yes">{glyph(Icon::Check, false)}<span class="sr-only">"yes"</span></td> }.into_any()
    } else {
        view! { <td class="matrix-no"><span aria-hidden="true">"\u{2013}"</span><span class="sr-only">"no"</span></td> }.into_any()
    }
}

//! Tables, lists, steps, figures.

use leptos::prelude::*;

use super::{parts::Part, plain_card, word};
use crate::{
    button::{Button, ButtonKind, LinkButton, Variant},
    data::{
        BigCode, CodeBlock, CodeSheet, Column, CopyText, DataTable, EmptyState, Filter, FilterBar, HtmlFrame, Item, ItemList, KeyValue, ListUrl,
        Matrix, MatrixColumn, MatrixGroup, Pager, Pair, Progress, QrImage, Row, Skeleton, SkeletonKind, Stat, Step, TickBar, Timeline,
    },
    feedback::{Badge, ErrorPage, Menu, MenuAction, MenuLink, StatusChip, TimeText},
    form::{Choice, Form, Select},
    icon::Icon,
    layout::{Columns, Crumb, PageHeader, Prose, SplitPane, Stack, Tab, Tabs, Toolbar},
    tone::Tone,
};

const ISO: &str = "2019-09-25T13:33:00.538+01:00";
const TIME: &str = "2019-09-25 13:33:00";

pub(super) fn headers() -> AnyView {
    view! {
        <Part id="headers" title="Page header, tabs, tool bar">
            <div class="rounded-field bg-base-200 p-4">
                // A page has one h1, so this one is only its look.
                <PageHeaderSample/>
            </div>
            <Tabs label="Parts of the address" items=vec![
                Tab::new("Inbox", "#headers", true).count(12),
                Tab::new("Sent", "#tables", false),
                Tab::new("Settings", "#forms", false),
                Tab::new("Debug log", "#steps", false),
            ]/>
            <Toolbar label="Chosen mails">
                <Button variant=Variant::Ghost icon=Icon::Archive>"Archive"</Button>
                <Button variant=Variant::Ghost icon=Icon::MailOpen>"Mark as read"</Button>
            </Toolbar>
        </Part>
    }
    .into_any()
}

/// A page header inside a frame of its own document outline.
#[component]
fn PageHeaderSample() -> impl IntoView {
    view! {
        <article>
            <PageHeader
                title="Billing mail"
                sentence="Mail that customers send to billing@example.com."
                crumbs=vec![Crumb::new("Email", "#tables"), Crumb::new("Addresses", "#tables")]
                status=|| view! { <StatusChip tone=Tone::Good label="Active"/> }
                actions=|| view! {
                    <Button icon=Icon::Refresh>"Test connection"</Button>
                    <LinkButton href="#forms" variant=Variant::Primary icon=Icon::Send>"Write a mail"</LinkButton>
                }
            />
        </article>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("name", "Name").sortable(),
        Column::new("address", "Address").sortable(),
        Column::new("status", "Status").narrow(),
        Column::new("sent", "Sent").number().sortable(),
        Column::new("changed", "Changed").narrow().sortable(),
        Column::new("more", "Actions").narrow(),
    ]
}

fn row((index, tone): (usize, Tone)) -> Row {
    let name = ["Billing", "Support", "Sales", "A name that somebody made far too long for any table to show in one line", "Careers"]
        .into_iter()
        .nth(index)
        .unwrap_or_default();
    Row::new(format!("a{index}"))
        .href("#tables")
        .selected(index == 1)
        .strong(index == 2)
        .cell(name)
        .cell(format!("{}@example.com", name.split(' ').next().unwrap_or_default().to_lowercase()))
        .cell(view! { <StatusChip tone=tone label=word(tone)/> })
        .cell((index * 1234).to_string())
        .cell(view! { <TimeText iso=ISO text=TIME title="3 days ago"/> })
        .cell(view! {
            <Menu id=format!("row-{index}") label=format!("Actions for {name}") small=true>
                <MenuLink href="#forms" icon=Icon::Edit label="Edit"/>
                <MenuAction icon=Icon::Trash label="Delete" danger=true on_press=|| ()/>
            </Menu>
        })
}

fn row_to_tick(index: usize) -> Row {
    Row::new(format!("t{index}"))
        .href("#tables")
        .tick("gallery-ticks", format!("ids[{index}]"), format!("t{index}"), format!("Tick address {index}"), index == 1)
        .cell(format!("Address {index}"))
        .cell((index * 10).to_string())
}

pub(super) fn tables() -> AnyView {
    let url = ListUrl::new("#tables", [("search", "bill"), ("status", "active"), ("sort", "name"), ("after", "c1")]);
    let filters = vec![
        Filter::new("status", "Status", vec![Choice::new("active", "Active"), Choice::new("inactive", "Inactive")]),
        Filter::day("since", "Since"),
    ];
    let rows = Tone::ALL.into_iter().enumerate().map(row).collect::<Vec<_>>();
    let dense = (0..4).map(|index| Row::new(format!("d{index}")).cell(TIME).cell("250 2.0.0 Ok: queued as 4C2F").cell("12 ms")).collect::<Vec<_>>();
    let to_tick = (0..3).map(row_to_tick).collect::<Vec<_>>();
    view! {
        <Part id="tables" title="Tables">
            <FilterBar url=url.clone() search_label="Search addresses" filters=filters/>
            <DataTable id="assets" caption="Email addresses" columns=columns() rows=rows url=url.clone()/>
            <Form id="gallery-ticks" action="#tables">
                <TickBar form="gallery-ticks" label="With those ticked">
                    <Select name="verb" label="What to do" options=vec![Choice::new("archive", "Archive"), Choice::new("delete", "Delete")]/>
                    <Button kind=ButtonKind::Submit>"Do it"</Button>
                </TickBar>
            </Form>
            <DataTable id="ticked" caption="Rows to tick" columns=vec![Column::new("name", "Name"), Column::new("sent", "Sent").number()]
                rows=to_tick/>
            <Pager url=url next="c2" shown=5/>
            <DataTable id="dense" caption="Debug log" dense=true rows=dense
                columns=vec![Column::new("at", "Time").narrow(), Column::new("reply", "Reply"), Column::new("took", "Took").number()]/>
            <Matrix id="may" caption="Who may do what" corner="What"
                columns=vec![MatrixColumn::new("Owner"), MatrixColumn::new("Agent"), MatrixColumn::new("Night shift").href("#tables")]
                groups=vec![
                    MatrixGroup::new("Email").row("Read email", [true, true, true]).row("Send and answer email", [true, true, false]),
                    MatrixGroup::new("People").row("See people", [true, false, false]),
                ]/>
            <DataTable id="none" caption="Nothing" rows=Vec::new() columns=columns()
                empty=|| view! {
                    <EmptyState icon=Icon::Mail title="No address yet" sentence="Add the address that your customers write to. It takes two minutes."
                        action=|| view! { <LinkButton href="#forms" variant=Variant::Primary icon=Icon::Plus>"Add an address"</LinkButton> }/>
                }/>
        </Part>
    }
    .into_any()
}

pub(super) fn lists() -> AnyView {
    let items = vec![
        Item::new("#lists", "Invoice 4711 is wrong")
            .from("Grace Hopper")
            .snippet("Dear team, the sum on the second page does not…")
            .time(ISO, "13:33")
            .unread(true),
        Item::new("#lists", "Re: Your order")
            .from("Søren Ødegård")
            .snippet("Thank you, that solved it.")
            .time(ISO, "12:08")
            .current(true)
            .marks(view! { <Badge label="3"/> }),
        Item::new("#lists", "A subject that goes on and on and on and never seems to reach its end")
            .from("A person with a rather long name and a title")
            .snippet("…")
            .time(ISO, "Mon")
            .marks(view! { <StatusChip tone=Tone::Caution label="Auto-reply"/> }),
    ];
    let facts = vec![
        Pair::text("From", "Grace Hopper <grace@example.com>"),
        Pair::text("To", ""),
        Pair::new("Forwarding address", view! { <CopyText label="forwarding address" text="a1b2c3d4e5@in.example.net"/> }),
        Pair::new("Status", view! { <StatusChip tone=Tone::Good label="Delivered"/> }),
        Pair::new("Received", view! { <TimeText iso=ISO text=TIME/> }),
    ];
    view! {
        <div id="lists">
            <SplitPane chosen=true list_label="Inbox" list=move || view! { <ItemList label="Mails" items=items/> }>
                <Stack>
                    <KeyValue items=facts/>
                    <HtmlFrame title="Message" html="<p>Dear team,</p><p>the sum on the second page does not match.</p>"/>
                </Stack>
            </SplitPane>
        </div>
    }
    .into_any()
}

pub(super) fn steps() -> AnyView {
    let steps = vec![
        Step::new(Tone::Good, "Look up smtp.example.com").took("4 ms").time("13:33:00").iso(ISO).detail("192.0.2.10, 2001:db8::10"),
        Step::new(Tone::Good, "TLS").took("31 ms").time("13:33:00").detail("Certificate for smtp.example.com, valid until 2027-01-31."),
        Step::new(Tone::Caution, "EHLO")
            .took("9 ms")
            .time("13:33:00")
            .detail("The server does not offer PIPELINING.")
            .verbatim("250-smtp.example.com\n250-SIZE 41943040\n250 AUTH PLAIN LOGIN"),
        Step::new(Tone::Bad, "AUTH")
            .took("1.2 s")
            .time("13:33:01")
            .detail("The server refused the user name or the password.")
            .verbatim("535 5.7.8 Error: authentication failed"),
        Step::running("MAIL FROM"),
        Step::new(Tone::Neutral, "Not tried: RCPT TO"),
    ];
    view! {
        <Part id="steps" title="Steps">
            <Timeline label="Connection test" steps=steps/>
        </Part>
    }
    .into_any()
}

pub(super) fn figures() -> AnyView {
    view! {
        <div id="figures" class="grid gap-4">
            <Columns>
                <Stat label="Sent today" value="12,480" note="+ 8 % on last Tuesday"/>
                <Stat label="Waiting" value="0"/>
                <Stat label="Failed" value="17" note="0.14 %"/>
            </Columns>
            {plain_card(view! {
                <Progress label="Sending 1,200 mails" done=420_u32 total=1200_u32/>
                <Progress label="Counting" done=0_u32 total=0_u32/>
                <BigCode label="confirmation code" code="829 104 553"/>
                <QrImage label="A picture for a camera" size=9 path="M1 1h3v1h-3zM5 1h1v1h-1zM7 1h1v1h-1zM1 3h1v1h-1zM4 4h3v1h-3zM1 6h2v1h-2zM6 7h2v1h-2z"/>
                <CodeSheet label="recovery codes" file_name="codes.txt" codes=["abcde-fghij-klmno", "pqrst-uvwxy-z2345"].map(str::to_owned).to_vec()/>
                <CodeBlock label="forwarding rule" text="if to == \"billing@example.com\" { forward(\"a1b2c3d4e5@in.example.net\") }"/>
                <Prose><p>"Running text keeps to a width that reads well. It may hold "<a href="#figures">"links"</a>", "<code>"code"</code>" and lists."</p><ul><li>"One"</li><li>"Two"</li></ul></Prose>
            })}
        </div>
    }
    .into_any()
}

pub(super) fn nothing() -> AnyView {
    view! {
        <Part id="loading" title="Loading">
            <Columns>
                <Skeleton/>
                <Skeleton kind=SkeletonKind::Table/>
                <Skeleton kind=SkeletonKind::Form/>
            </Columns>
        </Part>
        <article id="error-page" class="card-plain">
            <ErrorPage code="404" title="There is nothing here" sentence="This does not exist, or you may not see it."
                advice="Check the address, or ask an owner of your organisation." reference="0192-6f3e-77aa"/>
        </article>
    }
    .into_any()
}

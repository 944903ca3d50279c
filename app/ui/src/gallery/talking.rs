//! Messages, dialogs, menus.

use leptos::prelude::*;

use super::{parts::Part, word};
use crate::{
    button::{Button, Variant},
    data::{Item, ItemList, KeyValue, Pair},
    feedback::{
        Alert, Avatar, Badge, Banner, ConfirmDialog, CopyButton, Dialog, Kbd, Menu, MenuAction, MenuLink, StatusChip, TextLink, Toast, Tooltip,
        use_toaster,
    },
    form::{Form, TextInput},
    icon::Icon,
    layout::{Inline, Quiet, Stack},
    tone::Tone,
};

pub(super) fn messages() -> AnyView {
    let chips = Tone::ALL.map(|tone| view! { <StatusChip tone=tone label=word(tone)/> }).collect_view();
    let alerts = Tone::ALL
        .map(|tone| view! { <Alert tone=tone title=format!("{}: a message", word(tone)) sentence="With a sentence that says what it means and what to do about it."/> })
        .collect_view();
    let banners = [Tone::Info, Tone::Caution, Tone::Bad]
        .map(|tone| view! { <Banner tone=tone sentence="Switchboard is being updated; saving works again in a minute."/> })
        .collect_view();
    view! {
        <Part id="messages" title="Messages">
            <Inline>
                {chips}
                <Badge label="Owner"/>
                <Kbd key="Ctrl"/>
                <Avatar name="Ada Lovelace"/>
                <Tooltip text="Domain-based Message Authentication, Reporting and Conformance">"DMARC"</Tooltip>
                <TextLink href="https://example.com" external=true>"A link outside"</TextLink>
                <Quiet>"Quiet words"</Quiet>
                <CopyButton text="copied" words="Copy"/>
            </Inline>
            <Stack tight=true>
                {alerts}
                <Alert tone=Tone::Caution title="Not receiving yet" sentence="Forward a mail to see it here." action=|| view! { <Button>"Show me how"</Button> }/>
                {banners}
            </Stack>
        </Part>
    }
    .into_any()
}

pub(super) fn dialogs() -> AnyView {
    let toaster = use_toaster();
    let (plain, confirm, typed) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    view! {
        <Part id="dialogs" title="Dialogs and toasts">
            <Inline>
                <Button id="open-dialog" on_press=move || plain.set(true)>"Dialog"</Button>
                <Button id="open-confirm" on_press=move || confirm.set(true)>"Confirm"</Button>
                <Button id="open-typed" variant=Variant::Danger on_press=move || typed.set(true)>"Confirm by typing"</Button>
                <Button id="show-toast" on_press=move || toaster.show(Toast::good("Saved"))>"Toast"</Button>
                <Button id="show-undo" on_press=move || toaster.show(Toast::good("Address deactivated").undo(move || toaster.show(Toast::new(Tone::Info, "Active again"))))>"Toast with undo"</Button>
                <Button id="show-bad" on_press=move || toaster.show(Toast::bad("The mail server does not answer."))>"Toast that stays"</Button>
            </Inline>
            <Dialog id="sample-dialog" open=plain title="What a receipt means" actions=move || view! { <Button on_press=move || plain.set(false)>"Close"</Button> }>
                <p>"A receipt says what became of a mail: submitted, delivered, or failed with the server's own words."</p>
            </Dialog>
            <ConfirmDialog id="sample-confirm" open=confirm title="Deactivate Billing?" sentence="It stops sending and receiving. You can activate it again." confirm="Deactivate" on_confirm=move || toaster.show(Toast::good("Deactivated"))/>
            <ConfirmDialog id="sample-typed" open=typed title="Delete Billing?" sentence="Its 1,204 mails go with it. They cannot be brought back." confirm="Delete" danger=true typed="Billing"
                on_confirm=move || toaster.show(Toast::good("Deleted"))>
                <KeyValue items=vec![Pair::text("Mails", "1,204"), Pair::text("Flows that use it", "2")]/>
            </ConfirmDialog>
        </Part>
    }
    .into_any()
}

pub(super) fn menus() -> AnyView {
    let toaster = use_toaster();
    view! {
        <Part id="menus" title="Menus">
            <Inline>
                <Menu id="sample-menu" label="More">
                    <MenuLink href="#menus" icon=Icon::Edit label="Edit"/>
                    <MenuAction icon=Icon::Copy label="Duplicate" on_press=move || toaster.show(Toast::good("Duplicated"))/>
                    <MenuAction icon=Icon::Pause label="Deactivate" disabled_because="Only owners change this." on_press=|| ()/>
                    <MenuAction icon=Icon::Trash label="Delete" danger=true on_press=|| ()/>
                </Menu>
                <Menu id="sample-words" label="Export" icon=Icon::Download words=true>
                    <MenuLink href="#menus" label="CSV"/>
                    <MenuLink href="#menus" label="JSON"/>
                </Menu>
            </Inline>
        </Part>
    }
    .into_any()
}

pub(super) fn writing_right_to_left() -> AnyView {
    view! {
        <Part id="right-to-left" title="Right to left">
            <div dir="rtl" lang="ar">
                <Stack>
                    <Form id="rtl" action="/gallery/save">
                        <TextInput name="name" label="الاسم" value="الفواتير" help="يظهر لزملائك فقط." required=true/>
                    </Form>
                    <Alert tone=Tone::Info title="رسالة جديدة" sentence="تصل الرسائل هنا خلال ثوانٍ."/>
                    <ItemList label="الرسائل" items=vec![Item::new("#right-to-left", "الفاتورة 4711").from("ليلى").snippet("المبلغ غير صحيح").time("2019-09-25T13:33:00Z", "13:33").unread(true)]/>
                </Stack>
            </div>
        </Part>
    }
    .into_any()
}

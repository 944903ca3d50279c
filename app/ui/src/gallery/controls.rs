//! Buttons and forms.

use leptos::prelude::*;

use super::{VARIANTS, parts::Part};
use crate::{
    button::{Button, IconButton, LinkButton, Size, Variant},
    form::{
        Checkbox, ChipsInput, Choice, Combobox, DateInput, EmailInput, FieldGroup, FieldProblem, FileInput, Form, FormActions, NumberInput,
        PasswordInput, RadioCards, RichText, SaveBar, SecretInput, Select, TextArea, TextInput, TimeInput, Toggle,
    },
    icon::Icon,
    layout::{Inline, Section, Stack},
};

const REASON: &str = "Only owners change this.";

pub(super) fn buttons() -> AnyView {
    let each = |(variant, name): (Variant, &'static str)| {
        view! {
            <Inline>
                <Button variant=variant size=Size::Small>{name}" small"</Button>
                <Button variant=variant icon=Icon::Plus>{name}</Button>
                <Button variant=variant size=Size::Large>{name}" large"</Button>
                <Button variant=variant busy=true>"Saving"</Button>
                <Button variant=variant disabled_because=REASON>"Not now"</Button>
                <LinkButton variant=variant href="#buttons">"Link"</LinkButton>
            </Inline>
        }
    };
    view! {
        <Part id="buttons" title="Buttons">
            <Stack tight=true>{VARIANTS.map(each).collect_view()}</Stack>
            <Inline>
                <IconButton icon=Icon::Refresh label="Refresh"/>
                <IconButton icon=Icon::Star label="Favourite" pressed=Signal::stored(true)/>
                <IconButton icon=Icon::Trash label="Delete" variant=Variant::Danger/>
                <IconButton icon=Icon::Edit label="Edit" disabled_because=REASON/>
                <LinkButton href="#buttons" disabled_because=REASON>"Link not now"</LinkButton>
            </Inline>
        </Part>
    }
    .into_any()
}

fn security() -> Vec<Choice> {
    vec![
        Choice::new("none", "None").help("Only inside a trusted network."),
        Choice::new("starttls", "STARTTLS").help("Starts plain, then encrypts. Port 587."),
        Choice::new("tls", "SSL/TLS").disabled_because("This server offers no TLS port."),
    ]
}

fn zones() -> Vec<Choice> {
    [
        "Europe/Berlin",
        "Europe/London",
        "America/New_York",
        "America/Los_Angeles",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Australia/Sydney",
        "Pacific/Auckland",
    ]
    .map(|zone| Choice::new(zone, zone))
    .into()
}

pub(super) fn form() -> AnyView {
    let no_space = |text: &str| text.contains(' ').then(|| "A host name has no spaces.".to_owned());
    let domain = |text: &str| (!text.contains('.')).then(|| format!("{text} is not a domain. Example: example.com"));
    view! {
        <div id="forms">
            <Form id="asset" action="/gallery/save" next="/gallery">
                <Section title="Address" help="Where customers write to, and the name they see when you answer.">
                    <TextInput name="name" label="Name" value="Billing" required=true help="Shown to your colleagues only."/>
                    <EmailInput name="address" label="Email address" value="billing@example.com" required=true/>
                    <ChipsInput name="domains" label="Allowed email domains" values=vec!["example.com".to_owned(), "example.org".to_owned()]
                        placeholder="example.com" help="Enter or comma adds one." validate=domain/>
                    <Combobox name="zone" label="Time zone" value="Europe/Berlin" options=zones() help="Logs and receipts show times in this zone."/>
                </Section>
                <Section title="Outgoing server" help="Switchboard hands your mail to this server.">
                    <TextInput name="host" label="Server" value="smtp.example.com" mono=true required=true placeholder="smtp.example.com" validate=no_space/>
                    <NumberInput name="port" label="Port" value="587" min=1 max=65535/>
                    <RadioCards name="security" label="Security" value="starttls" options=security()/>
                    <TextInput name="user" label="User name" value="billing@example.com" autocomplete="off"/>
                    <SecretInput name="password" label="Password" set_text="set 3 days ago"/>
                    <SecretInput name="token" label="Token (not set yet)" help="Stored encrypted; never shown again."/>
                    <PasswordInput name="own" label="Your own password" autocomplete="current-password"/>
                </Section>
                <Section title="Delivery" help="What happens when mail cannot be delivered at once.">
                    <Select name="retry" label="Retry for" value="2" options=vec![Choice::new("1", "1 day"), Choice::new("2", "2 days"), Choice::new("5", "5 days")]/>
                    <DateInput name="from" label="From" value="2026-10-25"/>
                    <TimeInput name="at" label="At" value="09:30" help="24-hour."/>
                    <FieldGroup label="Days">
                        <Checkbox name="mon" label="Monday" checked=true/>
                        <Checkbox name="tue" label="Tuesday"/>
                    </FieldGroup>
                    <Checkbox name="track" label="Keep a copy of every mail sent" checked=true help="Copies are encrypted and count towards storage."/>
                    <Toggle name="active" label="Active" checked=true/>
                    <Toggle name="debug" label="Debug log" disabled_because=REASON/>
                    <TextArea name="note" label="Note for colleagues" placeholder="Anything they should know"/>
                    <FileInput name="files" label="Attachments" multiple=true max_bytes=26_214_400 help="At most 25 MB in all."/>
                    <RichText name="signature" label="Signature" value="<p>Kind regards<br><b>Ada</b> at <a href=\"https://example.com\">Northwind</a></p>"/>
                </Section>
                <SaveBar/>
            </Form>
        </div>
    }
    .into_any()
}

pub(super) fn form_refused() -> AnyView {
    let problems = vec![
        FieldProblem::new("host", "smtp.exmaple.com does not exist. Check the spelling."),
        FieldProblem::new("port", "The port is a number from 1 to 65535."),
        FieldProblem::new("agree", "Tick this to go on."),
    ];
    view! {
        <Part id="form-refused" title="A form that was refused">
            <Form id="refused" action="/gallery/save" problems=problems kept=vec![("host".to_owned(), "smtp.exmaple.com".to_owned())]>
                <TextInput name="host" label="Server" value="smtp.example.com" required=true help="A host name, without https://"/>
                <NumberInput name="port" label="Port" value="99999"/>
                <Checkbox name="agree" label="I may send from this address" required=true/>
                <FormActions submit="Create" cancel="#forms" guard=false/>
            </Form>
        </Part>
    }
    .into_any()
}

pub(super) fn form_states() -> AnyView {
    let long = "A very long value that does not fit into the box and therefore has to be scrolled through with the arrow keys, which is what a person expects";
    view! {
        <Part id="form-states" title="A form being sent, and fields that cannot be changed">
            <Form id="states" action="/gallery/save" pending=true message="The mail server does not answer. Nothing was changed.">
                <TextInput name="fixed" label="Forwarding address" value="a1b2c3@in.example.net" disabled_because="Made by Switchboard; it never changes."/>
                <Select name="region" label="Region" options=vec![Choice::new("eu", "Europe")] value="eu" disabled_because=REASON/>
                <TextInput name="long" label="A label that is so long that it needs more than one line on a small telephone held upright" value=long/>
                <Select name="prompted" label="Choose something" prompt="Choose…" options=vec![Choice::new("a", "First"), Choice::new("b", "Second")]/>
                <FormActions submit="Sending" danger=true guard=false/>
            </Form>
        </Part>
    }
    .into_any()
}

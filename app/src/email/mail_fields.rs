//! The fields of a mail, shared by the pages that write one and the one that changes what a schedule sends.

use leptos::prelude::*;
use model::email::{
    address::check_email_address,
    asset::Asset,
    send::{MAX_MIME_BYTES, split_addresses},
};
use ui::{Choice, FileInput, Hidden, RichText, Section, Select, TextInput};

/// What a mail begins with.
#[derive(Clone, Default)]
pub(super) struct Start {
    /// The asset to send from; empty for a choice.
    pub asset: String,
    /// Recipients.
    pub to: String,
    /// Shown ones beside them.
    pub cc: String,
    /// Hidden ones.
    pub bcc: String,
    /// Subject.
    pub subject: String,
    /// HTML, or plain text.
    pub text: String,
    /// The conversation it answers; empty for a new one.
    pub thread: String,
}

/// Recipients, subject, text and files.
#[component]
pub(super) fn MailFields(
    /// What they begin with.
    start: Start,
    /// Addresses to choose from; not needed for a reply.
    assets: Vec<Asset>,
) -> impl IntoView {
    let is_reply = !start.thread.is_empty();
    let title = if is_reply { "Reply" } else { "Recipients" };
    view! {
        <Section title=title help="Several addresses are separated by commas. At most 50 over To, Cc and Bcc.">
            {if is_reply {
                view! { <Hidden name="asset" value=start.asset.clone()/> }.into_any()
            } else {
                view! { <Select name="asset" label="From" value=start.asset.clone() options=from(&start.asset, &assets) required=true/> }.into_any()
            }}
            <TextInput name="to" label="To" value=start.to required=true placeholder="ann@example.com, bob@example.com" validate=check_list/>
            <TextInput name="cc" label="Cc" value=start.cc validate=check_list/>
            <TextInput name="bcc" label="Bcc" value=start.bcc help="Nobody else sees these." validate=check_list/>
        </Section>
        <Section title="Mail" help="Formatted text is sent as HTML together with a plain version of it.">
            <TextInput name="subject" label="Subject" value=start.subject required=true max_length=900/>
            <RichText name="html" label="Text" value=start.text/>
            <FileInput name="attachments" label="Files" multiple=true help=format!("At most {} MB with the text.", MAX_MIME_BYTES / 1024 / 1024)/>
        </Section>
    }
    .into_any()
}

/// The active addresses, and the chosen one in any case: a choice that is not offered would be lost.
fn from(chosen: &str, assets: &[Asset]) -> Vec<Choice> {
    let offered = assets.iter().filter(|asset| asset.active || asset.id.to_string() == chosen);
    let mut choices: Vec<_> = offered
        .map(|asset| {
            let off = if asset.active { "" } else { " (switched off)" };
            Choice::new(asset.id.to_string(), format!("{} <{}>{off}", asset.name, asset.email_address))
        })
        .collect();
    if !chosen.is_empty() && !choices.iter().any(|choice| choice.value == chosen) {
        choices.insert(0, Choice::new("", "Choose an address: the one it had was deleted"));
    }
    choices
}

/// The first address of a typed list that is none.
fn check_list(typed: &str) -> Option<String> {
    split_addresses(typed).iter().find_map(|address| check_email_address(address).err().map(|why| format!("“{address}”: {why}")))
}

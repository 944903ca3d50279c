//! How mail comes in: the forwarding address, the rule to set up, and the provider's confirmation when it arrives.

use leptos::prelude::*;
use model::email::asset::{Asset, Confirmation};
use ui::{Alert, BigCode, Card, CopyText, KeyValue, Pair, Section, StatusChip, TextLink, TimeText, Tone};

/// The forwarding part of an asset's page.
#[component]
pub(super) fn Forwarding(
    /// The asset.
    asset: Asset,
) -> impl IntoView {
    let steps = format!(
        "In the mailbox of {}, set up a rule that forwards every mail to the address below and keeps or deletes the original as you like. \
         Until then nothing arrives here.",
        asset.email_address
    );
    let seen = match asset.forwarding_seen.clone() {
        Some(at) => Pair::new("First mail", view! { <TimeText iso=at.iso text=at.text/> }),
        None => Pair::new("First mail", view! { <StatusChip tone=Tone::Neutral label="Waiting for the first mail"/> }),
    };
    view! {
        {asset.confirmation.clone().map(|confirmation| view! { <ConfirmationCard confirmation=confirmation/> })}
        <Section title="Forwarding address" help=steps>
            <CopyText label="Forwarding address" text=asset.forwarding_address.clone()/>
            <KeyValue items=vec![seen]/>
            {(!asset.active).then(|| view! { <Alert tone=Tone::Caution title="This address is inactive: mail to it is refused until you activate it."/> })}
        </Section>
    }
}

/// A code or link a provider sent to the forwarding address, shown large (spec email-channel: the OTP of Gmail).
#[component]
fn ConfirmationCard(
    /// The confirmation.
    confirmation: Confirmation,
) -> impl IntoView {
    let title = format!("{} asks you to confirm the forwarding", confirmation.provider);
    view! {
        <Card title=title>
            <p>"Type this code where you set up the rule, or open the link. It arrived " <TimeText iso=confirmation.received.iso text=confirmation.received.text/> "."</p>
            {confirmation.code.map(|code| view! { <BigCode label="Confirmation code" code=code/> })}
            {confirmation.link.map(|link| view! { <p><TextLink href=link external=true>"Open the confirmation link"</TextLink></p> })}
        </Card>
    }
}

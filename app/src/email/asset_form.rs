//! The fields of an asset, shared by the page that makes one and the page that changes one.

use leptos::prelude::*;
use model::email::{
    address::check_email_address,
    asset::{Asset, DEFAULT_CONNECTIONS, Security, check_smtp_host},
};
use ui::{Choice, EmailInput, NumberInput, PasswordInput, RadioCards, SecretInput, Section, TextInput};

/// Every field; empty for a new asset.
#[component]
pub(super) fn AssetFields(
    /// The asset to change.
    #[prop(optional)]
    asset: Option<Asset>,
    /// A sentence when nothing can be changed.
    #[prop(optional, into)]
    disabled_because: String,
) -> impl IntoView {
    let is_new = asset.is_none();
    let password_set = asset.as_ref().and_then(|asset| asset.password_set.clone());
    let text = |part: fn(&Asset) -> String| asset.as_ref().map(part).unwrap_or_default();
    let (name, email_address, from_name) =
        (text(|asset| asset.name.clone()), text(|asset| asset.email_address.clone()), text(|asset| asset.from_name.clone()));
    let (smtp_host, username) = (text(|asset| asset.smtp_host.clone()), text(|asset| asset.username.clone()));
    let security = asset.as_ref().map_or(Security::default(), |asset| asset.security);
    let port = asset.as_ref().map_or(security.usual_port(), |asset| asset.smtp_port);
    let connections = asset.as_ref().map_or(DEFAULT_CONNECTIONS, |asset| asset.max_connections);
    let because = move || disabled_because.clone();
    let (a, b, c, d, e, f, g) = (because(), because(), because(), because(), because(), because(), because());
    view! {
        <Section title="Address" help="The address your customers write to, and the name they see.">
            <TextInput name="name" label="Name" value=name required=true max_length=120 disabled_because=a
                help="For you and your colleagues; customers never see it."/>
            <EmailInput name="email_address" label="Email address" value=email_address required=true
                placeholder="support@example.com" disabled_because=b
                validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
            <TextInput name="from_name" label="Sender's name" value=from_name max_length=120 disabled_because=c
                help="Shown beside the address in outgoing mail."/>
        </Section>
        <Section title="Outgoing server" help="Switchboard hands your mail to this SMTP server. Your provider's help pages name it.">
            <TextInput name="smtp_host" label="SMTP server" value=smtp_host required=true placeholder="smtp.example.com"
                mono=true disabled_because=d validate=|text: &str| check_smtp_host(&text.trim().to_lowercase()).map(str::to_owned)/>
            <RadioCards name="security" label="Security" value=security.word() options=vec![
                Choice::new(Security::StartTls.word(), Security::StartTls.label()).help("Usual on port 587."),
                Choice::new(Security::Ssl.word(), Security::Ssl.label()).help("Usual on port 465."),
                Choice::new(Security::None.word(), Security::None.label()).help("Only inside a trusted network; port 25."),
            ]/>
            <NumberInput name="smtp_port" label="Port" value=port.to_string() min=1 max=65535 required=true disabled_because=e/>
            <TextInput name="username" label="User name" value=username autocomplete="off" disabled_because=f
                help="Leave empty for a server without authentication."/>
            {match password_set {
                Some(set) => view! {
                    <SecretInput name="password" label="Password" set_text=format!("set {}", set.text) disabled_because=g
                        help="Kept encrypted and never shown again."/>
                }.into_any(),
                None => view! {
                    <PasswordInput name="password" label="Password" autocomplete="new-password"
                        help="Kept encrypted and never shown again."/>
                }.into_any(),
            }}
            <NumberInput name="max_connections" label="Connections at once" value=connections.to_string() min=1 max=32
                help=if is_new { "How many mails may be on their way to the server at the same time." } else { "Lower it when the server asks you to slow down." }/>
        </Section>
    }
}

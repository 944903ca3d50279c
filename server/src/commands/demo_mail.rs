//! The demo's mail: two addresses, customers who write, colleagues who answer, and a mail server that takes everything and keeps nothing.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use futures::future::BoxFuture;
use mail::smtp_in::{Body, Envelope, Intake, Listener, ListenerConfig, Refusal, Verdict};
use model::{
    email::{asset::AssetForm, send::ComposeForm, thread::InboxFilter},
    ids::AssetId,
    people::Capability,
};
use services::{
    Ctx, Principal, Services,
    email::{assets, inbound, inbox, intake, sending},
};

use super::told;

/// Who writes to which address, what about, and what a colleague answered (empty: nobody yet).
struct Letter {
    to: &'static str,
    from: &'static str,
    subject: &'static str,
    html: &'static str,
    answer: &'static str,
}

const LETTERS: &[Letter] = &[
    Letter {
        to: "support@northwind.example",
        from: "Maya Fernandes <maya@fernandes.example>",
        subject: "Tent poles arrived bent",
        html: "<p>Hello,</p><p>my <b>Ridge 3</b> came today and two of its poles are bent. I leave for Sarek on Friday: can you send new ones before?</p><p>Maya</p>",
        answer: "Dear Maya,\n\nnew poles left our warehouse an hour ago and reach you on Wednesday. Keep the bent ones for repairs on the way.\n\nChloé",
    },
    Letter {
        to: "support@northwind.example",
        from: "Jürgen Groß <juergen@gross.example>",
        subject: "Rechnung für Bestellung 20417",
        html: "<p>Guten Tag,</p><p>für die Bestellung <i>20417</i> (214,90 €) fehlt mir die Rechnung mit ausgewiesener Umsatzsteuer.</p><p>Viele Grüße<br>Jürgen Groß</p>",
        answer: "",
    },
    Letter {
        to: "support@northwind.example",
        from: "佐藤 健 <ken@sato.example>",
        subject: "サイズ交換について",
        html: "<p>先週注文したジャケットのサイズを M から L に交換できますか。</p><p>佐藤</p>",
        answer: "",
    },
    Letter {
        to: "repairs@northwind.example",
        from: "Tom Baker <tom@baker.example>",
        subject: "Zip of a Fjord jacket",
        html: "<table border=\"1\" cellpadding=\"6\"><tr><th>Item</th><th>Bought</th><th>Fault</th></tr><tr><td>Fjord jacket, blue</td><td>2023</td><td>Main zip</td></tr></table><p>Is that a repair you do, and what would it cost?</p>",
        answer: "Dear Tom,\n\nwe replace main zips for 35 euros, or for nothing within four years of the purchase: yours is free. Send it to the workshop with this mail printed.\n\nFreja",
    },
    Letter {
        to: "repairs@northwind.example",
        from: "Amélie Roux <amelie@roux.example>",
        subject: "Où en est ma réparation ?",
        html: "<p>Bonjour, mon sac est chez vous depuis trois semaines. Pouvez-vous me dire quand il revient&nbsp;?</p>",
        answer: "",
    },
];

/// Fills the email room.
///
/// # Errors
/// When a use case refuses.
pub async fn fill(services: &Services, owner: &Principal) -> anyhow::Result<()> {
    let server = start_nowhere(services).await?;
    let ctx = owner.clone().authorise(Capability::EmailManage)?;
    let support = asset(services, &ctx, "Support", "support@northwind.example", server).await?;
    let repairs = asset(services, &ctx, "Repairs", "repairs@northwind.example", server).await?;
    receive(services, &ctx, &[("support@northwind.example", support), ("repairs@northwind.example", repairs)], server).await?;
    answer(services, &owner.clone().authorise(Capability::EmailSend)?).await?;
    write(services, &owner.clone().authorise(Capability::EmailSend)?, support).await
}

async fn asset(services: &Services, ctx: &Ctx, name: &str, address: &str, server: SocketAddr) -> anyhow::Result<AssetId> {
    let form = AssetForm {
        name: name.into(),
        email_address: address.into(),
        from_name: format!("Northwind {name}"),
        smtp_host: server.ip().to_string(),
        smtp_port: server.port().to_string(),
        security: "none".into(),
        ..AssetForm::default()
    };
    assets::create(services, ctx, form).await.map_err(told)
}

/// Brings the letters in by the way that real mail takes: the intake, then the worker that reads it.
async fn receive(services: &Services, ctx: &Ctx, known: &[(&str, AssetId)], remote: SocketAddr) -> anyhow::Result<()> {
    let intake = intake::Intake::new(services.clone());
    let zone = services::clock::Zone::utc();
    for (number, letter) in LETTERS.iter().enumerate() {
        let date = zone.mail_date(services.now());
        let (_, id) = known.iter().find(|(address, _)| *address == letter.to).context("a letter to an address of the demo")?;
        let asset = assets::get(services, ctx, *id).await.map_err(told)?;
        let mail = format!(
            "From: {}\r\nTo: {}\r\nDate: {date}\r\nSubject: {}\r\nMessage-ID: <{number}@demo.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
            letter.from, letter.to, letter.subject, letter.html
        );
        let envelope = Envelope {
            from: letter.from.rsplit_once('<').map_or(letter.from, |(_, address)| address.trim_end_matches('>')).to_owned(),
            recipients: vec![asset.forwarding_address],
            remote,
            helo: "demo.example".into(),
            tls: false,
            smtputf8: true,
        };
        intake.accept(envelope, Body::Memory(mail.into_bytes())).await?;
    }
    let worker = inbound::Worker::new(services.clone());
    while worker.step().await.map_err(told)? > 0 {}
    Ok(())
}

/// Colleagues answer some of the conversations and have read them.
async fn answer(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    let threads = inbox::list(services, ctx, &InboxFilter::default()).await.map_err(told)?;
    for row in threads.items {
        let Some(letter) = LETTERS.iter().find(|letter| letter.subject == row.subject && !letter.answer.is_empty()) else { continue };
        inbox::mark_read(services, ctx, row.id).await.map_err(told)?;
        let thread = inbox::thread(services, ctx, row.id).await.map_err(told)?;
        let form = ComposeForm {
            asset: row.asset.to_string(),
            to: thread.reply_to,
            subject: thread.reply_subject,
            text: letter.answer.into(),
            thread: row.id.to_string(),
            ..ComposeForm::default()
        };
        sending::compose(services, ctx, form, Vec::new()).await.map_err(told)?;
    }
    Ok(())
}

/// Mails that began here: one that arrives, one whose recipient does not exist.
async fn write(services: &Services, ctx: &Ctx, asset: AssetId) -> anyhow::Result<()> {
    for (to, subject) in [("press@outdoor-weekly.example", "Autumn catalogue"), ("gone@former.example", "Your warranty ends soon")] {
        let form = ComposeForm {
            asset: asset.to_string(),
            to: to.into(),
            subject: subject.into(),
            html: "<p>Dear reader,</p><p>please find what you asked for below.</p><ul><li>Tents</li><li>Jackets</li></ul>".into(),
            ..ComposeForm::default()
        };
        sending::compose(services, ctx, form, Vec::new()).await.map_err(told)?;
    }
    Ok(())
}

/// Takes mail for everybody but `gone@…`, and drops it.
struct Nowhere;

impl Intake for Nowhere {
    fn recipient<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { if address.starts_with("gone@") { Verdict::Unknown } else { Verdict::Accept } })
    }

    fn accept(&self, _: Envelope, _: Body) -> BoxFuture<'_, Result<String, Refusal>> {
        Box::pin(async { Ok("dropped".to_owned()) })
    }
}

/// The demo's own mail server; it ends with the process.
async fn start_nowhere(services: &Services) -> anyhow::Result<SocketAddr> {
    let zone = services::clock::Zone::utc();
    let clock = services.clock.clone();
    let config = ListenerConfig::new(
        SocketAddr::from(([127, 0, 0, 1], 0)),
        "mail.northwind.example",
        services.blobs.spool_dir(),
        Arc::new(move || zone.mail_date(clock.micros())),
    );
    let listener = Listener::bind(config, Arc::new(Nowhere)).await.context("the demo's mail server")?;
    let address = listener.local_address()?;
    tokio::spawn(listener.run(std::future::pending()));
    Ok(address)
}

//! One SMTP connection at a time, carrying one mail after another.

use std::sync::Arc;

use mail::smtp_out::{Connection, Phase, Route, SendEnvelope, SendError, Sent};

use super::{
    chance,
    claim::{Body, Claimed},
    lane::Lane,
    outcome::{Outcome, conclude, give_back},
    verdict,
};
use crate::{Fault, Services, email::render, error::chain};

/// Sends until the lane has nothing more.
pub(super) async fn run(lane: Arc<Lane>, route: Arc<Route>, from: Arc<str>) {
    let options = lane.shared.options.clone();
    let server = format!("{}:{}", route.host, route.port);
    let mut line = Line { connection: None, used: 0, most: options.mails_per_connection };
    while let Some(mail) = lane.next(options.idle).await {
        let services = &lane.shared.services;
        if !lane.shared.lease_is_good(&mail) {
            // Another process may have it by now; then giving it back changes nothing.
            let now = services.now();
            lane.done(give_back(mail, "", now, now), false).await;
            continue;
        }
        let offered = mail.recipients.envelope(&mail.body.content);
        let message = match wire(services, &mail).await {
            Ok(message) => message,
            Err(Unready::Broken(why)) => {
                let verdict = verdict::of_send(Err(SendError::Unsupported { what: why }), &offered);
                let outcome = conclude(mail, verdict, services.now(), chance(services), &server);
                lane.done(outcome, false).await;
                continue;
            }
            Err(Unready::Later) => {
                let now = services.now();
                lane.done(give_back(mail, "The attachments cannot be read at the moment.", now + crate::clock::MINUTE, now), false).await;
                continue;
            }
        };
        let envelope = SendEnvelope { from: Some(from.to_string()), to: offered };
        let (result, connected) = line.send(&lane, &route, &envelope, &message).await;
        let answered = connected && !matches!(result, Err(SendError::Lost { .. } | SendError::Timeout { .. }));
        let outcome = judge(&lane, mail, result, connected, &envelope.to, &server);
        lane.done(outcome, answered).await;
    }
    line.close().await;
}

fn judge(lane: &Lane, mail: Claimed, result: Result<Sent, SendError>, connected: bool, offered: &[String], server: &str) -> Outcome {
    let services = &lane.shared.services;
    let verdict = match result {
        Err(error) if !connected => verdict::of_no_connection(&error, offered),
        result => verdict::of_send(result, offered),
    };
    if let Some(hold) = verdict.hold {
        lane.hold(hold, &verdict.words);
    }
    conclude(mail, verdict, services.now(), chance(services), server)
}

/// The connection and how often it was used.
struct Line {
    connection: Option<Connection>,
    used: u32,
    most: u32,
}

impl Line {
    /// Sends over the open connection or a new one; also whether a connection stood.
    async fn send(&mut self, lane: &Lane, route: &Route, envelope: &SendEnvelope, message: &[u8]) -> (Result<Sent, SendError>, bool) {
        if self.used >= self.most {
            self.close().await;
        }
        let reused = self.connection.as_ref().is_some_and(Connection::is_reusable);
        match self.once(lane, route, envelope, message).await {
            // The server had closed the idle connection: it never heard of this mail, so a new connection tries at once.
            (Err(SendError::Lost { step: Phase::Envelope, .. }), true) if reused => {
                self.connection = None;
                self.once(lane, route, envelope, message).await
            }
            other => other,
        }
    }

    async fn once(&mut self, lane: &Lane, route: &Route, envelope: &SendEnvelope, message: &[u8]) -> (Result<Sent, SendError>, bool) {
        let mut connection = match self.connection.take().filter(Connection::is_reusable) {
            Some(connection) => connection,
            None => match Connection::open(route, &lane.shared.services.tls).await {
                Ok(connection) => {
                    self.used = 0;
                    connection
                }
                Err(error) => return (Err(error), false),
            },
        };
        self.used += 1;
        let result = connection.send(envelope, message).await;
        if connection.is_reusable() {
            self.connection = Some(connection);
        }
        (result, true)
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}

/// Why there is nothing to offer.
enum Unready {
    /// It never will be.
    Broken(String),
    /// The disk does not answer.
    Later,
}

async fn wire(services: &Services, mail: &Claimed) -> Result<Vec<u8>, Unready> {
    let files = match mail.body.files.get_or_try_init(|| files_of(services, &mail.body)).await {
        Ok(files) => files,
        Err(fault) => {
            tracing::error!(error = %chain(&fault), message = %mail.id, "attachments cannot be read");
            return Err(Unready::Later);
        }
    };
    let wire = render::Wire {
        content: &mail.body.content,
        templates: &mail.body.templates,
        recipients: &mail.recipients,
        message_id_header: &mail.message_id_header,
        date_micros: mail.accepted_micros,
        files,
    };
    render::bytes(&wire).map_err(|problem| Unready::Broken(problem.to_string()))
}

async fn files_of(services: &Services, body: &Body) -> Result<Vec<Arc<Vec<u8>>>, Fault> {
    let mut files = Vec::with_capacity(body.content.attachments.len());
    for file in &body.content.attachments {
        files.push(Arc::new(services.blobs.read(&file.blob).await?));
    }
    Ok(files)
}

//! `switchboard serve`

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use futures::future::BoxFuture;
use mail::smtp_in::{Event, Listener, ListenerConfig, tls};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use services::{Services, access, audit, auth, email, error::chain, people, tenant};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    assets::Assets,
    cli::print,
    config::Config,
    http::{self, Edge},
    wiring,
};

/// For everything together to end after SIGTERM; the contract says 10 s.
const DRAIN: Duration = Duration::from_secs(9);
/// Buckets of request times, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Between two rounds of clearing away.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Rounds between two sweeps of what sign-in left.
const SWEEP_ROUNDS: u32 = 30;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// What keeps it from starting.
pub async fn run(config: Config) -> anyhow::Result<()> {
    run_with(config, |_| Box::pin(async { Ok(()) })).await
}

/// [`run`] with something to do before the first request is taken.
pub(super) async fn run_with(config: Config, prepare: impl FnOnce(&Services) -> BoxFuture<'_, anyhow::Result<()>>) -> anyhow::Result<()> {
    let metrics = start_metrics()?;
    // Told once; an error means that it was told before.
    let _ = any_spawner::Executor::init_tokio();
    let listener = TcpListener::bind(config.http_addr).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on; set SWITCHBOARD_HTTP_ADDR", config.http_addr))?;
    let address = listener.local_addr()?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let services = wiring::open(&config, public_url.clone()).await?;
    prepare(&services).await?;
    let shutdown = CancellationToken::new();
    let mut work = JoinSet::new();
    start_mail(&config, &services, &shutdown, &mut work).await?;
    work.spawn(people::profiles::Worker::new(services.clone()).run(shutdown.clone()));
    work.spawn(people::Worker::new(services.clone()).run(shutdown.clone()));
    work.spawn(housekeeping(services.clone(), metrics.clone(), shutdown.clone()));
    let edge = Edge {
        services: services.clone(),
        assets: Assets::new(config.web_dir.clone()),
        secure: config.secure(),
        trusted_proxies: config.trusted_proxies.clone(),
        metrics_token: config.metrics_token,
        metrics,
        open_pages: Arc::default(),
        shutdown: shutdown.clone(),
    };
    if !edge.assets.has_web_build() {
        tracing::warn!("there is no web build: pages read and forms post, nothing more; set SWITCHBOARD_WEB_DIR");
    }
    // Asked before requests are taken: whoever has been served once is not left by a database that goes away a moment later.
    let first_run = auth::first_run_link(&services).await.map_err(super::told)?;
    work.spawn(http::listen::serve(listener, http::router(Arc::new(edge)), shutdown.clone(), DRAIN));
    announce(&public_url, first_run)?;
    until_told(&shutdown).await?;
    finish(work).await;
    services.db.close().await;
    tracing::info!("ended");
    Ok(())
}

fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new().set_buckets(BUCKETS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("the counters were started twice"))?;
    Ok(handle)
}

/// The SMTP listener and the workers behind it and before it.
async fn start_mail(config: &Config, services: &Services, shutdown: &CancellationToken, work: &mut JoinSet<()>) -> anyhow::Result<()> {
    work.spawn(email::outbox::Worker::new(services.clone()).run(shutdown.clone()));
    work.spawn(email::inbound::Worker::new(services.clone()).run(shutdown.clone()));
    work.spawn(email::schedules::Worker::new(services.clone()).run(shutdown.clone()));
    let Some(address) = config.smtp_addr else { return Ok(()) };
    let zone = services::clock::Zone::utc();
    let clock = services.clock.clone();
    let timestamp = Arc::new(move || zone.mail_date(clock.micros()));
    let mut listener = ListenerConfig::new(address, config.mail_host_name.clone(), services.blobs.spool_dir(), timestamp);
    listener.tls = Some(match &config.smtp_tls {
        Some((certificates, key)) => tls::from_pem_files(certificates, key).context("the certificate for incoming mail")?,
        None => wiring::own_certificate(&config.mail_host_name, &services.clock)?.config,
    });
    listener.observer = Some(Arc::new(count));
    let intake = Arc::new(email::intake::Intake::new(services.clone()));
    let bound = Listener::bind(listener, intake).await;
    let bound = bound.with_context(|| format!("{address} cannot be listened on; set SWITCHBOARD_SMTP_ADDR, or `off`"))?;
    tracing::info!(address = %bound.local_address()?, "taking mail");
    let stop = shutdown.clone();
    work.spawn(async move { bound.run(stop.cancelled_owned()).await });
    Ok(())
}

fn count(event: Event) {
    match event {
        Event::Connected => metrics::counter!("smtp_in_connections_total").increment(1),
        Event::Overloaded => metrics::counter!("smtp_in_overloaded_total").increment(1),
        Event::Accepted { bytes } => {
            metrics::counter!("smtp_in_messages_total").increment(1);
            metrics::counter!("smtp_in_bytes_total").increment(bytes);
        }
        Event::Refused { code } => metrics::counter!("smtp_in_refused_total", "code" => code.to_string()).increment(1),
        Event::Disconnected => metrics::counter!("smtp_in_disconnections_total").increment(1),
    }
}

/// What nobody waits for: files without rows, forgotten sign-in counts, audit entries whose time is over, the counters' own upkeep.
async fn housekeeping(services: Services, metrics: PrometheusHandle, shutdown: CancellationToken) {
    let mut round = 0_u32;
    loop {
        // At the start too: what a release before wrote is linked at once.
        if let Err(fault) = audit::adopt(&services).await {
            tracing::warn!(error = %chain(&fault), "linking the audit log waits for the next round");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        metrics.run_upkeep();
        if let Err(fault) = email::cleanup::run_due(&services).await {
            tracing::warn!(error = %chain(&fault), "clearing files away waits for the next round");
        }
        if let Err(fault) = auth::send_due_mail(&services).await {
            tracing::warn!(error = %chain(&fault), "mail of sign-in waits for the next round");
        }
        if let Err(fault) = access::settle(&services).await {
            tracing::warn!(error = %chain(&fault), "writing the end of visits waits for the next round");
        }
        if round.is_multiple_of(SWEEP_ROUNDS)
            && let Err(fault) = access::sweep(&services).await
        {
            tracing::warn!(error = %chain(&fault), "clearing links away waits for the next round");
        }
        if round.is_multiple_of(SWEEP_ROUNDS)
            && let Err(fault) = auth::sweep(&services).await
        {
            tracing::warn!(error = %chain(&fault), "clearing sign-ins away waits for the next round");
        }
        if let Err(fault) = tenant::profile_key::sweep(&services).await {
            tracing::warn!(error = %chain(&fault), "clearing ended profile keys away waits for the next round");
        }
        if let Err(fault) = people::profiles::sweep(&services).await {
            tracing::warn!(error = %chain(&fault), "clearing outcomes of the profile API away waits for the next round");
        }
        if round.is_multiple_of(SWEEP_ROUNDS)
            && let Err(fault) = people::sweep(&services).await
        {
            tracing::warn!(error = %chain(&fault), "clearing imports of people away waits for the next round");
        }
        if round.is_multiple_of(SWEEP_ROUNDS)
            && let Err(fault) = audit::sweep(&services).await
        {
            tracing::warn!(error = %chain(&fault), "letting old audit entries go waits for the next round");
        }
        round = round.wrapping_add(1);
    }
}

/// What somebody at the terminal needs to know.
fn announce(public_url: &str, first_run: Option<String>) -> anyhow::Result<()> {
    print(&format!("Switchboard is ready at {public_url}"))?;
    if let Some(token) = first_run {
        print(&format!("First run: {public_url}/first-run/{token}"))?;
    }
    Ok(())
}

/// Waits for SIGTERM or SIGINT, then tells everything to end.
async fn until_told(shutdown: &CancellationToken) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("ending: taking nothing new, finishing what is on its way");
    shutdown.cancel();
    Ok(())
}

/// Lets all work end; what has not ended in time is cut off.
async fn finish(mut work: JoinSet<()>) {
    let all = async {
        while let Some(ended) = work.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "background work ended badly");
            }
        }
    };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::warn!("some work did not end in time and was cut off");
    }
}

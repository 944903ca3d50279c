//! From start to ready, and the memory of an idle server.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::{Bar, Line, real};
use crate::switchboard::{Database, Setup};

/// Median of seven starts on a database that exists already; resident memory three seconds later.
///
/// # Errors
/// When the server does not start.
pub async fn measure(folder: &Path) -> Result<Vec<Line>> {
    let home = folder.join("start");
    std::fs::create_dir_all(&home)?;
    let setup = Setup::new(&home, Database::Sqlite)?;
    setup.owner_token("Bench", "owner@bench.example")?;
    let mut times = Vec::new();
    let mut resident = 0;
    for round in 0..7 {
        let server = setup.serve().await?;
        times.push(server.ready_after);
        if round == 6 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            resident = server.process.resident_bytes();
        }
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(vec![
        Line {
            name: "start to ready",
            ours: format!("{} ms", median.as_millis()),
            yardstick: "300 ms".into(),
            ratio: median.as_secs_f64() / 0.3,
            bar: Bar::AtMost(1.0),
        },
        Line {
            name: "idle memory",
            ours: format!("{:.1} MB", real(resident) / 1e6),
            yardstick: "60 MB".into(),
            ratio: real(resident) / 60e6,
            bar: Bar::AtMost(1.0),
        },
    ])
}

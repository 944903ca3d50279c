//! `make bench`: each number of DESIGN's table that this build can be held to, as a ratio against its yardstick measured in the same run.

use anyhow::Result;
use tests::bench::{Line, inbound, load, outbound, pages, start};

#[tokio::main]
async fn main() -> Result<()> {
    // On the disk that data would live on: a memory file system would flatter every commit.
    let folder = tempfile::Builder::new()
        .prefix("switchboard-bench-")
        .tempdir_in(std::env::var("SWITCHBOARD_BENCH_DIR").unwrap_or_else(|_| "/var/tmp".into()))?;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let want = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let mut lines = Vec::new();
    // Each as soon as it is known: a part that fails later takes nothing away.
    let mut tell = |measured: Vec<Line>| {
        for line in &measured {
            println!("{line}");
        }
        lines.extend(measured);
    };
    println!("\n{}", Line::HEADER);
    if want("start") {
        tell(start::measure(folder.path()).await?);
    }
    if want("pages") {
        tell(pages::measure(folder.path()).await?);
    }
    if want("outbound") {
        tell(outbound::measure(folder.path()).await?);
    }
    if want("inbound") {
        tell(inbound::measure(folder.path()).await?);
    }
    for (name, what) in [("sign_in", load::What::SignIn), ("profile", load::What::Profile), ("audit", load::What::Audit)] {
        if want(name) {
            tell(load::measure(folder.path(), what).await?);
        }
    }
    let missed = lines.iter().filter(|line| !line.reached()).count();
    println!("\n{} of {} bars reached", lines.len() - missed, lines.len());
    Ok(())
}

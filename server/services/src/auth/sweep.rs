//! Clearing away what no sign-in needs any more.

use super::{history, sessions, store, throttle};
use crate::{Fault, Services};

/// Rows removed per kind and call; whatever is left waits for the next one.
const AT_MOST: i64 = 1000;

/// Removes forgotten throttle counts, sessions whose absolute end lies a full session behind, links and tickets that have ended, sign-ins at a
/// provider that ended nowhere, and history past its time. To be run now and then
/// (hourly is plenty): anybody can add a throttle row by typing an address. Tells how many rows went.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    let now = services.now();
    let counts = store::sweep_throttle(&services.db, now - throttle::MEMORY_MICROS, AT_MOST).await?;
    let ended = store::sweep_sessions(&services.db, now - sessions::ABSOLUTE_MICROS, AT_MOST).await?;
    let stale = store::sweep_steps(&services.db, now, now - history::KEPT_MICROS, AT_MOST).await?;
    let left = store::sweep_underway(&services.db, now, AT_MOST).await?;
    Ok(counts + ended + stale + left)
}

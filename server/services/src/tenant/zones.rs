//! The time zones to choose from.

use model::tenant::ZoneChoice;

use crate::{Ctx, Fault, Services, clock::Zone};

/// Every zone of the database by name, each with its time, its offset and its next change at this moment.
///
/// # Errors
/// None at present.
pub async fn list_zones(services: &Services, _ctx: &Ctx) -> Result<Vec<ZoneChoice>, Fault> {
    let now = services.now();
    let zones = Zone::names().into_iter().filter_map(|name| Zone::find(&name).ok());
    let mut choices: Vec<_> =
        zones.map(|zone| ZoneChoice { name: zone.name().to_owned(), about: zone.about(now), words: zone.abbreviations(now) }).collect();
    choices.sort_by(|one, other| one.name.cmp(&other.name));
    choices.dedup_by(|one, other| one.name == other.name);
    Ok(choices)
}

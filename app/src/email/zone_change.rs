//! For the settings of the organisation: what becomes of schedules when its zone changes.

use leptos::prelude::*;
use model::email::schedule::{Rezone, ZonedSchedules};
use ui::{Alert, Choice, RadioCards, Section, Tone};

use super::when_fields::with_offset;

/// Asks about the schedules in the present zone; nothing when there are none. Posts `schedules`.
#[component]
pub fn SchedulesOnZoneChange(
    /// The schedules.
    schedules: ZonedSchedules,
) -> impl IntoView {
    let ZonedSchedules { zone, count, first } = schedules;
    (count > 0).then(|| {
        let title = if count == 1 { format!("One scheduled mail runs by the clock in {zone}.") } else { format!("{count} scheduled mails run by the clock in {zone}.") };
        let named: Vec<_> = first
            .iter()
            .map(|schedule| match &schedule.next {
                Some(next) => format!("“{}” (next {})", schedule.subject, with_offset(next)),
                None => format!("“{}” ({})", schedule.subject, schedule.status.label().to_lowercase()),
            })
            .collect();
        let more = usize::try_from(count).unwrap_or_default().saturating_sub(named.len());
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let sentence = format!("{}{more}.", named.join(", "));
        let offer = |policy: &Rezone| {
            let help = match policy {
                Rezone::KeepWallClock => "09:30 stays 09:30, in the new zone.",
                Rezone::KeepZone => "They stay in their zone, and so at the same moments.",
            };
            Choice::new(policy.word(), policy.label()).help(help)
        };
        let choices: Vec<_> = Rezone::ALL.iter().map(offer).collect();
        view! {
            <Section title="Scheduled mail" help="When you choose another time zone, say what happens to the mail that is scheduled in the present one.">
                <Alert tone=Tone::Info title=title sentence=sentence/>
                <RadioCards name="schedules" label="When the time zone changes" options=choices/>
            </Section>
        }
    })
}

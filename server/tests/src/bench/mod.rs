//! Measurements against yardsticks.

pub mod inbound;
pub mod load;
pub mod outbound;
pub mod pages;
pub mod start;

use std::fmt;

/// One measured number with its bar.
pub struct Line {
    /// What was measured.
    pub name: &'static str,
    /// Ours, with its unit.
    pub ours: String,
    /// The yardstick, with its unit.
    pub yardstick: String,
    /// Ours against the yardstick; what a good value is stands in `bar`.
    pub ratio: f64,
    /// The bar on the ratio.
    pub bar: Bar,
}

/// Which side of the bar is good.
#[derive(Clone, Copy)]
pub enum Bar {
    /// The ratio must be at least this.
    AtLeast(f64),
    /// The ratio must be at most this.
    AtMost(f64),
}

impl Line {
    /// Heading of the table.
    pub const HEADER: &'static str =
        "measure                                  | ours                 | yardstick                      |  ratio | bar     |";

    /// Whether the bar is reached.
    pub fn reached(&self) -> bool {
        match self.bar {
            Bar::AtLeast(bar) => self.ratio >= bar,
            Bar::AtMost(bar) => self.ratio <= bar,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bar = match self.bar {
            Bar::AtLeast(bar) => format!("≥ {bar:.2}"),
            Bar::AtMost(bar) => format!("≤ {bar:.2}"),
        };
        let verdict = if self.reached() { "reached" } else { "MISSED" };
        write!(f, "{:<40} | {:<20} | {:<30} | {:>6.2} | {:<7} | {verdict}", self.name, self.ours, self.yardstick, self.ratio, bar)
    }
}

/// A count as a ratio's half: exact far beyond any number measured here.
#[expect(clippy::cast_precision_loss, reason = "counts here stay far below 2^52")]
pub fn real(count: u64) -> f64 {
    count as f64
}

//! What the whole console does: announcements, shortcuts, the command palette, themes.

mod announcer;
mod fuzzy;
mod palette;
mod provider;
mod sheet;
mod shortcuts;
mod theme;

pub use announcer::*;
pub use fuzzy::*;
pub use palette::*;
pub use provider::*;
pub use sheet::*;
pub use shortcuts::*;
pub use theme::*;

//! How a page is laid out: the frame, the header, sections, and the few ways of putting things beside each other.

mod arrange;
mod frame;
mod header;
mod navigation;
mod section;
mod tabs;

pub use arrange::*;
pub use frame::*;
pub use header::*;
pub use navigation::*;
pub use section::*;
pub use tabs::*;

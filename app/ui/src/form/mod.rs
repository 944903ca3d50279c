//! Forms: real `<form>`s that post before the WASM arrives, and get better with it.

mod chips;
mod choice;
mod combobox;
mod context;
mod field;
mod file;
mod guard;
mod moment;
mod password;
mod rich_text;
mod sanitize;
mod save_bar;
mod secret;
mod text;
mod unsaved;
mod wrapper;

pub use chips::*;
pub use choice::*;
pub use combobox::*;
pub use context::{FieldProblem, FormContext, Validator, use_dirty};
pub use field::*;
pub use file::*;
pub use guard::*;
pub use moment::*;
pub use password::*;
pub use rich_text::*;
pub use save_bar::*;
pub use secret::*;
pub use text::*;
pub use unsaved::*;
pub use wrapper::*;

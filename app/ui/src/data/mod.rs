//! Showing data: tables, lists, figures, steps.

mod code;
mod empty;
mod figures;
mod filter_bar;
mod frame;
mod item_list;
mod key_value;
mod list_url;
mod matrix;
mod pager;
mod plain_text;
mod security;
mod skeleton;
mod table;
mod ticks;
mod timeline;

pub use code::*;
pub use empty::*;
pub use figures::*;
pub use filter_bar::*;
pub use frame::*;
pub use item_list::*;
pub use key_value::*;
pub use list_url::*;
pub use matrix::*;
pub use pager::*;
pub use plain_text::*;
pub use security::*;
pub use skeleton::*;
pub use table::*;
pub use ticks::*;
pub use timeline::*;

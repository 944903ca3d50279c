//! Telling a person what is, what happened, and asking before something happens.

mod alert;
mod badge;
mod copy;
mod dialog;
mod error_page;
mod menu;
mod small;
mod toast;

pub use alert::*;
pub use badge::*;
pub use copy::*;
pub use dialog::*;
pub use error_page::*;
pub use menu::*;
pub use small::*;
pub use toast::*;

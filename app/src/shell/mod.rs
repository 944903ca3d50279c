//! The frame around the rooms: document, routes, navigation, who is signed in, and what all rooms share.

mod app;
mod blank;
mod commands;
mod errors;
mod following;
mod form;
mod frame;
mod gallery;
mod live;
mod load;
mod overview;
mod parts;
mod post_button;
mod rooms;
mod session;
mod upload;
mod wire;

#[cfg(feature = "ssr")]
pub mod cookies;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod server;

pub use app::App;
pub use blank::BlankPage;
pub use errors::{NotFoundPage, ProblemView, set_status};
pub use form::{FormState, query_pairs};
pub use live::{followed, use_live};
pub use load::{Loaded, suspended};
pub use parts::Screen;
pub use post_button::PostButton;
pub use rooms::{Endpoint, Guard, Navigation, PageEntry, ROOMS, Room, endpoint_guard, page_guard, page_pattern, pages};
pub use session::{Flash, Session, leave_for, local_path, use_me, use_session};
pub use upload::UploadState;
pub use wire::call;

#[cfg(feature = "ssr")]
pub use cookies::{
    begin_operator, begin_session, begin_step, begin_visit, end_operator, end_session, end_step, end_visit, remember_theme, step_ticket,
};
#[cfg(feature = "ssr")]
pub use document::{WebBuild, document};
#[cfg(feature = "ssr")]
pub use server::{RequestState, Typed, authorise, operator, public, told};

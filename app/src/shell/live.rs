//! Live events in the browser: one connection for the page, held while somebody looks at it.
//!
//! A page that nobody looks at holds none: browsers allow a host few connections at once over HTTP/1.1, and a hidden page catches up when
//! it is looked at again.

use leptos::prelude::*;
use model::live::{Kind, SUPERSEDED};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventSource;

/// Where they come from.
const ADDRESS: &str = "/events";

/// What was heard so far, by kind.
#[derive(Clone, Copy)]
pub(super) struct Live {
    heard: [RwSignal<u32>; Kind::ALL.len()],
    /// Whether there was a connection before: after a gap nobody knows what was missed.
    opened: StoredValue<bool>,
}

/// Grows each time something of this kind may have changed, and after every gap in the connection. Read it in the source of a resource or
/// in an effect, and ask for what you show: it may grow for nothing.
///
/// On the server: stays 0.
pub fn use_live(kind: Kind) -> Signal<u32> {
    use_context::<Live>().and_then(|live| live.heard.get(kind.index()).copied()).map_or_else(|| Signal::derive(|| 0), Into::into)
}

/// A count for [`Loaded::renewed`](super::Loaded::renewed) that grows with `here`, for what happens on this page itself, and with [`use_live`].
/// What is heard while `may` says no is caught up on once it says yes.
pub fn followed(kind: Kind, here: RwSignal<u32>, may: impl Fn() -> bool + 'static) -> RwSignal<u32> {
    let (live, both) = (use_live(kind), RwSignal::new(0));
    Effect::new(move |before: Option<(u32, u32)>| {
        let (heard, done) = (live.get(), here.get());
        let heard = if may() { heard } else { before.map_or(heard, |(heard, _)| heard) };
        if before.is_some_and(|before| before != (heard, done)) {
            both.update(|count| *count += 1);
        }
        (heard, done)
    });
    both
}

impl Live {
    /// Makes the signals known to every page and connects while the page is visible.
    pub(super) fn provide() {
        let live = Self { heard: Kind::ALL.map(|_| RwSignal::new(0)), opened: StoredValue::new(false) };
        provide_context(live);
        Effect::new(move |_| live.connect_while_visible());
    }

    fn connect_while_visible(self) {
        let connection = StoredValue::new_local(None::<Connection>);
        let look = move || match (document().hidden(), connection.with_value(Option::is_some)) {
            (true, true) => connection.set_value(None),
            (false, false) => connection.set_value(Connection::open(self)),
            _ => {}
        };
        look();
        let listener = window_event_listener_untyped("visibilitychange", move |_| look());
        on_cleanup(move || listener.remove());
    }

    fn grow(self, kind: Kind) {
        if let Some(count) = self.heard.get(kind.index()) {
            // `None`: the frame is gone already.
            let _ = count.try_update(|count| *count = count.wrapping_add(1));
        }
    }

    fn begun(self) {
        if self.opened.try_update_value(|opened| std::mem::replace(opened, true)) == Some(true) {
            Kind::ALL.into_iter().for_each(|kind| self.grow(kind));
        } else {
            // Between the making of the page and now the zone may have changed; other kinds are looked at by who shows them.
            self.grow(Kind::TenantChanged);
        }
    }
}

/// An open connection; closed when it is dropped.
struct Connection {
    source: EventSource,
    /// Kept alive as long as the source calls them.
    _handlers: Vec<Closure<dyn Fn()>>,
}

impl Connection {
    fn open(live: Live) -> Option<Self> {
        let source = EventSource::new(ADDRESS).ok()?;
        let mut handlers = Vec::new();
        let mut on = |event: &str, handle: Box<dyn Fn()>| {
            let closure = Closure::wrap(handle);
            let _ = source.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
            handlers.push(closure);
        };
        on("open", Box::new(move || live.begun()));
        for kind in Kind::ALL {
            let own = source.clone();
            let handle = move || {
                if kind == Kind::SessionEnded {
                    own.close();
                }
                live.grow(kind);
            };
            on(kind.word(), Box::new(handle));
        }
        let own = source.clone();
        on(SUPERSEDED, Box::new(move || own.close()));
        let own = source.clone();
        let refused = move || {
            // A lost connection is made anew by the browser; a refusal is for good, mostly because the session has ended.
            if own.ready_state() == EventSource::CLOSED {
                live.grow(Kind::SessionEnded);
            }
        };
        on("error", Box::new(refused));
        Some(Self { source, _handlers: handlers })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}

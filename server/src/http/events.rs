//! Live events for open pages, as server-sent events (WHATWG HTML, section 9.2).
//!
//! A page holds one connection while somebody looks at it. An event names a kind and the tenant, nothing more: the page asks for the
//! content with its own rights. Before each word the session is looked at again, so a page whose session ended hears that and nothing else.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures::stream::unfold;
use model::{Problem, ids::TenantId, live};
use services::{RequestInfo, ctx::Proof, events::Subscription};
use tokio_util::sync::CancellationToken;

use super::{SharedEdge, answer};

/// `GET /events`
pub const EVENTS: &str = "/events";

/// Between two words at most: proxies cut silent connections, a dead one is noticed by writing, an ended session by looking.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Between two words at least; what happens meanwhile is told together.
const SPACING: Duration = Duration::from_millis(150);
/// Open pages of one person that are told at once. One more, and the oldest gives way.
const PAGES_EACH: usize = 8;
/// Open pages of this process; above that, a page is turned away and asks again when it is looked at.
const PAGES: usize = 2048;
/// What a browser waits before it comes back, in milliseconds.
const COME_BACK: &str = "retry: 2000\n\n";

/// The open pages of this process.
#[derive(Default)]
pub struct OpenPages {
    people: Mutex<People>,
}

#[derive(Default)]
struct People {
    /// By person or session, the oldest page first.
    pages: HashMap<String, VecDeque<(u64, CancellationToken)>>,
    count: usize,
    next: u64,
}

impl OpenPages {
    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more page; `None` when there is none.
    fn enter(self: &Arc<Self>, who: String) -> Option<Place> {
        let mut people = self.people();
        if people.count >= PAGES {
            return None;
        }
        people.next += 1;
        people.count += 1;
        let (number, superseded) = (people.next, CancellationToken::new());
        let pages = people.pages.entry(who.clone()).or_default();
        pages.push_back((number, superseded.clone()));
        // Those told before may not have left yet.
        let too_many = pages.len().saturating_sub(PAGES_EACH);
        pages.iter().take(too_many).for_each(|(_, oldest)| oldest.cancel());
        drop(people);
        Some(Place { all: Arc::clone(self), who, number, superseded })
    }
}

/// A page's place; given back when it is dropped.
struct Place {
    all: Arc<OpenPages>,
    who: String,
    number: u64,
    superseded: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut people = self.all.people();
        people.count = people.count.saturating_sub(1);
        if let Some(pages) = people.pages.get_mut(&self.who) {
            pages.retain(|(number, _)| *number != self.number);
            if pages.is_empty() {
                people.pages.remove(&self.who);
            }
        }
    }
}

/// One connection.
struct Connection {
    edge: SharedEdge,
    subscription: Subscription,
    place: Place,
    tenant: TenantId,
    /// Of the request: the cookie is recognised again and again.
    headers: HeaderMap,
    info: RequestInfo,
}

/// What is written next.
enum Word {
    Event(&'static str),
    Heartbeat,
    /// The last one.
    Last(&'static str),
    /// Nothing more, without a word: the browser comes back, to this process's successor.
    End,
}

/// Live events of the caller's tenant.
///
/// **For sessions**: an API token has no page and answers 409. Ends at shutdown and with the session.
pub async fn events(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let info = edge.request_info(&parts);
    match open(edge, &parts.headers, info).await {
        Ok(connection) => streamed(connection),
        Err(problem) => answer::refuse(&problem, &parts.headers),
    }
}

async fn open(edge: SharedEdge, headers: &HeaderMap, info: RequestInfo) -> Result<Connection, Problem> {
    let principal = edge.recognise_quietly(headers, info.clone()).await?.ok_or(Problem::Unauthenticated)?;
    if matches!(principal.proof(), Proof::Token(_)) {
        return Err(Problem::Conflict { what: "Live events are for the pages of the console; a script asks for what it needs.".into() });
    }
    let who = principal.user().map_or_else(|| format!("{:?}", principal.proof()), |user| user.to_string());
    let place = edge.open_pages.enter(who).ok_or(Problem::Busy { retry_after_seconds: 30 })?;
    let subscription = Subscription::open(&edge.services.db, principal.tenant());
    // Only what is needed to be recognised again.
    let headers = headers.get_all(header::COOKIE).iter().map(|value| (header::COOKIE, value.clone())).collect();
    Ok(Connection { subscription, place, tenant: principal.tenant(), headers, info, edge })
}

fn streamed(connection: Connection) -> Response {
    let first = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(COME_BACK.as_bytes()))]);
    let rest = unfold(Some(connection), |connection| async move {
        let mut connection = connection?;
        let (text, connection) = match connection.next().await {
            Word::Event(word) => (connection.event(word), Some(connection)),
            Word::Heartbeat => (":\n\n".to_owned(), Some(connection)),
            Word::Last(word) => (connection.event(word), None),
            Word::End => return None,
        };
        Some((Ok(Bytes::from(text)), connection))
    });
    let mut response = Response::new(Body::from_stream(futures::StreamExt::chain(first, rest)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would collect the words otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

impl Connection {
    fn event(&self, word: &str) -> String {
        format!("event: {word}\ndata: {}\n\n", self.tenant)
    }

    async fn next(&mut self) -> Word {
        // Apart from each other: the subscription may not be lent to another thread.
        let Self { edge, place, subscription, tenant, headers, info } = self;
        let heard = tokio::select! {
            () = edge.shutdown.cancelled() => return Word::End,
            () = place.superseded.cancelled() => return Word::Last(live::SUPERSEDED),
            heard = async {
                tokio::time::sleep(SPACING).await;
                subscription.next(HEARTBEAT).await
            } => heard,
        };
        match (still_signed_in(edge, headers, info, *tenant).await, heard) {
            (false, _) => Word::Last(live::Kind::SessionEnded.word()),
            // Somebody else's.
            (true, None | Some(live::Kind::SessionEnded)) => Word::Heartbeat,
            (true, Some(kind)) => Word::Event(kind.word()),
        }
    }
}

/// A database that does not answer for a moment signs nobody out.
async fn still_signed_in(edge: &SharedEdge, headers: &HeaderMap, info: &RequestInfo, tenant: TenantId) -> bool {
    match edge.recognise_quietly(headers, info.clone()).await {
        Ok(found) => found.is_some_and(|principal| principal.tenant() == tenant),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_page_gives_way_and_places_are_given_back() {
        let all = Arc::new(OpenPages::default());
        let mut ann: Vec<_> = (0..PAGES_EACH).filter_map(|_| all.enter("ann".into())).collect();
        assert_eq!(ann.len(), PAGES_EACH);
        assert!(ann.iter().all(|place| !place.superseded.is_cancelled()));
        let bob = all.enter("bob".into());
        ann.extend(all.enter("ann".into()));
        let given_way: Vec<_> = ann.iter().map(|place| place.superseded.is_cancelled()).collect();
        assert_eq!(given_way.iter().position(|gone| *gone), Some(0), "{given_way:?}");
        assert_eq!(given_way.iter().filter(|gone| **gone).count(), 1);
        ann.extend(all.enter("ann".into()));
        assert_eq!(ann.iter().filter(|place| place.superseded.is_cancelled()).count(), 2, "one more gives way though the first has not left");
        assert!(bob.is_some_and(|place| !place.superseded.is_cancelled()));
        drop(ann);
        let people = all.people();
        assert_eq!((people.pages.len(), people.count), (0, 0));
    }

    #[test]
    fn a_full_process_turns_the_next_page_away() {
        let all = Arc::new(OpenPages::default());
        let held: Vec<_> = (0..PAGES).filter_map(|number| all.enter(number.to_string())).collect();
        assert_eq!(held.len(), PAGES);
        assert!(all.enter("one more".into()).is_none());
        drop(held);
        assert!(all.enter("one more".into()).is_some());
    }
}

//! The events of one feed. The next are read when the last were taken: a slow client costs no memory.

use crate::access::Caller;
use crate::ledger::EntryView;
use crate::places::Place;
use crate::server::Server;
use bytes::Bytes;
use cofferdam_journal::Entry;
use cofferdam_journal::filter::Filter;
use futures_util::Stream;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Entries in one piece of the answer. An entry has up to 32 KiB, and each feed holds one piece.
const AT_ONCE: usize = 16;
/// Entries looked at before others get their turn.
const LOOK: usize = 2048;
/// Entries that were passed over before the client is told how far it is.
const PASSED: u64 = 500;
/// How often it is asked whether the caller is still one.
const ASK: Duration = Duration::from_millis(400);
/// Milliseconds after which a browser whose connection broke comes again.
const AGAIN_MS: u64 = 1000;

struct Feed {
    server: Arc<Server>,
    caller: Caller,
    filter: Option<Arc<Filter<Entry>>>,
    /// The next position to look at.
    next: u64,
    /// Up to where the client knows that it has seen everything.
    told: u64,
    heard: Instant,
    has_begun: bool,
    grown: watch::Receiver<u64>,
    _place: Place,
}

/// Events from this position on, until the caller is none any more, or the server ends.
pub fn events(
    server: Arc<Server>,
    caller: Caller,
    filter: Option<Filter<Entry>>,
    from: u64,
    place: Place,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let grown = server.ledger.grown();
    let feed = Feed {
        server,
        caller,
        filter: filter.map(Arc::new),
        next: from,
        told: from,
        heard: Instant::now(),
        has_begun: false,
        grown,
        _place: place,
    };
    futures_util::stream::unfold(feed, |mut feed| async move {
        let piece = feed.piece().await?;
        feed.heard = Instant::now();
        Some((Ok(Bytes::from(piece)), feed))
    })
}

impl Feed {
    /// The next piece; none when the feed ends.
    async fn piece(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.has_begun, true) {
            // Whoever breaks off before the first event goes on from here, too.
            return Some(format!("retry: {AGAIN_MS}\nid: {}\n\n", before(self.next)));
        }
        loop {
            let server = Arc::clone(&self.server);
            if *server.ending.borrow() || !server.ledger.is_current() {
                return None;
            }
            self.caller = server.identity.again(&self.caller, (server.clock)())?;
            let size = *self.grown.borrow_and_update();
            if self.next < size {
                if let Some(piece) = self.read(&server).await? {
                    return Some(piece);
                }
                continue;
            }
            if self.heard.elapsed() >= server.settings.pace.heartbeat {
                return Some(self.sign_of_life());
            }
            // Whichever comes first; what it was is seen above.
            let mut ending = server.ending.clone();
            tokio::select! {
                _ = self.grown.changed() => {}
                _ = ending.changed() => {}
                () = tokio::time::sleep(ASK) => {}
            }
        }
    }

    /// Says where the feed is when the client does not know, so that it does not ask for all of that again.
    fn sign_of_life(&mut self) -> String {
        if std::mem::replace(&mut self.told, self.next) == self.next {
            ":\n\n".to_owned()
        } else {
            format!("id: {}\n\n", before(self.next))
        }
    }

    /// Events of the next entries; nothing when none of them is for the client. None when they cannot be read.
    async fn read(&mut self, server: &Arc<Server>) -> Option<Option<String>> {
        let filter = self.filter.clone();
        let wanted = move |entry: &Entry| filter.as_ref().is_none_or(|filter| filter.matches(entry));
        let sight = server.sight(&self.caller);
        let (entries, next) = sight.entries(self.next, AT_ONCE, LOOK, wanted).await.ok()?;
        if next == self.next {
            // There are fewer than was said; that is a failure, and is not asked again and again.
            return None;
        }
        self.next = next;
        let mut piece = String::new();
        for entry in &entries {
            event(&mut piece, entry);
            self.told = entry.head.position + 1;
        }
        if self.next - self.told >= PASSED {
            piece.push_str(&self.sign_of_life());
        }
        Some((!piece.is_empty()).then_some(piece))
    }
}

/// The id of what stands before a position; `-1` before the first.
fn before(position: u64) -> String {
    position.checked_sub(1).map_or_else(|| "-1".to_owned(), |before| before.to_string())
}

/// One event. JSON has no line breaks of its own, so that nothing in an entry can begin another line.
fn event(out: &mut String, entry: &Entry) {
    let view = EntryView::of(entry);
    let kind = view.kind.split('/').next().unwrap_or_default();
    let data = serde_json::to_string(&view).unwrap_or_default();
    let _ = write!(out, "id: {}\nevent: {kind}\ndata: {data}\n\n", entry.head.position);
}

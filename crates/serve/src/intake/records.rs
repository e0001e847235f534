//! What a request brought, as records for the spool.

use super::body::busy;
use super::identity::Identities;
use super::room::Held;
use super::sources::Proven;
use super::{Busy, Origin, Source};
use crate::http::Problem;
use crate::server::Server;
use bytes::Bytes;
use cofferdam_spool::{Receipt, Record};
use std::sync::Arc;

/// Bytes of the longest event; parsers read no longer lines either.
pub const RECORD_BYTES: usize = 1 << 20;
/// Events of one request.
const EVENTS: usize = 500_000;
/// What a record takes in memory beside its bytes.
const BESIDE: usize = 96;
/// How many bytes more the room is grown by at once.
const STEP: usize = 1 << 20;

/// Records of one request, and the room that they take.
pub struct Records {
    source: Arc<Source>,
    origin: Origin,
    identities: Identities,
    records: Vec<Record>,
    /// What came: most records are parts of it.
    body: Bytes,
    bytes: usize,
    /// What was held before there were records.
    before: usize,
    held_bytes: usize,
    held: Held,
}

impl Records {
    /// None yet, of a request with this body, unpacked, that holds its room.
    pub fn of(proven: &Proven, key: Option<String>, body: Bytes, held: Held) -> Records {
        let source = Arc::clone(&proven.source);
        let (identities, origin) = (Identities::of(source.name, key), Origin::of(source.name));
        let (records, before) = (Vec::new(), 2 * body.len());
        Records { source, origin, identities, records, body, bytes: 0, before, held_bytes: 0, held }
    }

    /// Says of which host they are where they do not say so, and of which of the source's logs.
    pub fn are_of(&mut self, host: Option<String>, log: Option<String>) {
        self.origin = Origin { host, log, ..Origin::of(self.source.name) };
    }

    /// A part of the body, which is not copied.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn part(&self, of_body: &[u8]) -> Bytes {
        self.body.slice_ref(of_body)
    }

    /// Adds an event that its sender names nothing; returns what makes it the same when it comes again.
    ///
    /// # Errors
    ///
    /// 429 when all room is taken, 413 when there are too many.
    pub fn push(&mut self, bytes: impl Into<Bytes>) -> Result<[u8; 16], Problem> {
        let bytes = bytes.into();
        let identity = self.identities.next(&bytes);
        self.add(bytes, identity)
    }

    /// Adds an event of which the sender said this; what we wrote of it may differ when it comes again.
    ///
    /// # Errors
    ///
    /// As [`Records::push`].
    pub fn push_said(&mut self, bytes: impl Into<Bytes>, said: &[u8]) -> Result<[u8; 16], Problem> {
        let identity = self.identities.next(said);
        self.add(bytes.into(), identity)
    }

    /// Adds an event that its sender calls this.
    ///
    /// # Errors
    ///
    /// As [`Records::push`].
    pub fn push_named(&mut self, bytes: impl Into<Bytes>, name: &[&[u8]]) -> Result<[u8; 16], Problem> {
        let identity = self.identities.named(name);
        self.add(bytes.into(), identity)
    }

    fn add(&mut self, bytes: Bytes, identity: [u8; 16]) -> Result<[u8; 16], Problem> {
        if self.records.len() == EVENTS {
            return Err(Problem::too_large().detail(format!("a request may have {EVENTS} events")));
        }
        self.bytes += bytes.len() + BESIDE;
        if self.bytes > self.held_bytes {
            // Some more at once, where there is as much.
            let more = [self.bytes + STEP, self.bytes];
            let held = more.into_iter().find(|bytes| self.held.grow_to(self.before + bytes));
            self.held_bytes = held.ok_or_else(busy)?;
        }
        self.records.push(Record { bytes, place: None, identity: Some(identity) });
        Ok(identity)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Takes them in: they are on disk when this returns, even when whoever sent them has gone away.
    ///
    /// # Errors
    ///
    /// 429 when others must be done first, 503 when the disk has no room or cannot be written.
    pub async fn accept(self, server: &Arc<Server>) -> Result<Receipt, Problem> {
        let intake = Arc::clone(&server.intake);
        Server::whole(async move {
            let Records { source, origin, records, held, .. } = self;
            let taken = intake.accept_from(&source, &origin, records).await;
            drop(held);
            taken.map_err(|error| problem(&error))
        })
        .await
    }
}

fn problem(busy: &Busy) -> Problem {
    let problem = if busy.is_short() { Problem::throttled() } else { Problem::unavailable() };
    let detail = match busy {
        Busy::Room | Busy::Waiting => "too much is on its way; try again in a moment",
        Busy::Full { .. } => "there is no room for more events",
        Busy::Storage { .. } => "events cannot be stored now",
    };
    problem.detail(detail).retry_after(busy.retry_after_s())
}

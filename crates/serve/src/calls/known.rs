//! One call as it is now.

use cofferdam_journal::call::Call;
use cofferdam_journal::{Aggregate, Entry, Fact};
use cofferdam_store::{Reader, StorageError, entries};
use jiff::{SignedDuration, Timestamp};

/// A call as it is now.
#[derive(Clone, Debug, Default)]
pub struct KnownCall {
    /// As its facts tell.
    pub call: Call,
    /// How many facts there are.
    pub version: u64,
    /// When it was begun.
    pub begun: Timestamp,
    /// When the last step was taken.
    pub stepped: Timestamp,
    /// When something was recorded of it last.
    pub changed: Timestamp,
    /// What waited waits no more.
    pub over: bool,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Somebody is still to answer.
    Open,
    /// Somebody takes care of it.
    Acknowledged,
    /// What waited waits no more.
    Settled,
}

impl CallState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            CallState::Open => "open",
            CallState::Acknowledged => "acknowledged",
            CallState::Settled => "settled",
        }
    }
}

impl KnownCall {
    /// As it is after one more entry of its own.
    pub fn after(mut self, entry: &Entry) -> KnownCall {
        let before = self.call.step();
        if entry.head.version == 1 {
            self.begun = entry.head.time;
        }
        (self.version, self.changed) = (entry.head.version, entry.head.time);
        self.call = self.call.evolve(&entry.fact);
        if self.call.step() != before {
            self.stepped = entry.head.time;
        }
        self.over = self.over || matches!(entry.fact, Fact::CallSettled);
        self
    }

    /// Where it stands.
    pub fn state(&self) -> CallState {
        match (self.call.acknowledged, self.over) {
            (Some(_), _) => CallState::Acknowledged,
            (None, true) => CallState::Settled,
            (None, false) => CallState::Open,
        }
    }

    /// Whether what waited waits no more after an entry of its object.
    pub fn is_settled_by(&self, entry: &Entry) -> bool {
        let spec = self.call.spec.as_ref();
        spec.is_some_and(|spec| entry.head.position > spec.cause && spec.about.is_settled_by(&entry.fact))
    }

    /// When the next one is told, unless somebody acknowledges it before.
    pub fn next(&self) -> Option<Timestamp> {
        let spec = self.call.spec.as_ref().filter(|_| self.state() == CallState::Open)?;
        let step = self.call.next()?;
        if step == 0 || self.call.is_lost(step - 1) {
            return Some(self.changed);
        }
        self.stepped.checked_add(SignedDuration::from_secs(i64::from(spec.wait))).ok()
    }

    /// Whether what waited was settled, as the entries of its object say.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read.
    pub fn was_settled(&self, reader: &dyn Reader) -> Result<bool, StorageError> {
        let Some(spec) = self.call.spec.as_ref().filter(|_| !self.call.settled) else { return Ok(false) };
        Ok(entries(reader, spec.about.stream())?.iter().any(|entry| self.is_settled_by(entry)))
    }
}

//! People are told of what waits for them: whoever is assigned, whoever must decide, whoever is on call.
//!
//! What waits follows from the journal, and so does how far each call is: a server that crashed goes on where it was.
//! What is sent was recorded before; what nobody knows to have arrived is sent again under the same name.

mod known;
mod knows;
mod message;
mod plan;
mod post;
mod run;
mod wanted;

pub use known::{CallState, KnownCall};
pub use run::run;

use crate::ledger::Fold;
use cofferdam_journal::call::Matter;
use cofferdam_journal::{Entry, StreamId};
use cofferdam_store::{Reader, StorageError, entries};
use cofferdam_vocabulary::CallId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use wanted::Wanted;

/// All calls, and what waits of which nobody was told yet.
#[derive(Default)]
pub struct Calls {
    /// Whether anybody can be told of anything.
    is_used: bool,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    calls: BTreeMap<CallId, Arc<KnownCall>>,
    /// The last call about something.
    about: HashMap<Matter, CallId>,
    /// Calls about what still waits, by its object.
    waiting: HashMap<StreamId, BTreeSet<CallId>>,
    /// Calls with which something is still to be done.
    open: BTreeSet<CallId>,
    /// What waits since an entry, by its position.
    wanted: BTreeMap<u64, Wanted>,
}

impl Calls {
    /// None yet; `is_used` says whether anybody can be told of anything.
    pub fn new(is_used: bool) -> Calls {
        Calls { is_used, state: RwLock::default() }
    }

    fn with<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// One of them.
    pub fn get(&self, id: CallId) -> Option<Arc<KnownCall>> {
        self.with(|state| state.calls.get(&id).cloned())
    }

    /// All of them, the last first.
    pub fn all(&self) -> Vec<(CallId, Arc<KnownCall>)> {
        self.with(|state| state.calls.iter().rev().map(|(id, known)| (*id, Arc::clone(known))).collect())
    }

    /// Those with which something is still to be done, the first first.
    fn open(&self) -> Vec<(CallId, Arc<KnownCall>)> {
        self.with(|state| {
            let known = |id: &CallId| Some((*id, Arc::clone(state.calls.get(id)?)));
            state.open.iter().filter_map(known).collect()
        })
    }

    /// What waits and has no call, the first first; the number that the next call gets.
    fn wanted(&self) -> (Vec<(u64, Wanted)>, CallId) {
        self.with(|state| {
            let wanted = state.wanted.iter().map(|(position, wanted)| (*position, wanted.clone())).collect();
            (wanted, CallId(state.calls.keys().next_back().map_or(1, |last| last.0 + 1)))
        })
    }

    /// Whether somebody was told, or is being told, of something that has waited ever since.
    fn is_told(&self, about: Matter) -> bool {
        self.with(|state| state.about_now(about).is_some())
    }

    /// Of this nobody is to be told.
    fn forget(&self, positions: &BTreeSet<u64>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.wanted.retain(|position, _| !positions.contains(position));
    }
}

impl State {
    fn about_now(&self, about: Matter) -> Option<&Arc<KnownCall>> {
        self.calls.get(self.about.get(&about)?).filter(|known| !known.over)
    }

    fn put(&mut self, id: CallId, known: KnownCall) {
        let Some(spec) = &known.call.spec else { return };
        let (about, stream) = (spec.about, spec.about.stream());
        self.wanted.remove(&spec.cause);
        if self.about.get(&about).is_none_or(|before| *before <= id) {
            self.about.insert(about, id);
        }
        let is_waiting = self.waiting.entry(stream).or_default();
        if known.over {
            is_waiting.remove(&id);
        } else {
            is_waiting.insert(id);
        }
        if is_waiting.is_empty() {
            self.waiting.remove(&stream);
        }
        // That it waits no more is recorded also after somebody acknowledged it.
        if known.call.is_open() || known.over && !known.call.settled {
            self.open.insert(id);
        } else {
            self.open.remove(&id);
        }
        self.calls.insert(id, Arc::new(known));
    }

    /// Follows what happens to objects about which there are calls, or should be.
    fn look(&mut self, entry: &Entry, is_used: bool) {
        let stream = entry.head.stream;
        let waiting = self.waiting.get(&stream).cloned().unwrap_or_default();
        for id in waiting {
            let Some(known) = self.calls.get(&id).cloned() else { continue };
            if known.is_settled_by(entry) {
                self.put(id, KnownCall { over: true, ..(*known).clone() });
            }
        }
        let wanted = Wanted::of(entry).filter(|_| is_used);
        self.wanted.extend(wanted.map(|wanted| (entry.head.position, wanted)));
    }
}

impl Fold for Calls {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut fresh = State::default();
        for id in reader.calls()? {
            let facts = entries(reader, StreamId::Call(id))?;
            let mut known = facts.iter().fold(KnownCall::default(), KnownCall::after);
            known.over = known.over || known.was_settled(reader)?;
            fresh.put(id, known);
        }
        if self.is_used {
            let last = fresh.calls.values().filter_map(|known| Some(known.call.spec.as_ref()?.cause)).max();
            wanted::since(reader, last, &mut |entry| fresh.look(entry, true))?;
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn follow(&self, entry: &Entry, _: &dyn Reader) -> Result<(), StorageError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match entry.head.stream {
            StreamId::Call(id) => {
                let known = state.calls.get(&id).map(|known| (**known).clone()).unwrap_or_default();
                state.put(id, known.after(entry));
            }
            StreamId::Incident(_) | StreamId::Alert(_) => state.look(entry, self.is_used),
            _ => {}
        }
        Ok(())
    }
}

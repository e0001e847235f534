//! All sources as they are now, found by name and by token.

use super::counters::Counters;
use super::source::{Made, Source};
use crate::identity::Fingerprint;
use crate::ledger::Fold;
use cofferdam_journal::source::Source as SourceState;
use cofferdam_journal::{Aggregate, Entry, StreamId};
use cofferdam_store::{Reader, StorageError, entries};
use cofferdam_vocabulary::{CredentialId, SourceName, TokenId};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// How tokens of sources begin: they are no tokens of people, and open nothing that those open.
pub const SOURCE_TOKEN_PREFIX: &str = "cfs_";

/// All sources.
#[derive(Debug, Default)]
pub struct Sources {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    sources: BTreeMap<SourceName, Arc<Source>>,
    tokens: HashMap<Fingerprint, SourceName>,
    /// Of each name that ever was one of a source: what came stays counted when a source is removed and added again.
    counters: BTreeMap<SourceName, Arc<Counters>>,
}

/// A source that has proven that it is it.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Which.
    pub source: Arc<Source>,
    /// With what; none when it signed what it sent.
    pub token: Option<TokenId>,
}

impl State {
    fn counters(&mut self, name: SourceName) -> Arc<Counters> {
        Arc::clone(self.counters.entry(name).or_default())
    }

    fn put(&mut self, source: Source) {
        self.remove(source.name);
        let tokens = source.profile().into_iter().flat_map(|profile| profile.tokens.values());
        self.tokens.extend(tokens.map(|token| (Fingerprint(token.sha256.0), source.name)));
        self.sources.insert(source.name, Arc::new(source));
    }

    fn remove(&mut self, name: SourceName) {
        self.sources.remove(&name);
        self.tokens.retain(|_, of| *of != name);
    }

    /// Whether the configuration has this name: then it is no other source's.
    fn is_configured(&self, name: SourceName) -> bool {
        self.sources.get(&name).is_some_and(|source| matches!(source.made, Made::Configuration))
    }
}

impl Sources {
    /// The sources that the configuration names. One that people added under the same name gives way to it.
    pub fn of(configured: impl IntoIterator<Item = Source>) -> Sources {
        let mut state = State::default();
        for source in configured {
            state.counters.insert(source.name, Arc::clone(&source.counters));
            state.put(source);
        }
        Sources { state: RwLock::new(state) }
    }

    fn with<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// One source.
    pub fn get(&self, name: SourceName) -> Option<Arc<Source>> {
        self.with(|state| state.sources.get(&name).cloned())
    }

    /// One source, by what it is called.
    pub fn named(&self, name: &str) -> Option<Arc<Source>> {
        self.get(SourceName::parse(name).ok()?)
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Arc<Source>> {
        self.with(|state| state.sources.values().cloned().collect())
    }

    /// The counters of a name, whether there still is a source of it or not: what was taken may be read later.
    pub fn counters(&self, name: SourceName) -> Option<Arc<Counters>> {
        self.with(|state| state.counters.get(&name).cloned())
    }

    /// Whose token this is, as long as it counts.
    pub fn token(&self, text: &str, now: Timestamp) -> Option<Proven> {
        let fingerprint = Fingerprint::of(text);
        let source = self.with(|state| state.sources.get(state.tokens.get(&fingerprint)?).cloned())?;
        let tokens = &source.profile()?.tokens;
        let token = tokens.values().find(|token| token.sha256.0 == fingerprint.0)?;
        let id = token.is_live(now).then_some(token.token)?;
        Some(Proven { source, token: Some(id) })
    }

    /// Secrets with which sources sign: those that count.
    pub fn secrets(&self) -> Vec<CredentialId> {
        let secret = |source: &Arc<Source>| source.profile().and_then(|profile| profile.secret);
        self.with(|state| state.sources.values().filter_map(secret).collect())
    }
}

impl Fold for Sources {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut found = Vec::new();
        for name in reader.sources()? {
            let entries = entries(reader, StreamId::Source(name))?;
            let facts = || entries.iter().map(|entry| &entry.fact);
            let known = facts().fold(SourceState::default(), SourceState::evolve).known;
            let added = entries.iter().rev().find(|entry| entry.fact.kind() == "source-added/1");
            let added = added.map(|entry| entry.head.time);
            found.extend(known.zip(added).map(|(profile, added)| (name, profile, entries.len(), added)));
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let gone = |source: &Source| !matches!(source.made, Made::Configuration);
        let gone: Vec<SourceName> =
            state.sources.values().filter(|source| gone(source)).map(|source| source.name).collect();
        gone.into_iter().for_each(|name| state.remove(name));
        for (name, profile, version, added) in found {
            if state.is_configured(name) {
                tracing::warn!(source = %name, "a source that was added has the name of a configured one, and gives way");
                continue;
            }
            let counters = state.counters(name);
            state.put(Source::added(name, profile, version as u64, added, counters));
        }
        Ok(())
    }

    fn follow(&self, entry: &Entry, _: &dyn Reader) -> Result<(), StorageError> {
        let StreamId::Source(name) = entry.head.stream else { return Ok(()) };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.is_configured(name) {
            return Ok(());
        }
        let before = state.sources.get(&name).map(|source| source.made.clone());
        let (known, added) = match before {
            Some(Made::Journal { profile, added, .. }) => (Some(profile), added),
            _ => (None, entry.head.time),
        };
        match (SourceState { known }.evolve(&entry.fact)).known {
            Some(profile) => {
                let counters = state.counters(name);
                state.put(Source::added(name, profile, entry.head.version, added, counters));
            }
            None => state.remove(name),
        }
        Ok(())
    }
}

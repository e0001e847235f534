//! Users as the journal has them now, found by account, by token and by what a provider calls them.

use super::fingerprint::Fingerprint;
use crate::ledger::Fold;
use cofferdam_journal::user::{Origin, Profile, Token, User};
use cofferdam_journal::view::UserRow;
use cofferdam_journal::{Aggregate, Entry, StreamId};
use cofferdam_store::{Reader, StorageError};
use cofferdam_vocabulary::UserId;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// One user as they are now.
pub type Known = Arc<UserRow>;

/// All users.
#[derive(Default)]
pub struct Roster {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    users: BTreeMap<UserId, Known>,
    accounts: HashMap<String, UserId>,
    tokens: HashMap<Fingerprint, UserId>,
    /// Links with which passwords are set.
    links: HashMap<Fingerprint, UserId>,
}

impl State {
    fn put(&mut self, row: UserRow) {
        self.forget(row.id);
        if let Some(account) = row.profile.account.known() {
            self.accounts.insert(account.to_owned(), row.id);
        }
        self.tokens.extend(row.profile.tokens.values().map(|token| (Fingerprint(token.hash.0), row.id)));
        self.links.extend(row.profile.enrolment.map(|link| (Fingerprint(link.hash.0), row.id)));
        self.users.insert(row.id, Arc::new(row));
    }

    fn forget(&mut self, id: UserId) {
        self.users.remove(&id);
        self.accounts.retain(|_, of| *of != id);
        self.tokens.retain(|_, of| *of != id);
        self.links.retain(|_, of| *of != id);
    }
}

impl Roster {
    fn with<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// One user.
    pub fn user(&self, id: UserId) -> Option<Known> {
        self.with(|state| state.users.get(&id).cloned())
    }

    /// The user of an account; names are compared as they are kept, in lower case.
    pub fn account(&self, name: &str) -> Option<Known> {
        let name = name.trim().to_lowercase();
        self.with(|state| state.users.get(state.accounts.get(&name)?).cloned())
    }

    /// Whom a provider calls this.
    pub fn subject(&self, issuer: &str, subject: &str) -> Option<Known> {
        let is_it = |profile: &Profile| match &profile.origin {
            Origin::Oidc { issuer: of, subject: known } => of == issuer && known.known() == Some(subject),
            Origin::Local => false,
        };
        self.with(|state| state.users.values().find(|user| is_it(&user.profile)).cloned())
    }

    /// Whose token this is, and the token, as long as it counts.
    pub fn token(&self, text: &str, now: Timestamp) -> Option<(Known, Token)> {
        let fingerprint = Fingerprint::of(text);
        let user = self.with(|state| state.users.get(state.tokens.get(&fingerprint)?).cloned())?;
        let token = user.profile.tokens.values().find(|token| token.hash.0 == fingerprint.0)?.clone();
        (!user.profile.disabled && token.is_live(now)).then_some((user, token))
    }

    /// Whose link to set a password this is, as long as it is good.
    pub fn link(&self, secret: &str, now: Timestamp) -> Option<Known> {
        let fingerprint = Fingerprint::of(secret);
        let user = self.with(|state| state.users.get(state.links.get(&fingerprint)?).cloned())?;
        let is_good = !user.profile.disabled && user.profile.enrolment.is_some_and(|link| link.is_live(now));
        is_good.then_some(user)
    }

    /// All of them, by id.
    pub fn all(&self) -> Vec<Known> {
        self.with(|state| state.users.values().cloned().collect())
    }

    /// The next free id.
    pub fn next(&self) -> UserId {
        self.with(|state| UserId(state.users.keys().next_back().map_or(0, |id| id.0) + 1))
    }

    /// Whether nobody can administer the server.
    pub fn has_no_administrator(&self) -> bool {
        self.with(|state| !state.users.values().any(|user| user.profile.can_administer()))
    }
}

impl Fold for Roster {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut fresh = State::default();
        reader.users()?.into_iter().for_each(|row| fresh.put(row));
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn follow(&self, entry: &Entry, _: &dyn Reader) -> Result<(), StorageError> {
        let StreamId::User(id) = entry.head.stream else { return Ok(()) };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = state.users.get(&id);
        let created = before.map_or(entry.head.time, |user| user.created);
        let user = User { known: before.map(|user| user.profile.clone()) }.evolve(&entry.fact);
        if let Some(profile) = user.known {
            state.put(UserRow { id, profile, version: entry.head.version, created });
        }
        Ok(())
    }
}

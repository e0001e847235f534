//! Answers that were given, kept under the keys that clients chose: a request that is sent again does nothing again.
//!
//! Source: draft-ietf-httpapi-idempotency-key-header.

use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use cofferdam_vocabulary::UserId;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Hours for which a key is known.
const KNOWN_H: i64 = 24;
/// Minutes for which an answer is kept that tells a secret.
const SECRET_MIN: i64 = 10;
/// Bytes of a body that is kept.
pub const BODY_BYTES: usize = 64 << 10;

/// Whose key it is, and the key.
pub type Name = (UserId, String);
/// What was asked: a hash of method, address and body.
pub type Asked = [u8; 32];

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Those of its headers that belong to it.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// What becomes of a request with a key.
#[derive(Debug)]
pub enum Found {
    /// It is the first: to be carried out.
    New(Turn),
    /// It was answered so.
    Answered(Answer),
    /// It was carried out, and the answer is not kept, or no longer.
    Done,
    /// It is being carried out.
    UnderWay,
    /// The key stands for another request.
    Other,
    /// There is no room for another key now.
    Full,
}

/// Bounds of what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Keys of all users.
    pub keys: usize,
    /// Keys of one user.
    pub of_one: usize,
    /// Bytes of all bodies.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { keys: 10_000, of_one: 2_000, bytes: 16 << 20 }
    }
}

/// All answers that are kept.
#[derive(Debug, Default)]
pub struct Answers {
    bounds: Bounds,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    slots: HashMap<Name, Slot>,
    /// Names by when they came, the first first.
    order: BTreeMap<u64, Name>,
    of_users: HashMap<UserId, usize>,
    bytes: usize,
    next: u64,
}

#[derive(Debug)]
struct Slot {
    serial: u64,
    asked: Asked,
    until: Timestamp,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    UnderWay,
    Done,
    Answer { answer: Answer, until: Timestamp },
}

/// The right to carry a request out. Dropped without an answer, the key is free again.
#[derive(Debug)]
pub struct Turn {
    answers: Arc<Answers>,
    name: Name,
    serial: u64,
}

impl Answers {
    /// None yet.
    pub fn within(bounds: Bounds) -> Answers {
        Answers { bounds, state: Mutex::default() }
    }

    /// What becomes of a request with this key.
    pub fn find(self: &Arc<Self>, name: Name, asked: Asked, now: Timestamp) -> Found {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_old(now);
        if let Some(slot) = state.slots.get(&name) {
            return match &slot.kept {
                _ if slot.asked != asked => Found::Other,
                Kept::UnderWay => Found::UnderWay,
                Kept::Answer { answer, until } if now < *until => Found::Answered(answer.clone()),
                Kept::Answer { .. } | Kept::Done => Found::Done,
            };
        }
        if !state.has_room(name.0, self.bounds) {
            return Found::Full;
        }
        let serial = state.next;
        state.next += 1;
        let until = now + SignedDuration::from_hours(KNOWN_H);
        state.order.insert(serial, name.clone());
        *state.of_users.entry(name.0).or_default() += 1;
        state.slots.insert(name.clone(), Slot { serial, asked, until, kept: Kept::UnderWay });
        Found::New(Turn { answers: Arc::clone(self), name, serial })
    }
}

impl Turn {
    /// Keeps the answer; none says that it is too large to be kept, and that it was done all the same.
    pub fn answered(self, answer: Option<Answer>, holds_secret: bool, now: Timestamp) {
        let mut state = self.answers.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = state.slots.get_mut(&self.name) else { return };
        let until = if holds_secret { now + SignedDuration::from_mins(SECRET_MIN) } else { slot.until };
        let size = answer.as_ref().map_or(0, |answer| answer.body.len());
        slot.kept = answer.map_or(Kept::Done, |answer| Kept::Answer { answer, until });
        state.bytes += size;
        state.shed(self.answers.bounds.bytes);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.answers.state.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = state.slots.get(&self.name);
        if slot.is_some_and(|slot| slot.serial == self.serial && matches!(slot.kept, Kept::UnderWay)) {
            state.forget(self.serial);
        }
    }
}

impl State {
    fn forget(&mut self, serial: u64) {
        let Some(name) = self.order.remove(&serial) else { return };
        if let Some(own) = self.of_users.get_mut(&name.0) {
            *own -= 1;
            if *own == 0 {
                self.of_users.remove(&name.0);
            }
        }
        if let Some(Slot { kept: Kept::Answer { answer, .. }, .. }) = self.slots.remove(&name) {
            self.bytes -= answer.body.len();
        }
    }

    /// Forgets keys whose time is over, and answers that told a secret.
    fn forget_old(&mut self, now: Timestamp) {
        while let Some((serial, name)) = self.order.first_key_value() {
            let slot = self.slots.get(name);
            if slot.is_some_and(|slot| now < slot.until || matches!(slot.kept, Kept::UnderWay)) {
                break;
            }
            self.forget(*serial);
        }
        let mut freed = 0;
        for slot in self.slots.values_mut() {
            if let Kept::Answer { answer, until } = &slot.kept
                && *until <= now
            {
                freed += answer.body.len();
                slot.kept = Kept::Done;
            }
        }
        self.bytes -= freed;
    }

    /// Makes room for one more key of this user: their own oldest goes, or the oldest of whoever has most.
    fn has_room(&mut self, user: UserId, bounds: Bounds) -> bool {
        let own = self.of_users.get(&user).copied().unwrap_or(0);
        let whose = if own >= bounds.of_one {
            user
        } else if self.slots.len() >= bounds.keys {
            self.of_users.iter().max_by_key(|(_, keys)| **keys).map_or(user, |(user, _)| *user)
        } else {
            return true;
        };
        let is_over = |name: &&Name| {
            name.0 == whose && self.slots.get(*name).is_some_and(|slot| !matches!(slot.kept, Kept::UnderWay))
        };
        let oldest = self.order.iter().find(|(_, name)| is_over(name)).map(|(serial, _)| *serial);
        oldest.map(|serial| self.forget(serial)).is_some()
    }

    /// Lets the oldest bodies go until the others fit; that they were answered stays known.
    fn shed(&mut self, most: usize) {
        for name in self.order.values() {
            if self.bytes <= most {
                return;
            }
            if let Some(slot) = self.slots.get_mut(name)
                && let Kept::Answer { answer, .. } = &slot.kept
            {
                self.bytes -= answer.body.len();
                slot.kept = Kept::Done;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn name(user: u64, key: &str) -> Name {
        (UserId(user), key.to_owned())
    }

    fn answer(size: usize) -> Option<Answer> {
        Some(Answer { status: StatusCode::CREATED, headers: HeaderMap::new(), body: vec![b'x'; size].into() })
    }

    /// What becomes of a request, in a word; a new one is answered with so many bytes.
    fn check(answers: &Arc<Answers>, user: u64, key: &str, now: Timestamp, size: usize) -> &'static str {
        match answers.find(name(user, key), [0; 32], now) {
            Found::New(turn) => {
                turn.answered(answer(size), false, now);
                "new"
            }
            Found::Answered(_) => "answered",
            Found::Done => "done",
            Found::UnderWay => "under way",
            Found::Other => "other",
            Found::Full => "full",
        }
    }

    #[test]
    fn a_key_stands_for_one_request_of_one_user() {
        let answers = Arc::new(Answers::default());
        let Found::New(turn) = answers.find(name(1, "a"), [0; 32], NOW) else { panic!() };
        assert_eq!(check(&answers, 1, "a", NOW, 1), "under way");
        assert_eq!(check(&answers, 2, "a", NOW, 1), "new");
        drop(turn);
        assert_eq!(check(&answers, 1, "a", NOW, 1), "new", "what was not answered may be tried again");
        assert_eq!(check(&answers, 1, "a", NOW, 1), "answered");
        assert!(matches!(answers.find(name(1, "a"), [1; 32], NOW), Found::Other));
        let day = NOW + SignedDuration::from_hours(KNOWN_H);
        assert_eq!(check(&answers, 1, "a", day - SignedDuration::from_secs(1), 1), "answered");
        assert_eq!(check(&answers, 1, "a", day, 1), "new");
    }

    #[test]
    fn a_secret_is_kept_for_minutes_and_that_it_was_told_for_a_day() {
        let answers = Arc::new(Answers::default());
        let Found::New(turn) = answers.find(name(1, "a"), [0; 32], NOW) else { panic!() };
        turn.answered(answer(10), true, NOW);
        let later = |minutes| NOW + SignedDuration::from_mins(minutes);
        assert_eq!(check(&answers, 1, "a", later(9), 1), "answered");
        assert_eq!(check(&answers, 1, "a", later(10), 1), "done");
        assert_eq!(answers.state.lock().unwrap().bytes, 0);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let answers = Arc::new(Answers::within(Bounds { keys: 4, of_one: 3, bytes: 100 }));
        for (user, key) in [(1, "a"), (1, "b"), (1, "c"), (1, "d")] {
            assert_eq!(check(&answers, user, key, NOW, 30), "new");
        }
        assert_eq!(check(&answers, 1, "b", NOW, 0), "answered", "only the oldest went");
        assert_eq!(check(&answers, 2, "a", NOW, 90), "new");
        assert_eq!(check(&answers, 1, "b", NOW, 0), "done", "its body went, not what it stands for");
        assert_eq!(check(&answers, 2, "b", NOW, 0), "new", "the one with most gave room");
        assert_eq!(check(&answers, 2, "a", NOW, 0), "answered");
        let state = answers.state.lock().unwrap();
        assert_eq!((state.slots.len(), state.order.len()), (4, 4));
        assert_eq!(state.bytes, 90);
    }

    #[test]
    fn what_is_under_way_is_not_forgotten_for_others() {
        let answers = Arc::new(Answers::within(Bounds { keys: 4, of_one: 1, bytes: 100 }));
        let Found::New(_turn) = answers.find(name(1, "a"), [0; 32], NOW) else { panic!() };
        assert_eq!(check(&answers, 1, "b", NOW, 1), "full");
        assert_eq!(check(&answers, 1, "a", NOW, 1), "under way");
    }
}

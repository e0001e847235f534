//! Logins under way: begun here, and not yet back from the provider.

use super::cookie::LIFE;
use super::local_path::LocalPath;
use crate::identity::{Bearer, Fingerprint};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Logins under way at once.
const MOST: usize = 10_000;
/// Of those, from one place: one that begins more pushes out its own.
const OF_ONE_PLACE: usize = 100;

/// What is known of a login under way.
pub struct Waiting {
    /// What the ID token must carry.
    pub nonce: String,
    /// What proves to the provider that whoever redeems the code is who asked for it.
    pub verifier: String,
    /// Where the browser goes afterwards.
    pub return_to: LocalPath,
    /// When it began.
    pub began: Timestamp,
    browser: Fingerprint,
    place: IpAddr,
}

/// All logins under way, by the fingerprint of their state.
pub struct Pending {
    most: usize,
    waiting: Mutex<HashMap<Fingerprint, Waiting>>,
}

impl Default for Pending {
    fn default() -> Pending {
        Pending { most: MOST, waiting: Mutex::default() }
    }
}

/// Why a login that comes back is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No login of this state is under way: none began, it came back already, or it took too long.
    #[error("no login of this state is under way")]
    State,
    /// It began in another browser.
    #[error("the login began in another browser")]
    Browser,
}

impl Pending {
    /// Keeps what began. Returns what the provider shall hand back, and what the browser keeps meanwhile.
    pub fn begin(
        &self,
        nonce: String,
        verifier: String,
        return_to: LocalPath,
        place: IpAddr,
        now: Timestamp,
    ) -> (Bearer, Bearer) {
        let (state, browser) = (Bearer::fresh(""), Bearer::fresh(""));
        let login = Waiting { nonce, verifier, return_to, began: now, browser: browser.fingerprint(), place };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut waiting, self.most, place, now);
        waiting.insert(state.fingerprint(), login);
        (state, browser)
    }

    /// Takes the login of this state out, whatever comes of it: it comes back once.
    ///
    /// # Errors
    ///
    /// [`Unknown`].
    pub fn take(&self, state: &str, browser: Option<&str>, now: Timestamp) -> Result<Waiting, Unknown> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let login = waiting.remove(&Fingerprint::of(state)).filter(|login| login.is_live(now));
        let login = login.ok_or(Unknown::State)?;
        let is_same = browser.is_some_and(|browser| Fingerprint::of(browser) == login.browser);
        if is_same { Ok(login) } else { Err(Unknown::Browser) }
    }
}

impl Waiting {
    fn is_live(&self, now: Timestamp) -> bool {
        let life = SignedDuration::try_from(LIFE).unwrap_or(SignedDuration::ZERO);
        now.duration_since(self.began) < life
    }
}

/// Forgets what took too long; when that is not enough, the oldest of the place, or of all.
fn make_room(waiting: &mut HashMap<Fingerprint, Waiting>, most: usize, place: IpAddr, now: Timestamp) {
    let of_place = |waiting: &HashMap<Fingerprint, Waiting>| {
        waiting.values().filter(|login| login.place == place).count() >= OF_ONE_PLACE
    };
    if of_place(waiting) || waiting.len() >= most {
        waiting.retain(|_, login| login.is_live(now));
    }
    let is_full = of_place(waiting);
    if is_full || waiting.len() >= most {
        let candidates = waiting.iter().filter(|(_, login)| !is_full || login.place == place);
        if let Some(state) = candidates.min_by_key(|(_, login)| login.began).map(|(state, _)| *state) {
            waiting.remove(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn begin(pending: &Pending, place: u32, second: i64) -> (Bearer, Bearer) {
        let place = IpAddr::from(place.to_be_bytes());
        pending.begin("nonce".to_owned(), "verifier".to_owned(), LocalPath::default(), place, at(second))
    }

    fn take(pending: &Pending, login: &(Bearer, Bearer), second: i64) -> Option<Unknown> {
        pending.take(login.0.reveal(), Some(login.1.reveal()), at(second)).err()
    }

    #[test]
    fn a_login_comes_back_once_in_time_and_in_its_browser() {
        let pending = Pending::default();
        let (one, other) = (begin(&pending, 1, 0), begin(&pending, 1, 0));
        assert_eq!(take(&pending, &one, 599), None);
        assert_eq!(take(&pending, &one, 599), Some(Unknown::State));
        let swapped = (other.0.clone(), one.1);
        assert_eq!(take(&pending, &swapped, 1), Some(Unknown::Browser));
        assert_eq!(take(&pending, &other, 1), Some(Unknown::State), "whoever tried it knew its state");
        let late = begin(&pending, 1, 0);
        assert_eq!(take(&pending, &late, 600), Some(Unknown::State));
        let bare = begin(&pending, 1, 0);
        assert_eq!(pending.take(bare.0.reveal(), None, at(1)).err(), Some(Unknown::Browser));
    }

    #[test]
    fn one_place_pushes_out_only_its_own_logins() {
        let pending = Pending::default();
        let other = begin(&pending, 7, 0);
        let first = begin(&pending, 1, 1);
        for _ in 0..500 {
            begin(&pending, 1, 2);
        }
        assert_eq!(pending.waiting.lock().unwrap().len(), OF_ONE_PLACE + 1);
        assert_eq!(take(&pending, &first, 3), Some(Unknown::State));
        assert_eq!(take(&pending, &other, 3), None);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let pending = Pending { most: 300, ..Pending::default() };
        let first = begin(&pending, 0, 0);
        for place in 1..350 {
            begin(&pending, place, 1);
        }
        assert_eq!(pending.waiting.lock().unwrap().len(), 300);
        assert_eq!(take(&pending, &first, 2), Some(Unknown::State));
        begin(&pending, 1, 700);
        assert_eq!(pending.waiting.lock().unwrap().len(), 1, "what took too long is forgotten first");
    }
}

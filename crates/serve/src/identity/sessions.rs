//! Sessions, in memory: they end with the server, and at once when anything about their user changes.

use super::fingerprint::{Bearer, Fingerprint};
use crate::settings::SessionLimits;
use cofferdam_journal::Actor;
use cofferdam_journal::session::SessionEnd;
use cofferdam_vocabulary::{SessionId, UserId};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sessions of one user; the one used longest ago ends when there are more.
const OF_ONE_USER: usize = 20;

/// One session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which may be told.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it began, whatever was renewed in it since.
    pub began: Timestamp,
    /// When it was used last.
    pub used: Timestamp,
    /// Until when the proof of who it is counts for sensitive acts.
    pub fresh_until: Timestamp,
    /// From where it was begun.
    pub place: IpAddr,
    /// Its time was over once; a clock that is put back does not bring it back.
    over: Option<Over>,
}

/// A session that began, with the text that proves it.
#[derive(Debug)]
pub struct Began {
    /// The session.
    pub session: Session,
    /// To be set as the cookie.
    pub bearer: Bearer,
    /// One that had to end for it.
    pub ended: Option<Session>,
}

/// A session that has ended and waits for a record of it.
#[derive(Debug)]
pub struct Ended {
    /// Which.
    pub session: Session,
    /// Why.
    pub why: SessionEnd,
    /// Who ended it; none when it was the server itself.
    pub by: Option<Actor>,
}

/// All sessions.
pub struct Sessions {
    limits: SessionLimits,
    live: Mutex<HashMap<Fingerprint, Session>>,
}

impl Sessions {
    /// None yet.
    pub fn new(limits: SessionLimits) -> Sessions {
        Sessions { limits, live: Mutex::default() }
    }

    /// Begins one for somebody who has just proven who they are.
    pub fn begin(&self, user: UserId, place: IpAddr, now: Timestamp) -> Began {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        self.insert(&mut live, user, place, now, now, now)
    }

    /// Begins one for somebody who has proven elsewhere, some time ago, who they are.
    pub fn begin_proven(&self, user: UserId, place: IpAddr, proven: Timestamp, now: Timestamp) -> Began {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        self.insert(&mut live, user, place, now, proven.min(now), now)
    }

    /// Renews one for somebody who has proven once more who they are: another text proves it from now on, and it
    /// ends when the first would have.
    pub fn raise(&self, session: &Session, now: Timestamp) -> Option<Began> {
        // Under one lock: whoever ends all sessions of a user ends this one or the one that takes its place.
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let before = live.len();
        live.retain(|_, other| other.id != session.id);
        if live.len() == before {
            return None; // It ended meanwhile.
        }
        Some(self.insert(&mut live, session.user, session.place, session.began, now, now))
    }

    fn insert(
        &self,
        live: &mut HashMap<Fingerprint, Session>,
        user: UserId,
        place: IpAddr,
        began: Timestamp,
        proven: Timestamp,
        now: Timestamp,
    ) -> Began {
        let mut id = [0; 8];
        getrandom::fill(&mut id).expect("the system gives no random bytes; nothing could be kept secret");
        let fresh_until = after(proven, self.limits.fresh);
        let session = Session { id: SessionId(id), user, began, used: now, fresh_until, place, over: None };
        let bearer = Bearer::fresh("");
        let mut own: Vec<(Fingerprint, Session)> =
            live.iter().filter(|(_, other)| other.user == user).map(|(key, other)| (*key, *other)).collect();
        own.sort_by_key(|(_, other)| other.used);
        let ended = (own.len() >= OF_ONE_USER).then(|| own.first()).flatten().map(|(key, other)| {
            live.remove(key);
            *other
        });
        live.insert(bearer.fingerprint(), session);
        Began { session, bearer, ended }
    }

    /// The session that this text proves; it is used now.
    pub fn used(&self, text: &str, now: Timestamp) -> Option<Session> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let session = live.get_mut(&Fingerprint::of(text))?;
        session.over = self.over(session, now);
        if session.over.is_some() {
            return None; // It is swept soon, with a record of why.
        }
        session.used = session.used.max(now);
        Some(*session)
    }

    /// Whether a session is still there; asking does not use it.
    pub fn is_live(&self, id: SessionId, now: Timestamp) -> bool {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().any(|session| session.id == id && self.over(session, now).is_none())
    }

    /// The sessions of a user, the one used last first.
    pub fn of(&self, user: UserId, now: Timestamp) -> Vec<Session> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own: Vec<Session> = live
            .values()
            .filter(|session| session.user == user && self.over(session, now).is_none())
            .copied()
            .collect();
        own.sort_by_key(|session| std::cmp::Reverse(session.used));
        own
    }

    /// How many there are.
    pub fn count(&self, now: Timestamp) -> usize {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().filter(|session| self.over(session, now).is_none()).count()
    }

    /// Ends sessions at once, and returns them.
    pub fn end(&self, which: impl Fn(&Session) -> bool) -> Vec<Session> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended = Vec::new();
        live.retain(|_, session| {
            let ends = which(session);
            if ends {
                ended.push(*session);
            }
            !ends
        });
        ended
    }

    /// Ends those whose time is over: with whether it was for want of use.
    pub fn sweep(&self, now: Timestamp) -> Vec<(Session, Over)> {
        let over = |session: &Session| self.over(session, now);
        self.end(|session| over(session).is_some())
            .into_iter()
            .filter_map(|session| Some((session, over(&session)?)))
            .collect()
    }

    /// When a session ends at the latest.
    pub fn ends(&self, session: &Session) -> Timestamp {
        after(session.began, self.limits.absolute)
    }

    fn over(&self, session: &Session, now: Timestamp) -> Option<Over> {
        if session.over.is_some() {
            session.over
        } else if now >= after(session.began, self.limits.absolute) {
            Some(Over::Expired)
        } else if now >= after(session.used, self.limits.idle) {
            Some(Over::Idle)
        } else {
            None
        }
    }
}

/// Why a session's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was not used for too long.
    Idle,
    /// It lasted as long as any may.
    Expired,
}

fn after(time: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| time.checked_add(duration).ok())
        .unwrap_or(Timestamp::MAX)
}

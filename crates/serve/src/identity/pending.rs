//! Second factors that somebody is setting up: they count when a first code was right, and are forgotten otherwise.

use super::second_factor::SecondFactor;
use cofferdam_vocabulary::UserId;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a first code is waited for.
const WAITS: SignedDuration = SignedDuration::from_mins(10);

/// At most one for each user, in memory alone.
#[derive(Default)]
pub struct Pending {
    waiting: Mutex<HashMap<UserId, Waiting>>,
}

struct Waiting {
    secret: String,
    account: String,
    until: Timestamp,
}

impl Pending {
    /// Begins anew for a user: a secret before it counts no more. Until when the first code is waited for.
    ///
    /// # Errors
    ///
    /// In words, when the library refuses it.
    pub fn begin(
        &self,
        user: UserId,
        account: &str,
        now: Timestamp,
    ) -> Result<(SecondFactor, Timestamp), String> {
        let factor = SecondFactor::fresh(account)?;
        let until = now.checked_add(WAITS).unwrap_or(Timestamp::MAX);
        let waiting = Waiting { secret: factor.secret().to_owned(), account: account.to_owned(), until };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(user, waiting);
        Ok((factor, until))
    }

    /// The one that waits for a user's first code.
    pub fn of(&self, user: UserId, now: Timestamp) -> Option<SecondFactor> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, one| now < one.until);
        let one = waiting.get(&user)?;
        SecondFactor::of(&one.secret, &one.account).ok()
    }

    /// Takes it, if it is still this one.
    pub fn take(&self, user: UserId, secret: &str) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = waiting.get(&user).is_some_and(|one| one.secret == secret);
        is_it && waiting.remove(&user).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_for_ten_minutes_and_is_taken_once() {
        let (pending, now) = (Pending::default(), Timestamp::UNIX_EPOCH);
        let (first, _) = pending.begin(UserId(1), "ops1", now).unwrap();
        let (second, until) = pending.begin(UserId(1), "ops1", now).unwrap();
        assert_eq!(until, now + WAITS);
        let known = |at| pending.of(UserId(1), at).map(|factor| factor.secret().to_owned());
        assert_eq!(known(now), Some(second.secret().to_owned()), "the first one was replaced");
        assert!(pending.of(UserId(2), now).is_none());
        assert!(!pending.take(UserId(1), first.secret()));
        assert!(pending.take(UserId(1), second.secret()));
        assert!(!pending.take(UserId(1), second.secret()));
        let _ = pending.begin(UserId(1), "ops1", now).unwrap();
        assert_eq!(known(until), None);
    }
}

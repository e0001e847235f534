//! How often somebody may try to be somebody.
//!
//! An attempt is taken before anything is compared, under one lock: however many come at once, no more are
//! compared than the bounds allow. Those that are not compared cost next to nothing.

use crate::http::Problem;
use crate::settings::LoginLimits;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

/// Accounts and places that are remembered; the oldest are forgotten when more come.
const REMEMBERED: usize = 100_000;

/// Accounts and places of which it is recorded each for itself that attempts were turned away.
const RECORDS: usize = 200;
/// What the account of all others is called in a record.
const OTHERS: &str = "(others)";

/// Attempts of the last while.
pub struct Attempts {
    limits: LoginLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When attempts were made, oldest first, by what they count against.
    made: HashMap<Counter, VecDeque<Timestamp>>,
    /// Attempts that were turned away and not recorded yet.
    turned_away: HashMap<(String, IpAddr), u64>,
    /// All that were ever turned away.
    turned_away_total: u64,
}

/// What an attempt counts against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Counter {
    /// One account from one place.
    Pair(String, IpAddr),
    /// One account from anywhere: many places may guess together.
    Account(String),
    /// One place, whatever accounts it tries.
    Place(IpAddr),
}

/// No more attempts for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Seconds until the next one.
    pub retry_after_s: u64,
}

impl From<Throttled> for Problem {
    fn from(throttled: Throttled) -> Problem {
        Problem::throttled().retry_after(throttled.retry_after_s)
    }
}

impl Attempts {
    /// None made yet.
    pub fn new(limits: LoginLimits) -> Attempts {
        Attempts { limits, state: Mutex::default() }
    }

    /// Takes one attempt on an account from a place.
    ///
    /// # Errors
    ///
    /// [`Throttled`]: nothing is to be compared.
    pub fn take(&self, account: &str, place: IpAddr, now: Timestamp) -> Result<(), Throttled> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let window = SignedDuration::try_from(self.limits.window).unwrap_or(SignedDuration::MAX);
        let since = now.checked_sub(window).unwrap_or(Timestamp::MIN);
        let counters = self.counters(account, place);
        let mut free_at: Option<Timestamp> = None;
        for (counter, bound) in &counters {
            let Some(made) = state.made.get_mut(counter) else { continue };
            while made.front().is_some_and(|time| *time <= since) {
                made.pop_front();
            }
            // A place is free when enough of the attempts have left the window.
            if made.len() >= *bound as usize {
                let frees = made.get(made.len() - *bound as usize).copied().unwrap_or(now);
                free_at = free_at.max(Some(frees));
            }
        }
        if let Some(frees) = free_at {
            state.turned_away_total += 1;
            state.turn_away(account, place);
            let left = frees.checked_add(window).map_or(SignedDuration::ZERO, |at| at.duration_since(now));
            return Err(Throttled { retry_after_s: u64::try_from(left.as_secs()).unwrap_or(0) + 1 });
        }
        if state.made.len() + counters.len() > REMEMBERED {
            state.forget(since);
        }
        for (counter, _) in counters {
            state.made.entry(counter).or_default().push_back(now);
        }
        Ok(())
    }

    fn counters(&self, account: &str, place: IpAddr) -> [(Counter, u32); 3] {
        let account = account.to_owned();
        [
            (Counter::Pair(account.clone(), place), self.limits.attempts),
            (Counter::Account(account), self.limits.account_attempts),
            (Counter::Place(place), self.limits.account_attempts),
        ]
    }

    /// Somebody was who they said: what was tried from there on this account is forgotten. What others tried on it
    /// elsewhere still counts.
    pub fn forgive(&self, account: &str, place: IpAddr) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(made) = state.made.remove(&Counter::Pair(account.to_owned(), place)) else { return };
        for counter in [Counter::Account(account.to_owned()), Counter::Place(place)] {
            if let Some(others) = state.made.get_mut(&counter) {
                let mut mine = made.iter().peekable();
                others.retain(|time| mine.next_if(|own| *own == time).is_none());
            }
        }
    }

    /// How many were ever turned away.
    pub fn turned_away_total(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).turned_away_total
    }

    /// Takes what was turned away since the last time, to be recorded.
    pub fn turned_away(&self) -> Vec<(String, IpAddr, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.turned_away)
            .into_iter()
            .map(|((account, place), count)| (account, place, count))
            .collect()
    }
}

impl State {
    /// Counts an attempt that was turned away. Whoever tries many names from many places makes few records: beyond
    /// some, they are counted together.
    fn turn_away(&mut self, account: &str, place: IpAddr) {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let keys = [(account.to_owned(), place), (OTHERS.to_owned(), place), (OTHERS.to_owned(), nowhere)];
        let rooms = [RECORDS / 2, RECORDS, usize::MAX];
        let known = self.turned_away.len();
        let mut keys = keys.into_iter().zip(rooms);
        if let Some((key, _)) = keys.find(|(key, room)| known < *room || self.turned_away.contains_key(key)) {
            *self.turned_away.entry(key).or_default() += 1;
        }
    }

    /// Forgets what is out of the window; when that is not enough, what was tried least.
    fn forget(&mut self, since: Timestamp) {
        self.made.retain(|_, made| made.back().is_some_and(|last| *last > since));
        let mut least = 1;
        while self.made.len() + 3 > REMEMBERED {
            self.made.retain(|_, made| made.len() > least);
            least *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    const LIMITS: LoginLimits =
        LoginLimits { attempts: 5, account_attempts: 12, window: Duration::from_secs(60) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn place(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn attempts_come_back_as_they_leave_the_window() {
        let attempts = Attempts::new(LIMITS);
        for second in 0..5 {
            assert_eq!(attempts.take("ops1", place(1), at(second)), Ok(()));
        }
        assert_eq!(attempts.take("ops1", place(1), at(10)), Err(Throttled { retry_after_s: 51 }));
        assert_eq!(attempts.take("ops1", place(1), at(60)), Ok(()));
        assert_eq!(attempts.take("ops1", place(1), at(60)), Err(Throttled { retry_after_s: 2 }));
        assert_eq!(attempts.turned_away(), [("ops1".to_owned(), place(1), 2)]);
        assert_eq!(attempts.turned_away(), []);
    }

    #[test]
    fn many_places_share_the_bound_of_one_account() {
        let attempts = Attempts::new(LIMITS);
        let admitted = (0..200).filter(|n| attempts.take("ops1", place(*n), at(0)).is_ok()).count();
        assert_eq!(admitted, 12);
        assert_eq!(attempts.take("ops2", place(1), at(0)), Ok(()), "another account is not concerned");
    }

    #[test]
    fn one_place_shares_its_bound_among_accounts() {
        let attempts = Attempts::new(LIMITS);
        let admitted =
            (0..200).filter(|n| attempts.take(&format!("user{n}"), place(1), at(0)).is_ok()).count();
        assert_eq!(admitted, 12);
    }

    #[test]
    fn who_was_right_is_forgiven_their_own_attempts_only() {
        let attempts = Attempts::new(LIMITS);
        for n in 0..7 {
            assert_eq!(attempts.take("ops1", place(10 + n), at(0)), Ok(()));
        }
        for _ in 0..4 {
            assert_eq!(attempts.take("ops1", place(1), at(1)), Ok(()));
        }
        attempts.forgive("ops1", place(1));
        let admitted = (0..20).filter(|n| attempts.take("ops1", place(100 + n), at(2)).is_ok()).count();
        assert_eq!(admitted, 5, "seven of twelve are still counted");
    }

    #[test]
    fn a_thousand_at_once_are_no_more_than_the_bound() {
        let (attempts, admitted) = (Attempts::new(LIMITS), AtomicU32::new(0));
        let barrier = Barrier::new(50);
        std::thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    barrier.wait();
                    for _ in 0..20 {
                        if attempts.take("ops1", place(1), at(0)).is_ok() {
                            admitted.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 5);
    }

    #[test]
    fn many_names_and_places_make_few_records_and_all_are_counted() {
        let attempts = Attempts::new(LIMITS);
        let tried = 5000_u32;
        let admitted = (0..tried)
            .filter(|n| attempts.take(&format!("u{n}"), IpAddr::from((n % 250).to_be_bytes()), at(0)).is_ok())
            .count();
        let turned_away = attempts.turned_away();
        assert_eq!(admitted, 250 * 12);
        assert!(turned_away.len() <= RECORDS + 1, "{}", turned_away.len());
        assert_eq!(turned_away.iter().map(|(_, _, count)| count).sum::<u64>(), u64::from(tried) - 250 * 12);
    }

    #[test]
    fn memory_is_bounded_whatever_names_are_tried() {
        let attempts = Attempts::new(LIMITS);
        for n in 0..60_000_u32 {
            let _ = attempts.take(&format!("u{n}"), IpAddr::from(n.to_be_bytes()), at(0));
        }
        assert!(attempts.state.lock().unwrap().made.len() <= REMEMBERED);
    }
}

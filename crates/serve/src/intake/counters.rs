//! What came from a source since the server was started.

use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Minutes of which it is known how many events came in each.
const MINUTES: usize = 61;
/// That nothing has arrived.
const NEVER: i64 = i64::MIN;

/// What came from a source. Counts only grow.
#[derive(Debug)]
pub struct Counters {
    taken: AtomicU64,
    doubled: AtomicU64,
    bytes: AtomicU64,
    refused: AtomicU64,
    dead_letters: AtomicU64,
    dropped: AtomicU64,
    /// In milliseconds since 1970.
    last_arrival: AtomicI64,
    recent: Mutex<Recent>,
}

/// Counts as they were at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Records in the spool.
    pub taken: u64,
    /// Records that had been delivered before, and were not stored again.
    pub doubled: u64,
    /// Bytes of the records that were taken.
    pub bytes: u64,
    /// Requests, messages or items that were refused: they were not understood, or there was no room.
    pub refused: u64,
    /// Records that no parser understood.
    pub dead_letters: u64,
    /// Records that were lost before they could be taken, where their sender cannot be told to wait.
    pub dropped: u64,
    /// When a record was last taken, or came again.
    pub last_arrival: Option<Timestamp>,
}

/// Events per minute, in a ring.
#[derive(Debug)]
struct Recent {
    /// The newest minute, since 1970.
    minute: i64,
    counts: [u64; MINUTES],
}

impl Default for Counters {
    fn default() -> Counters {
        let zero = || AtomicU64::new(0);
        Counters {
            taken: zero(),
            doubled: zero(),
            bytes: zero(),
            refused: zero(),
            dead_letters: zero(),
            dropped: zero(),
            last_arrival: AtomicI64::new(NEVER),
            recent: Mutex::new(Recent { minute: 0, counts: [0; MINUTES] }),
        }
    }
}

impl Counters {
    /// Records were taken, or had been before.
    pub fn accepted(&self, taken: u64, doubled: u64, bytes: u64, now: Timestamp) {
        self.taken.fetch_add(taken, Ordering::Relaxed);
        self.doubled.fetch_add(doubled, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.last_arrival.fetch_max(now.as_millisecond(), Ordering::Relaxed);
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).add(minute(now), taken);
    }

    /// So many requests, messages or items were refused.
    pub fn refused(&self, count: u64) {
        self.refused.fetch_add(count, Ordering::Relaxed);
    }

    /// No parser understood so many records.
    pub fn dead_letters(&self, count: u64) {
        self.dead_letters.fetch_add(count, Ordering::Relaxed);
    }

    /// So many records were lost before they could be taken.
    pub fn dropped(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// All of it now.
    pub fn now(&self) -> Counted {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let last = self.last_arrival.load(Ordering::Relaxed);
        Counted {
            taken: of(&self.taken),
            doubled: of(&self.doubled),
            bytes: of(&self.bytes),
            refused: of(&self.refused),
            dead_letters: of(&self.dead_letters),
            dropped: of(&self.dropped),
            last_arrival: Timestamp::from_millisecond(last).ok().filter(|_| last != NEVER),
        }
    }

    /// Events that were taken in the last `minutes` whole minutes, of which at most an hour is known. The minute that
    /// runs is in none of them.
    pub fn in_last(&self, minutes: u8, now: Timestamp) -> u64 {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let this = minute(now);
        let most = i64::from(minutes).min(MINUTES as i64 - 1);
        (1..=most).filter_map(|back| recent.get(this - back)).sum()
    }
}

fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

impl Recent {
    fn add(&mut self, minute: i64, count: u64) {
        // A clock that was set back counts into the newest minute that there was.
        let minute = minute.max(self.minute);
        let passed = usize::try_from(minute - self.minute).unwrap_or(MINUTES).min(MINUTES);
        for back in 0..passed {
            let place = place(minute - i64::try_from(back).unwrap_or_default());
            self.counts.iter_mut().skip(place).take(1).for_each(|count| *count = 0);
        }
        self.minute = minute;
        self.counts.iter_mut().skip(place(minute)).take(1).for_each(|sum| *sum += count);
    }

    fn get(&self, minute: i64) -> Option<u64> {
        let is_known = minute <= self.minute && minute > self.minute - MINUTES as i64;
        self.counts.get(place(minute)).copied().filter(|_| is_known)
    }
}

fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(MINUTES as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + second)
    }

    #[test]
    fn a_minute_counts_when_it_is_over_and_for_an_hour() {
        let counters = Counters::default();
        assert_eq!(counters.now(), Counted::default());
        counters.accepted(10, 1, 700, at(0));
        counters.accepted(5, 0, 300, at(59));
        counters.accepted(7, 0, 10, at(60));
        assert_eq!(counters.in_last(1, at(59)), 0, "the minute that runs is in none");
        assert_eq!((counters.in_last(1, at(60)), counters.in_last(1, at(120))), (15, 7));
        assert_eq!((counters.in_last(5, at(299)), counters.in_last(60, at(3600))), (22, 22));
        assert_eq!((counters.in_last(60, at(3660)), counters.in_last(60, at(90_000))), (7, 0));
        counters.accepted(1, 0, 1, at(3660));
        assert_eq!((counters.in_last(60, at(3661)), counters.in_last(60, at(3721))), (7, 1));
        counters.accepted(2, 0, 1, at(90_000));
        assert_eq!(counters.in_last(60, at(90_060)), 2);
        let all = counters.now();
        assert_eq!((all.taken, all.doubled, all.bytes), (25, 1, 1012));
        assert_eq!(all.last_arrival, Some(at(90_000)));
        counters.accepted(1, 0, 1, at(5));
        assert_eq!(counters.now().last_arrival, Some(at(90_000)), "a clock that was set back");
    }
}

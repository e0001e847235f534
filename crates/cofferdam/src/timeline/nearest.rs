//! Keeps the events nearest to a stretch of time, however many come.

use jiff::Timestamp;
use std::collections::BinaryHeap;

/// At most so many events; of more, those farthest away are forgotten.
pub struct Nearest<T> {
    first: Timestamp,
    last: Timestamp,
    most: usize,
    kept: BinaryHeap<Kept<T>>,
    seen: u64,
}

struct Kept<T> {
    /// Nanoseconds to the stretch, 0 within it; then the order of time and of arrival.
    key: (u128, Timestamp, u64),
    event: T,
}

impl<T> Nearest<T> {
    /// Around the time from `first` to `last`.
    pub fn new(first: Timestamp, last: Timestamp, most: usize) -> Nearest<T> {
        Nearest { first, last, most, kept: BinaryHeap::new(), seen: 0 }
    }

    /// Takes an event that happened at this time.
    pub fn push(&mut self, at: Timestamp, event: T) {
        let away = if at < self.first {
            self.first.duration_since(at)
        } else if at > self.last {
            at.duration_since(self.last)
        } else {
            jiff::SignedDuration::ZERO
        };
        self.kept.push(Kept { key: (away.as_nanos().unsigned_abs(), at, self.seen), event });
        self.seen += 1;
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// How many were forgotten.
    pub fn forgotten(&self) -> u64 {
        self.seen - self.kept.len() as u64
    }

    /// What is kept, in the order of time and then of arrival.
    pub fn in_order(self) -> Vec<T> {
        let mut kept = self.kept.into_vec();
        kept.sort_by_key(|kept| (kept.key.1, kept.key.2));
        kept.into_iter().map(|kept| kept.event).collect()
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Kept<T>) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Kept<T> {}

impl<T> PartialOrd for Kept<T> {
    fn partial_cmp(&self, other: &Kept<T>) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Kept<T> {
    fn cmp(&self, other: &Kept<T>) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_farthest_is_forgotten() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut nearest = Nearest::new(at(100), at(110), 4);
        for second in [90, 105, 130, 99, 111, 100, 50] {
            nearest.push(at(second), second);
        }
        assert_eq!(nearest.forgotten(), 3);
        assert_eq!(nearest.in_order(), [99, 100, 105, 111]);
    }
}

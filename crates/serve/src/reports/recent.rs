//! What was sent just now: a form that is sent again, by a second click or by reloading, is the same report.

use cofferdam_journal::report::ReportNumber;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Forms that are remembered.
const MOST: usize = 500;
/// How long each is.
const TIME: SignedDuration = SignedDuration::from_mins(10);

/// Forms that were sent just now, by what stood in each page that nobody else has.
#[derive(Default)]
pub struct Recent(Mutex<VecDeque<(Timestamp, [u8; 32], ReportNumber)>>);

/// What stands for a form as it was sent: the random text of its page, and all that was written.
pub fn key(once: &str, texts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in std::iter::once(&once).chain(texts) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

impl Recent {
    /// The number that the form was given before.
    pub fn number(&self, key: &[u8; 32], now: Timestamp) -> Option<ReportNumber> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while known.front().is_some_and(|(time, _, _)| now.duration_since(*time) > TIME) {
            known.pop_front();
        }
        known.iter().find(|(_, of, _)| of == key).map(|(_, _, number)| *number)
    }

    /// The form was given this number.
    pub fn put(&self, key: [u8; 32], number: ReportNumber, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back((now, key, number));
        let more = known.len().saturating_sub(MOST);
        known.drain(..more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_remembered_for_a_while_and_not_without_end() {
        let recent = Recent::default();
        let at = |minute: i64| Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap();
        let number = |id: u8| ReportNumber::of([id; 8]);
        let key_of = |text: &str| key("page", &[text]);
        recent.put(key_of("a"), number(1), at(0));
        assert_eq!(recent.number(&key_of("a"), at(9)), Some(number(1)));
        assert_eq!(recent.number(&key("other page", &["a"]), at(9)), None);
        assert_eq!(recent.number(&key_of("a"), at(11)), None);
        for id in 0..2000 {
            recent.put(key_of(&id.to_string()), number(2), at(20));
        }
        assert_eq!(recent.0.lock().unwrap().len(), MOST);
        assert_ne!(key("a", &["bc"]), key("a", &["b", "c"]));
    }
}

//! Numbers from a seed that is printed, so that what failed can be done again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64: small, and good enough to choose moments and places.
pub struct Random(u64);

impl Random {
    /// Numbers that are the same for the same seed.
    pub fn of(seed: u64) -> Random {
        Random(seed)
    }

    /// The seed in `COFFERDAM_SEED`, or one of the clock; it is printed.
    pub fn seed(what: &str) -> u64 {
        let micros = |since: Duration| u64::try_from(since.as_micros()).unwrap_or(0);
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros);
        let seed = number("COFFERDAM_SEED").unwrap_or_else(clock);
        println!("{what}: COFFERDAM_SEED={seed}");
        seed
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    ///
    /// # Panics
    ///
    /// When `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a size");
        usize::try_from(self.next() % end).expect("smaller than a size")
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The number that an environment variable says, such as how often to try.
///
/// # Panics
///
/// When it says something else.
pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: `{text}`")))
}

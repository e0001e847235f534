//! What time it is, by the events themselves.

use jiff::{SignedDuration, Timestamp};

/// Matches whose median is the time. Odd, and small enough to keep pace where matches are rare.
const HEARD: usize = 15;

/// Follows the events, and the caller where he knows better.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    heard: [SignedDuration; HEARD],
    count: usize,
    told: SignedDuration,
    now: SignedDuration,
}

impl Default for Clock {
    fn default() -> Clock {
        let start = Timestamp::MIN.as_duration();
        Clock { heard: [start; HEARD], count: 0, told: start, now: start }
    }
}

impl Clock {
    /// An event of that time arrived. Tells the time, which may step back when it turns out to have been
    /// led astray.
    pub(super) fn hear(&mut self, at: SignedDuration) -> SignedDuration {
        self.heard[self.count % HEARD] = at;
        self.count += 1;
        let mut heard = self.heard;
        let known = &mut heard[..self.count.min(HEARD)];
        // The lower of two medians: a second event that runs ahead shall not lead the first.
        let (_, median, _) = known.select_nth_unstable((known.len() - 1) / 2);
        self.now = self.told.max(*median);
        self.now
    }

    /// It is that late by the caller's clock. Tells the time.
    pub(super) fn tell(&mut self, now: SignedDuration) -> SignedDuration {
        self.told = self.told.max(now);
        self.now = self.now.max(now);
        self.now
    }
}

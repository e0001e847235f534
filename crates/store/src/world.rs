//! Clock and randomness, so that tests can bring their own.

use jiff::Timestamp;

/// Tells what time it is.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// Fills bytes that nobody can guess.
pub type Randomness = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// What the journal takes from outside.
pub struct World {
    /// What time it is.
    pub now: Clock,
    /// Bytes that nobody can guess.
    pub random: Randomness,
}

impl World {
    /// The system's clock and randomness.
    ///
    /// # Panics
    ///
    /// When the system has no randomness: nothing here could be kept secret then.
    pub fn real() -> World {
        World {
            now: Box::new(Timestamp::now),
            random: Box::new(|bytes| {
                getrandom::fill(bytes)
                    .expect("the system gives no random bytes; nothing could be kept secret");
            }),
        }
    }
}

//! Clock, randomness and network, so that tests can bring their own.

use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Tells what time it is.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// Fills bytes that nobody can guess.
pub type Randomness = Box<dyn Fn(&mut [u8]) + Send + Sync>;
/// Posts a body to an address; an error in words when there is no answer.
pub type Post = Box<dyn Fn(&str, &str) -> Result<Answer, String> + Send + Sync>;

/// What somebody answered over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// What the journal takes from outside.
pub struct World {
    /// What time it is.
    pub now: Clock,
    /// Bytes that nobody can guess.
    pub random: Randomness,
    /// The network, for witnesses.
    pub post: Post,
}

/// Random bytes fetched ahead: an entry needs a few dozen, and to ask the system for each few costs as much as
/// hashing them.
struct Pool {
    bytes: [u8; POOL_BYTES],
    used: usize,
}

const POOL_BYTES: usize = 4096;

impl Pool {
    fn drawn() -> Randomness {
        let pool = Mutex::new(Pool { bytes: [0; POOL_BYTES], used: POOL_BYTES });
        Box::new(move |target| pool.lock().unwrap_or_else(PoisonError::into_inner).draw(target))
    }

    /// Each byte is given out once, and is not left behind.
    fn draw(&mut self, target: &mut [u8]) {
        for part in target.chunks_mut(POOL_BYTES) {
            if self.used + part.len() > POOL_BYTES {
                getrandom::fill(&mut self.bytes)
                    .expect("the system gives no random bytes; nothing could be kept secret");
                self.used = 0;
            }
            let drawn = &mut self.bytes[self.used..self.used + part.len()];
            part.copy_from_slice(drawn);
            drawn.fill(0);
            self.used += part.len();
        }
    }
}

impl World {
    /// The system's clock and randomness, and this network.
    ///
    /// # Panics
    ///
    /// When the system has no randomness: nothing here could be kept secret then.
    pub fn real(post: Post) -> World {
        World { now: Box::new(Timestamp::now), random: Pool::drawn(), post }
    }

    /// The network of somebody who has none.
    pub fn offline() -> Post {
        Box::new(|_, _| Err("there is no network here".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_byte_is_given_out_twice() {
        let random = World::real(World::offline()).random;
        let mut seen = HashSet::new();
        for length in (16..64).cycle().take(2000) {
            let mut bytes = vec![0; length];
            random(&mut bytes);
            assert!(seen.insert(bytes[..16].to_vec()), "16 bytes came twice");
        }
        let mut large = vec![0; 3 * POOL_BYTES + 5];
        random(&mut large);
        assert!(large.chunks(64).all(|part| part.iter().any(|byte| *byte != 0)));
    }
}

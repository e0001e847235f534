//! Clock, randomness and network, so that tests can bring their own.

use jiff::Timestamp;

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

impl World {
    /// The system's clock and randomness, and this network.
    ///
    /// # Panics
    ///
    /// When the system has no randomness: nothing here could be kept secret then.
    pub fn real(post: Post) -> World {
        World {
            now: Box::new(Timestamp::now),
            random: Box::new(|bytes| {
                getrandom::fill(bytes)
                    .expect("the system gives no random bytes; nothing could be kept secret");
            }),
            post,
        }
    }

    /// The network of somebody who has none.
    pub fn offline() -> Post {
        Box::new(|_, _| Err("there is no network here".to_owned()))
    }
}

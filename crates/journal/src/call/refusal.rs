//! Why something asked of a call was refused.

use super::{PEOPLE, ROUNDS, WHAT_CHARS};

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallRefusal {
    /// There is none of that number.
    #[error("no such call was begun")]
    NotBegun,
    /// The number is taken.
    #[error("a call of this number was begun already, about something else")]
    Begun,
    /// Nobody, or too many.
    #[error("a call tells 1 to {PEOPLE} people")]
    People,
    /// Never, or without end.
    #[error("a call tells everybody 1 to {ROUNDS} times")]
    Rounds,
    /// Nobody is told any more.
    #[error("the call has ended")]
    Ended,
    /// One is told after the other.
    #[error("step {step} is not the one that comes next")]
    Step {
        /// Which.
        step: u32,
    },
    /// It was sent for something else, or never.
    #[error("nothing like that was sent, or it was told already what became of it")]
    Delivery,
    /// Too long.
    #[error("a reason has at most {WHAT_CHARS} characters")]
    What,
}

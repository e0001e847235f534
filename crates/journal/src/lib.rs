//! The log that is the truth, and how it proves itself.
//!
//! Pure: no clock, disk, network or global state; time, ids and randomness arrive as arguments.

pub mod merkle;
pub mod note;

//! Speaks to other machines over HTTPS.

mod send;

pub use send::{Answer, post};

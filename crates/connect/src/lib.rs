//! Speaks to other machines over HTTPS.

mod api;
mod send;

pub use api::{Api, Said, With};
pub use send::{Answer, post};

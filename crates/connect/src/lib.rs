//! Speaks to other machines over HTTPS.

mod api;
mod fetch;
mod send;

pub use api::{Api, Said, With};
pub use fetch::{FetchError, Fetcher, is_here};
pub use send::{Answer, post};

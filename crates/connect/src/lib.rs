//! Speaks to other machines over HTTPS.

mod api;
mod fetch;
mod mail;
mod send;

pub use api::{Api, Said, With};
pub use fetch::{FetchError, Fetcher, is_here};
pub use mail::{Letter, MailServer, Mailer, Security, Unsent, mailbox};
pub use send::{Answer, Posted, post, post_as};

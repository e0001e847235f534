//! The link with which the first administrator is made: good once, and only while there is none.

use super::fingerprint::{Bearer, Fingerprint};
use super::roster::Roster;
use std::sync::{Mutex, PoisonError};

/// The link's secret, as long as it is good.
#[derive(Default)]
pub struct Setup {
    waiting: Mutex<Option<Fingerprint>>,
}

impl Setup {
    /// Makes the link when nobody can administer the server; the secret is told once.
    pub fn begin(&self, roster: &Roster) -> Option<String> {
        if !roster.has_no_administrator() {
            return None;
        }
        let bearer = Bearer::fresh("");
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(bearer.fingerprint());
        Some(bearer.reveal().to_owned())
    }

    /// Whether this is the secret.
    pub fn is(&self, secret: &str) -> bool {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) == Some(Fingerprint::of(secret))
    }

    /// Whether somebody may still use it.
    pub fn is_waiting(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// It is good no more.
    pub fn done(&self) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

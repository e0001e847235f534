//! Requests that were refused for want of a permission: each is counted, and recorded at most once a minute for
//! one user and route, so that whoever asks in a loop does not fill the journal.

use axum::http::Method;
use cofferdam_journal::access::RequestRefused;
use cofferdam_journal::{Fact, Permission};
use cofferdam_vocabulary::UserId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Kinds of refusals kept until they are recorded; users and routes are few.
const KINDS: usize = 10_000;

/// Refusals that wait to be recorded.
#[derive(Default)]
pub struct Refusals {
    waiting: Mutex<BTreeMap<(UserId, Permission, String, String), u64>>,
}

impl Refusals {
    /// Counts one. The route is as declared, not as sent.
    pub fn count(&self, user: UserId, permission: Permission, method: &Method, route: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (user, permission, method.as_str().chars().take(10).collect(), route.to_owned());
        if waiting.len() < KINDS || waiting.contains_key(&key) {
            *waiting.entry(key).or_default() += 1;
        }
    }

    /// Takes what waits, as facts.
    pub fn take(&self) -> Vec<Fact> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let fact = |((user, permission, method, route), count)| {
            let (user, permission) = (Some(user), Some(permission));
            Fact::RequestRefused(RequestRefused { user, permission, method, route, count })
        };
        waiting.into_iter().map(fact).collect()
    }
}

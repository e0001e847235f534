//! What a running server counts of itself, for `/metrics`.

use axum::http::Method;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the buckets of durations, in seconds.
pub const BOUNDS_S: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Counters of one server.
#[derive(Default)]
pub struct Counted {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    /// How many requests took at most as long as each of [`BOUNDS_S`], and how many there were.
    buckets: [AtomicU64; BOUNDS_S.len() + 1],
    sum_us: AtomicU64,
}

/// Requests by method and status; of durations, how many were below each bound, and their sum in seconds.
pub type Requests = (Vec<((String, u16), u64)>, Vec<u64>, f64);

impl Counted {
    /// Counts a request that was answered.
    pub fn request(&self, method: &Method, status: u16, took: Duration) {
        // Methods are the client's text: those that are none of ours are one.
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let name = if known.contains(method) { method.as_str() } else { "other" };
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((name.to_owned(), status)).or_default() += 1;
        drop(requests);
        for (bound, bucket) in BOUNDS_S.iter().zip(&self.buckets) {
            if took.as_secs_f64() <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.buckets[BOUNDS_S.len()].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was counted.
    pub fn requests(&self) -> Requests {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let by_status = requests.iter().map(|(key, count)| (key.clone(), *count)).collect();
        let buckets = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        #[expect(clippy::cast_precision_loss, reason = "microseconds of centuries fit")]
        let sum_s = self.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
        (by_status, buckets, sum_s)
    }
}

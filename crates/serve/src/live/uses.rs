//! Who uses what, of all events that were read: for whoever asks.

use super::hands::Done;
use crate::intake::Sources;
use cofferdam_detect::activity::Activity;
use cofferdam_spool::Read;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// The index; none before it was read from the disk.
#[derive(Debug, Default)]
pub struct Uses(Mutex<Option<Activity>>);

impl Uses {
    /// From now on, this is it.
    pub fn begin(&self, activity: Activity) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(activity);
    }

    /// Works with it, if it is there.
    pub fn with<T>(&self, work: impl FnOnce(&mut Activity) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(work)
    }

    /// Notes whom and what these records name. What says no time happened when it arrived.
    pub fn note(&self, done: &mut Done, records: &[Read], sources: &Sources, now: Timestamp) {
        let parties = std::mem::take(&mut done.processed.parties);
        if parties.is_empty() {
            return;
        }
        let origin = &done.origin;
        let host = origin.host.clone().or_else(|| sources.named(&origin.source)?.terms.host.clone());
        let source: Arc<str> = origin.source.as_str().into();
        let arrival = |seq: u64| {
            records.binary_search_by_key(&seq, |read| read.seq.0).ok().map(|at| records[at].arrival)
        };
        self.with(|activity| {
            for (seq, time, parties) in parties {
                let at = time.or_else(|| arrival(seq)).unwrap_or(now);
                let parties = match &host {
                    Some(host) => parties.on(host),
                    None => parties,
                };
                activity.note(&parties, at, &source, seq, now);
            }
        });
    }
}

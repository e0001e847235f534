//! The answer to "who uses this?".

use super::coverage::{Covered, start_of};
use super::distinct::Distinct;
use super::row::{Example, Hour};
use cofferdam_vocabulary::EntityKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who was seen with an entity, and what was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What it is.
    pub kind: EntityKind,
    /// Which one.
    pub value: String,
    /// Hours with events, in the order of time.
    pub hours: Vec<HourSeen>,
    /// Events in all of them.
    pub events: u64,
    /// Hosts seen with it in all of them.
    pub hosts: Seen,
    /// Accounts.
    pub accounts: Seen,
    /// Login sessions.
    pub sessions: Seen,
    /// Since when anything was seen, within the last seven days.
    pub since: Option<Timestamp>,
    /// What each source covered of the asked time.
    pub covered: Vec<Covered>,
    /// Entities were forgotten that may have been seen in the asked time, because there were too many: what is
    /// told may not be all.
    pub forgotten: bool,
}

/// One hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HourSeen {
    /// When the hour starts.
    pub hour: Timestamp,
    /// Events that name the entity.
    pub events: u64,
    /// Hosts seen with it.
    pub hosts: Seen,
    /// Accounts.
    pub accounts: Seen,
    /// Login sessions.
    pub sessions: Seen,
    /// Up to three records.
    pub examples: Vec<Example>,
}

/// Different values that were seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// How many.
    pub count: u64,
    /// The count is exact; otherwise an estimate with a standard error of 6.5 per cent.
    pub exact: bool,
    /// The first of them, up to sixteen.
    pub names: Vec<Arc<str>>,
}

impl Seen {
    pub(super) fn of(distinct: &Distinct) -> Seen {
        let (count, exact) = distinct.count();
        Seen { count, exact, names: distinct.names().cloned().collect() }
    }
}

impl HourSeen {
    pub(super) fn of(hour: &Hour) -> HourSeen {
        HourSeen {
            hour: start_of(hour.hour),
            events: hour.events,
            hosts: Seen::of(&hour.hosts),
            accounts: Seen::of(&hour.accounts),
            sessions: Seen::of(&hour.sessions),
            examples: hour.examples.clone(),
        }
    }
}

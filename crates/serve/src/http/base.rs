//! Which revision of a part of an object somebody read, and now changes.

use serde::Deserialize;

/// The highest revision; nobody writes so often.
const LAST: u64 = 1_000_000;

/// A revision that somebody read, from 1 to a million.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct BaseRevision(pub u64);

impl TryFrom<u64> for BaseRevision {
    type Error = String;

    fn try_from(revision: u64) -> Result<BaseRevision, String> {
        if (1..=LAST).contains(&revision) {
            Ok(BaseRevision(revision))
        } else {
            Err(format!("a revision is 1 to {LAST}"))
        }
    }
}

//! What waits for somebody, as the journal tells it.

use cofferdam_journal::call::Matter;
use cofferdam_journal::{Actor, Entry, Fact};
use cofferdam_store::{Reader, StorageError, entry};
use jiff::{SignedDuration, Timestamp};
use std::ops::ControlFlow;

/// What a server had no time for before it ended is not told later than this: it was down, and others saw to it.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// Something waits for somebody.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What.
    pub about: Matter,
    /// Who brought it about.
    pub by: Actor,
    /// Somebody is told of it however bad it is.
    pub however_bad: bool,
}

impl Wanted {
    /// What waits since this entry.
    pub fn of(entry: &Entry) -> Option<Wanted> {
        let about = Matter::begun_by(entry.head.stream, &entry.fact)?;
        let however_bad = matches!(
            entry.fact,
            Fact::IncidentDeclared { .. } | Fact::CommanderRelieved | Fact::IncidentReopened { .. }
        );
        Some(Wanted { about, by: entry.actor.clone(), however_bad })
    }
}

/// Reads the entries of the last hour of the journal that are behind `last`, the cause of the last call.
///
/// # Errors
///
/// [`StorageError`] when they cannot be read.
pub fn since(
    reader: &dyn Reader,
    last: Option<u64>,
    look: &mut dyn FnMut(&Entry),
) -> Result<(), StorageError> {
    let size = reader.size()?;
    let Some(end) = size.checked_sub(1).map(|last| time(reader, last)).transpose()?.flatten() else {
        return Ok(());
    };
    let from = first_after(reader, size, end - RECENT)?;
    let (from, mut result) = (from.max(last.map_or(0, |last| last + 1)), Ok(()));
    reader.entries(from..size.max(from), &mut |stored| match entry(&stored) {
        Ok(entry) => {
            look(&entry);
            ControlFlow::Continue(())
        }
        Err(error) => {
            result = Err(error);
            ControlFlow::Break(())
        }
    })?;
    result
}

/// The first entry that is not older than this; the clock of a machine may have been set back in between.
fn first_after(reader: &dyn Reader, size: u64, wanted: Timestamp) -> Result<u64, StorageError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        if time(reader, middle)?.is_none_or(|time| time < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn time(reader: &dyn Reader, position: u64) -> Result<Option<Timestamp>, StorageError> {
    let mut found = Ok(None);
    reader.entries(position..position + 1, &mut |stored| {
        found = entry(&stored).map(|entry| Some(entry.head.time));
        ControlFlow::Break(())
    })?;
    found
}

//! What waits for somebody, as the journal tells it.

use crate::ledger::{first_since, time};
use cofferdam_journal::call::Matter;
use cofferdam_journal::{Actor, Entry, Fact};
use cofferdam_store::{Reader, StorageError, entry};
use jiff::SignedDuration;
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
    let from = first_since(reader, size, end - RECENT)?;
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

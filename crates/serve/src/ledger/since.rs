//! Where in the journal a time is.

use cofferdam_store::{Reader, StorageError, entry};
use jiff::Timestamp;
use std::ops::ControlFlow;

/// The first of `size` entries that is not older than this; the clock of a machine may have been set back in between.
///
/// # Errors
///
/// [`StorageError`] when they cannot be read.
pub fn first_since(reader: &dyn Reader, size: u64, wanted: Timestamp) -> Result<u64, StorageError> {
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

/// When an entry was recorded; nothing when there is none.
///
/// # Errors
///
/// [`StorageError`] when it cannot be read.
pub fn time(reader: &dyn Reader, position: u64) -> Result<Option<Timestamp>, StorageError> {
    let mut found = Ok(None);
    reader.entries(position..position.saturating_add(1), &mut |stored| {
        found = entry(&stored).map(|entry| Some(entry.head.time));
        ControlFlow::Break(())
    })?;
    found
}

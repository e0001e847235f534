//! Rows of lists, and where streams end, made anew from the entries.

use crate::storage::{Reader, StorageError, Stored, Transaction};
use crate::writer::InTransaction;
use cofferdam_journal::{Entry, EntryError, view};
use std::ops::ControlFlow;

/// Follows all entries from the first.
pub fn rows(reader: &dyn Reader, size: u64, transaction: &mut dyn Transaction) -> Result<(), StorageError> {
    let mut result = Ok(());
    reader.entries(0..size, &mut |stored| {
        result = entry(&stored).and_then(|entry| {
            transaction.set_last(&stored)?;
            view::follow(&mut InTransaction(transaction), &entry)
        });
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result
}

/// The entry, with the values that are still known.
///
/// # Errors
///
/// [`StorageError::Damaged`] when the bytes are no entry, [`StorageError::Later`] is not told apart from it:
/// a database of a later format is refused when it is opened.
pub fn entry(stored: &Stored) -> Result<Entry, StorageError> {
    let known = |commitment: &cofferdam_journal::Commitment| {
        let secret = stored.secrets.iter().find(|secret| secret.commitment == *commitment)?;
        Some(secret.value.clone())
    };
    Entry::read(&stored.leaf, &known).map_err(|error: EntryError| StorageError::Damaged {
        what: format!("entry {}: {error}", stored.position),
    })
}

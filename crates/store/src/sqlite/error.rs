//! What SQLite's errors mean for the journal.

use crate::storage::StorageError;
use rusqlite::ErrorCode;

/// The error as the journal speaks of it.
pub fn said(error: &rusqlite::Error) -> StorageError {
    let what = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StorageError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StorageError::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::Busy,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory) => {
            StorageError::Io { what }
        }
        // A number or text of the wrong type is in a table only when something else wrote there.
        _ => StorageError::Damaged { what },
    }
}

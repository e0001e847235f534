//! Databases of formats 1 and 2, in which an index leads from a stream to its entries: read as they are.

use super::ends;
use super::error::said;
use crate::storage::{Last, StorageError};
use cofferdam_journal::StreamId;
use rusqlite::{Connection, OptionalExtension};

/// Entries from a position on, up to another.
pub const RANGE: &str = "SELECT position, stream, version, leaf, secrets,
        (SELECT before.position FROM entry AS before
         WHERE before.stream = entry.stream AND before.version = entry.version - 1)
     FROM entry WHERE position >= ? AND position < ? ORDER BY position";
/// One entry.
pub const ONE: &str = "SELECT position, stream, version, leaf, secrets,
        (SELECT before.position FROM entry AS before
         WHERE before.stream = entry.stream AND before.version = entry.version - 1)
     FROM entry WHERE position = ?";

/// The last entry of a stream, unless it has none.
pub fn last(connection: &Connection, stream: StreamId) -> Result<Option<Last>, StorageError> {
    let sql = "SELECT version, position FROM entry WHERE stream = ? ORDER BY version DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql).map_err(|error| said(&error))?;
    let read = statement.query_row([stream.to_string()], |row| ends::end(row, 0)).optional();
    Ok(read.map_err(|error| said(&error))?.flatten())
}

/// Calls `each` with every stream and its last entry.
pub fn lasts(connection: &Connection, each: &mut dyn FnMut(StreamId, Last)) -> Result<(), StorageError> {
    // Of the columns beside a maximum, SQLite gives those of the row that has it.
    let sql = "SELECT max(version), position, stream FROM entry GROUP BY stream";
    let mut statement = connection.prepare(sql).map_err(|error| said(&error))?;
    let mut rows = statement.query([]).map_err(|error| said(&error))?;
    while let Some(row) = rows.next().map_err(|error| said(&error))? {
        let last = ends::end(row, 0).map_err(|error| said(&error))?;
        let stream: String = row.get(2).map_err(|error| said(&error))?;
        let stream =
            StreamId::parse(&stream).map_err(|error| StorageError::Damaged { what: error.to_string() })?;
        if let Some(last) = last {
            each(stream, last);
        }
    }
    Ok(())
}

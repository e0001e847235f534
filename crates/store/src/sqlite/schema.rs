//! The tables, and how a database of an earlier version becomes one of this.

use super::error::said;
use crate::storage::StorageError;
use rusqlite::Connection;

/// What `PRAGMA application_id` says of our databases: `CFDM`.
pub const APPLICATION: i64 = 0x4346_444d;
/// The format that this version writes.
pub const FORMAT: i64 = 2;
/// The first format with a list of users.
pub const WITH_USERS: i64 = 2;

/// The tables of format 1. What opens an entry's personal values lies beside its leaf, one column on: erasing
/// writes that column anew, and a commit writes three pages instead of four.
const TABLES: &str = "
CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    secrets BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_of_stream ON entry (stream, version);
CREATE TABLE tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    note TEXT NOT NULL
) STRICT;
CREATE TABLE alert_row (
    id INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    incident INTEGER,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX alert_of_incident ON alert_row (incident) WHERE incident IS NOT NULL;
CREATE TABLE incident_row (
    id INTEGER PRIMARY KEY,
    severity INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE TABLE evidence_row (
    id BLOB PRIMARY KEY,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What makes a database of each format one of the next, from format 1 on.
const STEPS: [&str; FORMAT as usize - 1] = ["
CREATE TABLE user_row (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
"];

/// Makes the tables of a new database, brings one of an earlier format to this one, whole or not at all, and
/// refuses one that is not ours or of a later version.
pub fn prepare(connection: &mut Connection) -> Result<(), StorageError> {
    let number = |connection: &Connection, pragma: &str| {
        connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(|error| said(&error))
    };
    let application = number(connection, "application_id")?;
    let format = number(connection, "user_version")?;
    let is_empty = connection
        .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get::<_, bool>(0))
        .map_err(|error| said(&error))?;
    if !is_empty {
        check(application, format)?;
    }
    // A database without tables becomes one of format 1 first: what is new is made as it is made of an old one.
    let before = if is_empty { 0 } else { format };
    if before == FORMAT {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(|error| said(&error))?;
    let mut steps = [TABLES].into_iter().chain(STEPS).skip(usize::try_from(before).unwrap_or(usize::MAX));
    let made = steps
        .try_for_each(|step| transaction.execute_batch(step))
        .and_then(|()| transaction.pragma_update(None, "application_id", APPLICATION))
        .and_then(|()| transaction.pragma_update(None, "user_version", FORMAT));
    made.and_then(|()| transaction.commit()).map_err(|error| said(&error))
}

/// Refuses what this version cannot read.
pub fn check(application: i64, format: i64) -> Result<(), StorageError> {
    if application != APPLICATION {
        return Err(StorageError::Damaged { what: "it is not a journal of Cofferdam".to_owned() });
    }
    match format {
        1..=FORMAT => Ok(()),
        found if found > FORMAT => Err(StorageError::Later { found, known: FORMAT }),
        found => Err(StorageError::Damaged { what: format!("there never was a format {found}") }),
    }
}

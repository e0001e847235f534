//! The tables, and how a database of an earlier version becomes one of this.

use super::error::said;
use crate::storage::StorageError;
use rusqlite::Connection;

/// What `PRAGMA application_id` says of our databases: `CFDM`.
pub const APPLICATION: i64 = 0x4346_444d;
/// The format that this version writes.
pub const FORMAT: i64 = 3;
/// The first format with a list of users.
pub const WITH_USERS: i64 = 2;
/// The first format in which entries lead back to the one before them in their stream, from its end.
pub const WITH_ENDS: i64 = 3;

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
const STEPS: [&str; FORMAT as usize - 1] = [USERS, ENDS];

const USERS: &str = "
CREATE TABLE user_row (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
";

/// The row about a stream tells where it ends (`version` and `last`), whether it is in a list or not: an index of
/// streams would cost each commit one more page, a tenth of its time. Lists are empty after this, and are made anew
/// when the journal is opened.
const ENDS: &str = "
ALTER TABLE entry ADD COLUMN previous INTEGER;
UPDATE entry SET previous = (
    SELECT before.position FROM entry AS before
    WHERE before.stream = entry.stream AND before.version = entry.version - 1
) WHERE version > 1;
DROP TABLE alert_row;
DROP TABLE incident_row;
DROP TABLE evidence_row;
DROP TABLE user_row;
CREATE TABLE end_row (
    id TEXT PRIMARY KEY,
    version INTEGER,
    last INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    level INTEGER,
    incident INTEGER,
    content TEXT
) STRICT;
CREATE INDEX alert_of_incident ON alert_row (incident) WHERE incident IS NOT NULL;
CREATE TABLE incident_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    severity INTEGER,
    merged INTEGER,
    content TEXT
) STRICT;
CREATE TABLE evidence_row (
    id BLOB PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    content TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE user_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    content TEXT
) STRICT;
INSERT INTO alert_row (id, version, last)
    SELECT CAST(substr(stream, length('alert/ALR-') + 1) AS INTEGER), max(version), position
    FROM entry WHERE stream GLOB 'alert/*' GROUP BY stream;
INSERT INTO incident_row (id, version, last)
    SELECT CAST(substr(stream, length('incident/INC-') + 1) AS INTEGER), max(version), position
    FROM entry WHERE stream GLOB 'incident/*' GROUP BY stream;
INSERT INTO evidence_row (id, version, last)
    SELECT unhex(substr(stream, length('evidence/') + 1)), max(version), position
    FROM entry WHERE stream GLOB 'evidence/*' GROUP BY stream;
INSERT INTO user_row (id, version, last)
    SELECT CAST(substr(stream, length('user/USR-') + 1) AS INTEGER), max(version), position
    FROM entry WHERE stream GLOB 'user/*' GROUP BY stream;
INSERT INTO end_row (id, version, last)
    SELECT stream, max(version), position FROM entry
    WHERE stream = 'log' OR stream GLOB 'session/*' OR stream GLOB 'access/*' GROUP BY stream;
DROP INDEX entry_of_stream;
";

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

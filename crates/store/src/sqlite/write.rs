//! A transaction in SQLite.

use super::ends::{self, Sql};
use super::error::said;
use super::secrets::{pack, unpack};
use crate::storage::{Last, StorageError, Stored, Transaction};
use cofferdam_journal::view::Row;
use cofferdam_journal::{Commitment, StreamId};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, params};

const ALERT: Sql = Sql {
    insert: "INSERT OR IGNORE INTO alert_row (version, last, level, incident, content, id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    update: "UPDATE alert_row SET version = ?1, last = ?2, level = ?3, incident = ?4, content = ?5
             WHERE id = ?6",
};
const INCIDENT: Sql = Sql {
    insert: "INSERT OR IGNORE INTO incident_row (version, last, severity, merged, content, id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    update: "UPDATE incident_row SET version = ?1, last = ?2, severity = ?3, merged = ?4, content = ?5
             WHERE id = ?6",
};
const EVIDENCE: Sql = Sql {
    insert: "INSERT OR IGNORE INTO evidence_row (version, last, content, id) VALUES (?1, ?2, ?3, ?4)",
    update: "UPDATE evidence_row SET version = ?1, last = ?2, content = ?3 WHERE id = ?4",
};
const USER: Sql = Sql {
    insert: "INSERT OR IGNORE INTO user_row (version, last, content, id) VALUES (?1, ?2, ?3, ?4)",
    update: "UPDATE user_row SET version = ?1, last = ?2, content = ?3 WHERE id = ?4",
};

/// Writes within a transaction that [`super::Sqlite`] began and ends.
pub struct SqliteTransaction<'c> {
    connection: &'c Connection,
    /// The end of the stream that was asked for last: whoever asks goes on to write there.
    known: Option<(StreamId, Option<Last>)>,
    /// The end of a stream that is not written yet: it is written together with the row about it, if there
    /// comes one.
    waiting: Option<End>,
}

struct End {
    stream: StreamId,
    last: Last,
    /// The stream had no entry before this transaction.
    is_new: bool,
}

impl<'c> SqliteTransaction<'c> {
    pub fn new(connection: &'c Connection) -> SqliteTransaction<'c> {
        SqliteTransaction { connection, known: None, waiting: None }
    }

    /// Writes what waits.
    pub fn settle(&mut self) -> Result<(), StorageError> {
        match self.waiting.take() {
            Some(end) => ends::put(self.connection, end.stream, end.last, end.is_new),
            None => Ok(()),
        }
    }

    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<(), StorageError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        statement.execute(values).map_err(|error| said(&error))?;
        Ok(())
    }

    fn content(&self, sql: &str, id: &dyn ToSql) -> Result<Option<Row>, StorageError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        let content: Option<Option<String>> =
            statement.query_row([id], |row| row.get(0)).optional().map_err(|error| said(&error))?;
        content.flatten().map(|content| parse(&content)).transpose()
    }
}

/// Reads a row's content.
pub fn parse<T: serde::de::DeserializeOwned>(content: &str) -> Result<T, StorageError> {
    serde_json::from_str(content).map_err(|error| StorageError::Damaged {
        what: format!("a row of a list is not understood: {error}"),
    })
}

impl Transaction for SqliteTransaction<'_> {
    fn last(&mut self, stream: StreamId) -> Result<Option<Last>, StorageError> {
        let waiting = self.waiting.as_ref().map(|end| (end.stream, Some(end.last)));
        if let Some((_, last)) = [waiting, self.known].into_iter().flatten().find(|(of, _)| *of == stream) {
            return Ok(last);
        }
        let last = ends::last(self.connection, stream)?;
        self.known = Some((stream, last));
        Ok(last)
    }

    fn insert(&mut self, entry: &Stored) -> Result<(), StorageError> {
        let last = self.last(entry.stream)?;
        let (has, place) = (Last::count(last), entry.position);
        if (entry.version, entry.previous) != (has + 1, last.map(|last| last.position)) {
            let what = format!("entry {place} would not follow the {has} entries of `{}`", entry.stream);
            return Err(StorageError::Damaged { what });
        }
        let (stream, secrets) = (entry.stream.to_string(), pack(&entry.secrets));
        self.run(
            "INSERT INTO entry (position, stream, version, leaf, secrets, previous) VALUES (?, ?, ?, ?, ?, ?)",
            params![place, stream, entry.version, entry.leaf, secrets, entry.previous],
        )?;
        self.set_last(entry)
    }

    fn set_last(&mut self, entry: &Stored) -> Result<(), StorageError> {
        let last = Last { version: entry.version, position: entry.position };
        self.settle()?;
        let end = End { stream: entry.stream, last, is_new: entry.version == 1 };
        (self.known, self.waiting) = (None, Some(end));
        Ok(())
    }

    fn put_tile(&mut self, level: u8, index: u64, hashes: &[u8]) -> Result<(), StorageError> {
        let sql = "INSERT OR REPLACE INTO tile (level, number, hashes) VALUES (?, ?, ?)";
        self.run(sql, params![level, index, hashes])
    }

    fn put_checkpoint(&mut self, note: &str) -> Result<(), StorageError> {
        self.run("INSERT OR REPLACE INTO checkpoint (only, note) VALUES (0, ?)", params![note])
    }

    fn row(&mut self, stream: StreamId) -> Result<Option<Row>, StorageError> {
        match stream {
            StreamId::Log
            | StreamId::Session(_)
            | StreamId::Access(_)
            | StreamId::Source(_)
            | StreamId::Report(_)
            | StreamId::Exception(_)
            | StreamId::Call(_) => Ok(None),
            StreamId::Alert(id) => self.content("SELECT content FROM alert_row WHERE id = ?", &id.0),
            StreamId::Incident(id) => self.content("SELECT content FROM incident_row WHERE id = ?", &id.0),
            StreamId::Evidence(id) => self.content("SELECT content FROM evidence_row WHERE id = ?", &id.0),
            StreamId::User(id) => self.content("SELECT content FROM user_row WHERE id = ?", &id.0),
        }
    }

    fn put_row(&mut self, row: &Row) -> Result<(), StorageError> {
        let content = serde_json::to_string(row)
            .map_err(|error| StorageError::Damaged { what: format!("a row cannot be written: {error}") })?;
        let stream = row.stream();
        let end = self.last(stream)?;
        let (version, last) = (end.map(|end| end.version), end.map(|end| end.position));
        let is_new = self.waiting.take_if(|end| end.stream == stream).is_some_and(|end| end.is_new);
        let write = |sql: Sql, values: &[&dyn ToSql]| ends::write(self.connection, sql, is_new, values);
        match row {
            Row::Alert(row) => {
                let (level, incident) = (row.level as u8, row.incident.map(|incident| incident.0));
                write(ALERT, params![version, last, level, incident, content, row.id.0])
            }
            Row::Incident(row) => {
                let (severity, is_merged) = (row.severity as u8, row.merged_into.is_some());
                write(INCIDENT, params![version, last, severity, is_merged, content, row.id.0])
            }
            Row::Evidence(row) => write(EVIDENCE, params![version, last, content, row.id.0]),
            Row::User(row) => write(USER, params![version, last, content, row.id.0]),
        }
    }

    fn clear_rows(&mut self) -> Result<(), StorageError> {
        let empty = [
            "UPDATE alert_row SET level = NULL, incident = NULL, content = NULL",
            "UPDATE incident_row SET severity = NULL, merged = NULL, content = NULL",
            "UPDATE evidence_row SET content = NULL",
            "UPDATE user_row SET content = NULL",
        ];
        empty.iter().try_for_each(|sql| self.run(sql, &[]))
    }

    fn erase(&mut self, position: u64, commitment: &Commitment) -> Result<(), StorageError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT secrets FROM entry WHERE position = ?")
            .map_err(|error| said(&error))?;
        let packed: Option<Vec<u8>> =
            statement.query_row([position], |row| row.get(0)).optional().map_err(|error| said(&error))?;
        let mut secrets = unpack(&packed.unwrap_or_default())?;
        secrets.retain(|secret| secret.commitment != *commitment);
        self.run("UPDATE entry SET secrets = ? WHERE position = ?", params![pack(&secrets), position])
    }
}

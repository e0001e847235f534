//! A transaction in SQLite.

use super::error::said;
use super::secrets::{pack, unpack};
use crate::storage::{StorageError, Stored, Transaction};
use cofferdam_journal::view::Row;
use cofferdam_journal::{Commitment, StreamId};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, params};

/// Writes within a transaction that [`super::Sqlite`] began and ends.
pub struct SqliteTransaction<'c>(pub &'c Connection);

impl SqliteTransaction<'_> {
    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<(), StorageError> {
        let mut statement = self.0.prepare_cached(sql).map_err(|error| said(&error))?;
        statement.execute(values).map_err(|error| said(&error))?;
        Ok(())
    }

    fn content(&self, sql: &str, id: &dyn ToSql) -> Result<Option<Row>, StorageError> {
        let mut statement = self.0.prepare_cached(sql).map_err(|error| said(&error))?;
        let content: Option<String> =
            statement.query_row([id], |row| row.get(0)).optional().map_err(|error| said(&error))?;
        content.map(|content| parse(&content)).transpose()
    }
}

/// Reads a row's content.
pub fn parse<T: serde::de::DeserializeOwned>(content: &str) -> Result<T, StorageError> {
    serde_json::from_str(content).map_err(|error| StorageError::Damaged {
        what: format!("a row of a list is not understood: {error}"),
    })
}

impl Transaction for SqliteTransaction<'_> {
    fn version(&mut self, stream: StreamId) -> Result<u64, StorageError> {
        let sql = "SELECT version FROM entry WHERE stream = ? ORDER BY version DESC LIMIT 1";
        let mut statement = self.0.prepare_cached(sql).map_err(|error| said(&error))?;
        let version = statement.query_row([stream.to_string()], |row| row.get(0)).optional();
        Ok(version.map_err(|error| said(&error))?.unwrap_or(0))
    }

    fn insert(&mut self, entry: &Stored) -> Result<(), StorageError> {
        let (stream, secrets) = (entry.stream.to_string(), pack(&entry.secrets));
        self.run(
            "INSERT INTO entry (position, stream, version, leaf, secrets) VALUES (?, ?, ?, ?, ?)",
            params![entry.position, stream, entry.version, entry.leaf, secrets],
        )
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
            StreamId::Log | StreamId::Session(_) | StreamId::Access(_) => Ok(None),
            StreamId::Alert(id) => self.content("SELECT content FROM alert_row WHERE id = ?", &id.0),
            StreamId::Incident(id) => self.content("SELECT content FROM incident_row WHERE id = ?", &id.0),
            StreamId::Evidence(id) => self.content("SELECT content FROM evidence_row WHERE id = ?", &id.0),
            StreamId::User(id) => self.content("SELECT content FROM user_row WHERE id = ?", &id.0),
        }
    }

    fn put_row(&mut self, row: &Row) -> Result<(), StorageError> {
        let content = serde_json::to_string(row)
            .map_err(|error| StorageError::Damaged { what: format!("a row cannot be written: {error}") })?;
        match row {
            Row::Alert(row) => self.run(
                "INSERT OR REPLACE INTO alert_row (id, level, incident, content) VALUES (?, ?, ?, ?)",
                params![row.id.0, row.level as u8, row.incident.map(|incident| incident.0), content],
            ),
            Row::Incident(row) => self.run(
                "INSERT OR REPLACE INTO incident_row (id, severity, merged, content) VALUES (?, ?, ?, ?)",
                params![row.id.0, row.severity as u8, row.merged_into.is_some(), content],
            ),
            Row::Evidence(row) => self.run(
                "INSERT OR REPLACE INTO evidence_row (id, content) VALUES (?, ?)",
                params![row.id.0, content],
            ),
            Row::User(row) => self.run(
                "INSERT OR REPLACE INTO user_row (id, content) VALUES (?, ?)",
                params![row.id.0, content],
            ),
        }
    }

    fn clear_rows(&mut self) -> Result<(), StorageError> {
        let tables = ["alert_row", "incident_row", "evidence_row", "user_row"];
        tables.iter().try_for_each(|table| self.run(&format!("DELETE FROM {table}"), &[]))
    }

    fn erase(&mut self, position: u64, commitment: &Commitment) -> Result<(), StorageError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT secrets FROM entry WHERE position = ?")
            .map_err(|error| said(&error))?;
        let packed: Option<Vec<u8>> =
            statement.query_row([position], |row| row.get(0)).optional().map_err(|error| said(&error))?;
        let mut secrets = unpack(&packed.unwrap_or_default())?;
        secrets.retain(|secret| secret.commitment != *commitment);
        self.run("UPDATE entry SET secrets = ? WHERE position = ?", params![pack(&secrets), position])
    }
}

//! Reads entries, tiles and checkpoints from SQLite.

use super::error::said;
use super::schema;
use super::secrets::unpack;
use super::{ends, indexed};
use crate::storage::{Last, Reader, StorageError, Stored, Views};
use cofferdam_journal::{Secret, StreamId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use rustix::io::Errno;
use std::ops::{ControlFlow, Range};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A connection that cannot write.
pub struct SqliteReader {
    pub(super) connection: Connection,
}

/// Entries from a position on, up to another.
const RANGE: &str = "SELECT position, stream, version, leaf, secrets, previous FROM entry
                     WHERE position >= ? AND position < ? ORDER BY position";
/// One entry.
const ONE: &str = "SELECT position, stream, version, leaf, secrets, previous FROM entry WHERE position = ?";

impl SqliteReader {
    pub(super) fn open(path: &Path) -> Result<SqliteReader, StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = if is_at_rest(path) {
            Connection::open_with_flags(at_rest(path), flags | OpenFlags::SQLITE_OPEN_URI)
        } else {
            Connection::open_with_flags(path, flags)
        };
        let connection = opened.map_err(|error| said(&error))?;
        super::connect(&connection).map_err(|error| said(&error))?;
        let reader = SqliteReader { connection };
        schema::check(reader.number("application_id")?, reader.format()?)?;
        Ok(reader)
    }

    /// The format that the database has now: a writer may have brought it to its own since it was opened.
    pub(super) fn format(&self) -> Result<i64, StorageError> {
        self.number("user_version")
    }

    /// Whether it tells where streams end.
    fn has_ends(&self) -> Result<bool, StorageError> {
        Ok(self.format()? >= schema::WITH_ENDS)
    }

    fn number(&self, pragma: &str) -> Result<i64, StorageError> {
        self.connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(|error| said(&error))
    }

    fn last(&self, stream: StreamId) -> Result<Option<Last>, StorageError> {
        if self.has_ends()? {
            ends::last(&self.connection, stream)
        } else {
            indexed::last(&self.connection, stream)
        }
    }
}

/// It lies on a medium that cannot be written, and nobody has left anything beside it. Elsewhere, readers
/// share a file of memory with the writer; here it cannot be made.
fn is_at_rest(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    super::refusal(path) == Some(Errno::ROFS) && path.exists() && !Path::new(&log).exists()
}

/// The name by which SQLite opens a database that does not change.
fn at_rest(path: &Path) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let mut name = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if is_plain(*byte) {
            name.push(char::from(*byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name + "?immutable=1"
}

/// That a stream cannot be followed back to its first entry.
fn astray(stream: StreamId, version: u64) -> StorageError {
    StorageError::Damaged { what: format!("entry {version} of `{stream}` is not where it should be") }
}

fn entry(row: &Row<'_>) -> Result<Stored, StorageError> {
    let get = || -> rusqlite::Result<(u64, String, u64, Vec<u8>)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    };
    let (position, stream, version, leaf) = get().map_err(|error| said(&error))?;
    let secrets = row.get_ref(4).and_then(|value| Ok(value.as_blob()?)).map_err(|error| said(&error))?;
    let previous = row.get(5).map_err(|error| said(&error))?;
    let stream =
        StreamId::parse(&stream).map_err(|error| StorageError::Damaged { what: error.to_string() })?;
    Ok(Stored { position, stream, version, previous, leaf, secrets: unpack(secrets)? })
}

impl Reader for SqliteReader {
    fn size(&self) -> Result<u64, StorageError> {
        let sql = "SELECT coalesce(max(position) + 1, 0) FROM entry";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| said(&error))
    }

    fn entries(
        &self,
        positions: Range<u64>,
        each: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let sql = if self.has_ends()? { RANGE } else { indexed::RANGE };
        let end = i64::try_from(positions.end).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        let mut rows = statement.query((positions.start, end)).map_err(|error| said(&error))?;
        while let Some(row) = rows.next().map_err(|error| said(&error))? {
            if each(entry(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn stream(&self, stream: StreamId) -> Result<Vec<Stored>, StorageError> {
        let sql = if self.has_ends()? { ONE } else { indexed::ONE };
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        // Entries are only ever added: what the last one leads to is there, whoever writes meanwhile.
        let Some(last) = self.last(stream)? else { return Ok(Vec::new()) };
        let (mut found, mut before) = (Vec::new(), Some(last.position));
        for version in (1..=last.version).rev() {
            let position = before.ok_or_else(|| astray(stream, version))?;
            let read = statement.query_row([position], |row| Ok(entry(row)));
            let entry =
                read.optional().map_err(|error| said(&error))?.ok_or_else(|| astray(stream, version))??;
            if (entry.stream, entry.version) != (stream, version) {
                return Err(astray(stream, version));
            }
            before = entry.previous;
            found.push(entry);
        }
        found.reverse();
        Ok(found)
    }

    fn lasts(&self, each: &mut dyn FnMut(StreamId, Last)) -> Result<(), StorageError> {
        if self.has_ends()? {
            ends::lasts(&self.connection, each)
        } else {
            indexed::lasts(&self.connection, each)
        }
    }

    fn version(&self, stream: StreamId) -> Result<u64, StorageError> {
        Ok(Last::count(self.last(stream)?))
    }

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StorageError> {
        let sql = "SELECT hashes FROM tile WHERE level = ? AND number = ?";
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        statement.query_row((level, index), |row| row.get(0)).optional().map_err(|error| said(&error))
    }

    fn checkpoint(&self) -> Result<Option<String>, StorageError> {
        let sql = "SELECT note FROM checkpoint";
        self.connection.query_row(sql, [], |row| row.get(0)).optional().map_err(|error| said(&error))
    }

    fn has_no_rows(&self) -> Result<bool, StorageError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM alert_row WHERE content IS NOT NULL)
                   AND NOT EXISTS (SELECT 1 FROM incident_row WHERE content IS NOT NULL)
                   AND NOT EXISTS (SELECT 1 FROM evidence_row WHERE content IS NOT NULL)";
        let none: bool =
            self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| said(&error))?;
        Ok(none && self.users()?.is_empty())
    }

    fn values_with(&self, text: &str) -> Result<Vec<(u64, Secret)>, StorageError> {
        let (sql, wanted) = ("SELECT position, secrets FROM entry ORDER BY position", text.to_lowercase());
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        let mut rows = statement.query([]).map_err(|error| said(&error))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| said(&error))? {
            let get = || -> rusqlite::Result<(u64, Vec<u8>)> { Ok((row.get(0)?, row.get(1)?)) };
            let (position, packed) = get().map_err(|error| said(&error))?;
            let secrets = unpack(&packed)?.into_iter();
            let holds = |secret: &Secret| {
                secret.value.contains(text) || secret.value.to_lowercase().contains(&wanted)
            };
            found.extend(secrets.filter(holds).map(|secret| (position, secret)));
        }
        Ok(found)
    }

    fn self_check(&self) -> Result<Option<String>, StorageError> {
        let sql = "PRAGMA quick_check(1)";
        let answer: String =
            self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| said(&error))?;
        Ok((answer != "ok").then_some(answer))
    }
}

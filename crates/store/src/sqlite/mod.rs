//! The journal in SQLite: one file, a write-ahead log that is synced at each commit.

mod ends;
mod error;
mod indexed;
mod read;
mod schema;
mod secrets;
mod views;
mod write;

use crate::storage::{Reader, Storage, StorageError, Transaction};
use error::said;
use read::SqliteReader;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rustix::fs::Access;
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use std::time::Duration;
use write::SqliteTransaction;

/// How long a statement waits for a lock that a reader of the same process holds for a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements that stay prepared.
const STATEMENTS: usize = 32;

/// The writer's connection.
pub struct Sqlite {
    path: PathBuf,
    connection: Connection,
}

impl Sqlite {
    /// Opens a database for writing, and makes it when there is none.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be opened, is damaged, or a later version wrote it.
    pub fn open(path: &Path) -> Result<Sqlite, StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags)
            .map_err(|error| said(&error))
            .and_then(|connection| Sqlite::on(connection, path))
            .map_err(|error| of_folder(path, error))
    }

    /// Uses a connection that was opened in another way, such as on a file system of its own.
    ///
    /// # Errors
    ///
    /// As [`Sqlite::open`].
    pub fn on(mut connection: Connection, path: &Path) -> Result<Sqlite, StorageError> {
        configure(&connection).map_err(|error| said(&error))?;
        schema::prepare(&mut connection)?;
        Ok(Sqlite { path: path.to_owned(), connection })
    }
}

/// Of a folder in which no file can be made, SQLite says only that it cannot open the file.
fn of_folder(path: &Path, error: StorageError) -> StorageError {
    match refusal(path) {
        Some(Errno::ACCESS | Errno::ROFS) if matches!(error, StorageError::Io { .. }) => {
            StorageError::ReadOnly
        }
        _ => error,
    }
}

/// Why no file can be made beside this one.
fn refusal(path: &Path) -> Option<Errno> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::access(folder, Access::WRITE_OK).err()
}

/// What every connection needs, whether it writes or not.
fn connect(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, a prepared statement is prepared anew for each value that it looks up in an index, which
    // takes more time than the statement.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Sqlite {
    fn run(&self, sql: &str) -> Result<(), StorageError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        statement.execute([]).map(|_| ()).map_err(|error| said(&error))
    }
}

/// Synced at each commit; what is deleted is overwritten.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connect(connection)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    debug_assert_eq!(mode, "wal", "a file system without shared memory was used without an exclusive lock");
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

impl Storage for Sqlite {
    fn transact(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        // Prepared once: to read these words again at each commit takes longer than to do them.
        self.run("BEGIN IMMEDIATE")?;
        let mut transaction = SqliteTransaction::new(&self.connection);
        let done =
            write(&mut transaction).and_then(|()| transaction.settle()).and_then(|()| self.run("COMMIT"));
        if done.is_err() && !self.connection.is_autocommit() {
            // What fails here is told by the next transaction; nothing was acknowledged.
            let _ = self.run("ROLLBACK");
        }
        done
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        Ok(Box::new(SqliteReader::open(&self.path)?))
    }

    fn scrub(&mut self) -> Result<(), StorageError> {
        // With zeros written over the rows, the log of writes is the last place where they stand.
        let busy: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| said(&error))?;
        if busy == 0 { Ok(()) } else { Err(StorageError::Busy) }
    }
}

/// A reader of a database that somebody else may be writing, or nobody.
///
/// # Errors
///
/// [`StorageError`] when there is none, it is damaged, or a later version wrote it.
pub fn reader(path: &Path) -> Result<Box<dyn Reader>, StorageError> {
    Ok(Box::new(SqliteReader::open(path)?))
}

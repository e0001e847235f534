//! Where streams end: told in the row about each, from which a stream is followed back entry by entry.

use super::error::said;
use crate::storage::{Last, StorageError};
use cofferdam_journal::StreamId;
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, UserId};
use rusqlite::types::{ToSql, Type};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The last entry of a stream, unless it has none.
pub fn last(connection: &Connection, stream: StreamId) -> Result<Option<Last>, StorageError> {
    let name;
    let (sql, id): (_, &dyn ToSql) = match &stream {
        StreamId::Log
        | StreamId::Session(_)
        | StreamId::Access(_)
        | StreamId::Source(_)
        | StreamId::Report(_)
        | StreamId::Exception(_)
        | StreamId::Call(_) => {
            name = stream.to_string();
            ("SELECT version, last FROM end_row WHERE id = ?", &name)
        }
        StreamId::User(id) => ("SELECT version, last FROM user_row WHERE id = ?", &id.0),
        StreamId::Alert(id) => ("SELECT version, last FROM alert_row WHERE id = ?", &id.0),
        StreamId::Incident(id) => ("SELECT version, last FROM incident_row WHERE id = ?", &id.0),
        StreamId::Evidence(id) => ("SELECT version, last FROM evidence_row WHERE id = ?", &id.0),
    };
    let mut statement = connection.prepare_cached(sql).map_err(|error| said(&error))?;
    let read = statement.query_row([id], |row| end(row, 0)).optional();
    Ok(read.map_err(|error| said(&error))?.flatten())
}

/// Writes one row in the one or the other way, with the same values. (To replace a row that may be there in one
/// statement makes SQLite copy the page first, in case that the statement fails.)
#[derive(Clone, Copy)]
pub struct Sql {
    pub insert: &'static str,
    pub update: &'static str,
}

/// Writes a row, whether it is there or not; `is_new` tells what is likely.
pub fn write(
    connection: &Connection,
    sql: Sql,
    is_new: bool,
    values: &[&dyn ToSql],
) -> Result<(), StorageError> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute(values);
    let (likely, other) = if is_new { (sql.insert, sql.update) } else { (sql.update, sql.insert) };
    let done = run(likely).and_then(|written| if written == 0 { run(other) } else { Ok(written) });
    done.map(|_| ()).map_err(|error| said(&error))
}

const END_ROW: Sql = Sql {
    insert: "INSERT OR IGNORE INTO end_row (version, last, id) VALUES (?1, ?2, ?3)",
    update: "UPDATE end_row SET version = ?1, last = ?2 WHERE id = ?3",
};
const ALERT_ROW: Sql = Sql {
    insert: "INSERT OR IGNORE INTO alert_row (version, last, id) VALUES (?1, ?2, ?3)",
    update: "UPDATE alert_row SET version = ?1, last = ?2 WHERE id = ?3",
};
const INCIDENT_ROW: Sql = Sql {
    insert: "INSERT OR IGNORE INTO incident_row (version, last, id) VALUES (?1, ?2, ?3)",
    update: "UPDATE incident_row SET version = ?1, last = ?2 WHERE id = ?3",
};
const USER_ROW: Sql = Sql {
    insert: "INSERT OR IGNORE INTO user_row (version, last, id) VALUES (?1, ?2, ?3)",
    update: "UPDATE user_row SET version = ?1, last = ?2 WHERE id = ?3",
};
const EVIDENCE_ROW: Sql = Sql {
    insert: "INSERT OR IGNORE INTO evidence_row (version, last, id) VALUES (?1, ?2, ?3)",
    update: "UPDATE evidence_row SET version = ?1, last = ?2 WHERE id = ?3",
};

/// Writes where a stream ends; what is in a list about it stays.
pub fn put(connection: &Connection, stream: StreamId, last: Last, is_new: bool) -> Result<(), StorageError> {
    let name;
    let (sql, id): (_, &dyn ToSql) = match &stream {
        StreamId::Log
        | StreamId::Session(_)
        | StreamId::Access(_)
        | StreamId::Source(_)
        | StreamId::Report(_)
        | StreamId::Exception(_)
        | StreamId::Call(_) => {
            name = stream.to_string();
            (END_ROW, &name)
        }
        StreamId::User(id) => (USER_ROW, &id.0),
        StreamId::Alert(id) => (ALERT_ROW, &id.0),
        StreamId::Incident(id) => (INCIDENT_ROW, &id.0),
        StreamId::Evidence(id) => (EVIDENCE_ROW, &id.0),
    };
    write(connection, sql, is_new, params![last.version, last.position, id])
}

/// Calls `each` with every stream and its last entry.
pub fn lasts(connection: &Connection, each: &mut dyn FnMut(StreamId, Last)) -> Result<(), StorageError> {
    let tables: [(&str, Read); 5] = [
        ("SELECT version, last, id FROM end_row", named),
        ("SELECT version, last, id FROM alert_row", |row| Ok(StreamId::Alert(AlertId(row.get(2)?)))),
        ("SELECT version, last, id FROM incident_row", |row| Ok(StreamId::Incident(IncidentId(row.get(2)?)))),
        ("SELECT version, last, id FROM evidence_row", |row| {
            Ok(StreamId::Evidence(ContentHash(row.get(2)?)))
        }),
        ("SELECT version, last, id FROM user_row", |row| Ok(StreamId::User(UserId(row.get(2)?)))),
    ];
    let mut read = |sql, stream: Read| {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(last) = end(row, 0)? {
                each(stream(row)?, last);
            }
        }
        Ok(())
    };
    tables.into_iter().try_for_each(|(sql, stream)| read(sql, stream)).map_err(|error| said(&error))
}

/// Reads which stream a row is about.
type Read = fn(&Row<'_>) -> rusqlite::Result<StreamId>;

fn named(row: &Row<'_>) -> rusqlite::Result<StreamId> {
    let name: String = row.get(2)?;
    StreamId::parse(&name)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error)))
}

/// The end of a stream from two columns; none in a row about something of which nothing was recorded.
pub fn end(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Last>> {
    let (version, position): (Option<u64>, Option<u64>) = (row.get(column)?, row.get(column + 1)?);
    Ok(version.zip(position).map(|(version, position)| Last { version, position }))
}

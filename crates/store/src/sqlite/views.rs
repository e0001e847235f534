//! Lists from SQLite.

use super::error::said;
use super::read::SqliteReader;
use super::schema;
use super::write::parse;
use crate::storage::{AlertQuery, IncidentQuery, StorageError, Views};
use cofferdam_journal::StreamId;
use cofferdam_journal::view::{AlertRow, EvidenceRow, IncidentRow, Row, UserRow};
use cofferdam_vocabulary::{AlertId, CallId, ContentHash, ExceptionId, IncidentId, ReportId, SourceName};
use rusqlite::Params;

impl SqliteReader {
    fn rows(&self, sql: &str, values: impl Params) -> Result<Vec<Row>, StorageError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        let contents = statement.query_map(values, |row| row.get::<_, String>(0));
        let contents: Vec<String> = contents.and_then(Iterator::collect).map_err(|error| said(&error))?;
        contents.iter().map(|content| parse(content)).collect()
    }

    /// The row of this number. The database has no numbers beyond 63 bits, and whoever asks may ask for any.
    fn one(&self, sql: &str, id: u64) -> Result<Option<Row>, StorageError> {
        let Ok(id) = i64::try_from(id) else { return Ok(None) };
        Ok(self.rows(sql, [id])?.pop())
    }

    /// What streams of a kind without rows are about, in the order of their names.
    fn streams<T>(&self, kind: &str, of: impl Fn(StreamId) -> Option<T>) -> Result<Vec<T>, StorageError> {
        // Before that format nobody wrote of them.
        if self.format()? < schema::WITH_ENDS {
            return Ok(Vec::new());
        }
        // `0` is the character behind `/`.
        let sql =
            "SELECT id FROM end_row WHERE id > ?1 || '/' AND id < ?1 || '0' AND last IS NOT NULL ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| said(&error))?;
        let names = statement.query_map([kind], |row| row.get::<_, String>(0));
        let names: Vec<String> = names.and_then(Iterator::collect).map_err(|error| said(&error))?;
        let read = |name: &String| {
            let wrong = || StorageError::Damaged { what: format!("a stream is named as no {kind} is") };
            StreamId::parse(name).ok().and_then(&of).ok_or_else(wrong)
        };
        names.iter().map(read).collect()
    }
}

impl Views for SqliteReader {
    fn alerts(&self, query: &AlertQuery) -> Result<Vec<AlertRow>, StorageError> {
        let sql = "SELECT content FROM alert_row WHERE id > ?1 AND level >= ?2
                   AND (?3 IS NULL OR incident = ?3) ORDER BY id LIMIT ?4";
        let after = query.after.map_or(-1, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let level = query.at_least.map_or(0, |level| level as u8);
        let rows = self.rows(sql, (after, level, query.incident.map(|id| id.0), query.limit))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| if let Row::Alert(row) = row { Some(row) } else { None })
            .collect())
    }

    fn incidents(&self, query: &IncidentQuery) -> Result<Vec<IncidentRow>, StorageError> {
        let sql = "SELECT content FROM incident_row WHERE id > ?1 AND severity >= ?2
                   AND merged <= ?3 ORDER BY id LIMIT ?4";
        let after = query.after.map_or(-1, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let level = query.at_least.map_or(0, |level| level as u8);
        let rows = self.rows(sql, (after, level, query.merged, query.limit))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| if let Row::Incident(row) = row { Some(row) } else { None })
            .collect())
    }

    fn evidence(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<EvidenceRow>, StorageError> {
        let sql =
            "SELECT content FROM evidence_row WHERE id > ?1 AND content IS NOT NULL ORDER BY id LIMIT ?2";
        let after = after.map_or_else(Vec::new, |hash| hash.0.to_vec());
        let rows = self.rows(sql, (after, limit))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| if let Row::Evidence(row) = row { Some(row) } else { None })
            .collect())
    }

    fn users(&self) -> Result<Vec<UserRow>, StorageError> {
        if self.format()? < schema::WITH_USERS {
            return Ok(Vec::new());
        }
        let rows = self.rows("SELECT content FROM user_row WHERE content IS NOT NULL ORDER BY id", ())?;
        Ok(rows
            .into_iter()
            .filter_map(|row| if let Row::User(row) = row { Some(*row) } else { None })
            .collect())
    }

    fn sources(&self) -> Result<Vec<SourceName>, StorageError> {
        let named = |stream| if let StreamId::Source(name) = stream { Some(name) } else { None };
        self.streams("source", named)
    }

    fn reports(&self) -> Result<Vec<ReportId>, StorageError> {
        let id = |stream| if let StreamId::Report(id) = stream { Some(id) } else { None };
        let mut ids = self.streams("report", id)?;
        // As text, those with more digits do not come behind all others.
        ids.sort_unstable();
        Ok(ids)
    }

    fn exceptions(&self) -> Result<Vec<ExceptionId>, StorageError> {
        let id = |stream| if let StreamId::Exception(id) = stream { Some(id) } else { None };
        let mut ids = self.streams("exception", id)?;
        ids.sort_unstable();
        Ok(ids)
    }

    fn calls(&self) -> Result<Vec<CallId>, StorageError> {
        let id = |stream| if let StreamId::Call(id) = stream { Some(id) } else { None };
        let mut ids = self.streams("call", id)?;
        ids.sort_unstable();
        Ok(ids)
    }

    fn alert(&self, id: AlertId) -> Result<Option<AlertRow>, StorageError> {
        let row = self.one("SELECT content FROM alert_row WHERE id = ? AND content IS NOT NULL", id.0)?;
        Ok(row.and_then(|row| if let Row::Alert(row) = row { Some(row) } else { None }))
    }

    fn incident(&self, id: IncidentId) -> Result<Option<IncidentRow>, StorageError> {
        let row = self.one("SELECT content FROM incident_row WHERE id = ? AND content IS NOT NULL", id.0)?;
        Ok(row.and_then(|row| if let Row::Incident(row) = row { Some(row) } else { None }))
    }

    fn evidence_of(&self, hash: ContentHash) -> Result<Option<EvidenceRow>, StorageError> {
        let row = self
            .rows("SELECT content FROM evidence_row WHERE id = ? AND content IS NOT NULL", [hash.0])?
            .pop();
        Ok(row.and_then(|row| if let Row::Evidence(row) = row { Some(row) } else { None }))
    }
}

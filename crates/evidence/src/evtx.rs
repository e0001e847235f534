//! Turns chunks of Windows event logs into JSON records.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, EvtxRecord, ParserSettings};

use crate::{Place, Problem, code};

/// Reads chunks one after another; each worker keeps one.
pub struct ChunkReader {
    settings: Arc<ParserSettings>,
}

/// What one chunk came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChunkReport {
    /// Records handed out.
    pub parsed: u64,
    /// Records that were found and not understood, each with its problem. A chunk that could not be
    /// read at all counts none.
    pub rejected: u64,
    /// What was not understood.
    pub problems: Vec<ChunkProblem>,
}

/// Something in a chunk that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkProblem {
    /// The record, where it is known.
    pub record_id: Option<u64>,
    /// `evidence::record`, `evidence::checksum` or `evidence::damaged`.
    pub code: &'static str,
    /// What happened, as a sentence without its full stop.
    pub message: String,
}

impl ChunkProblem {
    /// The same as a problem of the source at `path`, whose chunk `chunk` was read.
    pub fn at(self, path: &str, chunk: u64) -> Problem {
        let message = match self.record_id {
            Some(record_id) => format!("record {record_id}: {}", self.message),
            None => self.message,
        };
        Problem {
            path: path.to_owned(),
            place: Some(Place::Chunk(chunk)),
            code: self.code,
            message,
            fatal_for_source: false,
            rejected_records: u64::from(self.code == code::RECORD),
        }
    }
}

impl Default for ChunkReader {
    fn default() -> ChunkReader {
        ChunkReader::new()
    }
}

impl ChunkReader {
    /// A reader that writes attributes as `#attributes` beside their element, without indentation.
    pub fn new() -> ChunkReader {
        let settings = ParserSettings::new().num_threads(1).separate_json_attributes(false).indent(false);
        ChunkReader { settings: Arc::new(settings) }
    }

    /// Calls `each` with the record id and the JSON of every record of `chunk`, in their order.
    pub fn records(&mut self, chunk: Vec<u8>, each: &mut dyn FnMut(u64, &[u8])) -> ChunkReport {
        let mut report = ChunkReport::default();
        if let Err(message) = self.read(chunk, &mut report, each) {
            report.problem(None, code::DAMAGED, message);
        }
        report
    }

    fn read(
        &self,
        chunk: Vec<u8>,
        report: &mut ChunkReport,
        each: &mut dyn FnMut(u64, &[u8]),
    ) -> Result<(), String> {
        let mut data = guarded(|| EvtxChunkData::new(chunk, false))?.map_err(|error| reasons(&error))?;
        if !guarded(|| data.validate_checksum())? {
            let message = "the chunk does not match its checksums, and is read all the same";
            report.problem(None, code::CHECKSUM, message.to_owned());
        }
        let settings = Arc::clone(&self.settings);
        let mut chunk = guarded(|| data.parse(settings))?.map_err(|error| reasons(&error))?;
        let mut records = guarded(|| chunk.iter())?;
        while let Some(record) = guarded(|| Some(records.next()?.and_then(EvtxRecord::into_json_bytes)))? {
            match record {
                Ok(record) => {
                    report.parsed += 1;
                    each(record.event_record_id, &record.data);
                }
                Err(error) => {
                    report.rejected += 1;
                    report.problem(record_id(&error), code::RECORD, reasons(&error));
                }
            }
        }
        Ok(())
    }
}

impl ChunkReport {
    fn problem(&mut self, record_id: Option<u64>, code: &'static str, message: String) {
        self.problems.push(ChunkProblem { record_id, code, message });
    }
}

/// Calls into the parser. It is not ours and the bytes are hostile: a panic in it ends one chunk
/// and nothing else.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(call))
        .map_err(|_| "the parser gave up on the rest of the chunk".to_owned())
}

fn record_id(error: &EvtxError) -> Option<u64> {
    match error {
        EvtxError::FailedToParseRecord { record_id, .. } => Some(*record_id),
        _ => None,
    }
}

/// An error with all its causes.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

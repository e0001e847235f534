//! Reads what lies on disk and hands it out in batches of records, for parsing in parallel.
//!
//! [`read`] walks files and folders, opens gzip, zstd, zip and tar in one another, and recognises
//! logs by their content, never by their name. Everything it finds is told to one sink as a
//! [`Step`], in the same order for the same files. What cannot be read becomes a [`Problem`] with
//! its place and reason, told once, and the rest goes on. Memory stays within [`Limits`], whatever
//! the files hold.
//!
//! EVTX chunks are handed out as they lie in the file; [`evtx::ChunkReader`] turns them into JSON
//! in whichever thread parses them.

pub mod code;
pub mod evtx;

mod chunks;
mod container;
mod document;
mod envelope;
mod format;
mod input;
mod limits;
mod lines;
mod log;
mod reading;
mod step;
mod stream;
mod tar;
mod walk;

pub use limits::Limits;
pub use reading::{read, read_stream};
pub use step::{
    Batch, Closed, Content, FileRecord, Place, Problem, Sha256, Source, SourceId, SourceKind, Step, Summary,
};

#[cfg(test)]
mod tests;

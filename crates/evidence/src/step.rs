//! What a reading tells, step by step.

use std::fmt;
use std::time::SystemTime;

/// One thing that a reading tells. Every source is opened, then has its batches, then is closed;
/// each file on disk ends with its [`FileRecord`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A log was recognised; its batches follow.
    Opened(Source),
    /// Records of the source opened last.
    Batch(Batch),
    /// The source was read to its end, or to where it could not be read further.
    Closed(Closed),
    /// A file on disk was read.
    File(FileRecord),
    /// Something was not understood; the rest goes on.
    Problem(Problem),
}

/// Counts the sources of one reading from 0, in the order they were opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// One log: a file, a member of an archive, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its number in this reading.
    pub id: SourceId,
    /// The path as given or joined to what was given; `a.zip!dir/member` for members of archives,
    /// `-` for standard input. What is packed alone (gzip, zstd) keeps the outer path.
    pub path: String,
    /// What was recognised.
    pub kind: SourceKind,
    /// When the file was changed last, or the archive's time of the member. A zip member without a
    /// Unix time has its MS-DOS time, which is local to the machine that packed it, read as UTC.
    pub modified: Option<SystemTime>,
}

/// How a source's records are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Lines of bytes in an encoding that extends ASCII.
    Text,
    /// UTF-16 with a byte order mark, handed out as UTF-8: lines, or elements if it is JSON.
    Utf16,
    /// A JSON array or pretty-printed objects, handed out as one element a line.
    JsonDocument,
    /// A Windows event log.
    Evtx,
}

/// Records to be parsed together, in any thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The source they were read from.
    pub source: SourceId,
    /// Counts the batches of the whole reading: 0, 1, 2, …
    pub sequence: u64,
    /// The line or element number of the first record, from 1; for EVTX the chunk number, from 0.
    pub first_record: u64,
    /// The records.
    pub content: Content,
}

/// The bytes of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Whole lines with their newlines, which the last line of a source may lack. A carriage return
    /// before a newline is left in place.
    Lines(Vec<u8>),
    /// One 64 KiB chunk for [`crate::evtx::ChunkReader`].
    EvtxChunk(Vec<u8>),
}

/// What one source came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The source that ends.
    pub source: SourceId,
    /// Expanded bytes read of it, before any decoding to UTF-8.
    pub bytes: u64,
    /// Lines, elements or chunks handed out.
    pub records: u64,
    /// Lines or elements that were left out, as problems tell.
    pub rejected_records: u64,
}

/// A file on disk as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// The path as given or joined to what was given.
    pub path: String,
    /// Bytes read, packed as they are.
    pub bytes: u64,
    /// Over all bytes of the file; `None` where it could not be read to its end.
    pub sha256: Option<Sha256>,
}

/// A SHA-256 digest; displayed as 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that could not be read, reported once with its place and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it lies, written as [`Source::path`] is.
    pub path: String,
    /// Where inside, when known.
    pub place: Option<Place>,
    /// The kind of problem: `evidence::truncated`, `evidence::ratio`, … (see [`crate::code`]).
    pub code: &'static str,
    /// What happened, as a sentence without its full stop.
    pub message: String,
    /// Nothing further is read of this source, file or archive.
    pub fatal_for_source: bool,
    /// Lines or elements left out because of it.
    pub rejected_records: u64,
}

/// A place inside a source or archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line, from 1.
    Line(u64),
    /// An element of a JSON document, from 1.
    Element(u64),
    /// A byte of the expanded content, from 0.
    Byte(u64),
    /// A chunk of an EVTX file, from 0.
    Chunk(u64),
    /// A member of an archive, counted from 0 in the archive's own order.
    Member(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Element(element) => write!(f, "element {element}"),
            Place::Byte(offset) => write!(f, "byte {offset}"),
            Place::Chunk(chunk) => write!(f, "chunk {chunk}"),
            Place::Member(member) => write!(f, "member {member}"),
        }
    }
}

/// What a whole reading came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files on disk that were read, standard input included.
    pub files: u64,
    /// Sources opened.
    pub sources: u64,
    /// Batches handed out.
    pub batches: u64,
    /// Lines, elements and chunks handed out.
    pub records: u64,
    /// Lines and elements left out.
    pub rejected_records: u64,
    /// Problems told.
    pub problems: u64,
    /// Files and members that hold nothing.
    pub empty: u64,
    /// Files and folders reached again by another way and not read again.
    pub repeated: u64,
    /// Bytes read from disk.
    pub bytes: u64,
    /// The sink asked to stop before the end.
    pub stopped: bool,
}

//! One reading: recognises each content and tells what was found.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use crate::format::{Format, recognise};
use crate::input::Input;
use crate::log::Log;
use crate::stream::{Allowance, Hashed, Health, Refusal, Stream};
use crate::{
    FileRecord, Limits, Place, Problem, Source, SourceId, SourceKind, Step, Summary, chunks, code, document,
    lines, walk,
};

/// Reads files and folders, folders with all they hold, in the order given and sorted by name below;
/// `-` is standard input. Stops when `sink` breaks.
///
/// Nothing is returned as an error: what could not be read was told as a [`Problem`].
pub fn read(paths: &[PathBuf], limits: &Limits, sink: &mut dyn FnMut(Step) -> ControlFlow<()>) -> Summary {
    let mut reading = Reading { limits, sink, summary: Summary::default() };
    let outcome = walk::walk(&mut reading, paths);
    reading.finish(&outcome)
}

/// Reads one stream that lies nowhere on disk under the name `name`. A batch is handed out as soon
/// as `input` returned whole lines. It is read to its end for its hash only while it is understood,
/// since it may never end.
pub fn read_stream(
    name: &str,
    input: &mut dyn Read,
    limits: &Limits,
    sink: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Summary {
    let mut reading = Reading { limits, sink, summary: Summary::default() };
    let outcome = reading.stream(name, input);
    reading.finish(&outcome)
}

/// Why reading ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The sink broke.
    Stopped,
    /// This file on disk exhausted its allowance, as was told.
    FileOver,
}

/// Where a content lies, and what it may cost.
#[derive(Debug, Clone)]
pub(crate) struct At {
    pub path: String,
    pub modified: Option<SystemTime>,
    /// Containers around it.
    pub depth: u32,
    /// Someone reads along: no batch waits to be filled.
    pub live: bool,
    /// Memory left for archives that must be held.
    pub buffered_bytes: usize,
    /// The streams it comes through, outermost first.
    pub streams: Vec<Rc<Stream>>,
    pub allowance: Rc<Allowance>,
}

impl At {
    pub fn of_file(path: &str, modified: Option<SystemTime>, file: Rc<Stream>, limits: &Limits) -> At {
        At {
            path: path.to_owned(),
            modified,
            depth: 0,
            live: false,
            buffered_bytes: limits.buffered_bytes,
            allowance: Allowance::new(Rc::clone(&file)),
            streams: vec![file],
        }
    }

    /// What is packed alone in this content, in a stream of its own.
    pub fn unpacked(&self, stream: Rc<Stream>) -> At {
        let mut inside = self.clone();
        inside.depth += 1;
        inside.streams.push(stream);
        inside
    }

    /// A member of this archive.
    pub fn member(&self, name: &str, modified: Option<SystemTime>) -> At {
        let path = format!("{}!{name}", self.path);
        At { path, modified, depth: self.depth + 1, ..self.clone() }
    }

    pub fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            path: self.path.clone(),
            place: None,
            code,
            message: message.into(),
            fatal_for_source: true,
            rejected_records: 0,
        }
    }
}

pub(crate) struct Reading<'a> {
    pub limits: &'a Limits,
    sink: &'a mut dyn FnMut(Step) -> ControlFlow<()>,
    pub summary: Summary,
}

impl Reading<'_> {
    fn finish(mut self, outcome: &Result<(), Halt>) -> Summary {
        self.summary.stopped = outcome.is_err();
        self.summary
    }

    pub fn tell(&mut self, step: Step) -> Result<(), Halt> {
        match (self.sink)(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Stopped),
        }
    }

    pub fn problem(&mut self, problem: Problem) -> Result<(), Halt> {
        self.summary.problems += 1;
        self.summary.rejected_records += problem.rejected_records;
        self.tell(Step::Problem(problem))
    }

    /// Tells why the content at `at` ended early, unless the failure of the same stream was told.
    pub fn fail(&mut self, at: &At, place: Option<Place>, error: &io::Error) -> Result<(), Halt> {
        if at.streams.iter().any(|stream| stream.health.get() == Health::Told) {
            return Ok(());
        }
        for stream in at.streams.iter().filter(|stream| stream.health.get() == Health::Failed) {
            stream.health.set(Health::Told);
        }
        self.problem(Problem { place, ..at.problem(code_of(error), message_of(error)) })?;
        if at.allowance.exhausted() { Err(Halt::FileOver) } else { Ok(()) }
    }

    /// Reads a stream such as standard input.
    pub fn stream(&mut self, name: &str, input: &mut dyn Read) -> Result<(), Halt> {
        let file = Stream::new(0);
        let at = At { live: true, ..At::of_file(name, None, Rc::clone(&file), self.limits) };
        let mut hashed = Hashed::new(input, file);
        self.file_content(&at, &mut hashed)?;
        self.file(name, hashed.bytes_read(), hashed.digest())
    }

    /// Reads all that one file on disk holds.
    pub fn file_content(&mut self, at: &At, reader: &mut dyn Read) -> Result<(), Halt> {
        match self.content(at, reader) {
            Err(Halt::FileOver) => Ok(()),
            outcome => outcome,
        }
    }

    /// Tells that a file on disk was read.
    pub fn file(&mut self, path: &str, bytes: u64, sha256: Option<crate::Sha256>) -> Result<(), Halt> {
        self.summary.files += 1;
        self.summary.bytes += bytes;
        self.tell(Step::File(FileRecord { path: path.to_owned(), bytes, sha256 }))
    }

    /// Recognises a content and reads it.
    pub fn content(&mut self, at: &At, reader: &mut dyn Read) -> Result<(), Halt> {
        let mut input = Input::new(reader, at.live);
        if let Some(error) = input.failure() {
            return self.fail(at, Some(Place::Byte(0)), &error);
        }
        match recognise(input.head()) {
            Format::Empty => {
                self.summary.empty += 1;
                Ok(())
            }
            Format::NotALog(what) => {
                let message = format!("{what} is no log that is read here");
                self.problem(Problem { place: Some(Place::Byte(0)), ..at.problem(code::NOT_A_LOG, message) })
            }
            Format::Gzip => self.gzip(at, input),
            Format::Zstd => self.zstd(at, input),
            Format::Tar => self.tar(at, input),
            Format::Zip => self.held_zip(at, input),
            Format::Evtx => self.log(at, SourceKind::Evtx, input, chunks::cut),
            Format::Utf16 => self.log(at, SourceKind::Utf16, input, lines::cut_utf16),
            Format::Text { mark_bytes } => {
                input.skip(mark_bytes);
                if document::is_document(&mut input, self.limits) {
                    self.log(at, SourceKind::JsonDocument, input, document::cut)
                } else {
                    self.log(at, SourceKind::Text, input, lines::cut)
                }
            }
        }
    }

    /// Reads one log with `cut`, which hands out its records and returns how the content ended.
    fn log(
        &mut self,
        at: &At,
        kind: SourceKind,
        mut input: Input<'_>,
        cut: impl FnOnce(&mut Log<'_, '_>, &mut Input<'_>) -> Result<io::Result<()>, Halt>,
    ) -> Result<(), Halt> {
        let id = SourceId(u32::try_from(self.summary.sources).unwrap_or(u32::MAX));
        self.summary.sources += 1;
        self.tell(Step::Opened(Source { id, path: at.path.clone(), kind, modified: at.modified }))?;
        let mut log = Log::new(self, at, id);
        let ended = cut(&mut log, &mut input)?;
        let bytes = input.bytes_read();
        let closed = log.close(bytes);
        let told = match ended {
            Ok(()) => Ok(()),
            Err(error) => self.fail(at, Some(Place::Byte(bytes)), &error),
        };
        if told != Err(Halt::Stopped) {
            self.tell(Step::Closed(closed))?;
        }
        told
    }
}

fn code_of(error: &io::Error) -> &'static str {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>()) {
        Some(Refusal::Ratio { .. }) => code::RATIO,
        Some(Refusal::Expanded { .. }) => code::EXPANDED,
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => code::TRUNCATED,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => code::DAMAGED,
            _ => code::UNREADABLE,
        },
    }
}

fn message_of(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the content ends in the middle".to_owned(),
        _ => error.to_string(),
    }
}

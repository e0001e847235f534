//! A recording in memory: every record with its moment, in the order in which they happened.

use crate::failure::Failure;
use crate::notes;
use cofferdam_detect::event::Event;
use cofferdam_detect::parser::{self, Context, Room};
use cofferdam_detect::time::{TimeRules, when};
use cofferdam_evidence::evtx::ChunkReader;
use cofferdam_evidence::{Batch, Content, Limits, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Bytes of records that are held; a recording is played from memory.
const HELD_BYTES: usize = 2 << 30;

/// Records to be played.
#[derive(Default)]
pub struct Recording {
    /// In the order of their moments.
    pub records: Vec<Record>,
    /// The logs that they are of.
    pub logs: Vec<Log>,
    bytes: usize,
}

/// One record.
pub struct Record {
    /// When it happened; of one that does not say, when the one before it did.
    pub at: Timestamp,
    /// Place of its log.
    pub log: usize,
    /// As it was written.
    pub text: String,
}

/// A log of the recording.
pub struct Log {
    /// As it was read.
    pub path: String,
    /// The host that it is of, where it does not say so itself.
    pub host: Option<String>,
    hosts: BTreeSet<String>,
    of_no_host: bool,
}

/// Reads one file after the other.
struct Reading {
    recording: Recording,
    rules: TimeRules,
    zone: TimeZone,
    context: Context,
    room: Room,
    chunks: ChunkReader,
    last: Option<Timestamp>,
    too_much: bool,
}

impl Recording {
    /// Reads everything under the paths.
    ///
    /// # Errors
    ///
    /// [`Failure`] when nothing can be read, or too much is there.
    pub fn read(paths: &[PathBuf], zone: TimeZone) -> Result<Recording, Failure> {
        let mut reading = Reading {
            recording: Recording::default(),
            rules: TimeRules::new(Timestamp::now(), zone.clone()),
            zone,
            context: Context::default(),
            room: Room::default(),
            chunks: ChunkReader::new(),
            last: None,
            too_much: false,
        };
        cofferdam_evidence::read(paths, &Limits::default(), &mut |step| reading.step(step));
        if reading.too_much {
            return Err(Failure::TooLarge { bytes: HELD_BYTES });
        }
        let mut recording = reading.recording;
        if recording.records.is_empty() {
            return Err(Failure::NothingRead);
        }
        recording.infer_hosts();
        // Records of one moment stay in the order in which they were read.
        recording.records.sort_by_key(|record| record.at);
        Ok(recording)
    }

    /// As `investigate` has it: a log that names no host is of the one host that its folder's other logs name.
    fn infer_hosts(&mut self) {
        let folder = |path: &str| Path::new(path).parent().map(Path::to_path_buf);
        let mut named: BTreeMap<Option<PathBuf>, BTreeSet<String>> = BTreeMap::new();
        for log in &self.logs {
            named.entry(folder(&log.path)).or_default().extend(log.hosts.iter().cloned());
        }
        for log in self.logs.iter_mut().filter(|log| log.hosts.is_empty() && !log.of_no_host) {
            let hosts = named.get(&folder(&log.path)).filter(|hosts| hosts.len() == 1);
            log.host = hosts.and_then(|hosts| hosts.first().cloned());
        }
    }
}

impl Reading {
    fn step(&mut self, step: Step) -> ControlFlow<()> {
        match step {
            Step::Opened(source) => {
                let modified = source.modified.and_then(|time| Timestamp::try_from(time).ok());
                let now = Timestamp::now();
                self.rules = TimeRules::new(modified.map_or(now, |time| time.min(now)), self.zone.clone());
                self.context = Context::default();
                self.last = None;
                let log = Log { path: source.path, host: None, hosts: BTreeSet::new(), of_no_host: false };
                self.recording.logs.push(log);
            }
            Step::Batch(batch) => self.batch(batch),
            Step::Problem(problem) => notes::evidence_problem(&problem),
            Step::File(_) | Step::Closed(_) => {}
        }
        if self.too_much { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn batch(&mut self, batch: Batch) {
        match batch.content {
            Content::Lines(bytes) => {
                for line in bytes.split(|byte| *byte == b'\n') {
                    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
                    if !line.trim().is_empty() {
                        self.record(line.into_owned());
                    }
                }
            }
            Content::EvtxChunk(chunk) => {
                let mut records = Vec::new();
                self.chunks
                    .records(chunk, &mut |_, json| records.push(String::from_utf8_lossy(json).into_owned()));
                records.into_iter().for_each(|record| self.record(record));
            }
        }
    }

    fn record(&mut self, text: String) {
        self.recording.bytes += text.len();
        self.too_much |= self.recording.bytes > HELD_BYTES;
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        let parsed = parser::parse_line(&text, &self.rules, &mut self.context, &room).ok().flatten();
        let (mut at, mut host, mut of_no_host) = (None, None, false);
        if let Some(event) = &parsed {
            at = when(event, &self.rules).map(|time| time.at);
            of_no_host = names_none(event);
            host = event.text_of("host.name").filter(|_| !of_no_host).map(std::borrow::Cow::into_owned);
        }
        drop(parsed);
        self.room = room;
        let log = self.recording.logs.len().saturating_sub(1);
        if let Some(known) = self.recording.logs.last_mut() {
            known.of_no_host |= of_no_host;
            known.hosts.extend(host);
        }
        self.last = at.or(self.last);
        self.recording.records.push(Record { at: self.last.unwrap_or(Timestamp::MIN), log, text });
    }
}

/// Windows says its computer itself; a sensor or a cloud's service is on none of the hosts that it tells of.
fn names_none(event: &Event<'_>) -> bool {
    event.class.product == "windows" || event.class.is_of_network_sensor() || event.class.is_service()
}

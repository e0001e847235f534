//! Reads evidence on one thread, parses and matches on others, and hands on the results in order.

use cofferdam_detect::intake::{Intake, Processed, Span, Wanted};
use cofferdam_detect::parser::Heading;
use cofferdam_detect::parser::auditd::{self, Joined, Joiner};
use cofferdam_detect::rule::Matcher;
use cofferdam_detect::time::TimeRules;
use cofferdam_evidence::evtx::ChunkReader;
use cofferdam_evidence::{Batch, Closed, Content, FileRecord, Limits, Problem, Source, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// What to match with, and what to keep of it.
pub struct Engine<'m> {
    /// The compiled rules.
    pub matcher: &'m Matcher,
    /// By rule: fields worth showing.
    pub shown: Wanted,
    /// By rule: fields that correlations need.
    pub wanted: Wanted,
    /// Which records count.
    pub span: Span,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The moment that times without a year are completed from when a source has no time of its own.
    pub now: Timestamp,
    /// Threads to parse and match with.
    pub threads: usize,
}

/// What the pipeline tells, in the order of the evidence.
pub enum Told {
    /// A source begins.
    Opened(Source),
    /// A batch of a source was matched.
    Processed {
        /// The source's number.
        source: u32,
        /// What became of it.
        processed: Processed,
    },
    /// A source ends.
    Closed(Closed),
    /// A file was read to its end.
    File(FileRecord),
    /// Something was not understood.
    Problem(Problem),
}

/// Work for one thread.
struct Job {
    sequence: u64,
    source: u32,
    path: Arc<str>,
    rules: Arc<TimeRules>,
    work: Work,
}

enum Work {
    Lines { bytes: Vec<u8>, first: u64, heading: Arc<Heading> },
    Audit(Vec<Joined>),
    Evtx { chunk: Vec<u8>, number: u64 },
}

type Results = (u64, Vec<Told>);

/// Reads everything under the paths and calls `tell` in the order of the evidence.
pub fn run(paths: &[PathBuf], engine: &Engine<'_>, tell: &mut dyn FnMut(Told) -> ControlFlow<()>) {
    if engine.threads <= 1 {
        return run_alone(paths, engine, tell);
    }
    let (jobs, waiting) = sync_channel::<Job>(engine.threads * 2);
    let (results, arriving) = channel::<Results>();
    // Owned by the workers alone: when the last of them ends, the reader's send fails and it ends too.
    let waiting = Arc::new(Mutex::new(waiting));
    std::thread::scope(|scope| {
        for _ in 0..engine.threads {
            let results = results.clone();
            let waiting = Arc::clone(&waiting);
            scope.spawn(move || work(engine, &waiting, &results));
        }
        drop(waiting);
        scope.spawn(move || {
            let mut reader = Reader::new(engine);
            read(paths, &mut reader, &mut |sequence, out| match out {
                Out::Job(job) => send(&jobs, job),
                Out::Told(told) => match results.send((sequence, vec![told])) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                },
            });
        });
        in_order(arriving, tell);
    });
}

/// A closed channel means that nobody listens any more: the output pipe was closed.
fn send(jobs: &SyncSender<Job>, job: Job) -> ControlFlow<()> {
    if jobs.send(job).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn run_alone(paths: &[PathBuf], engine: &Engine<'_>, tell: &mut dyn FnMut(Told) -> ControlFlow<()>) {
    let mut reader = Reader::new(engine);
    let mut hands = Hands::new(engine);
    read(paths, &mut reader, &mut |_, out| match out {
        Out::Told(told) => tell(told),
        Out::Job(job) => hands.perform(job).into_iter().try_for_each(&mut *tell),
    });
}

fn in_order(arriving: Receiver<Results>, tell: &mut dyn FnMut(Told) -> ControlFlow<()>) {
    let mut next = 0;
    let mut early: BTreeMap<u64, Vec<Told>> = BTreeMap::new();
    for (sequence, told) in arriving {
        early.insert(sequence, told);
        while let Some(told) = early.remove(&next) {
            next += 1;
            if told.into_iter().try_for_each(&mut *tell).is_break() {
                return;
            }
        }
    }
}

fn work(engine: &Engine<'_>, waiting: &Mutex<Receiver<Job>>, results: &Sender<Results>) {
    let mut hands = Hands::new(engine);
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let sequence = job.sequence;
        if results.send((sequence, hands.perform(job))).is_err() {
            return;
        }
    }
}

/// What one thread works with.
struct Hands<'m> {
    intake: Intake<'m>,
    chunks: ChunkReader,
}

impl<'m> Hands<'m> {
    fn new(engine: &Engine<'m>) -> Hands<'m> {
        Hands {
            intake: Intake::new(engine.matcher, &engine.shown, &engine.wanted, engine.span),
            chunks: ChunkReader::new(),
        }
    }

    fn perform(&mut self, job: Job) -> Vec<Told> {
        let mut told = Vec::new();
        let processed = match job.work {
            Work::Lines { bytes, first, heading } => self.intake.lines(&bytes, first, &job.rules, &heading),
            Work::Audit(joined) => self.intake.audit(&joined, &job.rules),
            Work::Evtx { chunk, number } => {
                let mut processed = Processed::default();
                let report = self.chunks.records(chunk, &mut |record, json| {
                    self.intake.json(json, record, &job.rules, &mut processed);
                });
                processed.read += report.rejected;
                processed.rejected += report.rejected;
                told.extend(report.problems.into_iter().map(|p| Told::Problem(p.at(&job.path, number))));
                processed
            }
        };
        told.push(Told::Processed { source: job.source, processed });
        told
    }
}

enum Out {
    Job(Job),
    Told(Told),
}

/// Turns the steps of a reading into jobs; audit records are joined here, since one event's records
/// may lie in two batches.
struct Reader<'e> {
    zone: &'e TimeZone,
    now: Timestamp,
    sequence: u64,
    path: Arc<str>,
    rules: Arc<TimeRules>,
    source: u32,
    /// Whether the open source is an audit log; unknown before its first line.
    is_audit: Option<bool>,
    joiner: Joiner,
    /// What the open source has said of its columns so far: its next batch may go to any thread.
    heading: Arc<Heading>,
}

fn read(paths: &[PathBuf], reader: &mut Reader<'_>, out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>) {
    cofferdam_evidence::read(paths, &Limits::default(), &mut |step| reader.step(step, out));
}

impl<'e> Reader<'e> {
    fn new(engine: &'e Engine<'_>) -> Reader<'e> {
        Reader {
            zone: &engine.zone,
            now: engine.now,
            sequence: 0,
            path: Arc::from(""),
            rules: Arc::new(TimeRules { reference: engine.now, zone: engine.zone.clone() }),
            source: 0,
            is_audit: None,
            joiner: Joiner::default(),
            heading: Arc::default(),
        }
    }

    fn step(&mut self, step: Step, out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>) -> ControlFlow<()> {
        match step {
            Step::Opened(source) => {
                let modified = source.modified.and_then(|time| Timestamp::try_from(time).ok());
                // A clock that is ahead of ours is believed no further than now.
                let reference = modified.map_or(self.now, |time| time.min(self.now));
                self.rules = Arc::new(TimeRules { reference, zone: self.zone.clone() });
                self.path = source.path.as_str().into();
                self.source = source.id.0;
                self.is_audit = None;
                self.heading = Arc::default();
                self.tell(Told::Opened(source), out)
            }
            Step::Batch(batch) => self.batch(batch, out),
            Step::Closed(closed) => {
                let mut joined = Vec::new();
                self.joiner.finish(&mut joined);
                self.audit(joined, out)?;
                self.tell(Told::Closed(closed), out)
            }
            Step::File(file) => self.tell(Told::File(file), out),
            Step::Problem(problem) => self.tell(Told::Problem(problem), out),
        }
    }

    fn batch(&mut self, batch: Batch, out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>) -> ControlFlow<()> {
        match batch.content {
            Content::EvtxChunk(chunk) => self.job(Work::Evtx { chunk, number: batch.first_record }, out),
            Content::Lines(bytes) => {
                let first_line = bytes.split(|b| *b == b'\n').find(|line| !line.is_empty());
                let first_line = first_line.map(String::from_utf8_lossy);
                let decide = || first_line.map(|line| auditd::is_audit(line.trim_start()));
                self.is_audit = self.is_audit.or_else(decide);
                if self.is_audit == Some(true) {
                    self.audit_lines(&bytes, batch.first_record, out)
                } else {
                    let heading = Arc::clone(&self.heading);
                    self.read_heading(&bytes);
                    self.job(Work::Lines { bytes, first: batch.first_record, heading }, out)
                }
            }
        }
    }

    /// Takes the lines of headings, so that later batches know them.
    fn read_heading(&mut self, bytes: &[u8]) {
        let within = memchr::memmem::find_iter(bytes, b"\n#").map(|at| at + 1);
        for start in bytes.starts_with(b"#").then_some(0).into_iter().chain(within) {
            let line = bytes[start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            Arc::make_mut(&mut self.heading).take(line.trim_end_matches('\r'));
        }
    }

    fn audit_lines(
        &mut self,
        bytes: &[u8],
        first: u64,
        out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut joined = Vec::new();
        let mut strangers = Vec::new();
        for (record, line) in (first..).zip(bytes.split(|byte| *byte == b'\n')) {
            let text = String::from_utf8_lossy(line);
            let text = text.trim();
            if auditd::is_audit(text) {
                self.joiner.push(text, record, &mut joined);
            } else if !text.is_empty() {
                strangers.push((record, line.to_vec()));
            }
        }
        self.audit(joined, out)?;
        for (record, line) in strangers {
            self.job(Work::Lines { bytes: line, first: record, heading: Arc::default() }, out)?;
        }
        ControlFlow::Continue(())
    }

    fn audit(
        &mut self,
        joined: Vec<Joined>,
        out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if joined.is_empty() { ControlFlow::Continue(()) } else { self.job(Work::Audit(joined), out) }
    }

    fn job(&mut self, work: Work, out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>) -> ControlFlow<()> {
        let sequence = self.sequence;
        self.sequence += 1;
        let (path, rules) = (Arc::clone(&self.path), Arc::clone(&self.rules));
        out(sequence, Out::Job(Job { sequence, source: self.source, path, rules, work }))
    }

    fn tell(&mut self, told: Told, out: &mut dyn FnMut(u64, Out) -> ControlFlow<()>) -> ControlFlow<()> {
        let sequence = self.sequence;
        self.sequence += 1;
        out(sequence, Out::Told(told))
    }
}

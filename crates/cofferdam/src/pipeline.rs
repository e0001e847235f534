//! Reads evidence on one thread, parses and matches on others, and hands on the results in order.

mod ahead;
mod reader;

use ahead::{Closing, Queue};
use cofferdam_detect::indicator::Indicators;
use cofferdam_detect::intake::{Intake, Processed, Span, Wanted};
use cofferdam_detect::parser::Heading;
use cofferdam_detect::parser::auditd::Joined;
use cofferdam_detect::rule::Matcher;
use cofferdam_detect::time::TimeRules;
use cofferdam_evidence::evtx::ChunkReader;
use cofferdam_evidence::{Closed, FileRecord, Problem, Source};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayon::ThreadPool;
use reader::Reader;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// How far reading may be ahead of parsing. Enough for most of a host's event logs to be read while
/// rules are loaded; little beside what the rules themselves take.
const AHEAD_BYTES: usize = 32 << 20;

/// What to match with, and what to keep of it.
pub struct Engine<'m> {
    /// The compiled rules.
    pub matcher: &'m Matcher,
    /// What to look for beside the rules.
    pub indicators: &'m Indicators,
    /// By rule: fields worth showing.
    pub shown: Wanted,
    /// By rule: fields that correlations need.
    pub wanted: Wanted,
    /// Which records count.
    pub span: Span,
    /// The threads to parse and match with.
    pub crew: &'m ThreadPool,
    /// Whether to tell of every record in the span, and not of matches only.
    pub everything: bool,
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

/// What comes out of the evidence, in its order: work, and what there is to tell between.
enum Out {
    Job(Job),
    Told(Told),
}

/// The evidence, being read.
pub enum Evidence {
    /// By the thread that will parse and match, when that wants it.
    Inline { paths: Vec<PathBuf>, reader: Reader },
    /// By a thread of its own, which has begun and goes ahead as far as [`AHEAD_BYTES`] allow.
    Ahead(Arc<Queue>),
}

impl Evidence {
    /// Opens the evidence. With more than one thread reading begins now, so that it is under way
    /// while rules are loaded.
    pub fn open(paths: &[PathBuf], zone: TimeZone, threads: usize) -> Evidence {
        let mut reader = Reader::new(zone, Timestamp::now());
        let paths = paths.to_vec();
        if threads <= 1 {
            return Evidence::Inline { paths, reader };
        }
        let queue = Arc::new(Queue::new(AHEAD_BYTES));
        let filled = Arc::clone(&queue);
        std::thread::spawn(move || {
            let closing = Closing(filled);
            reader.read(&paths, &mut |out| closing.0.push(out));
        });
        Evidence::Ahead(queue)
    }
}

type Results = (u64, Vec<Told>);

/// Parses and matches the evidence and calls `tell` in its order.
pub fn run(evidence: Evidence, engine: &Engine<'_>, tell: &mut dyn FnMut(Told) -> ControlFlow<()>) {
    match evidence {
        Evidence::Inline { paths, mut reader } => {
            let mut hands = Hands::new(engine);
            reader.read(&paths, &mut |out| match out {
                Out::Told(told) => tell(told),
                Out::Job(job) => hands.perform(job).into_iter().try_for_each(&mut *tell),
            });
        }
        Evidence::Ahead(queue) => {
            let (results, arriving) = channel::<Results>();
            engine.crew.in_place_scope(|scope| {
                for _ in 0..engine.crew.current_num_threads() {
                    let (results, queue) = (results.clone(), &queue);
                    scope.spawn(move |_| work(engine, queue, &results));
                }
                drop(results);
                in_order(arriving, tell);
                // Nobody listens any more, if the output pipe was closed.
                queue.close();
            });
        }
    }
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

fn work(engine: &Engine<'_>, queue: &Queue, results: &Sender<Results>) {
    let mut hands = Hands::new(engine);
    while let Some((sequence, out)) = queue.pop() {
        let told = match out {
            Out::Job(job) => hands.perform(job),
            Out::Told(told) => vec![told],
        };
        if results.send((sequence, told)).is_err() {
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
            intake: Intake::new(engine.matcher, &engine.shown, &engine.wanted, engine.span)
                .telling_everything(engine.everything)
                .looking_for(engine.indicators),
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

//! Turns evidence into work for the threads that parse and match.

use super::{Job, Out, Told, Work};
use cofferdam_detect::parser::Heading;
use cofferdam_detect::parser::auditd::{self, Joined, Joiner};
use cofferdam_detect::time::TimeRules;
use cofferdam_evidence::{Batch, Content, Limits, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Turns the steps of a reading into jobs; audit records are joined here, since one event's records
/// may lie in two batches.
pub struct Reader {
    zone: TimeZone,
    /// The moment that times without a year are completed from when a source has no time of its own.
    now: Timestamp,
    path: Arc<str>,
    rules: Arc<TimeRules>,
    source: u32,
    /// Whether the open source is an audit log; unknown before its first line.
    is_audit: Option<bool>,
    joiner: Joiner,
    /// What the open source has said of its columns so far: its next batch may go to any thread.
    heading: Arc<Heading>,
}

type Sink<'s> = &'s mut dyn FnMut(Out) -> ControlFlow<()>;

impl Reader {
    /// A reader; times that name no zone are of this one.
    pub(super) fn new(zone: TimeZone, now: Timestamp) -> Reader {
        Reader {
            rules: Arc::new(TimeRules::new(now, zone.clone())),
            zone,
            now,
            path: Arc::from(""),
            source: 0,
            is_audit: None,
            joiner: Joiner::default(),
            heading: Arc::default(),
        }
    }

    /// Reads everything under the paths, as long as somebody takes it.
    pub(super) fn read(&mut self, paths: &[PathBuf], out: Sink<'_>) {
        cofferdam_evidence::read(paths, &Limits::default(), &mut |step| self.step(step, out));
    }

    fn step(&mut self, step: Step, out: Sink<'_>) -> ControlFlow<()> {
        match step {
            Step::Opened(source) => {
                let modified = source.modified.and_then(|time| Timestamp::try_from(time).ok());
                // A clock that is ahead of ours is believed no further than now.
                let reference = modified.map_or(self.now, |time| time.min(self.now));
                self.rules = Arc::new(TimeRules::new(reference, self.zone.clone()));
                self.path = source.path.as_str().into();
                self.source = source.id.0;
                self.is_audit = None;
                self.heading = Arc::default();
                out(Out::Told(Told::Opened(source)))
            }
            Step::Batch(batch) => self.batch(batch, out),
            Step::Closed(closed) => {
                let mut joined = Vec::new();
                self.joiner.finish(&mut joined);
                self.audit(joined, out)?;
                out(Out::Told(Told::Closed(closed)))
            }
            Step::File(file) => out(Out::Told(Told::File(file))),
            Step::Problem(problem) => out(Out::Told(Told::Problem(problem))),
        }
    }

    fn batch(&mut self, batch: Batch, out: Sink<'_>) -> ControlFlow<()> {
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

    fn audit_lines(&mut self, bytes: &[u8], first: u64, out: Sink<'_>) -> ControlFlow<()> {
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

    fn audit(&mut self, joined: Vec<Joined>, out: Sink<'_>) -> ControlFlow<()> {
        if joined.is_empty() { ControlFlow::Continue(()) } else { self.job(Work::Audit(joined), out) }
    }

    fn job(&self, work: Work, out: Sink<'_>) -> ControlFlow<()> {
        let (path, rules) = (Arc::clone(&self.path), Arc::clone(&self.rules));
        out(Out::Job(Job { source: self.source, path, rules, work }))
    }
}

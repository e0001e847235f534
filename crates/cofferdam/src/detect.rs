//! `cofferdam detect`: lines in, matches out, nothing else.

use crate::cli::Detect;
use crate::failure::Failure;
use crate::investigate::engine::{self, Prepared};
use crate::pipeline::{self, Told};
use crate::{notes, rules};
use cofferdam_detect::correlation::sigma::{Correlator, Limits, Outcome, Seen};
use cofferdam_detect::intake::{Match, Span};
use serde::Serialize;
use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

/// One line of output.
#[derive(Serialize)]
struct Line<'m> {
    rule_id: &'m str,
    title: &'m str,
    level: cofferdam_vocabulary::Level,
    file: &'m str,
    record: u64,
    time: Option<jiff::Timestamp>,
}

/// Matches one file and writes a line of JSON for each match, in the order of the input.
///
/// # Errors
///
/// [`Failure`] when rules or input cannot be read.
pub fn run(args: &Detect) -> Result<(), Failure> {
    let threads = engine::threads(args.threads);
    let set = rules::load(&args.rules, threads)?;
    let prepared = Prepared::new(set, threads)?;
    notes::rule_problems(&prepared.rules().problems);
    let engine = prepared.engine(Span::default(), jiff::tz::TimeZone::UTC, threads);
    let mut writer = Writer {
        out: BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
        prepared: &prepared,
        correlator: Correlator::new(prepared.rules(), Limits::default()),
        outcomes: Vec::new(),
        recent: HashMap::new(),
        handle: 0,
        path: String::new(),
        read_any: false,
        closed: false,
    };
    pipeline::run(std::slice::from_ref(&args.file), &engine, &mut |told| writer.take(told));
    writer.finish();
    if writer.read_any || writer.closed { Ok(()) } else { Err(Failure::NothingRead) }
}

struct Writer<'p> {
    out: BufWriter<io::StdoutLock<'static>>,
    prepared: &'p Prepared,
    correlator: Correlator,
    outcomes: Vec<Outcome>,
    /// Record and time of matches that a correlation may still name as the one that completed it.
    recent: HashMap<u64, (u64, Option<jiff::Timestamp>)>,
    handle: u64,
    path: String,
    read_any: bool,
    /// Whoever read our output has gone.
    closed: bool,
}

impl Writer<'_> {
    fn take(&mut self, told: Told) -> ControlFlow<()> {
        match told {
            Told::Opened(source) => {
                self.path = source.path;
                self.read_any = true;
            }
            Told::Problem(problem) => notes::evidence_problem(&problem),
            Told::Processed { processed, .. } => {
                for (code, (record, message)) in &processed.problems {
                    notes::record_problem(code, &self.path, *record, message);
                }
                for found in &processed.matches {
                    self.found(found);
                }
                // What is known must leave now: somebody may be waiting at the other end of the pipe.
                if self.out.flush().is_err() {
                    self.closed = true;
                    return ControlFlow::Break(());
                }
            }
            Told::File(_) => self.read_any = true,
            Told::Closed(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn found(&mut self, found: &Match) {
        let time = found.event.time.map(|time| time.at);
        let rule = &self.prepared.rules().rules[found.rule as usize];
        if rule.reported {
            self.line(&rule.meta, found.record, time);
        }
        let Some(at) = time.filter(|_| self.correlator.takes(found.rule)) else { return };
        self.handle += 1;
        self.recent.insert(self.handle, (found.record, time));
        let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
        let seen =
            Seen { rule: found.rule, at, count: found.event.repeated, handle: self.handle, values: &values };
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.correlator.push(&seen, &mut outcomes);
        self.outcomes = outcomes;
        self.tell_firings();
        // Held-back firings name older matches; keep enough of them, not all.
        if self.recent.len() > 200_000 {
            let oldest = self.handle - 100_000;
            self.recent.retain(|handle, _| *handle > oldest);
        }
    }

    fn tell_firings(&mut self) {
        for outcome in std::mem::take(&mut self.outcomes) {
            let Outcome::Fired(firing) = outcome else { continue };
            let correlation = &self.prepared.rules().correlations[firing.correlation as usize];
            if correlation.reported {
                let record = self.recent.get(&firing.completed_by).map_or(0, |(record, _)| *record);
                self.line(&correlation.meta, record, Some(firing.at));
            }
        }
    }

    fn line(&mut self, meta: &cofferdam_detect::rule::Meta, record: u64, time: Option<jiff::Timestamp>) {
        let line =
            Line { rule_id: &meta.id, title: &meta.title, level: meta.level, file: &self.path, record, time };
        let written =
            serde_json::to_writer(&mut self.out, &line).is_ok() && self.out.write_all(b"\n").is_ok();
        self.closed |= !written;
    }

    fn finish(&mut self) {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.correlator.finish(&mut outcomes);
        self.outcomes = outcomes;
        self.tell_firings();
        self.closed |= self.out.flush().is_err();
    }
}

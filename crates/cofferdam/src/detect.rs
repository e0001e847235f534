//! `cofferdam detect`: lines in, matches out, nothing else.

use crate::cli::Detect;
use crate::failure::Failure;
use crate::investigate::engine::{self, Prepared};
use crate::pipeline::{self, Evidence, Told};
use crate::{indicators, notes, rules};
use cofferdam_detect::correlation::sigma::{Correlator, Limits, Outcome, Seen};
use cofferdam_detect::intake::{Cause, Match, Span};
use cofferdam_detect::rule::Meta;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::ops::ControlFlow;
use std::sync::Arc;

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

/// Matches files and writes a line of JSON for each match, in the order of the input.
///
/// # Errors
///
/// [`Failure`] when rules or input cannot be read.
pub fn run(args: &Detect) -> Result<(), Failure> {
    let crew = engine::crew(args.threads)?;
    let evidence = Evidence::open(&args.files, jiff::tz::TimeZone::UTC, crew.current_num_threads());
    let set = rules::load(&args.rules, &crew)?;
    let lists = indicators::load(&args.lists, args.rules.min_level)?;
    // The process ends soon after its last use: to free a million small pieces would only take time.
    let prepared = ManuallyDrop::new(Prepared::new(set, lists, &crew)?);
    notes::rule_problems(&prepared.rules().problems);
    indicators::tell_problems(prepared.lists());
    let engine = prepared.engine(Span::default(), &crew);
    let mut writer = Writer {
        out: BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
        prepared: &prepared,
        correlator: Correlator::new(prepared.rules(), Limits::default()),
        outcomes: Vec::new(),
        recent: HashMap::new(),
        handle: 0,
        path: Arc::from(""),
        told: HashSet::new(),
        read_any: false,
        problems: false,
        closed: false,
    };
    pipeline::run(evidence, &engine, &mut |told| writer.take(told));
    writer.finish();
    match () {
        () if writer.read_any || writer.closed => Ok(()),
        () if writer.problems => Err(Failure::NothingRead),
        () => Err(Failure::NoFiles { paths: args.files.clone() }),
    }
}

struct Writer<'p> {
    out: BufWriter<io::StdoutLock<'static>>,
    prepared: &'p Prepared,
    correlator: Correlator,
    outcomes: Vec<Outcome>,
    /// File and record of matches that a correlation may still name as the one that completed it.
    recent: HashMap<u64, (Arc<str>, u64)>,
    handle: u64,
    path: Arc<str>,
    /// Kinds of broken records that were told of this source.
    told: HashSet<&'static str>,
    read_any: bool,
    /// Something could not be read, and was told of.
    problems: bool,
    /// Whoever read our output has gone.
    closed: bool,
}

impl Writer<'_> {
    fn take(&mut self, told: Told) -> ControlFlow<()> {
        match told {
            Told::Opened(source) => {
                self.path = source.path.into();
                self.told.clear();
                self.read_any = true;
            }
            Told::Problem(problem) => {
                self.problems = true;
                notes::evidence_problem(&problem);
            }
            Told::Processed { processed, .. } => {
                for (code, (record, message)) in &processed.problems {
                    // Once for each source and kind: a broken file has a million broken lines.
                    if self.told.insert(code) {
                        notes::record_problem(code, &self.path, *record, message);
                    }
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
        let number = match &found.cause {
            Cause::Rule(number) => *number,
            Cause::Indicator(meta) => return self.line(meta, &Arc::clone(&self.path), found.record, time),
        };
        let rule = &self.prepared.rules().rules[number as usize];
        if rule.reported {
            self.line(&rule.meta, &Arc::clone(&self.path), found.record, time);
        }
        let Some(at) = time.filter(|_| self.correlator.takes(number)) else { return };
        self.handle += 1;
        self.recent.insert(self.handle, (Arc::clone(&self.path), found.record));
        let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
        let seen =
            Seen { rule: number, at, count: found.event.repeated, handle: self.handle, values: &values };
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
                let place = self.recent.get(&firing.completed_by).cloned();
                let (file, record) = place.unwrap_or_else(|| (Arc::clone(&self.path), 0));
                self.line(&correlation.meta, &file, record, Some(firing.at));
            }
        }
    }

    fn line(&mut self, meta: &Meta, file: &str, record: u64, time: Option<jiff::Timestamp>) {
        let line = Line { rule_id: &meta.id, title: &meta.title, level: meta.level, file, record, time };
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

//! Rules made ready for short logs: a log in, what fired out.

use crate::correlation::sigma::{Correlator, Limits, Outcome, Seen};
use crate::intake::{Intake, Match, Processed, Span, Wanted};
use crate::parser::Heading;
use crate::parser::auditd::{self, Joined, Joiner};
use crate::rule::{Matcher, Meta, RuleSet};
use crate::time::TimeRules;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// When example logs were written, in seconds since 1970: 2026-11-22, noon. Lines without a year are of
/// that one or the one before, so that nothing depends on today.
const WRITTEN: i64 = 1_795_348_800;

/// How times in example logs are read.
pub fn written() -> TimeRules {
    TimeRules::utc(Timestamp::from_second(WRITTEN).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A document of a set, either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Place in [`RuleSet::rules`].
    Detection(usize),
    /// Place in [`RuleSet::correlations`].
    Correlation(usize),
}

/// Every document of a set.
pub fn documents(set: &RuleSet) -> impl Iterator<Item = (Place, &Arc<Meta>)> {
    let detections = set.rules.iter().enumerate().map(|(at, rule)| (Place::Detection(at), &rule.meta));
    let correlations = set.correlations.iter().enumerate();
    detections.chain(correlations.map(|(at, correlation)| (Place::Correlation(at), &correlation.meta)))
}

/// How often each document fired; those that stayed quiet are not in it.
#[derive(Clone, Debug, Default)]
pub struct Fired(BTreeMap<Place, usize>);

impl Fired {
    /// How often this one did.
    pub fn count(&self, place: Place) -> usize {
        self.0.get(&place).copied().unwrap_or(0)
    }

    /// Whether nothing did.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Rules made ready.
#[derive(Debug)]
pub struct Bench {
    matcher: Matcher,
    shown: Wanted,
    wanted: Wanted,
}

impl Bench {
    /// Of a set; correlations that cannot work join its problems.
    pub fn new(mut set: RuleSet) -> Bench {
        let correlator = Correlator::new(&set, Limits::default());
        set.problems.extend(correlator.problems().iter().cloned());
        let numbers = 0..u32::try_from(set.rules.len()).unwrap_or(u32::MAX);
        let wanted = numbers.map(|rule| correlator.wanted(rule).into()).collect();
        let shown = set.rules.iter().map(|rule| rule.fields().into_boxed_slice()).collect();
        Bench { matcher: Matcher::new(Arc::new(set)), shown, wanted }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    /// An intake that matches with them.
    pub fn intake(&self) -> Intake<'_> {
        Intake::new(&self.matcher, &self.shown, &self.wanted, Span::default())
    }

    /// A correlator that has counted nothing yet.
    pub fn correlator(&self) -> Correlator {
        Correlator::new(self.rules(), Limits::default())
    }

    /// Runs one log over the rules.
    pub fn run(&self, log: &[u8]) -> Fired {
        let mut matches: Vec<Match> =
            process(&mut self.intake(), log).into_iter().flat_map(|batch| batch.matches).collect();
        // As `investigate` has it: in the order of time, then of the log.
        matches.sort_by_key(|found| (found.event.time.map(|time| time.at), found.record, found.rule()));
        let mut fired = Fired::default();
        let mut outcomes = Vec::new();
        let mut correlator = self.correlator();
        for (handle, found) in (0..).zip(&matches) {
            if let Some(rule) = found.rule() {
                *fired.0.entry(Place::Detection(rule as usize)).or_default() += 1;
            }
            push(&mut correlator, found, handle, &mut outcomes);
        }
        correlator.finish(&mut outcomes);
        for outcome in outcomes {
            if let Outcome::Fired(firing) = outcome {
                *fired.0.entry(Place::Correlation(firing.correlation as usize)).or_default() += 1;
            }
        }
        fired
    }
}

/// Counts one match for the correlations.
pub fn push(correlator: &mut Correlator, found: &Match, handle: u64, outcomes: &mut Vec<Outcome>) {
    if let (Some(rule), Some(time)) = (found.rule(), found.event.time) {
        let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
        let seen = Seen { rule, at: time.at, count: found.event.repeated, handle, values: &values };
        correlator.push(&seen, outcomes);
    }
}

/// Reads one log as the pipeline does: a log that begins with an audit record is an audit log.
pub fn process(intake: &mut Intake<'_>, log: &[u8]) -> Vec<Processed> {
    let rules = written();
    let first = log.split(|byte| *byte == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace));
    let first = first.map(String::from_utf8_lossy);
    if !first.is_some_and(|line| auditd::is_audit(line.trim())) {
        return vec![intake.lines(log, 1, &rules, &Heading::default())];
    }
    let (joined, strangers) = join(log);
    let mut processed = vec![intake.audit(&joined, &rules)];
    processed.extend(
        strangers.into_iter().map(|(record, line)| intake.lines(line, record, &rules, &Heading::default())),
    );
    processed
}

/// The events of an audit log, and its lines that are no audit records.
pub fn join(log: &[u8]) -> (Vec<Joined>, Vec<(u64, &[u8])>) {
    let (mut joiner, mut joined, mut strangers) = (Joiner::default(), Vec::new(), Vec::new());
    for (record, line) in (1..).zip(log.split(|byte| *byte == b'\n')) {
        let text = String::from_utf8_lossy(line);
        match text.trim() {
            "" => {}
            text if auditd::is_audit(text) => joiner.push(text, record, &mut joined),
            _ => strangers.push((record, line)),
        }
    }
    joiner.finish(&mut joined);
    (joined, strangers)
}

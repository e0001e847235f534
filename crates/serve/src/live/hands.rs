//! Parses and matches what was read from the spool: on this thread when it is little, on several when it is much.

use super::streams::Logs;
use crate::intake::{Origin, Sources};
use cofferdam_detect::intake::{Intake, Processed, Span};
use cofferdam_detect::kit::Kit;
use cofferdam_detect::parser::auditd::Joined;
use cofferdam_detect::parser::{Heading, named};
use cofferdam_detect::time::TimeRules;
use cofferdam_spool::Read;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Records are handed to threads in parts of about so many bytes.
const PART_BYTES: usize = 32 << 10;
/// The format whose records are joined to events.
const AUDIT: &str = "auditd";
/// Less than this is done at once: another thread would first have to wake up.
const LITTLE: usize = 96 << 10;

/// Records of one log that are read together.
pub struct Part {
    name: Arc<str>,
    origin: Arc<Origin>,
    rules: Arc<TimeRules>,
    /// The format that its source writes, if that was said.
    only: Option<&'static str>,
    heading: Heading,
    /// Places in the portion.
    records: Vec<usize>,
    audit: Vec<Joined>,
}

/// What became of a part.
pub struct Done {
    /// The log that it is of.
    pub origin: Arc<Origin>,
    /// What the spool calls it.
    pub name: Arc<str>,
    /// Matches and counts; records are named by their number in the spool.
    pub processed: Processed,
}

/// Threads' intakes.
pub struct Hands<'k> {
    intakes: Vec<Intake<'k>>,
}

/// Parts that nobody has taken: whoever is done takes the next, however much else his core has to do.
struct Queue(Mutex<std::iter::Enumerate<std::vec::IntoIter<Part>>>);

impl Queue {
    fn work(&self, intake: &mut Intake<'_>, records: &[Read]) -> Vec<(usize, Done)> {
        let mut done = Vec::new();
        loop {
            let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((at, part)) = next else { return done };
            done.push((at, perform(intake, part, records)));
        }
    }
}

/// How the records of a source are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The format that it writes, if somebody said so.
    pub only: Option<&'static str>,
}

impl Reading {
    /// As was said of this source.
    pub fn of(sources: &Sources, source: &str) -> Reading {
        let source = sources.named(source);
        let terms = source.as_ref().map(|source| &source.terms);
        let zone = terms.and_then(|terms| terms.zone.clone()).unwrap_or(TimeZone::UTC);
        Reading { zone, only: terms.and_then(|terms| named(terms.parser.as_deref()?)) }
    }
}

/// Tells how records are read, by the name of their source.
pub type ReadingOf<'r> = &'r dyn Fn(&str) -> Reading;

impl<'k> Hands<'k> {
    /// So many hands that work with these rules.
    pub fn new(kit: &'k Kit, threads: usize) -> Hands<'k> {
        let intake = || kit.intake(Span::default()).telling_unread(true).telling_parties(true);
        Hands { intakes: (0..threads.max(1)).map(|_| intake()).collect() }
    }

    /// Parses and matches a portion, and does something else `meanwhile`: beside it when it is much, before it when it is
    /// little. What became of the parts is in their order.
    pub fn portion(&mut self, parts: Vec<Part>, records: &[Read], meanwhile: impl FnOnce()) -> Vec<Done> {
        let bytes: usize =
            parts.iter().flat_map(|part| &part.records).map(|at| records[*at].bytes.len()).sum();
        let [own, others @ ..] = &mut *self.intakes else { return Vec::new() };
        if bytes < LITTLE || others.is_empty() {
            meanwhile();
            return parts.into_iter().map(|part| perform(own, part, records)).collect();
        }
        let queue = Queue(Mutex::new(parts.into_iter().enumerate()));
        let mut done = std::thread::scope(|scope| {
            let threads: Vec<_> =
                others.iter_mut().map(|intake| scope.spawn(|| queue.work(intake, records))).collect();
            meanwhile();
            let mut done = queue.work(own, records);
            for thread in threads {
                // A thread that panicked takes this one with it: what it had in hand would be lost in silence.
                done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, done)| done).collect()
    }

    /// Parses and matches audit events that became complete by themselves.
    pub fn overdue(&mut self, name: &Arc<str>, joined: Vec<Joined>, at: Timestamp) -> Done {
        let origin = Arc::new(Origin::read(name));
        let rules = Arc::new(TimeRules::utc(at));
        let heading = Heading::default();
        let name = Arc::clone(name);
        let part = Part { name, origin, rules, only: None, heading, records: Vec::new(), audit: joined };
        perform(&mut self.intakes[0], part, &[])
    }
}

/// Records that are read now by log, in parts; audit records are joined on the way, and columns are noted for the parts
/// that follow.
pub fn parts(records: &[Read], logs: &mut Logs, reading: ReadingOf<'_>, now: Timestamp) -> Vec<Part> {
    let mut open: HashMap<Arc<str>, (Part, usize)> = HashMap::new();
    let mut out = Vec::new();
    // A record without bytes only says how far a followed file was read.
    for (at, read) in records.iter().enumerate().filter(|(_, read)| !read.bytes.is_empty()) {
        let log = logs.of(&read.source, now);
        let fresh = || {
            let Reading { zone, only } = reading(&log.origin.source);
            Part {
                name: Arc::clone(&read.source),
                origin: Arc::clone(&log.origin),
                rules: Arc::new(TimeRules::new(read.arrival, zone)),
                only,
                heading: log.heading.clone(),
                records: Vec::new(),
                audit: Vec::new(),
            }
        };
        let (mut part, mut bytes) = open.remove(&read.source).unwrap_or_else(|| (fresh(), 0));
        let may_be_audit = part.only.is_none_or(|only| only == AUDIT);
        if !may_be_audit || !log.audit(read, &mut part.audit) {
            if read.bytes.starts_with(b"#") {
                log.heading.take(String::from_utf8_lossy(&read.bytes).trim_end());
            }
            part.records.push(at);
            bytes += read.bytes.len();
        }
        if bytes >= PART_BYTES {
            out.push(part);
        } else {
            open.insert(Arc::clone(&read.source), (part, bytes));
        }
    }
    let mut rest: Vec<Part> = open.into_values().map(|(part, _)| part).collect();
    rest.sort_by_key(|part| part.records.first().copied());
    out.extend(rest);
    out
}

fn perform(intake: &mut Intake<'_>, mut part: Part, portion: &[Read]) -> Done {
    let mut processed = Processed::default();
    intake.read_only(part.only);
    let records = part.records.iter().map(|&at| (portion[at].seq.0, &*portion[at].bytes));
    intake.records(records, &part.rules, &mut part.heading, &mut processed);
    intake.audit_into(&part.audit, &part.rules, &mut processed);
    Done { origin: part.origin, name: part.name, processed }
}

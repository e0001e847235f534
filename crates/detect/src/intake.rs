//! A batch of records in, the rules' matches out.

use crate::correlation::{AddressBook, Parties, Sightings, sightings};
use crate::event::Event;
use crate::indicator::{Indicators, Lookout, Sighting};
use crate::parser::{self, Context, Heading, Memory, Room, auditd::Joined};
use crate::rule::{Matcher, Meta, Worker};
use crate::time::{EventTime, TimeRules, when};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hosts counted in one batch; a log that names more is a collector's and tells nothing of its folder.
const HOSTS_KEPT: usize = 64;

/// Why a record matched.
#[derive(Clone, Debug)]
pub enum Cause {
    /// A rule fired; its index in the rule set.
    Rule(u32),
    /// It holds an indicator; what is said of that, as of a rule.
    Indicator(Arc<Meta>),
}

/// A rule fired on a record, or the record holds an indicator.
#[derive(Clone, Debug)]
pub struct Match {
    /// What fired.
    pub cause: Cause,
    /// Line, element or record number in its source.
    pub record: u64,
    /// What is kept of the record; shared by all rules that fired on it.
    pub event: Arc<MatchedEvent>,
    /// Fields that the rule asks about, with their values.
    pub fields: Vec<(Arc<str>, String)>,
    /// Values for correlations, parallel to the names that [`Wanted`] has for the rule.
    pub values: Vec<Option<String>>,
}

impl Match {
    /// The rule that fired, by its index; none for an indicator.
    pub fn rule(&self) -> Option<u32> {
        match self.cause {
            Cause::Rule(rule) => Some(rule),
            Cause::Indicator(_) => None,
        }
    }
}

/// What is kept of a record on which a rule fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedEvent {
    /// When it happened.
    pub time: Option<EventTime>,
    /// How many occurrences it stands for.
    pub repeated: u32,
    /// What it is about.
    pub sightings: Sightings,
    /// One line that tells what the record says.
    pub what: String,
    /// What it tells of did not succeed, by its own word.
    pub failed: bool,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Processed {
    /// Matches in the order of the records, then of the rules; indicators after these.
    pub matches: Vec<Match>,
    /// Every record in the span with its number, if that was asked for.
    pub events: Vec<(u64, Arc<MatchedEvent>)>,
    /// Records seen; each is parsed or rejected.
    pub read: u64,
    /// Records understood, or kept as text.
    pub parsed: u64,
    /// Of those, records that no parser claimed.
    pub as_text: u64,
    /// Records outside the wanted time, not matched.
    pub outside: u64,
    /// Records that are broken.
    pub rejected: u64,
    /// Records whose time lacked a year or a zone.
    pub inferred_times: u64,
    /// The first broken record of each kind.
    pub problems: BTreeMap<&'static str, (u64, String)>,
    /// Indicators that were seen and not told, because the value is known to be good.
    pub known_good: u64,
    /// Indicators that were seen and not told, because they were no longer valid.
    pub expired: u64,
    /// Whether some record names its host.
    pub names_host: bool,
    /// Whose addresses the records say they are.
    pub addresses: AddressBook,
    /// Hosts named by the records, for logs of the same folder that name none.
    pub hosts: BTreeMap<String, u64>,
    /// Whom and what each record names and when it happened, if that was asked for.
    pub parties: Vec<(u64, Option<Timestamp>, Parties)>,
    /// Records that no parser understood, and why not, if that was asked for.
    pub unread: Vec<(u64, Unread)>,
}

/// Why a record was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// No parser claims it; it was matched as text.
    AsText,
    /// It is broken, in these words.
    Broken(String),
}

/// By rule index: the fields whose values correlations need.
pub type Wanted = Arc<[Box<[Arc<str>]>]>;

/// Which records count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

impl Span {
    fn is_everything(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Records without a time count always: nobody can say that they do not.
    fn holds(&self, time: Option<EventTime>) -> bool {
        time.is_none_or(|time| {
            self.from.is_none_or(|from| time.at >= from) && self.to.is_none_or(|to| time.at <= to)
        })
    }
}

/// Parses and matches batches on one thread.
#[derive(Debug)]
pub struct Intake<'m> {
    worker: Worker<'m>,
    lookout: Option<Lookout<'m>>,
    asked: Arc<[Box<[Arc<str>]>]>,
    wanted: Wanted,
    span: Span,
    /// What was likely in the last batch is likely in the next.
    context: Context,
    /// With the memory of the event before.
    room: Room,
    everything: bool,
    parties: bool,
    unread: bool,
    hits: Vec<u32>,
}

impl<'m> Intake<'m> {
    /// An intake for this thread. `asked` holds, by rule index, the fields worth showing.
    pub fn new(matcher: &'m Matcher, asked: &Wanted, wanted: &Wanted, span: Span) -> Intake<'m> {
        Intake {
            worker: matcher.worker(),
            lookout: None,
            asked: Arc::clone(asked),
            wanted: Arc::clone(wanted),
            span,
            context: Context::default(),
            room: Room::default(),
            everything: false,
            parties: false,
            unread: false,
            hits: Vec::new(),
        }
    }

    /// Whether to tell of every record in the span, and not of matches only.
    pub fn telling_everything(mut self, everything: bool) -> Intake<'m> {
        self.everything = everything;
        self
    }

    /// Whether to tell of every record in the span whom and what it names.
    pub fn telling_parties(mut self, parties: bool) -> Intake<'m> {
        self.parties = parties;
        self
    }

    /// Whether to tell which records no parser understood, and not only how many.
    pub fn telling_unread(mut self, unread: bool) -> Intake<'m> {
        self.unread = unread;
        self
    }

    /// Reads what follows as this format writes it and as no other does, or again as any.
    pub fn read_only(&mut self, only: Option<&'static str>) {
        self.context.only = only;
    }

    /// Looks for indicators as well.
    pub fn looking_for(self, indicators: &'m Indicators) -> Intake<'m> {
        Intake { lookout: Lookout::new(indicators), ..self }
    }

    /// Whole lines, the first of which is record `first`; `heading` is what their source has said of
    /// its columns before them.
    pub fn lines(&mut self, bytes: &[u8], first: u64, rules: &TimeRules, heading: &Heading) -> Processed {
        let mut out = Processed::default();
        self.context.heading.clone_from(heading);
        let mut start = 0;
        let mut room = std::mem::take(&mut self.room);
        let ends = memchr::memchr_iter(b'\n', bytes).chain((!bytes.ends_with(b"\n")).then_some(bytes.len()));
        for (record, end) in (first..).zip(ends) {
            let line = &bytes[start..end];
            start = end + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.iter().all(u8::is_ascii_whitespace) {
                room.clear();
                self.line(line, record, rules, &room, &mut out);
            }
        }
        self.room = room;
        out
    }

    /// Records of one source that came one by one, whole, with their numbers. `heading` is what the source has
    /// said of its columns; what it says here is added.
    pub fn records<'r>(
        &mut self,
        records: impl Iterator<Item = (u64, &'r [u8])>,
        rules: &TimeRules,
        heading: &mut Heading,
        out: &mut Processed,
    ) {
        std::mem::swap(&mut self.context.heading, heading);
        let mut room = std::mem::take(&mut self.room);
        for (record, bytes) in records {
            let bytes = bytes.trim_ascii_end();
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                room.clear();
                self.line(bytes, record, rules, &room, out);
            }
        }
        self.room = room;
        std::mem::swap(&mut self.context.heading, heading);
    }

    fn line(&mut self, line: &[u8], record: u64, rules: &TimeRules, room: &Room, out: &mut Processed) {
        out.read += 1;
        let text = lossy(line);
        if matches!(text, Cow::Owned(_)) {
            let message = "the line is not valid UTF-8; what could not be read became U+FFFD".to_owned();
            out.problems.entry("detect::not-utf8").or_insert((record, message));
        }
        match parser::parse_line(&text, rules, &mut self.context, room) {
            Ok(None) => out.parsed += 1,
            Ok(Some(event)) => {
                out.parsed += 1;
                if parser::is_plain_text(&event) {
                    self.as_text(record, out);
                }
                self.event(&event, record, rules, out);
                room.reuse(Memory::of(event));
            }
            Err(error) => self.reject(out, record, &error),
        }
    }

    fn as_text(&self, record: u64, out: &mut Processed) {
        out.as_text += 1;
        if self.unread {
            out.unread.push((record, Unread::AsText));
        }
    }

    fn reject(&self, out: &mut Processed, record: u64, error: &parser::json::JsonError) {
        out.rejected += 1;
        if self.unread {
            out.unread.push((record, Unread::Broken(error.to_string())));
        }
        out.problems.entry("detect::not-json").or_insert((record, error.to_string()));
    }

    /// One JSON record, such as an event of an EVTX file.
    pub fn json(&mut self, bytes: &[u8], record: u64, rules: &TimeRules, out: &mut Processed) {
        out.read += 1;
        let text = lossy(bytes);
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        match parser::json::parse_like(&text, &mut 0, &room) {
            Ok(event) => {
                out.parsed += 1;
                self.event(&event, record, rules, out);
                room.reuse(Memory::of(event));
            }
            Err(error) => self.reject(out, record, &error),
        }
        self.room = room;
    }

    /// Audit records that were joined to events.
    pub fn audit(&mut self, joined: &[Joined], rules: &TimeRules) -> Processed {
        let mut out = Processed::default();
        self.audit_into(joined, rules, &mut out);
        out
    }

    /// [`Intake::audit`], added to what became of other records.
    pub fn audit_into(&mut self, joined: &[Joined], rules: &TimeRules, out: &mut Processed) {
        for record in joined {
            out.read += 1;
            out.parsed += 1;
            match parser::auditd::parse(&record.text) {
                Some(event) => self.event(&event, record.record, rules, out),
                None => {
                    self.as_text(record.record, out);
                    self.event(&parser::text::parse(&record.text, rules), record.record, rules, out);
                }
            }
        }
    }

    fn event(&mut self, event: &Event<'_>, record: u64, rules: &TimeRules, out: &mut Processed) {
        if !self.span.is_everything() && !self.span.holds(when(event, rules)) {
            out.outside += 1;
            return;
        }
        if let Some(time) = event.time {
            out.inferred_times += u64::from(time.year_inferred || time.zone_inferred);
        }
        // Windows events always name their computer; a sensor is on none of the hosts of which it tells,
        // and a cloud's service on none at all.
        let of_no_host = event.class.is_of_network_sensor() || event.class.is_service();
        if event.class.product == "windows" || of_no_host {
            out.names_host = true;
        } else if let Some(host) = event.text_of("host.name") {
            out.names_host = true;
            if let Some(count) = out.hosts.get_mut(&*host) {
                *count += 1;
            } else if out.hosts.len() < HOSTS_KEPT {
                out.hosts.insert(host.into_owned(), 1);
            }
        }
        if let Some(known) = &event.address_of {
            out.addresses.note(known);
        }
        if self.parties {
            out.parties.push((record, when(event, rules).map(|time| time.at), Parties::of(event)));
        }
        // Indicators first: the text was just read, and rules need much of the processor's cache.
        let lookout = self.lookout.as_mut();
        let seen = lookout.and_then(|lookout| lookout.look(event, || when(event, rules).map(|time| time.at)));
        self.worker.matches(event, &mut self.hits);
        if self.hits.is_empty() && seen.is_none() && !self.everything {
            return;
        }
        let kept = Arc::new(MatchedEvent {
            time: when(event, rules),
            repeated: event.repeated,
            sightings: sightings(event),
            what: super::describe::describe(event),
            failed: failed(event),
        });
        if self.everything {
            out.events.push((record, Arc::clone(&kept)));
        }
        for &rule in &self.hits {
            let fields = |names: &[Arc<str>]| -> Vec<(Arc<str>, String)> {
                let shown =
                    names.iter().filter_map(|name| Some((Arc::clone(name), shorten(&event.text_of(name)?))));
                shown.take(8).collect()
            };
            let value = |name: &Arc<str>| event.text_of(name).map(Cow::into_owned);
            out.matches.push(Match {
                cause: Cause::Rule(rule),
                record,
                event: Arc::clone(&kept),
                fields: self.asked.get(rule as usize).map(|names| fields(names)).unwrap_or_default(),
                values: self
                    .wanted
                    .get(rule as usize)
                    .map(|names| names.iter().map(value).collect())
                    .unwrap_or_default(),
            });
        }
        if let Some(seen) = seen {
            out.known_good += seen.known_good;
            out.expired += seen.expired;
            out.matches
                .extend(seen.sightings.into_iter().map(|sighting| of_indicator(sighting, &kept, record)));
        }
    }
}

/// A match is about the indicator as well, which the rules' matches are not.
fn of_indicator(sighting: Sighting, kept: &MatchedEvent, record: u64) -> Match {
    let mut event = kept.clone();
    if !event.sightings.entities.contains(&sighting.entity) {
        event.sightings.entities.push(sighting.entity);
    }
    Match {
        cause: Cause::Indicator(sighting.meta),
        record,
        event: Arc::new(event),
        fields: sighting.fields,
        values: Vec::new(),
    }
}

/// As `String::from_utf8_lossy`, but several times as fast on what is valid, which is nearly all.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Whether the record says that nothing came of it: refused, denied, not found.
fn failed(event: &Event<'_>) -> bool {
    let status = || event.text_of("sc-status").and_then(|text| text.parse::<u16>().ok());
    match event.text_of("event.outcome") {
        Some(outcome) => outcome == "failure",
        None => status().is_some_and(|status| status >= 400),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

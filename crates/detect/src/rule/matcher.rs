//! Matches events against all rules of their class.

use super::index::{FieldIndex, Hit};
use super::load::RuleSet;
use super::model::{Anchor, Comparison, Test, TimePart};
use super::pattern::{lower, make_lower};
use super::program::{Atom, AtomId, AtomTest, Local, Node, Program, SlotId};
use crate::event::{Event, EventClass, Value, unescape_into};
use crate::time::TimeRules;
use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// All rules, compiled for each class of events when the first of it comes.
///
/// Shared between threads; each thread matches with a [`Worker`] of its own.
#[derive(Debug)]
pub struct Matcher {
    rules: Arc<RuleSet>,
    programs: Mutex<HashMap<EventClass, Arc<Program>>>,
}

impl Matcher {
    /// A matcher for these rules.
    pub fn new(rules: Arc<RuleSet>) -> Matcher {
        Matcher { rules, programs: Mutex::default() }
    }

    /// The rules that match.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// One thread's part.
    pub fn worker(&self) -> Worker<'_> {
        Worker { matcher: self, classes: HashMap::new() }
    }

    /// The rules that match, to be kept.
    pub fn shared_rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.rules)
    }

    /// Compiles the rules of a class ahead of its first event.
    pub fn prepare(&self, class: &EventClass) {
        self.program(class);
    }

    fn program(&self, class: &EventClass) -> Arc<Program> {
        // A program is whole before it is stored, so a thread that died elsewhere left nothing half done.
        let programs = || self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = programs().get(class) {
            return Arc::clone(program);
        }
        // Compiled without the lock: other threads compile other classes meanwhile.
        let program = Arc::new(Program::compile(&self.rules.rules, class));
        Arc::clone(programs().entry(*class).or_insert(program))
    }
}

/// Matches events on one thread: programs, and what is remembered from event to event.
#[derive(Debug)]
pub struct Worker<'m> {
    matcher: &'m Matcher,
    classes: HashMap<EventClass, (Arc<Program>, Scratch)>,
}

impl Worker<'_> {
    /// Puts the indices of all rules that match into `out`, ascending, replacing what was there.
    pub fn matches(&mut self, event: &Event<'_>, out: &mut Vec<u32>) {
        out.clear();
        let (program, scratch) = self.classes.entry(event.class).or_insert_with(|| {
            let program = self.matcher.program(&event.class);
            let scratch = Scratch::for_program(&program);
            (program, scratch)
        });
        if program.rules.is_empty() {
            return;
        }
        scratch.begin();
        Evaluation { program, scratch, event }.run(out);
        out.sort_unstable();
    }
}

/// What is known of one field of the current event.
#[derive(Debug, Default)]
struct Slot {
    /// The event in which the field was last seen, and where it stands there.
    seen: u32,
    field: u32,
    /// The events for which the texts below were made.
    lower_for: u32,
    text_for: u32,
    lower: String,
    text: String,
    cache: Cache,
}

/// Marks carry the number of the event they were made for, so that nothing is cleared between events.
#[derive(Debug)]
struct Scratch {
    epoch: u32,
    slots: Vec<Slot>,
    /// By atom: `epoch * 2 + holds`.
    atoms: Vec<u32>,
    /// By rule: the event for which it is a candidate.
    rules: Vec<u32>,
    candidates: Vec<Local>,
    hits: Vec<Hit>,
    names: Names,
    /// For texts that are looked at once.
    text: String,
}

impl Scratch {
    fn for_program(program: &Program) -> Scratch {
        Scratch {
            epoch: 0,
            slots: (0..program.slots.len()).map(|_| Slot::default()).collect(),
            atoms: vec![0; program.atoms.len()],
            rules: vec![0; program.rules.len()],
            candidates: Vec::new(),
            hits: Vec::new(),
            names: Names::default(),
            text: String::new(),
        }
    }

    fn begin(&mut self) {
        self.candidates.clear();
        self.epoch += 1;
        if self.epoch == u32::MAX / 2 {
            self.epoch = 1;
            self.atoms.fill(0);
            self.rules.fill(0);
            for slot in &mut self.slots {
                (slot.seen, slot.lower_for, slot.text_for) = (0, 0, 0);
            }
        }
    }
}

/// The names of the event before, in its order, and their slots. Events of one class mostly have the
/// same names in the same order, and to compare a name is cheaper than to look it up.
#[derive(Debug, Default)]
struct Names(Vec<(String, Option<SlotId>)>);

impl Names {
    /// The slot of the name that stands at this place.
    fn slot(&mut self, at: usize, name: &str, program: &Program) -> Option<SlotId> {
        match self.0.get_mut(at) {
            Some((before, slot)) if before == name => *slot,
            Some((before, slot)) => {
                name.clone_into(before);
                *slot = program.slots.get(name).copied();
                *slot
            }
            None => {
                let slot = program.slots.get(name).copied();
                if at < Names::LIMIT {
                    self.0.push((name.to_owned(), slot));
                }
                slot
            }
        }
    }

    /// Events have tens of fields; hostile ones shall not fill the memory.
    const LIMIT: usize = 256;
}

/// Remembers which triggers a value satisfied. Fields whose values hardly repeat give up on it.
#[derive(Debug, Default)]
struct Cache {
    known: HashMap<Box<str>, Box<[Hit]>>,
    asked: u32,
    hits: u32,
}

impl Cache {
    const ENTRIES: usize = 2_048;
    const VALUE_BYTES: usize = 512;
    const TRIAL: u32 = 1_024;

    /// The triggers of a value seen before.
    fn recall(&mut self, raw: &str) -> Option<&[Hit]> {
        if !self.takes(raw) {
            return None;
        }
        self.asked += 1;
        let known = self.known.get(raw)?;
        self.hits += 1;
        Some(known)
    }

    fn remember(&mut self, raw: &str, hits: &[Hit]) {
        if !self.takes(raw) {
            return;
        }
        if self.known.len() >= Cache::ENTRIES {
            self.known.clear();
        }
        self.known.insert(raw.into(), hits.into());
    }

    fn takes(&self, raw: &str) -> bool {
        raw.len() <= Cache::VALUE_BYTES && (self.asked < Cache::TRIAL || self.hits * 4 > self.asked)
    }
}

struct Evaluation<'e, 'a> {
    program: &'e Program,
    scratch: &'e mut Scratch,
    event: &'e Event<'a>,
}

impl<'e, 'a> Evaluation<'e, 'a> {
    fn run(&mut self, out: &mut Vec<u32>) {
        let mut hits = std::mem::take(&mut self.scratch.hits);
        hits.clear();
        self.search_fields(&mut hits);
        if let Some(index) = &self.program.keywords {
            let mut text = std::mem::take(&mut self.scratch.text);
            for field in &self.event.fields {
                search_value(index, &field.value, &mut text, &mut hits);
            }
            self.scratch.text = text;
        }
        for hit in &hits {
            if let Hit::Holds(atom) = hit {
                self.scratch.atoms[*atom as usize] = self.scratch.epoch * 2 + 1;
            }
            self.add_candidates(&self.program.triggered[hit.atom() as usize]);
        }
        self.scratch.hits = hits;
        self.add_candidates(&self.program.always);
        let candidates = std::mem::take(&mut self.scratch.candidates);
        for &local in &candidates {
            let rule = &self.program.rules[local as usize];
            if self.holds(&rule.condition) {
                out.push(rule.rule);
            }
        }
        self.scratch.candidates = candidates;
    }

    /// Searches the first field of each name that some rule asks for.
    fn search_fields(&mut self, hits: &mut Vec<Hit>) {
        let event = self.event;
        for (at, field) in event.fields.iter().enumerate() {
            let Some(id) = self.scratch.names.slot(at, &field.name, self.program) else { continue };
            let slot = &mut self.scratch.slots[id as usize];
            if slot.seen != self.scratch.epoch {
                slot.seen = self.scratch.epoch;
                slot.field = u32::try_from(at).unwrap_or(u32::MAX);
                self.search_field(id, &field.value, hits);
            }
        }
    }

    fn search_field(&mut self, id: SlotId, value: &'e Value<'a>, hits: &mut Vec<Hit>) {
        self.add_candidates(&self.program.present[id as usize]);
        let Some(index) = &self.program.fields[id as usize] else { return };
        let slot = &mut self.scratch.slots[id as usize];
        let raw = match value {
            Value::Null => return,
            Value::Text(text) | Value::Number(text) => &**text,
            Value::Escaped(raw) => raw,
            Value::Bool(_) | Value::List(_) => {
                return search_value(index, value, &mut self.scratch.text, hits);
            }
        };
        if let Some(known) = slot.cache.recall(raw) {
            return hits.extend_from_slice(known);
        }
        let before = hits.len();
        if !index.rules_out(raw) {
            self.make_lower(id);
            index.search(&self.scratch.slots[id as usize].lower, |hit| hits.push(hit));
        }
        self.scratch.slots[id as usize].cache.remember(raw, &hits[before..]);
    }

    fn add_candidates(&mut self, rules: &[Local]) {
        for &local in rules {
            let mark = &mut self.scratch.rules[local as usize];
            if *mark != self.scratch.epoch {
                *mark = self.scratch.epoch;
                self.scratch.candidates.push(local);
            }
        }
    }

    fn value(&self, slot: SlotId) -> Option<&'e Value<'a>> {
        let slot = &self.scratch.slots[slot as usize];
        let event = self.event;
        (slot.seen == self.scratch.epoch).then(|| &event.fields[slot.field as usize].value)
    }

    fn holds(&mut self, node: &Node) -> bool {
        match node {
            Node::Atom(atom) => self.atom(*atom),
            Node::All(parts) => parts.iter().all(|part| self.holds(part)),
            Node::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Node::AtLeast(count, parts) => {
                parts.iter().filter(|part| self.holds(part)).take(*count).count() >= *count
            }
            Node::Not(inner) => !self.holds(inner),
        }
    }

    fn atom(&mut self, id: AtomId) -> bool {
        let known = self.scratch.atoms[id as usize];
        if known >> 1 == self.scratch.epoch {
            return known & 1 == 1;
        }
        let program = self.program;
        let Atom { slot, test, searched } = &program.atoms[id as usize];
        if *searched {
            // It would have been found.
            return false;
        }
        let holds = match (slot, test) {
            (Some(slot), AtomTest::Plain(test)) => self.test(*slot, test),
            (Some(slot), AtomTest::SameAs { other, how, cased }) => self.same(*slot, *other, *how, *cased),
            (None, AtomTest::Plain(test)) => {
                let mut found = false;
                for field in &self.event.fields {
                    for_each_text(&field.value, &mut |text| found = found || passes(test, text));
                }
                found
            }
            (Some(slot), AtomTest::Contains(finder)) => self.contains(*slot, finder),
            (None, AtomTest::SameAs { .. } | AtomTest::Contains(_)) => false,
        };
        self.scratch.atoms[id as usize] = self.scratch.epoch * 2 + u32::from(holds);
        holds
    }

    fn test(&mut self, slot: SlotId, test: &Test) -> bool {
        let list = match (self.value(slot), test) {
            (None, Test::Null | Test::Exists(false)) => return true,
            (None, _) => return false,
            (Some(_), Test::Exists(wanted)) => return *wanted,
            (Some(Value::Null), test) => return *test == Test::Null,
            (Some(_), Test::Null) => return false,
            (Some(Value::List(members)), test) => {
                let mut found = false;
                for_each_text_of(members, &mut |text| found = found || passes(test, text));
                return found;
            }
            (Some(_), test) => test,
        };
        match list {
            Test::Text(pattern) if !pattern.is_cased() => {
                self.make_lower(slot);
                pattern.matches(&self.scratch.slots[slot as usize].lower)
            }
            test => {
                self.make_text(slot);
                passes(test, &self.scratch.slots[slot as usize].text)
            }
        }
    }

    fn contains(&mut self, slot: SlotId, finder: &Finder<'_>) -> bool {
        match self.value(slot) {
            None | Some(Value::Null) => false,
            Some(Value::List(members)) => {
                let mut found = false;
                for_each_text_of(members, &mut |text| {
                    found = found || finder.find(lower(text).as_bytes()).is_some();
                });
                found
            }
            Some(_) => {
                self.make_lower(slot);
                finder.find(self.scratch.slots[slot as usize].lower.as_bytes()).is_some()
            }
        }
    }

    fn same(&mut self, slot: SlotId, other: SlotId, how: Anchor, cased: bool) -> bool {
        let (Some(value), Some(other)) = (self.value(slot), self.value(other)) else { return false };
        let others = texts(other);
        texts(value).iter().any(|text| others.iter().any(|other| related(text, other, how, cased)))
    }

    /// Makes the slot's lower-case text, unless it is there already.
    fn make_lower(&mut self, at: SlotId) {
        let event = self.event;
        let slot = &mut self.scratch.slots[at as usize];
        if slot.lower_for == self.scratch.epoch {
            return;
        }
        slot.lower_for = self.scratch.epoch;
        decode(&event.fields[slot.field as usize].value, &mut slot.lower);
        make_lower(&mut slot.lower);
    }

    fn make_text(&mut self, at: SlotId) {
        let event = self.event;
        let slot = &mut self.scratch.slots[at as usize];
        if slot.text_for != self.scratch.epoch {
            slot.text_for = self.scratch.epoch;
            decode(&event.fields[slot.field as usize].value, &mut slot.text);
        }
    }
}

fn decode(value: &Value<'_>, out: &mut String) {
    out.clear();
    match value {
        Value::Escaped(raw) => unescape_into(raw, out),
        Value::Text(text) | Value::Number(text) => out.push_str(text),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null | Value::List(_) => {}
    }
}

fn texts(value: &Value<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for_each_text(value, &mut |text| texts.push(text.to_owned()));
    texts
}

fn for_each_text(value: &Value<'_>, each: &mut dyn FnMut(&str)) {
    match value {
        Value::List(members) => for_each_text_of(members, each),
        single => single.as_text().iter().for_each(|text| each(text)),
    }
}

fn for_each_text_of(members: &[Value<'_>], each: &mut dyn FnMut(&str)) {
    members.iter().for_each(|member| for_each_text(member, each));
}

/// Adds what the index finds in the value; `text` is where it is decoded if that must be.
fn search_value(index: &FieldIndex, value: &Value<'_>, text: &mut String, hits: &mut Vec<Hit>) {
    match value {
        Value::Null => return,
        Value::Text(raw) | Value::Number(raw) if index.rules_out(raw) => return,
        Value::Escaped(raw) if index.rules_out(raw) => return,
        Value::List(members) => {
            return members.iter().for_each(|member| search_value(index, member, text, hits));
        }
        Value::Text(_) | Value::Number(_) | Value::Escaped(_) | Value::Bool(_) => {}
    }
    decode(value, text);
    make_lower(text);
    index.search(text, |hit| hits.push(hit));
}

/// Whether one text passes; only tests that ask for a value come here.
pub(super) fn passes(test: &Test, text: &str) -> bool {
    match test {
        Test::Text(pattern) if pattern.is_cased() => pattern.matches(text),
        Test::Text(pattern) => pattern.matches(&lower(text)),
        Test::Regex(search) => search.finds(text),
        Test::Cidr(network) => text
            .trim()
            .parse()
            .is_ok_and(|address: std::net::IpAddr| network.contains(&address.to_canonical())),
        Test::Compare(comparison, bound) => text.trim().parse().is_ok_and(|number: f64| match comparison {
            Comparison::Greater => number > bound.get(),
            Comparison::AtLeast => number >= bound.get(),
            Comparison::Less => number < bound.get(),
            Comparison::AtMost => number <= bound.get(),
        }),
        Test::TimePart(part, wanted) => time_part(*part, text) == Some(*wanted),
        Test::Exists(_) | Test::Null | Test::SameAs { .. } => false,
    }
}

pub(super) fn related(text: &str, other: &str, how: Anchor, cased: bool) -> bool {
    let fold = |text| if cased { Cow::Borrowed(text) } else { lower(text) };
    let (text, other) = (fold(text), fold(other));
    match how {
        Anchor::Whole => text == other,
        Anchor::Within => text.contains(&*other),
        Anchor::Start => text.starts_with(&*other),
        Anchor::End => text.ends_with(&*other),
    }
}

fn time_part(part: TimePart, text: &str) -> Option<i64> {
    let time = TimeRules::utc(Timestamp::UNIX_EPOCH).read(text)?.at.to_zoned(TimeZone::UTC);
    Some(match part {
        TimePart::Minute => time.minute().into(),
        TimePart::Hour => time.hour().into(),
        TimePart::Day => time.day().into(),
        TimePart::Week => time.iso_week_date().week().into(),
        TimePart::Month => time.month().into(),
        TimePart::Year => time.year().into(),
    })
}

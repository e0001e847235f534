//! Looks for indicators in events and tells what was seen as matches are told.

use super::scan::{Scanner, Sight, Writing};
use super::set::{Detail, IndicatorSet};
use super::value::{Kind, Value, short};
use crate::correlation::role_of;
use crate::event::{Event, Value as FieldValue};
use crate::rule::Meta;
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A confidence below this lowers the level by one.
const UNSURE: u8 = 30;

/// What to look for and what of it counts.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    /// What tells of harm.
    pub set: IndicatorSet,
    /// What is known to be good, and is not told although it is in the set.
    pub known_good: IndicatorSet,
    /// The level of all indicators; else high, for addresses medium.
    pub level: Option<Level>,
    /// Indicators below this level are not told.
    pub least: Option<Level>,
}

/// An indicator that an event holds.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// What is said of it, as of a rule.
    pub meta: Arc<Meta>,
    /// What was seen.
    pub entity: Entity,
    /// What its list says, by names that begin with `indicator.`.
    pub fields: Vec<(Arc<str>, String)>,
}

/// What was seen in one event.
#[derive(Debug, Default)]
pub struct Seen {
    /// Each indicator once.
    pub sightings: Vec<Sighting>,
    /// Left out because the value is known to be good.
    pub known_good: u64,
    /// Left out because the indicator was no longer valid.
    pub expired: u64,
}

/// Looks for indicators on one thread.
#[derive(Debug)]
pub struct Lookout<'s> {
    indicators: &'s Indicators,
    scanner: Scanner<'s>,
    sights: Vec<Sight>,
    metas: HashMap<u32, Arc<Meta>>,
}

impl<'s> Lookout<'s> {
    /// For these indicators; `None` when there is none.
    pub fn new(indicators: &'s Indicators) -> Option<Lookout<'s>> {
        let scanner = Scanner::new(&indicators.set);
        (!indicators.set.is_empty()).then(|| Lookout {
            indicators,
            scanner,
            sights: Vec::new(),
            metas: HashMap::new(),
        })
    }

    /// What the event holds; `None`, nearly always, for nothing.
    pub fn look(&mut self, event: &Event<'_>, time: impl FnOnce() -> Option<Timestamp>) -> Option<Seen> {
        self.sights.clear();
        let json = event.text.starts_with('{');
        let writing = if json { Writing::Json } else { Writing::Plain };
        self.scanner.scan(&event.text, writing, &mut self.sights);
        if json {
            self.sights.retain(|sight| !is_key(&event.text, sight.place.end));
        }
        let in_text = self.sights.len();
        let mut decoded: Vec<&str> = Vec::new();
        if !json {
            // What a parser decoded stands otherwise in the text.
            for field in &event.fields {
                if let FieldValue::Text(Cow::Owned(text)) = &field.value {
                    self.scanner.scan(text, Writing::Plain, &mut self.sights);
                    decoded.resize(self.sights.len() - in_text, &field.name);
                }
            }
        }
        if self.sights.is_empty() {
            return None;
        }
        let sights = std::mem::take(&mut self.sights);
        let mut seen = Seen::default();
        let (mut told, time) = (Vec::new(), time());
        for (number, sight) in sights.iter().enumerate() {
            if told.contains(&sight.id) {
                continue;
            }
            told.push(sight.id);
            let field = match number.checked_sub(in_text) {
                Some(at) => decoded.get(at).copied(),
                None => field_at(event, sight.place.start),
            };
            self.judge(sight, field, time, &mut seen);
        }
        self.sights = sights;
        Some(seen)
    }

    fn judge(&mut self, sight: &Sight, field: Option<&str>, time: Option<Timestamp>, seen: &mut Seen) {
        let detail = self.indicators.set.detail(sight.id);
        let until = detail.and_then(|detail| detail.valid_until);
        if self.indicators.known_good.holds(&sight.seen) {
            seen.known_good += 1;
        } else if until.is_some_and(|until| time.is_some_and(|time| time >= until)) {
            seen.expired += 1;
        } else {
            let indicators = self.indicators;
            let meta = self.metas.entry(sight.id).or_insert_with(|| Arc::new(indicators.meta(sight)));
            if indicators.least.is_none_or(|least| meta.level >= least) {
                seen.sightings.push(Sighting {
                    meta: Arc::clone(meta),
                    entity: entity(&sight.seen, field),
                    fields: fields(sight, field, &meta.file, detail),
                });
            }
        }
    }
}

impl Indicators {
    /// What is said of an indicator, as of a rule.
    fn meta(&self, sight: &Sight) -> Meta {
        let list = self.set.list(sight.id).cloned().unwrap_or_else(|| Arc::from(""));
        let detail = self.set.detail(sight.id).cloned().unwrap_or_default();
        let word = sight.listed.word();
        let value = sight.listed.to_string();
        let usual = if sight.listed.kind() == Kind::Address { Level::Medium } else { Level::High };
        let level = self.level.unwrap_or(usual);
        let unsure = detail.confidence.is_some_and(|confidence| confidence < UNSURE);
        let file = list.rsplit(['/', '\\']).next().unwrap_or(&list);
        Meta {
            id: format!("indicator:{word}:{}", short(&value)).into(),
            name: None,
            title: format!("Indicator seen: {word} {}, list {file}", clipped(&sight.listed, &value)).into(),
            level: if unsure { level.lowered() } else { level },
            attempt: false,
            tactics: detail.tactics.clone(),
            techniques: detail.techniques.clone(),
            description: detail.name.clone().unwrap_or_default(),
            author: None,
            license: None,
            named_by: None,
            line: 1,
            file: list,
        }
    }
}

/// A hash is known by its first digits; a URL may be long.
fn clipped<'v>(listed: &Value, value: &'v str) -> Cow<'v, str> {
    let most = if listed.kind() == Kind::Hash { 16 } else { 60 };
    match value.char_indices().nth(most) {
        Some((at, _)) => Cow::Owned(format!("{}…", &value[..at])),
        None => Cow::Borrowed(value),
    }
}

/// What was seen, as an entity; the part it plays is that of the field it stands in.
fn entity(seen: &Value, field: Option<&str>) -> Entity {
    let (kind, value) = match seen {
        Value::Address(_) => (EntityKind::Address, seen.to_string()),
        Value::Domain(name) => (EntityKind::Domain, name.clone()),
        Value::Url(url) => (EntityKind::Url, crate::correlation::cut(url)),
        Value::Hash(digest) => (EntityKind::Hash, format!("{}:{digest}", digest.algorithm())),
        Value::Email(email) => (EntityKind::Account, email.clone()),
        Value::Path(path) => (EntityKind::File, crate::correlation::cut(path)),
    };
    Entity { kind, value, role: field.and_then(role_of).unwrap_or(Role::Target) }
}

fn fields(
    sight: &Sight,
    field: Option<&str>,
    list: &str,
    detail: Option<&Arc<Detail>>,
) -> Vec<(Arc<str>, String)> {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let said = [
        ("indicator.value", Some(short(&sight.listed.to_string()))),
        ("indicator.seen", Some(short(&sight.seen.to_string()))),
        ("indicator.field", field.map(short)),
        ("indicator.list", Some(list.to_owned())),
        ("indicator.id", detail.and_then(|detail| detail.id.clone())),
        ("indicator.name", detail.and_then(|detail| detail.name.clone())),
        (
            "indicator.confidence",
            detail.and_then(|detail| detail.confidence).map(|number| number.to_string()),
        ),
        ("indicator.valid_from", time(detail.and_then(|detail| detail.valid_from))),
        ("indicator.valid_until", time(detail.and_then(|detail| detail.valid_until))),
    ];
    said.into_iter().filter_map(|(name, value)| Some((Arc::from(name), value?))).collect()
}

/// Whether what ends here is part of a member's name, not of a value.
fn is_key(text: &str, end: usize) -> bool {
    let mut rest = text.as_bytes().get(end..).unwrap_or_default();
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let quote = rest.get(at) == Some(&b'"');
        rest = rest.get(at + if quote { 1 } else { 2 }..).unwrap_or_default();
        if quote {
            return rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        }
    }
    false
}

/// The name of the field whose value stands at this place of the text; the shortest, where values lie
/// within each other.
fn field_at<'e>(event: &'e Event<'_>, at: usize) -> Option<&'e str> {
    let address = event.text.as_ptr().addr() + at;
    let span = |value: &FieldValue<'_>| match value {
        FieldValue::Text(text) | FieldValue::Number(text) => length_around(text, address),
        FieldValue::Escaped(text) => length_around(text, address),
        FieldValue::List(members) => members.iter().find_map(|member| match member {
            FieldValue::Text(text) => length_around(text, address),
            FieldValue::Escaped(text) => length_around(text, address),
            _ => None,
        }),
        FieldValue::Bool(_) | FieldValue::Null => None,
    };
    let around = event.fields.iter().filter_map(|field| Some((span(&field.value)?, &*field.name)));
    around.min_by_key(|(len, _)| *len).map(|(_, name)| name)
}

fn length_around(text: &str, address: usize) -> Option<usize> {
    let start = text.as_ptr().addr();
    (start..start + text.len()).contains(&address).then_some(text.len())
}

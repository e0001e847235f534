//! A match as it is delivered, as it is kept, and as it is written down.

use super::foreign::ForeignAlert;
use crate::correlation::{Filed, Found};
use crate::intake::{Cause, Match, MatchedEvent};
use crate::rule::Meta;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A match on its way in.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Number of the record in the spool: the same record has the same one whenever it is delivered.
    pub seq: u64,
    /// The source's name.
    pub source: Arc<str>,
    /// When the record arrived; its place in time where it says none.
    pub arrival: Timestamp,
    /// The host that the source's records are about when they do not say so themselves.
    pub host: Option<Arc<str>>,
    /// The match. Its rule is of the set that the engine has at present.
    pub found: Match,
}

/// What is written down, to go on from after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retained {
    /// Matches up to then are no longer kept; the alerts that follow hold what was made of them.
    Upto(Timestamp),
    /// An alert, as the matches left it that are no longer kept.
    Alert(Filed),
    /// An alert that did not come of matches.
    Foreign(Box<ForeignAlert>),
    /// A match that is kept.
    Match(Box<RetainedMatch>),
}

/// A match as it is written down: it outlives the set of rules by which it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetainedMatch {
    /// As delivered.
    pub seq: u64,
    /// As delivered.
    pub source: Arc<str>,
    /// As delivered.
    pub arrival: Timestamp,
    /// As delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Arc<str>>,
    /// Why it matched.
    pub cause: RetainedCause,
    /// Number of the record in its source.
    pub record: u64,
    /// What is kept of the record.
    pub event: Arc<MatchedEvent>,
    /// Fields that the rule asks about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(Arc<str>, String)>,
    /// Values for correlations, by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(Arc<str>, Option<String>)>,
}

/// Why a record matched, whatever the numbers of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetainedCause {
    /// A rule, by its id.
    Rule(Arc<str>),
    /// An indicator, and what is said of it.
    Indicator(Arc<Meta>),
}

/// Where a match stands in the order of time. The same however it was delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub at: Timestamp,
    source: Arc<str>,
    seq: u64,
    rule: u32,
    print: u64,
}

/// A match that is kept.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub given: Delivered,
    /// Id of the rule; of an indicator, of what is said of it.
    pub id: Arc<str>,
}

impl Place {
    /// Before all that happens at that moment.
    pub(super) fn before(at: Timestamp) -> Place {
        Place { at, source: "".into(), seq: 0, rule: 0, print: 0 }
    }
}

impl Entry {
    /// When it happened, or when it came where nobody knows.
    pub(super) fn at(&self) -> Timestamp {
        self.given.found.event.time.map_or(self.given.arrival, |time| time.at)
    }

    pub(super) fn place(&self) -> Place {
        Place {
            at: self.at(),
            source: Arc::clone(&self.given.source),
            seq: self.given.seq,
            rule: self.given.found.rule().unwrap_or(u32::MAX),
            print: self.print(),
        }
    }

    /// What tells it from other matches of the same record.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.id.hash(&mut hasher);
        if let Cause::Indicator(_) = self.given.found.cause {
            self.given.found.fields.hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(super) fn found(&self) -> Found<'_> {
        Found {
            file: &self.given.source,
            record: self.given.found.record,
            event: &self.given.found.event,
            fields: &self.given.found.fields,
            host: self.given.host.as_deref(),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let Match { event, fields, values, .. } = &self.given.found;
        let entities: usize = event.sightings.entities.iter().map(|entity| entity.value.len() + 48).sum();
        let links: usize = event.sightings.links.iter().map(|link| link.len() + 32).sum();
        let fields: usize = fields.iter().map(|(_, value)| value.len() + 48).sum();
        let values: usize = values.iter().flatten().map(|value| value.len() + 32).sum();
        600 + event.what.len() + entities + links + fields + values
    }

    /// As it is written down; `wanted` are the names of its values.
    pub(super) fn retain(&self, wanted: &[Arc<str>]) -> RetainedMatch {
        let Delivered { seq, source, arrival, host, found } = self.given.clone();
        RetainedMatch {
            seq,
            source,
            arrival,
            host,
            cause: match found.cause {
                Cause::Rule(_) => RetainedCause::Rule(Arc::clone(&self.id)),
                Cause::Indicator(meta) => RetainedCause::Indicator(meta),
            },
            record: found.record,
            event: found.event,
            fields: found.fields,
            values: wanted.iter().cloned().zip(found.values).collect(),
        }
    }
}

impl RetainedMatch {
    /// As it would be delivered now. `rule` finds the number of a rule; none when there is no such rule any
    /// more. `wanted` names the values that its correlations want now.
    pub(super) fn deliver<'w>(
        self,
        rule: impl Fn(&str) -> Option<u32>,
        wanted: impl Fn(u32) -> &'w [Arc<str>],
    ) -> Option<Delivered> {
        let RetainedMatch { seq, source, arrival, host, cause, record, event, fields, values } = self;
        let (cause, values) = match cause {
            RetainedCause::Indicator(meta) => (Cause::Indicator(meta), Vec::new()),
            RetainedCause::Rule(id) => {
                let rule = rule(&id)?;
                let value = |name: &Arc<str>| values.iter().find(|(known, _)| known == name)?.1.clone();
                (Cause::Rule(rule), wanted(rule).iter().map(value).collect())
            }
        };
        Some(Delivered { seq, source, arrival, host, found: Match { cause, record, event, fields, values } })
    }
}

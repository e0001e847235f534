//! One alert for each rule, set of principal entities and stretch of time, with every match counted.

use super::entity::{is_machine_account, short_account, short_host};
use crate::describe::one_line;
use crate::intake::MatchedEvent;
use crate::rule::{Meta, TECHNIQUE};
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role, Tactic, TechniqueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pieces of evidence kept with an alert; the total is counted.
pub const EVIDENCE_KEPT: usize = 50;
/// Distinct entities kept with an alert.
const ENTITIES_KEPT: usize = 100;
/// Distinct values kept of a matched field.
const VALUES_KEPT: usize = 5;

/// What an alert says of its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHead {
    /// The rule's id.
    pub id: Arc<str>,
    /// What an analyst calls it.
    pub title: Arc<str>,
    /// How bad a match is.
    pub level: Level,
}

/// One record that belongs to an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The file as it was read; members of archives after `!`.
    pub file: Arc<str>,
    /// Line, element or record number.
    pub record: u64,
    /// When it happened, UTC; null when the record does not say.
    pub time: Option<Timestamp>,
    /// What the record says, in one line.
    pub what: String,
}

/// What ties alerts to each other, in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum Tie {
    /// The same process or logon session.
    Link(String),
    /// The same host, by its first label.
    Host(String),
    /// The same host, of which one alert's record is and the other knows the address: `ws-01 at
    /// 192.0.2.41`.
    HostAddress(String),
    /// The same address.
    Address(String),
    /// The same account, without its domain.
    Account(String),
    /// The same file content.
    Hash(String),
    /// The same domain, and no other incident in it at that time; never a tie of an alert by itself.
    Domain(String),
}

/// A rule fired, once or many times, on the same things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// `ALR-000001`, in the order of time.
    pub id: String,
    /// The rule.
    pub rule: RuleHead,
    /// The rule's level; context raises an incident's severity, never this.
    pub level: Level,
    /// When the first match happened; null when no record says.
    pub first_seen: Option<Timestamp>,
    /// When the last match happened.
    pub last_seen: Option<Timestamp>,
    /// Matches; each is in exactly one alert.
    pub count: u64,
    /// Occurrences behind the matches: what a correlation counted, `message repeated N times` as N.
    pub occurrences: u64,
    /// ATT&CK tactics of the rule, in matrix order.
    pub tactics: Vec<Tactic>,
    /// ATT&CK techniques of the rule.
    pub techniques: Vec<TechniqueId>,
    /// What it is about.
    pub entities: Vec<Entity>,
    /// Values of the fields that the rule asks about.
    pub fields: BTreeMap<Arc<str>, Vec<String>>,
    /// Up to 50 records.
    pub evidence: Vec<Evidence>,
    /// All records that belong to it.
    pub evidence_total: u64,
    /// The incident it belongs to, or null.
    pub incident: Option<String>,
    /// What it can be joined by.
    pub ties: Vec<Tie>,
    /// Written by a domain controller about somebody else.
    pub on_domain_controller: bool,
    /// All of it was tried only: its rule says that of every match, or each record says that it failed.
    #[serde(default)]
    pub attempt: bool,
    /// From when on it is true: the first record that tells of more than an attempt, if there is one; of a
    /// correlation, the record that completed it.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// Where a match was found.
#[derive(Clone, Debug)]
pub struct Found<'m> {
    /// The file as it was read.
    pub file: &'m Arc<str>,
    /// The record in it.
    pub record: u64,
    /// What is known of the record.
    pub event: &'m MatchedEvent,
    /// Fields worth showing.
    pub fields: &'m [(Arc<str>, String)],
    /// The host that the record is about when it does not say so itself.
    pub host: Option<&'m str>,
}

/// What another product says of an alert that it raised.
pub(super) struct Carried {
    pub name: String,
    technique: Option<TechniqueId>,
}

impl Carried {
    pub(super) fn of(meta: &Meta, found: &Found<'_>) -> Option<Carried> {
        let field = |wanted: &str| found.fields.iter().find(|(name, _)| **name == *wanted);
        let (_, name) = field(meta.named_by.as_deref()?)?;
        let technique = field(TECHNIQUE).and_then(|(_, id)| TechniqueId::parse(id).ok());
        Some(Carried { name: one_line(name), technique })
    }
}

/// Whom another product's alert is about besides who acted: one that attacks many hosts is many alerts.
pub(super) fn towards<'f>(found: &Found<'f>) -> &'f str {
    let entities = &found.event.sightings.entities;
    let target = entities.iter().find(|e| e.kind == EntityKind::Address && e.role == Role::Target);
    target.map_or("", |entity| entity.value.as_str())
}

impl Alert {
    /// An alert of the rule, of which nothing has happened yet.
    pub(super) fn of(meta: &Meta) -> Alert {
        Alert {
            id: String::new(),
            rule: RuleHead { id: Arc::clone(&meta.id), title: Arc::clone(&meta.title), level: meta.level },
            level: meta.level,
            first_seen: None,
            last_seen: None,
            count: 0,
            occurrences: 0,
            tactics: meta.tactics.clone(),
            techniques: meta.techniques.clone(),
            entities: Vec::new(),
            fields: BTreeMap::new(),
            evidence: Vec::new(),
            evidence_total: 0,
            incident: None,
            ties: Vec::new(),
            on_domain_controller: false,
            attempt: true,
            since: None,
        }
    }

    /// Counts a match.
    pub(super) fn add(&mut self, meta: &Meta, found: &Found<'_>) {
        let time = found.event.time.map(|time| time.at);
        self.count += 1;
        self.occurrences += u64::from(found.event.repeated);
        self.saw(time);
        self.tells(time, meta.attempt || found.event.failed);
        self.keep_evidence(found);
        self.keep_entities(&found.event.sightings, found.host);
        self.keep_fields(found.fields.iter().map(|(name, value)| (name, value)));
    }

    /// Keeps values of fields, a few of each.
    pub(super) fn keep_fields<'f>(&mut self, fields: impl Iterator<Item = (&'f Arc<str>, &'f String)>) {
        for (name, value) in fields {
            let values = self.fields.entry(Arc::clone(name)).or_default();
            if values.len() < VALUES_KEPT && !values.contains(value) {
                values.push(value.clone());
            }
        }
    }

    /// Takes the name and the technique that another product gave it.
    pub(super) fn be(&mut self, carried: Carried) {
        self.rule.title = carried.name.into();
        if let Some(technique) = carried.technique {
            let tactic = technique.technique().and_then(|known| known.tactics.first().copied());
            self.tactics = tactic.into_iter().collect();
            self.techniques = vec![technique];
        }
    }

    pub(super) fn saw(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.first_seen = Some(self.first_seen.map_or(time, |first| first.min(time)));
            self.last_seen = Some(self.last_seen.map_or(time, |last| last.max(time)));
        }
    }

    /// Takes in that a match was an attempt only, or more.
    pub(super) fn tells(&mut self, at: Option<Timestamp>, attempt: bool) {
        match (self.attempt, attempt) {
            (false, true) => {}
            (true, false) => {
                self.attempt = false;
                self.since = at;
            }
            _ => self.since = self.since.into_iter().chain(at).min(),
        }
    }

    pub(super) fn keep_evidence(&mut self, found: &Found<'_>) {
        self.evidence_total += 1;
        if self.evidence.len() < EVIDENCE_KEPT {
            self.evidence.push(Evidence {
                file: Arc::clone(found.file),
                record: found.record,
                time: found.event.time.map(|time| time.at),
                what: found.event.what.clone(),
            });
        }
    }

    pub(super) fn keep_entities(&mut self, sightings: &super::Sightings, host: Option<&str>) {
        let inferred = host.filter(|_| !sightings.entities.iter().any(is_observer));
        let inferred = inferred.map(|host| Entity {
            kind: EntityKind::Host,
            value: host.to_ascii_lowercase(),
            role: Role::Observer,
        });
        for entity in sightings.entities.iter().chain(&inferred) {
            if self.entities.len() < ENTITIES_KEPT && !self.entities.contains(entity) {
                self.entities.push(entity.clone());
            }
            if let Some(tie) = tie(entity)
                && self.ties.len() < ENTITIES_KEPT
                && !self.ties.contains(&tie)
            {
                self.ties.push(tie);
            }
        }
        for link in &sightings.links {
            // A session's number means something on its host only; the record may not name that.
            let tie = match link.strip_prefix('/') {
                Some(number) => Tie::Link(format!("{}/{number}", host.map_or("", short_host))),
                None => Tie::Link(link.clone()),
            };
            if self.ties.len() < ENTITIES_KEPT && !self.ties.contains(&tie) {
                self.ties.push(tie);
            }
        }
        self.on_domain_controller |= sightings.is_domain_controller;
    }

    /// With its lists in an order that does not depend on what was seen first.
    pub(crate) fn settled(mut self) -> Alert {
        self.entities.sort_unstable();
        self.ties.sort_unstable();
        self
    }

    /// Whether a host wrote its records, and not a sensor that saw it from outside.
    pub fn is_of_host(&self) -> bool {
        self.entities.iter().any(is_observer)
    }

    /// The hosts that wrote the records, else the hosts that they name.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let observed = self.entities.iter().any(is_observer);
        self.entities
            .iter()
            .filter(move |e| e.kind == EntityKind::Host && (!observed || e.role == Role::Observer))
            .map(|entity| entity.value.as_str())
    }
}

fn is_observer(entity: &Entity) -> bool {
    entity.kind == EntityKind::Host && entity.role == Role::Observer
}

/// What the entity can join by; machine accounts and everyday things join nothing.
pub(crate) fn tie(entity: &Entity) -> Option<Tie> {
    let value = entity.value.as_str();
    match entity.kind {
        EntityKind::Host => Some(Tie::Host(short_host(value).to_owned())),
        EntityKind::Address => Some(Tie::Address(value.to_owned())),
        EntityKind::Account if !is_machine_account(value) => {
            Some(Tie::Account(short_account(value).to_owned()))
        }
        // One hash of a file is as good as four.
        EntityKind::Hash if value.starts_with("sha256:") => Some(Tie::Hash(value.to_owned())),
        _ => None,
    }
}

/// The entities that tell one alert of a rule from another: the host, who acted, and from where.
pub(super) fn principal(found: &Found<'_>) -> String {
    let entities = &found.event.sightings.entities;
    let first = |kind: EntityKind, role: Role| entities.iter().find(|e| e.kind == kind && e.role == role);
    let host = first(EntityKind::Host, Role::Observer).map(|entity| entity.value.as_str()).or(found.host);
    let person = |role| {
        entities
            .iter()
            .find(|e| e.kind == EntityKind::Account && e.role == role && !is_machine_account(&e.value))
    };
    let account =
        person(Role::Actor).or_else(|| person(Role::Target)).map(|entity| short_account(&entity.value));
    let address = first(EntityKind::Address, Role::Actor).map(|entity| entity.value.as_str());
    let session = found.event.sightings.session.as_deref();
    let [host, account, address, session] =
        [host.map(short_host), account, address, session].map(Option::unwrap_or_default);
    format!("{host}\u{1f}{account}\u{1f}{address}\u{1f}{session}")
}

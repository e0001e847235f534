//! An incident: alerts that belong together, told so that people can act.

use super::alert::{Alert, Evidence, Tie};
use super::join::Joined;
use super::{respond, severity, title};
use crate::enrichment::NetworkNote;
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role, Tactic, special_range};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entities listed in an incident's scope, each kind.
const SCOPE_KEPT: usize = 200;

/// Alerts that belong together and are acted on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Incident {
    /// As people quote it: `INC-0001`.
    pub id: String,
    /// What a person would call it.
    pub title: String,
    /// How bad.
    pub severity: Level,
    /// Why so bad.
    pub severity_reasons: Vec<String>,
    /// When the first alert of it began.
    pub first_seen: Option<Timestamp>,
    /// When the last alert of it ended.
    pub last_seen: Option<Timestamp>,
    /// Ids of its alerts, in the order of time.
    pub alerts: Vec<String>,
    /// Why each alert but the first belongs to it.
    pub joins: Vec<Join>,
    /// The way through ATT&CK, in the order of the matrix.
    pub tactics: Vec<TacticStep>,
    /// Hosts, accounts, addresses and so on that it touches.
    pub scope: Vec<ScopeEntry>,
    /// What happened, in the order of time.
    pub timeline: Vec<TimelineEntry>,
    /// The strongest evidence, strongest first.
    pub strongest: Vec<Strong>,
    /// What to do first, in the order of response.
    pub first_steps: Vec<String>,
}

/// Why an alert was joined.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Join {
    /// The alert.
    pub alert: String,
    /// The alert with which it shares something.
    pub with: String,
    /// What they share, and how far apart they are.
    pub because: String,
    /// Seconds between them.
    #[serde(default)]
    pub gap_s: i64,
    /// What they share, to be compared.
    #[serde(default)]
    pub by: Vec<Tie>,
}

/// A tactic with what was seen of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TacticStep {
    /// The tactic.
    pub tactic: Tactic,
    /// When it was first seen.
    pub first_seen: Option<Timestamp>,
    /// Titles of the rules that tell of it, gravest first.
    pub rules: Vec<Arc<str>>,
    /// Alerts that tell of it.
    pub alerts: u64,
    /// All of them tell of attempts only.
    #[serde(default)]
    pub tried: bool,
}

/// An entity that the incident touches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScopeEntry {
    /// What it is.
    pub kind: EntityKind,
    /// Which one.
    pub value: String,
    /// The parts it played.
    pub roles: BTreeSet<Role>,
    /// When an alert first named it.
    pub first_seen: Option<Timestamp>,
    /// When an alert last named it.
    pub last_seen: Option<Timestamp>,
    /// Alerts that name it.
    pub alerts: u64,
    /// Of those, alerts of level medium and above.
    pub alerts_of_note: u64,
    /// Of those, alerts that tell of more than an attempt: somebody was inside and used it.
    pub alerts_inside: u64,
    /// It is on a list of what is known to be good.
    #[serde(default)]
    pub known_good: bool,
    /// Of an address: the special range that it lies in, such as `private range`.
    #[serde(default)]
    pub note: Option<String>,
    /// Of an address: whose network it is in, if a database that was given says so.
    #[serde(default)]
    pub network: Option<NetworkNote>,
    /// Why it is in: the gravest rule whose alert names it.
    pub because: Arc<str>,
    #[serde(skip, default = "least")]
    gravest: Level,
}

/// Levels are not promised to be part of the file.
fn least() -> Level {
    Level::Informational
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The alert.
    pub alert: String,
    /// The rule's title.
    pub title: Arc<str>,
    /// The rule's level.
    pub level: Level,
    /// The rule's first tactic.
    pub tactic: Option<Tactic>,
    /// The record.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// A piece of evidence worth reading first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Strong {
    /// The rule's title.
    pub title: Arc<str>,
    /// The rule's level.
    pub level: Level,
    /// Matches of the alert.
    pub count: u64,
    /// The record.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// What is known of an entity beside what the logs say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// It is on a list of what is known to be good.
    pub known_good: bool,
    /// Whose network it is in.
    pub network: Option<NetworkNote>,
}

/// What is known of an entity, by its kind and value.
type Known<'k> = &'k dyn Fn(EntityKind, &str) -> Context;

/// Makes incidents of joined alerts, worst first, and writes each incident's id into its alerts.
/// `known` tells to which incident an alert belonged before: an incident keeps the id under which
/// people know most of its alerts.
pub fn incidents(alerts: &mut [Alert], joined: &[Joined], known: &BTreeMap<String, String>) -> Vec<Incident> {
    incidents_with(alerts, joined, known, &|_, _| Context::default())
}

/// [`incidents`] with what is known of their entities.
pub fn incidents_with(
    alerts: &mut [Alert],
    joined: &[Joined],
    known: &BTreeMap<String, String>,
    context: Known<'_>,
) -> Vec<Incident> {
    let mut told: Vec<(Incident, &Joined)> =
        joined.iter().map(|joined| (incident(alerts, joined, context), joined)).collect();
    for (incident, joined) in &mut told {
        incident.timeline = timeline(alerts, joined);
    }
    told.sort_by(|(a, _), (b, _)| b.severity.cmp(&a.severity).then_with(|| a.first_seen.cmp(&b.first_seen)));
    let numbers = known.values().filter_map(|id| id.strip_prefix("INC-")?.parse::<u64>().ok());
    let mut next = numbers.max().unwrap_or(0) + 1;
    let mut taken = BTreeSet::new();
    for alert in alerts.iter_mut() {
        alert.incident = None;
    }
    told.into_iter()
        .map(|(mut incident, joined)| {
            incident.id = former_id(&incident, known, &taken).unwrap_or_else(|| {
                next += 1;
                format!("INC-{:04}", next - 1)
            });
            taken.insert(incident.id.clone());
            for &at in &joined.alerts {
                alerts[at].incident = Some(incident.id.clone());
            }
            incident
        })
        .collect()
}

fn former_id(
    incident: &Incident,
    known: &BTreeMap<String, String>,
    taken: &BTreeSet<String>,
) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for id in incident.alerts.iter().filter_map(|alert| known.get(alert)).filter(|id| !taken.contains(*id)) {
        *counts.entry(id).or_default() += 1;
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))).map(|(id, _)| id.clone())
}

/// Tells of alerts that are joined as one incident, all but its timeline. It has no id yet.
pub fn incident<A: Borrow<Alert>>(alerts: &[A], joined: &Joined, context: Known<'_>) -> Incident {
    let own: Vec<&Alert> = joined.alerts.iter().map(|&at| alerts[at].borrow()).collect();
    let (severity, severity_reasons) = severity::severity(&own);
    let scope = scope(&own, context);
    let hosts: Vec<&str> = scope
        .iter()
        .filter(|e| e.kind == EntityKind::Host && e.roles.contains(&Role::Observer) && e.alerts_of_note > 0)
        .map(|entry| entry.value.as_str())
        .collect();
    Incident {
        id: String::new(),
        title: title::title(&own, &hosts),
        severity,
        severity_reasons,
        first_seen: own.iter().filter_map(|alert| alert.first_seen).min(),
        last_seen: own.iter().filter_map(|alert| alert.last_seen).max(),
        alerts: own.iter().map(|alert| alert.id.clone()).collect(),
        joins: joins(alerts, joined),
        tactics: tactics(&own),
        first_steps: respond::first_steps(&own, &scope),
        scope,
        timeline: Vec::new(),
        strongest: strongest(&own),
    }
}

fn joins<A: Borrow<Alert>>(alerts: &[A], joined: &Joined) -> Vec<Join> {
    let tell = |reason: &super::JoinReason| Join {
        alert: alerts[reason.alert].borrow().id.clone(),
        with: alerts[reason.with].borrow().id.clone(),
        because: reason.because(),
        gap_s: reason.gap_s,
        by: reason.by.clone(),
    };
    joined.reasons.iter().map(tell).collect()
}

fn tactics(alerts: &[&Alert]) -> Vec<TacticStep> {
    let step = |tactic: Tactic| {
        let own: Vec<&&Alert> = alerts.iter().filter(|alert| alert.tactics.contains(&tactic)).collect();
        let mut rules: Vec<_> =
            own.iter().map(|alert| (Arc::clone(&alert.rule.title), alert.level)).collect();
        rules.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        rules.dedup();
        let tried = own.iter().all(|alert| alert.attempt);
        (!own.is_empty()).then(|| TacticStep {
            tactic,
            first_seen: since(&own, tried),
            tried,
            rules: rules.into_iter().map(|(title, _)| title).collect(),
            alerts: own.len() as u64,
        })
    };
    Tactic::ALL.into_iter().filter_map(step).collect()
}

/// When the tactic was first more than tried, if it was.
fn since(alerts: &[&&Alert], tried: bool) -> Option<Timestamp> {
    let told = alerts.iter().filter(|alert| tried || !alert.attempt);
    told.filter_map(|alert| alert.since.or(alert.first_seen)).min()
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// What an address tells by itself.
fn note(entity: &Entity) -> Option<String> {
    let address = (entity.kind == EntityKind::Address).then(|| entity.value.parse().ok());
    address.flatten().and_then(special_range).map(str::to_owned)
}

/// Addresses of the hosts that are touched, as ties between a host's and a sensor's alerts name them.
fn own_addresses<'a>(alerts: &[&'a Alert]) -> BTreeSet<&'a str> {
    let ties = alerts.iter().flat_map(|alert| &alert.ties);
    ties.filter_map(|tie| match tie {
        Tie::HostAddress(text) => text.rsplit_once(" at ").map(|(_, address)| address),
        _ => None,
    })
    .collect()
}

fn scope(alerts: &[&Alert], context: Known<'_>) -> Vec<ScopeEntry> {
    let own = own_addresses(alerts);
    let mut entries: BTreeMap<(EntityKind, &str), ScopeEntry> = BTreeMap::new();
    for alert in alerts {
        for entity in &alert.entities {
            let entry = entries.entry((entity.kind, &entity.value)).or_insert_with(|| {
                let Context { known_good, network } = context(entity.kind, &entity.value);
                ScopeEntry {
                    kind: entity.kind,
                    value: entity.value.clone(),
                    roles: BTreeSet::new(),
                    first_seen: None,
                    last_seen: None,
                    alerts: 0,
                    alerts_of_note: 0,
                    alerts_inside: 0,
                    known_good,
                    note: note(entity),
                    network,
                    because: Arc::clone(&alert.rule.title),
                    gravest: alert.level,
                }
            });
            if alert.level > entry.gravest {
                entry.gravest = alert.level;
                entry.because = Arc::clone(&alert.rule.title);
            }
            // A host that was taken is not where the attack came from.
            let is_own = entity.kind == EntityKind::Address && own.contains(&*entity.value);
            entry.roles.insert(if is_own { Role::Observer } else { entity.role });
            entry.first_seen = earlier(entry.first_seen, alert.first_seen);
            entry.last_seen = entry.last_seen.max(alert.last_seen);
            entry.alerts += 1;
            entry.alerts_of_note += u64::from(alert.level >= Level::Medium);
            entry.alerts_inside +=
                u64::from(alert.level >= Level::Medium && tells_of_more_than_an_attempt(alert));
        }
    }
    let mut entries: Vec<ScopeEntry> = entries.into_values().collect();
    entries.sort_by(|a, b| {
        (a.kind, b.gravest, b.alerts, &a.value).cmp(&(b.kind, a.gravest, a.alerts, &b.value))
    });
    let mut kept: BTreeMap<EntityKind, usize> = BTreeMap::new();
    entries.retain(|entry| {
        let count = kept.entry(entry.kind).or_default();
        *count += 1;
        *count <= SCOPE_KEPT
    });
    entries
}

/// Scanning, guessing and looking around can be done from outside, or may have failed.
fn tells_of_more_than_an_attempt(alert: &Alert) -> bool {
    if alert.attempt {
        return false;
    }
    const ATTEMPTS: [Tactic; 4] =
        [Tactic::Reconnaissance, Tactic::ResourceDevelopment, Tactic::CredentialAccess, Tactic::Discovery];
    alert.tactics.iter().any(|tactic| !ATTEMPTS.contains(tactic))
}

fn timeline(alerts: &[Alert], joined: &Joined) -> Vec<TimelineEntry> {
    let entry = |alert: &Alert, evidence: &Evidence| TimelineEntry {
        alert: alert.id.clone(),
        title: Arc::clone(&alert.rule.title),
        level: alert.level,
        tactic: alert.tactics.first().copied(),
        evidence: evidence.clone(),
    };
    let mut entries: Vec<TimelineEntry> = { joined.alerts.iter().map(|&at| &alerts[at]) }
        .flat_map(|alert| alert.evidence.iter().map(move |evidence| entry(alert, evidence)))
        .collect();
    entries.sort_by(|a, b| (a.evidence.time, &a.alert).cmp(&(b.evidence.time, &b.alert)));
    entries
}

/// One piece for each of the gravest rules, the rarest first among equals: what fires once says more
/// than what fires a hundred times.
fn strongest(alerts: &[&Alert]) -> Vec<Strong> {
    let mut ranked: Vec<&&Alert> = alerts.iter().filter(|alert| !alert.evidence.is_empty()).collect();
    ranked.sort_by(|a, b| {
        (b.level, a.attempt, a.count, a.first_seen, &a.id).cmp(&(
            a.level,
            b.attempt,
            b.count,
            b.first_seen,
            &b.id,
        ))
    });
    let mut seen = BTreeSet::new();
    let mut records = BTreeSet::new();
    ranked
        .into_iter()
        .filter(|alert| {
            let record = alert.evidence.first().map(|e| (Arc::clone(&e.file), e.record));
            seen.insert(Arc::clone(&alert.rule.title)) && records.insert(record)
        })
        .take(3)
        .filter_map(|alert| {
            Some(Strong {
                title: Arc::clone(&alert.rule.title),
                level: alert.level,
                count: alert.count,
                evidence: alert.evidence.first()?.clone(),
            })
        })
        .collect()
}

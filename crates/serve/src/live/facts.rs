//! Alerts and incidents as the journal records them.

use cofferdam_detect::correlation as found;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Record, Rule};
use cofferdam_journal::incident::{IncidentReport, Join, Severity, Span};
use cofferdam_vocabulary::{AlertId, ContentHash, Entity};
use std::collections::{BTreeMap, HashMap};

/// Which evidence a record's file is, or is a member of.
#[derive(Default)]
pub struct Evidence<'f>(HashMap<&'f str, ContentHash>);

impl<'f> Evidence<'f> {
    /// These files, by their paths.
    pub fn of(files: impl Iterator<Item = (&'f str, ContentHash)>) -> Evidence<'f> {
        Evidence(files.collect())
    }

    fn holding(&self, file: &str) -> Option<ContentHash> {
        // Members of archives stand after `!`, which may be in a name as well.
        let ends = file.match_indices('!').map(|(at, _)| at);
        let mut names = ends.chain([file.len()]).map(|end| &file[..end]);
        names.find_map(|name| self.0.get(name).copied())
    }
}

/// What the journal is told of an alert.
pub fn alert(alert: &found::Alert, evidence: &Evidence<'_>) -> AlertReport {
    AlertReport {
        rule: Rule { id: alert.rule.id.to_string(), title: Personal::of(&alert.rule.title) },
        level: alert.level,
        tactics: alert.tactics.clone(),
        techniques: alert.techniques.clone(),
        entities: alert.entities.iter().map(entity).collect(),
        records: alert.evidence.iter().map(|record| self::record(record, evidence)).collect(),
        count: Count {
            matches: alert.count,
            occurrences: alert.occurrences,
            first_seen: alert.first_seen,
            last_seen: alert.last_seen,
            attempt: alert.attempt,
        },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    }
}

fn entity(entity: &Entity) -> EntityRecord {
    EntityRecord { kind: entity.kind, value: Personal::of(&entity.value), role: entity.role }
}

fn record(record: &found::Evidence, evidence: &Evidence<'_>) -> Record {
    Record {
        file: Personal::of(&record.file),
        evidence: evidence.holding(&record.file),
        record: record.record,
        time: record.time,
        what: Personal::of(&record.what),
    }
}

/// What the journal is told of an incident.
pub fn incident(incident: &found::Incident) -> IncidentReport {
    let joins: HashMap<&str, &found::Join> =
        incident.joins.iter().map(|join| (join.alert.as_str(), join)).collect();
    let alerts = incident.alerts.iter().filter_map(|id| {
        let join = joins.get(id.as_str()).and_then(|join| {
            Some(Join { with: AlertId::parse(&join.with).ok()?, because: Personal::of(&join.because) })
        });
        Some((AlertId::parse(id).ok()?, join))
    });
    incident_of(incident, alerts.collect())
}

/// What the journal is told of an incident of these alerts.
pub fn incident_of(incident: &found::Incident, alerts: BTreeMap<AlertId, Option<Join>>) -> IncidentReport {
    let scope = incident.scope.iter().flat_map(|entry| {
        let value = Personal::of(&entry.value);
        entry.roles.iter().map(move |role| EntityRecord {
            kind: entry.kind,
            value: value.clone(),
            role: *role,
        })
    });
    IncidentReport {
        title: Personal::of(&incident.title),
        severity: Severity {
            level: incident.severity,
            reasons: incident.severity_reasons.iter().map(|reason| Personal::of(reason)).collect(),
        },
        span: Span { first_seen: incident.first_seen, last_seen: incident.last_seen },
        alerts,
        scope: scope.collect(),
    }
}

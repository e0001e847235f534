//! One incident: what was observed, what it tells of, and where it was sighted.

use super::id::own;
use super::observable::{is_domain, is_url, named_hash, observe};
use super::{Bundle, text};
use crate::Report;
use cofferdam_detect::correlation::{Alert, Incident, ScopeEntry};
use cofferdam_vocabulary::{EntityKind, Level, Role, Tactic, TechniqueId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Alerts of one incident that become observed data; the gravest.
const ALERTS: usize = 500;
/// Objects that observed data may name.
const OBJECTS: usize = 50;
/// The largest count that observed data and sightings may have.
const MOST: u64 = 999_999_999;

/// What was made of an alert.
struct Observed<'r> {
    id: String,
    alert: &'r Alert,
    first: Timestamp,
    last: Timestamp,
    /// Places of the identities of its hosts.
    hosts: BTreeSet<String>,
}

/// Adds an incident with everything that belongs to it. One without a time is left out: STIX has no
/// way to say that nobody knows when.
pub(super) fn incident(bundle: &mut Bundle, report: &Report<'_>, incident: &Incident) {
    let (Some(first), Some(last)) =
        (incident.first_seen.filter(is_tellable), incident.last_seen.filter(is_tellable))
    else {
        return;
    };
    let at = stamp(last);
    let alerts = report.alerts_of(incident);
    let mut refs: BTreeSet<String> = BTreeSet::new();
    let told = incident_object(bundle, incident, &at);
    refs.insert(told.clone());
    let hosts = hosts(bundle, incident, &at);
    let observed = observed_data(bundle, &alerts, &hosts, &at);
    refs.extend(hosts.values().cloned());
    refs.extend(observed.iter().map(|observed| observed.id.clone()));
    for pattern in attack_patterns(bundle, &observed, &at) {
        refs.insert(relationship(bundle, &told, "related-to", &pattern.0, &at));
        refs.insert(sighting(bundle, incident, &pattern.0, &pattern.1, &at));
        refs.insert(pattern.0);
    }
    for (indicator, seen) in indicators(bundle, incident, &observed, &at) {
        for observed in &seen {
            refs.insert(relationship(bundle, &indicator, "based-on", &observed.id, &at));
        }
        refs.insert(sighting(bundle, incident, &indicator, &seen, &at));
        refs.insert(indicator);
    }
    report_object(bundle, incident, &refs, (first, last), (observed.len(), alerts.len()));
}

fn incident_object(bundle: &mut Bundle, incident: &Incident, at: &str) -> String {
    let id = own("incident", &[&bundle.results, &incident.id]);
    let mut reasons: Vec<String> = incident.severity_reasons.iter().map(|reason| text(reason)).collect();
    reasons.dedup();
    let properties = properties([
        ("name", json!(text(&incident.title))),
        ("description", json!(format!("Severity {}: {}.", incident.severity, reasons.join("; ")))),
        ("labels", json!([format!("severity-{}", incident.severity)])),
        ("external_references", json!([{"source_name": "cofferdam", "external_id": text(&incident.id)}])),
    ]);
    bundle.sdo("incident", &id, at, properties)
}

/// Hosts are identities of systems, by name.
fn hosts(bundle: &mut Bundle, incident: &Incident, at: &str) -> BTreeMap<String, String> {
    let hosts = incident.scope.iter().filter(|entry| entry.kind == EntityKind::Host);
    let hosts: Vec<&ScopeEntry> = hosts.collect();
    let mut out = BTreeMap::new();
    for host in hosts {
        let name = text(&host.value);
        let id = own("identity", &[&bundle.results, "host", &name]);
        let properties = properties([("name", json!(name)), ("identity_class", json!("system"))]);
        out.insert(host.value.clone(), bundle.sdo("identity", &id, at, properties));
    }
    out
}

fn observed_data<'r>(
    bundle: &mut Bundle,
    alerts: &[&'r Alert],
    hosts: &BTreeMap<String, String>,
    at: &str,
) -> Vec<Observed<'r>> {
    let mut chosen: Vec<&Alert> = alerts.to_vec();
    chosen.sort_by(|a, b| (b.level, a.first_seen, &a.id).cmp(&(a.level, b.first_seen, &b.id)));
    chosen.truncate(ALERTS);
    chosen.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
    chosen.into_iter().filter_map(|alert| observed(bundle, alert, hosts, at)).collect()
}

/// Observed data needs a time and something observed.
fn observed<'r>(
    bundle: &mut Bundle,
    alert: &'r Alert,
    hosts: &BTreeMap<String, String>,
    at: &str,
) -> Option<Observed<'r>> {
    let (first, last) = (alert.first_seen.filter(is_tellable)?, alert.last_seen.filter(is_tellable)?);
    let mut objects: Vec<String> = Vec::new();
    for entity in &alert.entities {
        if objects.len() < OBJECTS
            && let Some(id) = observe(bundle, entity)
            && !objects.contains(&id)
        {
            objects.push(id);
        }
    }
    let own_hosts: BTreeSet<String> = alert.hosts().filter_map(|host| hosts.get(host).cloned()).collect();
    if objects.is_empty() {
        return None;
    }
    let properties = properties([
        ("first_observed", json!(stamp(first.min(last)))),
        ("last_observed", json!(stamp(first.max(last)))),
        ("number_observed", json!(alert.count.clamp(1, MOST))),
        ("object_refs", json!(objects)),
        ("labels", json!([format!("level-{}", alert.level)])),
        (
            "external_references",
            json!([{
                "source_name": "cofferdam",
                "external_id": text(&alert.id),
                "description": text(&alert.rule.title),
            }]),
        ),
    ]);
    let id = own("observed-data", &[&bundle.results, &alert.id]);
    let id = bundle.sdo("observed-data", &id, at, properties);
    Some(Observed { id, alert, first: first.min(last), last: first.max(last), hosts: own_hosts })
}

/// Techniques that alerts name, each with the alerts that do.
fn attack_patterns<'o, 'r>(
    bundle: &mut Bundle,
    observed: &'o [Observed<'r>],
    at: &str,
) -> Vec<(String, Vec<&'o Observed<'r>>)> {
    let mut by_technique: BTreeMap<&TechniqueId, Vec<&Observed<'r>>> = BTreeMap::new();
    for observed in observed {
        for technique in &observed.alert.techniques {
            by_technique.entry(technique).or_default().push(observed);
        }
    }
    let pattern = |(technique, seen): (&TechniqueId, Vec<&'o Observed<'r>>)| {
        let known = technique.technique();
        let mut properties = properties([
            ("name", json!(known.map_or(technique.as_str(), |known| known.name))),
            (
                "external_references",
                json!([{"source_name": "mitre-attack", "external_id": technique.as_str()}]),
            ),
        ]);
        let phases: Vec<Value> = known
            .map_or(&[][..], |known| &known.tactics)
            .iter()
            .map(|tactic: &Tactic| json!({"kill_chain_name": "mitre-attack", "phase_name": tactic.as_str()}))
            .collect();
        if !phases.is_empty() {
            properties.insert("kill_chain_phases".to_owned(), json!(phases));
        }
        let id = own("attack-pattern", &[technique.as_str()]);
        (bundle.sdo("attack-pattern", &id, at, properties), seen)
    };
    by_technique.into_iter().map(pattern).collect()
}

/// What tells of harm wherever it is seen: what acted from outside in an alert of note. Inside
/// addresses, accounts and programs are somebody's own and tell nothing elsewhere.
fn indicators<'o, 'r>(
    bundle: &mut Bundle,
    incident: &Incident,
    observed: &'o [Observed<'r>],
    at: &str,
) -> Vec<(String, Vec<&'o Observed<'r>>)> {
    let acting = |entry: &&ScopeEntry| entry.alerts_of_note > 0 && entry.roles.contains(&Role::Actor);
    let mut out = Vec::new();
    for entry in incident.scope.iter().filter(acting) {
        let (Some((pattern, name)), Some(from)) = (pattern(entry), entry.first_seen.filter(is_tellable))
        else {
            continue;
        };
        let names = |observed: &&Observed<'_>| {
            observed.alert.level >= Level::Medium
                && observed.alert.entities.iter().any(|entity| {
                    (entity.kind, &entity.value, entity.role) == (entry.kind, &entry.value, Role::Actor)
                })
        };
        let seen: Vec<&Observed<'r>> = observed.iter().filter(names).collect();
        if seen.is_empty() {
            continue;
        }
        let properties = properties([
            ("name", json!(format!("{name} {}", text(&entry.value)))),
            ("description", json!(format!("Acted in {}: {}.", text(&incident.id), text(&entry.because)))),
            ("indicator_types", json!(["malicious-activity"])),
            ("pattern", json!(pattern)),
            ("pattern_type", json!("stix")),
            ("pattern_version", json!("2.1")),
            ("valid_from", json!(stamp(from))),
        ]);
        let id = own("indicator", &[&bundle.results, &incident.id, &pattern]);
        out.push((bundle.sdo("indicator", &id, at, properties), seen));
    }
    out
}

fn pattern(entry: &ScopeEntry) -> Option<(String, &'static str)> {
    let value = entry.value.as_str();
    let written = |path: &str| format!("[{path} = '{}']", value.replace('\\', "\\\\").replace('\'', "\\'"));
    match entry.kind {
        EntityKind::Address => match value.parse().ok()? {
            IpAddr::V4(v4) => {
                let outside = !v4.is_private() && !v4.is_loopback() && !v4.is_link_local();
                outside.then(|| (written("ipv4-addr:value"), "Address"))
            }
            IpAddr::V6(v6) => {
                let outside = !v6.is_unique_local() && !v6.is_loopback() && !v6.is_unicast_link_local();
                outside.then(|| (written("ipv6-addr:value"), "Address"))
            }
        },
        EntityKind::Domain => is_domain(value).then(|| (written("domain-name:value"), "Domain")),
        EntityKind::Url => is_url(value).then(|| (written("url:value"), "URL")),
        EntityKind::Hash => {
            let (name, hex) = named_hash(value)?;
            Some((format!("[file:hashes.'{name}' = '{hex}']"), "File hash"))
        }
        _ => None,
    }
}

fn relationship(bundle: &mut Bundle, source: &str, kind: &str, target: &str, at: &str) -> String {
    let id = own("relationship", &[source, kind, target]);
    let properties = properties([
        ("relationship_type", json!(kind)),
        ("source_ref", json!(source)),
        ("target_ref", json!(target)),
    ]);
    bundle.sdo("relationship", &id, at, properties)
}

fn sighting(bundle: &mut Bundle, incident: &Incident, of: &str, seen: &[&Observed<'_>], at: &str) -> String {
    let id = own("sighting", &[&bundle.results, &incident.id, of]);
    let count = seen.iter().fold(0u64, |sum, observed| sum.saturating_add(observed.alert.count));
    let observed: Vec<&str> = seen.iter().map(|observed| observed.id.as_str()).collect();
    let hosts: BTreeSet<&String> = seen.iter().flat_map(|observed| &observed.hosts).collect();
    let mut properties = properties([
        ("sighting_of_ref", json!(of)),
        ("count", json!(count.clamp(1, MOST))),
        ("observed_data_refs", json!(observed)),
    ]);
    if let (Some(first), Some(last)) =
        (seen.iter().map(|seen| seen.first).min(), seen.iter().map(|seen| seen.last).max())
    {
        properties.insert("first_seen".to_owned(), json!(stamp(first)));
        properties.insert("last_seen".to_owned(), json!(stamp(last)));
    }
    if !hosts.is_empty() {
        properties.insert("where_sighted_refs".to_owned(), json!(hosts));
    }
    bundle.sdo("sighting", &id, at, properties)
}

fn report_object(
    bundle: &mut Bundle,
    incident: &Incident,
    refs: &BTreeSet<String>,
    (first, last): (Timestamp, Timestamp),
    (observed, alerts): (usize, usize),
) {
    let id = own("report", &[&bundle.results, &incident.id]);
    let description = format!(
        "{}, severity {}, {} to {}. {observed} of {alerts} alerts are observed data here: those that have a \
         time and name something that STIX can observe, at most {ALERTS}.",
        text(&incident.id),
        incident.severity,
        stamp(first),
        stamp(last),
    );
    let properties = properties([
        ("name", json!(format!("{} {}", text(&incident.id), text(&incident.title)))),
        ("description", json!(description)),
        ("report_types", json!(["observed-data", "attack-pattern"])),
        ("published", json!(stamp(last))),
        ("object_refs", json!(refs)),
    ]);
    bundle.sdo("report", &id, &stamp(last), properties);
}

fn properties<const N: usize>(properties: [(&str, Value); N]) -> Map<String, Value> {
    properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Years that RFC 3339 can write.
fn is_tellable(time: &Timestamp) -> bool {
    (1..=9_999).contains(&time.to_zoned(jiff::tz::TimeZone::UTC).year())
}

fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

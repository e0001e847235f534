//! An incident in plain words, for readers who are no engineers. Signs are told as signs.

use crate::figures::{count, group, length, list, span};
use crate::show::middle;
use cofferdam_detect::correlation::{
    Alert, Incident, ScopeEntry, TacticStep, Tie, is_machine_account, short_account,
};
use cofferdam_vocabulary::{EntityKind, Level, Role, Tactic};
use std::collections::{BTreeMap, BTreeSet};

/// What the step says that somebody did: `looked for weak points`; of what was only seen to be tried, no more
/// than that.
pub(crate) fn deed(step: &TacticStep) -> &'static str {
    if step.tried { attempt(step.tactic) } else { done(step.tactic) }
}

fn attempt(tactic: Tactic) -> &'static str {
    match tactic {
        Tactic::InitialAccess => "tried to get in",
        Tactic::Execution => "tried to run programs",
        Tactic::Persistence => "tried to leave ways to come back",
        Tactic::PrivilegeEscalation => "tried to gain administrator rights",
        Tactic::DefenseEvasion => "tried to hide traces or weaken defences",
        Tactic::CredentialAccess => "tried to get passwords or keys",
        Tactic::Discovery => "tried to look around inside",
        Tactic::LateralMovement => "tried to move on to other machines",
        Tactic::Collection => "tried to gather data",
        Tactic::CommandAndControl => "tried to keep in touch with machines from outside",
        Tactic::Exfiltration => "tried to send data out",
        Tactic::Impact => "tried to do damage",
        // Looking and preparing are no more than that, whatever comes of them.
        Tactic::Reconnaissance | Tactic::ResourceDevelopment => done(tactic),
    }
}

fn done(tactic: Tactic) -> &'static str {
    match tactic {
        Tactic::Reconnaissance => "looked for weak points from outside",
        Tactic::ResourceDevelopment => "prepared tools",
        Tactic::InitialAccess => "got in",
        Tactic::Execution => "ran programs",
        Tactic::Persistence => "left ways to come back",
        Tactic::PrivilegeEscalation => "gained administrator rights",
        Tactic::DefenseEvasion => "hid traces or weakened defences",
        Tactic::CredentialAccess => "went after passwords or keys",
        Tactic::Discovery => "looked around inside",
        Tactic::LateralMovement => "moved on to other machines",
        Tactic::Collection => "gathered data",
        Tactic::CommandAndControl => "kept in touch with machines from outside",
        Tactic::Exfiltration => "sent data out",
        Tactic::Impact => "did damage",
    }
}

/// ATT&CK's name of a tactic as people write it.
pub(crate) fn tactic(tactic: Tactic) -> &'static str {
    match tactic {
        Tactic::Reconnaissance => "Reconnaissance",
        Tactic::ResourceDevelopment => "Resource Development",
        Tactic::InitialAccess => "Initial Access",
        Tactic::Execution => "Execution",
        Tactic::Persistence => "Persistence",
        Tactic::PrivilegeEscalation => "Privilege Escalation",
        Tactic::DefenseEvasion => "Defense Evasion",
        Tactic::CredentialAccess => "Credential Access",
        Tactic::Discovery => "Discovery",
        Tactic::LateralMovement => "Lateral Movement",
        Tactic::Collection => "Collection",
        Tactic::CommandAndControl => "Command and Control",
        Tactic::Exfiltration => "Exfiltration",
        Tactic::Impact => "Impact",
    }
}

/// What a severity asks of people.
pub(crate) fn meaning(level: Level) -> &'static str {
    match level {
        Level::Critical => "Act now, with everybody who is needed.",
        Level::High => "Act today; somebody should look at it at once.",
        Level::Medium => "Somebody should look at it today.",
        Level::Low | Level::Informational => "Notable together with other things.",
    }
}

/// Several of a kind: `2 hosts`.
pub(crate) fn kinds(kind: EntityKind) -> (&'static str, &'static str) {
    match kind {
        EntityKind::Host => ("host", "hosts"),
        EntityKind::Account => ("account", "accounts"),
        EntityKind::Address => ("address", "addresses"),
        EntityKind::Process => ("program", "programs"),
        EntityKind::File => ("file", "files"),
        EntityKind::Hash => ("file hash", "file hashes"),
        EntityKind::Domain => ("domain", "domains"),
        EntityKind::Url => ("web path", "web paths"),
        EntityKind::Registry => ("registry key", "registry keys"),
        EntityKind::Service => ("service or job", "services and jobs"),
    }
}

/// The kinds in the order in which people ask for them.
pub(crate) const KINDS: [EntityKind; 10] = [
    EntityKind::Host,
    EntityKind::Account,
    EntityKind::Address,
    EntityKind::Domain,
    EntityKind::Process,
    EntityKind::File,
    EntityKind::Hash,
    EntityKind::Service,
    EntityKind::Registry,
    EntityKind::Url,
];

/// Short rows under a title: a name and what is known, as far as it is known.
pub(crate) fn facts(incident: &Incident, alerts: &[&Alert]) -> Vec<(&'static str, String)> {
    let rows = [
        ("When", when(incident)),
        ("Where", names(&hosts(incident))),
        ("From", names(&sources(incident))),
        ("Accounts used", names(&accounts(incident, true))),
        ("Accounts tried", names(&tried(incident))),
        ("How far", extent(incident)),
        ("Based on", based_on(alerts)),
    ];
    rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Names told in a sentence, and characters of each: those of a cloud's roles and sessions are long.
const NAMES: usize = 3;
const NAME: usize = 48;

/// The first names; all stand under Scope.
fn names(values: &[&str]) -> String {
    let short: Vec<String> = values.iter().take(NAMES).map(|value| middle(value, NAME)).collect();
    let rest = values.iter().skip(NAMES).copied();
    list(&short.iter().map(String::as_str).chain(rest).collect::<Vec<_>>(), NAMES)
}

/// When it was, and how long.
pub(crate) fn when(incident: &Incident) -> String {
    match (incident.first_seen, incident.last_seen) {
        (Some(first), Some(last)) if first == last => format!("{} UTC", span(Some(first), None)),
        (Some(first), Some(last)) => {
            format!("{} UTC ({})", span(Some(first), Some(last)), length(first, last))
        }
        _ => "the records do not say".to_owned(),
    }
}

/// Hosts whose own records tell of it.
pub(crate) fn hosts(incident: &Incident) -> Vec<&str> {
    let observed = |entry: &&ScopeEntry| {
        entry.kind == EntityKind::Host && entry.alerts_of_note > 0 && entry.roles.contains(&Role::Observer)
    };
    incident.scope.iter().filter(observed).map(|entry| entry.value.as_str()).collect()
}

/// Addresses from which something was done.
fn sources(incident: &Incident) -> Vec<&str> {
    let acting = |entry: &&ScopeEntry| {
        entry.kind == EntityKind::Address && entry.roles.contains(&Role::Actor) && entry.alerts_of_note > 0
    };
    incident.scope.iter().filter(acting).map(|entry| entry.value.as_str()).collect()
}

/// Accounts of people and services that alerts of note name; with `inside`, those that were used.
fn accounts(incident: &Incident, inside: bool) -> Vec<&str> {
    let of_note = |entry: &&ScopeEntry| {
        entry.kind == EntityKind::Account
            && entry.alerts_of_note > 0
            && (!inside || entry.alerts_inside > 0)
            && !is_machine_account(&entry.value)
    };
    let mut names: Vec<&str> = incident.scope.iter().filter(of_note).map(|e| e.value.as_str()).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(short_account(name)));
    names
}

fn tried(incident: &Incident) -> Vec<&str> {
    let used: BTreeSet<&str> = accounts(incident, true).into_iter().map(short_account).collect();
    accounts(incident, false).into_iter().filter(|name| !used.contains(short_account(name))).collect()
}

fn extent(incident: &Incident) -> String {
    let counted = KINDS.into_iter().filter_map(|kind| {
        let (one, many) = kinds(kind);
        let of_kind = incident.scope.iter().filter(|entry| entry.kind == kind).count();
        (of_kind > 0).then(|| count(of_kind as u64, one, many))
    });
    counted.collect::<Vec<_>>().join(", ")
}

fn based_on(alerts: &[&Alert]) -> String {
    let matches = matches(alerts);
    let rules: BTreeSet<&str> = alerts.iter().map(|alert| &*alert.rule.id).collect();
    format!(
        "{} from {} of {}",
        count(alerts.len() as u64, "alert", "alerts"),
        count(matches, "match", "matches"),
        count(rules.len() as u64, "rule", "rules"),
    )
}

/// The parts it played, in plain words.
pub(crate) fn parts(entry: &ScopeEntry) -> String {
    let is_account = entry.kind == EntityKind::Account;
    let was_used = is_account && entry.alerts_inside > 0;
    let words = entry.roles.iter().map(|role| match role {
        // Guessing names an account as if it had acted.
        Role::Actor if is_account && !was_used => "was tried",
        Role::Actor => "acted",
        Role::Target => "was acted on",
        Role::Observer => "recorded it",
    });
    let mut words: Vec<&str> = words.collect();
    if was_used {
        words.push("was used");
    }
    words.join(", ")
}

/// Matches that alerts count together.
pub(crate) fn matches(alerts: &[&Alert]) -> u64 {
    alerts.iter().fold(0, |sum, alert| sum.saturating_add(alert.count))
}

/// The whole in a few sentences.
pub(crate) fn summary(incident: &Incident) -> Vec<String> {
    let mut out = Vec::new();
    let hosts = hosts(incident);
    let place = if hosts.is_empty() { String::new() } else { format!(" on {}", names(&hosts)) };
    let sources = sources(incident);
    let source = match sources.len() {
        0 => String::new(),
        1 => format!(", coming from the address {}", sources[0]),
        n => format!(", coming from {} addresses, among them {}", group(n as u64), sources[0]),
    };
    let time = match (incident.first_seen, incident.last_seen) {
        (Some(first), Some(last)) if last.duration_since(first).as_secs() > 0 => format!(
            "On {} from {} UTC, for {}, ",
            first.strftime("%-d %B %Y"),
            first.strftime("%H:%M"),
            length(first, last)
        ),
        (Some(first), _) => {
            format!("On {} at {} UTC, ", first.strftime("%-d %B %Y"), first.strftime("%H:%M"))
        }
        _ => "At a time that the records do not tell, ".to_owned(),
    };
    out.push(format!("{time}the logs show signs of an attack{place}{source}."));
    let steps = in_time(incident);
    if !steps.is_empty() {
        let deeds: Vec<&str> = steps.iter().map(|step| deed(step)).collect();
        out.push(format!("Read together they say that somebody {}.", list(&deeds, 14)));
    }
    let used = accounts(incident, true);
    if !used.is_empty() {
        out.push(format!(
            "{} not only tried but used: {}.",
            if used.len() == 1 { "This account was" } else { "These accounts were" },
            names(&used)
        ));
    }
    out.push(
        "Rules found these signs in logs. They are strong hints, not proof; the evidence below lets \
         anybody check them."
            .to_owned(),
    );
    out
}

/// Tactics in the order in which they were first seen.
pub(crate) fn in_time(incident: &Incident) -> Vec<&TacticStep> {
    let mut steps: Vec<&TacticStep> = incident.tactics.iter().collect();
    steps.sort_by_key(|step| step.first_seen);
    steps
}

/// Further apart than this, two clocks are told of.
const CLOCKS_DIFFER_S: i64 = 15 * 60;

/// Hosts whose records lie far from those of a sensor that saw their addresses, with the longest time.
fn clocks(incident: &Incident) -> Vec<String> {
    let mut hosts: BTreeMap<&str, i64> = BTreeMap::new();
    for join in incident.joins.iter().filter(|join| join.gap_s >= CLOCKS_DIFFER_S) {
        for tie in &join.by {
            if let Tie::HostAddress(host) = tie {
                let gap = hosts.entry(host).or_default();
                *gap = join.gap_s.max(*gap);
            }
        }
    }
    let tell = |(host, gap): (&&str, &i64)| {
        format!(
            "Records of {} and those of a sensor that saw its address lie {} apart. Either a clock was wrong or \
             set to another zone, or they tell of different times: compare the clocks.",
            middle(host, NAME),
            long(*gap)
        )
    };
    hosts.iter().map(tell).collect()
}

/// A time span in the unit that says most.
fn long(seconds: i64) -> String {
    match seconds {
        ..7200 => count(u64::try_from((seconds + 30) / 60).unwrap_or(0), "minute", "minutes"),
        _ => count(u64::try_from((seconds + 1800) / 3600).unwrap_or(0), "hour", "hours"),
    }
}

/// What the reader should know about the limits of this report on an incident.
pub(crate) fn limits(summary: &crate::Summary, incident: &Incident) -> Vec<String> {
    let mut out = clocks(incident);
    out.extend(of_reading(summary));
    out
}

/// What was not read, or not understood.
fn of_reading(summary: &crate::Summary) -> Vec<String> {
    let mut out = vec![
        "What the logs do not hold, this report cannot show: a quiet log is no proof that nothing happened."
            .to_owned(),
    ];
    if summary.rejected > 0 {
        out.push(format!("{} broken and left out.", count(summary.rejected, "record was", "records were")));
    }
    if summary.as_text > 0 {
        out.push(format!(
            "{} in no known format; only rules that search plain text could see into them.",
            count(summary.as_text, "record was", "records were")
        ));
    }
    if summary.outside > 0 {
        out.push(format!(
            "{} outside the period that was asked for and not examined.",
            count(summary.outside, "record lies", "records lie")
        ));
    }
    if summary.inferred_times > 0 {
        out.push(format!(
            "{} no year or no zone; it was inferred, so that a clock that was set otherwise shifts them.",
            count(summary.inferred_times, "record names", "records name")
        ));
    }
    let unread = summary.files.iter().filter(|file| file.sha256.is_none()).count() as u64;
    if unread > 0 {
        out.push(format!("{} not read to the end.", count(unread, "file could", "files could")));
    }
    if !summary.problems.is_empty() {
        out.push(format!(
            "{} while reading; they are listed below.",
            count(summary.problems.len() as u64, "problem was met", "problems were met")
        ));
    }
    if summary.dropped_groups > 0 {
        out.push(format!(
            "{} of correlated events had to be forgotten, because too many were open at a time: what they \
             would have shown is missing.",
            count(summary.dropped_groups, "group", "groups")
        ));
    }
    out
}

/// How the figures were made.
pub(crate) const METHOD: [&str; 6] = [
    "Every record is held against every rule that can apply to its kind of log. A rule that holds is a match.",
    "Matches of one rule on the same host, account, source address and session, with no silence of more \
     than 30 minutes, are one alert; each match is counted in exactly one alert.",
    "Alerts that share enough (a session, a host, an address, an account, a file hash) in time are one \
     incident. Its severity is that of its gravest alert, raised when several tactics or grave rules \
     come together; the reasons are given above.",
    "An entity is in scope because an alert names it. That alone does not make it guilty: hosts and \
     accounts in scope are those to look at.",
    "Tactics and techniques are those of MITRE ATT&CK v18, as the rules name them.",
    "Times are UTC. The SHA-256 of each file is that of the bytes that were read. Evidence is only read, \
     never changed.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_only_tried_is_not_told_as_done() {
        let step = |tried| -> TacticStep {
            serde_json::from_value(serde_json::json!({
                "tactic": "initial-access", "first_seen": null, "rules": ["R"], "alerts": 1, "tried": tried,
            }))
            .unwrap()
        };
        assert_eq!(deed(&step(false)), "got in");
        assert_eq!(deed(&step(true)), "tried to get in");
    }

    #[test]
    fn what_was_only_guessed_did_not_act() {
        let part = |kind: &str, inside: u64| {
            let entry: ScopeEntry = serde_json::from_value(json!({
                "kind": kind, "value": "deploy", "roles": ["actor"], "first_seen": null, "last_seen": null,
                "alerts": 3, "alerts_of_note": 3, "alerts_inside": inside, "because": "SSH brute force",
            }))
            .unwrap();
            parts(&entry)
        };
        assert_eq!(part("account", 0), "was tried");
        assert_eq!(part("account", 1), "acted, was used");
        assert_eq!(part("address", 0), "acted");
    }

    #[test]
    fn long_lists_and_long_names_are_short_in_a_sentence() {
        let role = format!("assumed-role/backup-role/{}", "7".repeat(60));
        let told = names(&["deploy", &role, "root", "test", "admin"]);
        assert!(told.starts_with("deploy, assumed-role/backup-role/") && told.ends_with(", root and 2 more"));
        assert!(told.contains('…') && told.chars().count() < 90, "{told}");
        assert_eq!(names(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn clocks_that_may_differ_are_told() {
        let joined = |by: serde_json::Value, gap: i64| {
            let incident: Incident = serde_json::from_value(json!({
                "id": "INC-0001", "title": "t", "severity": "high", "severity_reasons": [], "first_seen": null,
                "last_seen": null, "alerts": [], "tactics": [], "scope": [], "timeline": [], "strongest": [],
                "first_steps": [],
                "joins": [{"alert": "ALR-000002", "with": "ALR-000001", "because": "b", "gap_s": gap, "by": [by]}],
            }))
            .unwrap();
            clocks(&incident)
        };
        let address = || json!({"kind": "hostaddress", "value": "ws-01 at 192.0.2.41"});
        let told = joined(address(), 68_200);
        assert!(told[0].starts_with("Records of ws-01 at 192.0.2.41 and those of a sensor"), "{told:?}");
        assert!(told[0].contains("lie 19 hours apart"), "{told:?}");
        assert!(joined(address(), 1500)[0].contains("25 minutes"));
        assert!(joined(address(), 60).is_empty());
        assert!(joined(json!({"kind": "host", "value": "ws-01"}), 68_400).is_empty());
    }
}

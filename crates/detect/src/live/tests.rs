//! What people and other products have to say in it.

use super::simulation::{Dice, SET, history, start};
use super::{
    AlertChange, Changes, Delivered, ForeignAlert, IncidentChange, Live, LiveAlert, Settings, Suggested, What,
};
use crate::correlation::sigma::{Correlator, Limits};
use crate::correlation::{RuleHead, Sightings, WINDOW};
use crate::intake::{Cause, Match, MatchedEvent};
use crate::rule::{RuleSet, read_file};
use crate::time::EventTime;
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    start() + SignedDuration::from_secs(second)
}

/// A match of `sudo` (2), `key` (3) or `scan` (4), of level medium and above, by `user` on `host`.
fn found(seq: u64, second: i64, rule: u32, host: &str, user: &str) -> Delivered {
    let wants = Correlator::new(&SET, Limits::default());
    let entity = |kind, value: &str, role| Entity { kind, value: value.to_owned(), role };
    let event = MatchedEvent {
        time: Some(EventTime { at: at(second), year_inferred: false, zone_inferred: false }),
        repeated: 1,
        sightings: Sightings {
            entities: vec![
                entity(EntityKind::Host, host, Role::Observer),
                entity(EntityKind::Account, user, Role::Actor),
            ],
            ..Sightings::default()
        },
        what: format!("record {seq}"),
        failed: false,
    };
    let value = |name: &Arc<str>| (**name == *"host").then(|| host.to_owned());
    let found = Match {
        cause: Cause::Rule(rule),
        record: seq,
        event: Arc::new(event),
        fields: Vec::new(),
        values: wants.wanted(rule).iter().map(value).collect(),
    };
    Delivered { seq, source: "auth".into(), arrival: at(second), host: None, found }
}

fn engine() -> Live {
    Live::new(Arc::clone(&SET), Settings::default())
}

/// Incidents by their alerts, each written `rule host`.
fn told(live: &Live) -> Vec<String> {
    let name = |number: &u64| {
        let alert = &live.alert(*number).unwrap().alert;
        format!("{} {}", alert.rule.id, alert.hosts().next().unwrap_or("-"))
    };
    let mut out: Vec<String> = { live.incidents() }
        .map(|incident| incident.alerts.iter().map(name).collect::<Vec<_>>().join(", "))
        .collect();
    out.sort_unstable();
    out
}

fn number(live: &Live, name: &str) -> u64 {
    let (rule, host) = name.split_once(' ').unwrap();
    let is_it = |alert: &&LiveAlert| {
        *alert.alert.rule.id == *rule && alert.alert.hosts().next().unwrap_or("-") == host
    };
    live.alerts().find(is_it).unwrap_or_else(|| panic!("no {name}")).number
}

/// Pushes and judges.
fn play(live: &mut Live, matches: Vec<Delivered>) -> Changes {
    for found in matches {
        let now = found.arrival;
        live.push(found, now);
        live.evaluate(now);
    }
    live.changes()
}

fn foreign(dedup: &str, second: i64, host: &str, count: u64) -> ForeignAlert {
    ForeignAlert {
        dedup: dedup.to_owned(),
        rule: RuleHead { id: "edr-1".into(), title: "Credential access".into(), level: Level::High },
        level: Level::High,
        first_seen: at(second),
        last_seen: at(second),
        count,
        tactics: Vec::new(),
        techniques: Vec::new(),
        entities: vec![Entity { kind: EntityKind::Host, value: host.to_owned(), role: Role::Observer }],
        source: "edr".into(),
        record: 7,
        what: "lsass was read".to_owned(),
        attempt: false,
        product: None,
        closed: false,
    }
}

#[test]
fn an_alert_of_another_product_joins_by_what_it_shares() {
    let mut live = engine();
    play(&mut live, vec![found(1, 0, 2, "web-01", "dev1"), found(2, 5, 2, "web-02", "ops1")]);
    live.put(foreign("edr\u{1f}55", 20, "web-01", 1));
    live.evaluate(at(30));
    assert_eq!(told(&live), ["sudo web-01, edr-1 web-01", "sudo web-02"]);
    live.changes();
    // The same alert again says nothing new; more of it is counted; another host is more than that.
    let mut what = |alert: ForeignAlert, second| {
        live.put(alert);
        live.evaluate(at(second));
        live.changes().alerts.into_iter().map(|change| change.what).collect::<Vec<_>>()
    };
    assert_eq!(what(foreign("edr\u{1f}55", 20, "web-01", 1), 31), []);
    assert_eq!(what(foreign("edr\u{1f}55", 20, "web-01", 2), 32), [What::Counted]);
    assert_eq!(what(foreign("edr\u{1f}55", 20, "web-02", 3), 33), [What::Grown]);
    assert_eq!(told(&live), ["sudo web-01", "sudo web-02, edr-1 web-02"]);
    let kept: Vec<_> = live.retained().collect();
    let mut again = Live::restore(Arc::clone(&SET), Settings::default(), kept, at(40));
    again.evaluate(at(40));
    assert_eq!(told(&again), told(&live));
}

#[test]
fn an_incident_that_people_lead_is_left_alone() {
    let mut live = engine();
    let formed = play(&mut live, vec![found(1, 0, 2, "web-01", "dev1"), found(2, 5, 3, "web-02", "ops1")]);
    assert!(formed.incidents.iter().all(|(_, change)| *change == IncidentChange::Formed));
    let first = live.incident_of(number(&live, "sudo web-01")).unwrap();
    let second = live.incident_of(number(&live, "key web-02")).unwrap();
    live.record_incident(first, "INC-0001");
    live.record_incident(second, "INC-0002");
    live.hold(["INC-0001"]);
    // A new alert on the same host, and one that ties both incidents together.
    let changes = play(&mut live, vec![found(3, 60, 4, "web-01", "ops2"), found(4, 65, 4, "web-02", "dev1")]);
    assert_eq!(
        told(&live),
        ["key web-02, scan web-02", "scan web-01", "sudo web-01"]
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    );
    let suggested: Vec<_> = changes.suggestions.iter().map(|one| (one.incident, one.other)).collect();
    let lone = live.incident_of(number(&live, "scan web-01")).unwrap();
    assert!(suggested.contains(&(first, Suggested::Incident(lone))), "{suggested:?}");
    assert!(changes.suggestions.iter().all(|one| one.because.contains("s apart")));
    // Told once.
    live.evaluate(at(120));
    assert!(live.changes().suggestions.is_empty());
    assert!(!live.suggestions().is_empty());
    // Nobody leads it any more.
    live.hold([]);
    live.evaluate(at(130));
    assert!(live.suggestions().is_empty());
    assert_eq!(told(&live).iter().filter(|text| text.contains("sudo web-01")).count(), 1);
    assert!(told(&live).iter().any(|text| text.contains("sudo web-01, scan web-01")), "{:?}", told(&live));
}

#[test]
fn people_put_alerts_where_they_belong() {
    let mut live = engine();
    play(
        &mut live,
        vec![
            found(1, 0, 2, "web-01", "dev1"),
            found(2, 5, 3, "web-01", "dev1"),
            found(3, 10, 3, "web-02", "ops1"),
        ],
    );
    assert_eq!(told(&live), ["key web-02", "sudo web-01, key web-01"]);
    let other = live.incident_of(number(&live, "key web-02")).unwrap();
    live.record_incident(other, "INC-0002");
    live.pin(number(&live, "key web-01"), Some("INC-0002"));
    live.evaluate(at(20));
    assert_eq!(told(&live), ["key web-01, key web-02", "sudo web-01"]);
    assert_eq!(live.incident_of(number(&live, "key web-01")), Some(other));
    live.pin(number(&live, "key web-01"), None);
    live.evaluate(at(30));
    assert_eq!(told(&live), ["key web-02", "sudo web-01"]);
    assert_eq!(live.incident_of(number(&live, "key web-01")), None);
    live.unpin(number(&live, "key web-01"));
    live.evaluate(at(40));
    assert_eq!(told(&live), ["key web-02", "sudo web-01, key web-01"]);
}

#[test]
fn after_a_restart_incidents_keep_their_ids() {
    let mut live = engine();
    play(&mut live, vec![found(1, 0, 2, "web-01", "dev1"), found(2, 5, 3, "web-02", "ops1")]);
    let kept: Vec<_> = live.retained().collect();
    let mut again = Live::restore(Arc::clone(&SET), Settings::default(), kept, at(60));
    again.settle(at(60));
    again.remember_incident(number(&again, "sudo web-01"), "INC-0007");
    again.remember_incident(number(&again, "key web-02"), "INC-0004");
    again.hold(["INC-0004"]);
    again.push(found(3, 70, 4, "web-02", "ops1"), at(70));
    again.evaluate(at(70));
    let id = |name: &str| {
        let incident = again.incident_of(number(&again, name)).and_then(|number| again.incident(number));
        incident.and_then(|incident| incident.recorded.as_deref())
    };
    assert_eq!(
        (id("sudo web-01"), id("key web-02"), id("scan web-02")),
        (Some("INC-0007"), Some("INC-0004"), None)
    );
}

#[test]
fn rules_change_while_it_runs() {
    let mut live = engine();
    play(&mut live, vec![found(1, 0, 2, "web-01", "dev1"), found(2, 5, 3, "web-01", "dev1")]);
    let (sudo, key) = (number(&live, "sudo web-01"), number(&live, "key web-01"));
    let text = "
{title: The key, id: key, level: critical, logsource: {product: linux}, detection: {s: {f: d}, condition: s}}
---
{title: Twice, id: twice, level: high, correlation: {type: event_count, rules: [key], timespan: 1h, condition: {gte: 2}}}
";
    let rules = Arc::new(RuleSet::assemble(vec![read_file("other.yml", text)]));
    live.with_rules(Arc::clone(&rules), at(60));
    let mut next = found(3, 70, 0, "web-01", "dev1");
    next.found.values.clear();
    live.push(next, at(70));
    live.evaluate(at(70));
    // The one that is gone stays as it was; the other is told by its new words, under its number.
    assert_eq!(&*live.alert(sudo).unwrap().alert.rule.title, "sudo");
    let alert = &live.alert(key).unwrap().alert;
    assert_eq!((&*alert.rule.title, alert.count), ("The key", 2));
    assert_eq!(told(&live), ["sudo web-01, key web-01, twice web-01"]);
    // And the same after a restart.
    let kept: Vec<_> = live.retained().collect();
    let mut again = Live::restore(rules, Settings::default(), kept, at(80));
    again.evaluate(at(80));
    assert_eq!(told(&again), told(&live));
}

/// However few matches are kept, and however far from now they are, each is counted in one alert.
#[test]
fn every_match_is_counted_whatever_is_kept() {
    for seed in 0..20 {
        let mut dice = Dice::new(seed);
        let history = history(&mut dice);
        let tight = Settings { horizon: SignedDuration::from_mins(20), matches: 10, ..Settings::default() };
        let mut live = Live::new(Arc::clone(&SET), tight.clone());
        let mut last: Vec<LiveAlert> = Vec::new();
        let mut now = start();
        // As a caller does: what has the same key and is near in time is the same alert.
        let mut note = |live: &mut Live| {
            for AlertChange { what, alert } in live.changes().alerts {
                last.retain(|known| known.number != alert.number && !is_same(known, &alert));
                if !matches!(what, What::Merged { .. } | What::Gone) {
                    last.push(alert);
                }
            }
        };
        for (index, given) in history.iter().enumerate() {
            now = now.max(given.arrival + SignedDuration::from_secs(dice.roll(7_200) as i64));
            live.push(given.clone(), now);
            live.evaluate(now);
            note(&mut live);
            assert!(live.counts().kept <= 10 + 10_000 + 60 || index == 0);
        }
        for _ in 0..20 {
            now += SignedDuration::from_mins(30);
            live.evaluate(now);
            note(&mut live);
        }
        let own = |alert: &&LiveAlert| SET.rules.iter().any(|rule| rule.meta.id == alert.alert.rule.id);
        let counted: u64 = last.iter().filter(own).map(|alert| alert.alert.count).sum();
        assert_eq!(counted, history.len() as u64, "seed {seed}: {:?}", live.counts());
    }
}

fn is_same(a: &LiveAlert, b: &LiveAlert) -> bool {
    let span = |alert: &LiveAlert| alert.alert.first_seen.zip(alert.alert.last_seen);
    let near = match (span(a), span(b)) {
        (Some(a), Some(b)) => b.0.duration_since(a.1).max(a.0.duration_since(b.1)) <= WINDOW,
        (a, b) => a == b,
    };
    a.key == b.key && !a.is_late() && !b.is_late() && near
}

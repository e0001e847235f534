//! How fast the live engine takes matches in order, with the jitter of several sources, and in disorder; and
//! that all three come to the same. `COFFERDAM_MATCHES` says how many, as 200000 in a fast build.

use cofferdam_detect::correlation::sigma::{Correlator, Limits};
use cofferdam_detect::correlation::{AlertKey, RuleHead, Sightings};
use cofferdam_detect::intake::{Cause, Match, MatchedEvent};
use cofferdam_detect::live::{Delivered, ForeignAlert, Live, Settings};
use cofferdam_detect::rule::{RuleSet, read_file};
use cofferdam_detect::time::EventTime;
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RULES: &str = "
{title: fail, id: fail, level: low, logsource: {product: linux}, detection: {s: {f: a}, condition: s}}
---
{title: login, id: login, level: medium, logsource: {product: linux}, detection: {s: {f: b}, condition: s}}
---
{title: sudo, id: sudo, level: medium, logsource: {product: linux}, detection: {s: {f: c}, condition: s}}
---
{title: Guess, id: guess, level: medium, correlation: {type: event_count, rules: [fail], group-by: [ip], timespan: 10m, condition: {gte: 5}}}
---
{title: Spray, id: spray, level: high, correlation: {type: value_count, rules: [fail], group-by: [ip], timespan: 10m, condition: {field: user, gte: 4}}}
---
{title: In, id: in, level: high, correlation: {type: temporal_ordered, rules: [guess, login], group-by: [ip], timespan: 30m}}
";

fn start() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

/// Splitmix64.
fn dice(state: &mut u64, sides: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % sides
}

/// So many matches of 40 addresses that guess passwords on three hosts each, 1,000 a second.
fn history(rules: &RuleSet, count: u64) -> Vec<Delivered> {
    let wants = Correlator::new(rules, Limits::default());
    let mut state = 2026;
    let match_at = |seq: u64, state: &mut u64| {
        let attacker = dice(state, 40);
        let address = format!("203.0.113.{attacker}");
        let host = format!("web-{:02}.example.org", (attacker + dice(state, 3)) % 50);
        let user = ["root", "deploy", "ops1", "dev1", "svc-backup"][dice(state, 5) as usize];
        let rule = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2][dice(state, 10) as usize];
        let entity = |kind, value: &str, role| Entity { kind, value: value.to_owned(), role };
        let at = start() + SignedDuration::from_millis(seq as i64);
        let event = MatchedEvent {
            time: Some(EventTime { at, year_inferred: false, zone_inferred: false }),
            repeated: 1,
            sightings: Sightings {
                entities: vec![
                    entity(EntityKind::Host, &host, Role::Observer),
                    entity(EntityKind::Account, user, Role::Target),
                    entity(EntityKind::Address, &address, Role::Actor),
                ],
                ..Sightings::default()
            },
            what: format!("sshd: failed password for {user} from {address}"),
            failed: rule == 0,
        };
        let value = |name: &Arc<str>| match &**name {
            "ip" => Some(address.clone()),
            "user" => Some(user.to_owned()),
            _ => None,
        };
        let found = Match {
            cause: Cause::Rule(rule),
            record: seq,
            event: Arc::new(event),
            fields: vec![("user.name".into(), user.to_owned())],
            values: wants.wanted(rule).iter().map(value).collect(),
        };
        Delivered { seq, source: "auth".into(), arrival: at, host: None, found }
    };
    (0..count).map(|seq| match_at(seq, &mut state)).collect()
}

/// Alerts by key, with what they count.
type Counted = BTreeMap<String, Vec<(u64, u64, u64)>>;

/// Plays matches as they arrive, judged every ten milliseconds. Prints how fast that was.
fn play(name: &str, rules: &Arc<RuleSet>, history: &[Delivered], spread_ms: u64) -> Counted {
    let mut state = 7;
    let mut order: Vec<(Timestamp, usize)> = (0..history.len())
        .map(|index| {
            let late = if spread_ms == 0 { 0 } else { dice(&mut state, spread_ms) };
            (history[index].arrival + SignedDuration::from_millis(late as i64), index)
        })
        .collect();
    order.sort();
    let mut live = Live::new(Arc::clone(rules), Settings::default());
    let (mut spent, mut worst, mut joined) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut batch = start();
    for (now, index) in &order {
        let given = history[*index].clone();
        let began = Instant::now();
        live.push(given, *now);
        spent += began.elapsed();
        if now.duration_since(batch) >= SignedDuration::from_millis(10) {
            batch = *now;
            let began = Instant::now();
            live.evaluate(*now);
            live.changes();
            joined += began.elapsed();
            worst = worst.max(began.elapsed());
        }
    }
    let seconds = (spent + joined).as_secs_f64();
    println!(
        "{name}: {:.0} matches a second; {:.2} us each to push, {:.0} % of a core to judge, at most {:.1} ms at once; {:?}",
        history.len() as f64 / seconds,
        spent.as_secs_f64() * 1e6 / history.len() as f64,
        joined.as_secs_f64() / (history.len() as f64 / 1000.0 + spread_ms as f64 / 1000.0) * 100.0,
        worst.as_secs_f64() * 1e3,
        live.counts(),
    );
    let mut now = batch;
    for _ in 0..200 {
        now += SignedDuration::from_secs(10);
        live.evaluate(now);
    }
    let mut counted = Counted::new();
    for alert in live.alerts() {
        let counts = (alert.alert.count, alert.alert.occurrences, alert.alert.evidence_total);
        counted.entry(alert.key.dedup()).or_default().push(counts);
    }
    counted.values_mut().for_each(|alerts| alerts.sort_unstable());
    counted
}

/// Joining takes a few milliseconds for thousands of alerts, and is done again only where they change.
#[test]
fn thousands_of_alerts_are_joined() {
    let rules = Arc::new(RuleSet::assemble(vec![read_file("test.yml", RULES)]));
    let mut live = Live::new(rules, Settings::default());
    let entity = |kind, value: String, role| Entity { kind, value, role };
    for number in 0..5_000_i64 {
        let at = start() + SignedDuration::from_secs(number * 8);
        live.put(ForeignAlert {
            dedup: format!("edr\u{1f}{number}"),
            rule: RuleHead { id: "edr-1".into(), title: "Credential access".into(), level: Level::High },
            level: Level::High,
            first_seen: at,
            last_seen: at,
            count: 1,
            tactics: Vec::new(),
            techniques: Vec::new(),
            entities: vec![
                entity(EntityKind::Host, format!("ws-{:03}", number % 70), Role::Observer),
                entity(EntityKind::Account, format!("user{}", number % 90), Role::Actor),
                entity(EntityKind::Address, format!("198.51.100.{}", number % 250), Role::Actor),
            ],
            source: "edr".into(),
            record: 1,
            what: "credentials were read".to_owned(),
            attempt: false,
            product: None,
            closed: false,
        });
    }
    let now = start() + SignedDuration::from_hours(12);
    let timed = |name: &str, live: &mut Live, second| {
        let began = Instant::now();
        live.evaluate(now + SignedDuration::from_secs(second));
        println!(
            "{name}: {:.2} ms, {} incidents",
            began.elapsed().as_secs_f64() * 1e3,
            live.incidents().count()
        );
    };
    timed("5,000 alerts joined first", &mut live, 0);
    let mut one = live.foreign(&AlertKey::foreign("edr\u{1f}7")).cloned().unwrap();
    one.entities.truncate(1);
    live.put(one);
    timed("one of them changed", &mut live, 5);
    timed("nothing changed", &mut live, 10);
    let joined: usize = live.incidents().map(|incident| incident.alerts.len()).sum();
    assert_eq!(joined, 5_000);
}

#[test]
fn any_order_comes_to_the_same_and_costs_little() {
    let count = std::env::var("COFFERDAM_MATCHES").ok().and_then(|count| count.parse().ok()).unwrap_or(4_000);
    let rules = Arc::new(RuleSet::assemble(vec![read_file("test.yml", RULES)]));
    assert_eq!(rules.problems, []);
    let history = history(&rules, count);
    let sorted = play("in order", &rules, &history, 0);
    assert_eq!(play("1 s of jitter", &rules, &history, 1_000), sorted);
    assert_eq!(play("5 min of disorder", &rules, &history, 300_000), sorted);
    let mut live = Live::new(Arc::clone(&rules), Settings::default());
    let now = start() + SignedDuration::from_millis(count as i64);
    for given in &history {
        live.push(given.clone(), now);
    }
    live.evaluate(now);
    let kept: Vec<_> = live.retained().collect();
    let began = Instant::now();
    let mut again = Live::restore(Arc::clone(&rules), Settings::default(), kept, now);
    again.settle(now);
    println!("restored in {:.2} s", began.elapsed().as_secs_f64());
    assert_eq!(again.alerts().count(), live.alerts().count());
}

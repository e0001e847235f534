//! What comes of a history that is delivered late, twice and with restarts is what comes of it sorted.

use super::{Delivered, Live, Retained, Settings};
use crate::correlation::sigma::{Correlator, Limits};
use crate::correlation::{Alert, Casework, Found, Matches, Order, Sightings, join};
use crate::intake::{Cause, Match, MatchedEvent};
use crate::rule::{RuleSet, read_file};
use crate::time::EventTime;
use cofferdam_vocabulary::{Entity, EntityKind, Role};
use jiff::{SignedDuration, Timestamp};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

const RULES: &str = "
{title: fail, id: fail, level: low, logsource: {product: linux}, detection: {s: {f: a}, condition: s}}
---
{title: login, id: login, level: informational, logsource: {product: linux}, detection: {s: {f: b}, condition: s}}
---
{title: sudo, id: sudo, level: medium, tags: [attack.privilege-escalation], logsource: {product: linux}, detection: {s: {f: c}, condition: s}}
---
{title: key, id: key, level: high, tags: [attack.persistence], logsource: {product: linux}, detection: {s: {f: d}, condition: s}}
---
{title: scan, id: scan, level: medium, logsource: {product: linux}, detection: {s: {f: e}, condition: s}}
---
{title: Guess, id: guess, level: medium, tags: [attack.credential-access], correlation: {type: event_count, rules: [fail], group-by: [ip], timespan: 10m, condition: {gte: 5}}}
---
{title: Spray, id: spray, level: high, correlation: {type: value_count, rules: [fail], group-by: [ip], timespan: 20m, condition: {field: user, gte: 4}}}
---
{title: In, id: in, level: high, tags: [attack.initial-access], correlation: {type: temporal_ordered, rules: [guess, login], group-by: [ip], timespan: 30m}}
---
{title: Slow, id: slow, level: medium, correlation: {type: event_count, rules: [fail], group-by: [ip], timespan: 2h, condition: {gte: 6}}, cofferdam: {unless: guess}}
---
{title: Few, id: few, level: low, correlation: {type: event_count, rules: [sudo], group-by: [host], timespan: 15m, condition: {lt: 3}}}
---
{title: Burst, id: burst, level: medium, correlation: {type: event_count, rules: [scan, key], group-by: [host], window: session, gap: 5m, timespan: 1h, condition: {gte: 4}}}
---
{title: Round, id: round, level: medium, correlation: {type: temporal, rules: [sudo, key, few], group-by: [host], window: tumbling, timespan: 1h}}
---
{title: Sum, id: sum, level: low, correlation: {type: value_sum, rules: [scan], group-by: [host], timespan: 10m, condition: {field: n, gte: 20}}}
---
{title: Alone, id: alone, level: high, correlation: {type: temporal_ordered, rules: [login, key, sudo], group-by: [host], timespan: 20m, condition: (login and key) and not sudo}}
---
{title: Top, id: top, level: critical, correlation: {type: event_count, rules: [in, burst, alone], timespan: 3h, condition: {gte: 3}}}
";

pub(super) static SET: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let set = RuleSet::assemble(vec![read_file("test.yml", RULES)]);
    assert_eq!(set.problems, []);
    Arc::new(set)
});

/// Mistakes that this simulation must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// What comes late is added to a state that has taken later matches.
    WrongMark,
    /// Windows are ended by the clock as if nothing could still come.
    HastyClock,
    /// A restart begins without the last match.
    Forgetful,
}

thread_local! {
    static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// Whether the mistake is being made.
pub(super) fn makes(fault: Fault) -> bool {
    FAULT.get() == Some(fault)
}

/// Splitmix64.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

pub(super) fn start() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

/// Attackers that work their way through hosts, and accounts that do their daily work, over some hours.
pub(super) fn history(dice: &mut Dice) -> Vec<Delivered> {
    let wants = Correlator::new(&SET, Limits::default());
    let mut out: Vec<Delivered> = Vec::new();
    let sources: [Arc<str>; 3] = ["auth".into(), "web".into(), "edge".into()];
    // The clock of the last one may be wrong.
    let ahead = if dice.one_in(3) { dice.roll(2 * 3600) } else { 0 };
    for attacker in 0..=dice.roll(5) {
        let mut at = dice.roll(4 * 3600) * 1000;
        let hosts = 1 + dice.roll(4);
        for _ in 0..dice.roll(60) {
            at += match dice.roll(12) {
                0 => dice.roll(3_600_000),
                1..4 => dice.roll(300_000),
                4..6 => 0,
                _ => dice.roll(20_000),
            };
            let rule = [0, 0, 0, 0, 1, 2, 3, 4, 4, 4][dice.roll(10) as usize];
            let time = start() + SignedDuration::from_millis(at.min(8 * 3600 * 1000) as i64);
            let seq = out.len() as u64;
            let mut given = delivered(dice, &wants, rule, (attacker, hosts), time, seq, &sources);
            if given.source == sources[2] && given.found.event.time.is_some() {
                given.arrival -= SignedDuration::from_secs(ahead as i64);
            }
            out.push(given);
        }
    }
    out
}

fn delivered(
    dice: &mut Dice,
    wants: &Correlator,
    rule: u32,
    (attacker, hosts): (u64, u64),
    time: Timestamp,
    seq: u64,
    sources: &[Arc<str>; 3],
) -> Delivered {
    let entity = |kind, value: &str, role| Entity { kind, value: value.to_owned(), role };
    let host = format!("web-{:02}.example.org", (attacker + dice.roll(hosts)) % 6);
    let address = format!("192.0.2.{}", 10 + attacker);
    let user = ["root", "deploy", "ops1", "dev1", "svc-backup", "ops2"][dice.roll(6) as usize];
    let mut entities = vec![
        entity(EntityKind::Host, &host, Role::Observer),
        entity(EntityKind::Account, user, Role::Target),
    ];
    if !dice.one_in(3) {
        entities.push(entity(EntityKind::Address, &address, Role::Actor));
    }
    let links = if dice.one_in(3) { vec![format!("{host}/{}", dice.roll(9))] } else { Vec::new() };
    let number = dice.roll(9).to_string();
    let value = |name: &Arc<str>| match &**name {
        "ip" => Some(address.clone()),
        "host" => Some(host.clone()),
        "user" => Some(user.to_owned()),
        "n" => Some(number.clone()),
        _ => None,
    };
    let untimed = dice.one_in(40);
    let event = MatchedEvent {
        time: (!untimed).then_some(EventTime { at: time, year_inferred: false, zone_inferred: false }),
        repeated: 1 + u32::from(dice.one_in(20)),
        sightings: Sightings { entities, links, session: None, is_domain_controller: dice.one_in(60) },
        what: format!("record {seq}"),
        failed: rule == 0,
    };
    let found = Match {
        cause: Cause::Rule(rule),
        record: seq,
        event: Arc::new(event),
        fields: vec![("user".into(), user.to_owned())],
        values: wants.wanted(rule).iter().map(value).collect(),
    };
    Delivered { seq, source: Arc::clone(&sources[dice.roll(3) as usize]), arrival: time, host: None, found }
}

struct All<'d>(&'d [Delivered]);

impl Matches for All<'_> {
    fn found(&self, handle: u64) -> Option<Found<'_>> {
        let given = self.0.get(handle as usize)?;
        Some(Found {
            file: &given.source,
            record: given.found.record,
            event: &given.found.event,
            fields: &given.found.fields,
            host: None,
        })
    }
}

/// An alert without its id, and the alerts with which it is an incident.
type Told = BTreeSet<BTreeSet<String>>;

fn told(alert: &Alert) -> String {
    let mut alert = alert.clone().settled();
    (alert.id, alert.incident) = (String::new(), None);
    serde_json::to_string(&alert).unwrap()
}

/// As an investigation does it. Alerts without an incident stand alone, marked.
fn sorted(history: &[Delivered]) -> Told {
    let mut order: Vec<usize> = (0..history.len()).collect();
    let at = |given: &Delivered| given.found.event.time.map_or(given.arrival, |time| time.at);
    order.sort_by_key(|&index| {
        let given = &history[index];
        (at(given), Arc::clone(&given.source), given.seq, given.found.rule())
    });
    let mut casework = Casework::new(&SET);
    for index in order {
        let given = &history[index];
        let order = Order { handle: index as u64, at: Some(at(given)), found: &given.found };
        casework.take(&SET, order, &All(history), &mut |_| {});
    }
    casework.finish(&SET, &All(history), &mut |_| {});
    let (alerts, _) = casework.into_book().finish(1);
    let mut left: BTreeSet<usize> = (0..alerts.len()).collect();
    let mut out: Told = BTreeSet::new();
    for joined in join(&alerts) {
        joined.alerts.iter().for_each(|at| assert!(left.remove(at)));
        out.insert(joined.alerts.iter().map(|at| told(&alerts[*at])).collect());
    }
    out.extend(left.into_iter().map(|at| BTreeSet::from([format!("alone {}", told(&alerts[at]))])));
    out
}

fn of_live(live: &Live) -> Told {
    let mut left: BTreeSet<u64> = live.alerts().map(|alert| alert.number).collect();
    let mut out: Told = BTreeSet::new();
    for incident in live.incidents() {
        incident.alerts.iter().for_each(|number| assert!(left.remove(number)));
        out.insert(incident.alerts.iter().map(|number| told(&live.alert(*number).unwrap().alert)).collect());
    }
    out.extend(
        { left.into_iter() }
            .map(|number| BTreeSet::from([format!("alone {}", told(&live.alert(number).unwrap().alert))])),
    );
    out
}

fn restart(live: &mut Live, now: Timestamp) -> Live {
    let written: Vec<String> = live.retained().map(|kept| serde_json::to_string(&kept).unwrap()).collect();
    restored(&written, now)
}

fn restored(written: &[String], now: Timestamp) -> Live {
    let forgotten = usize::from(makes(Fault::Forgetful));
    let read = written[..written.len().saturating_sub(forgotten)]
        .iter()
        .map(|text| serde_json::from_str::<Retained>(text).unwrap());
    Live::restore(Arc::clone(&SET), Settings::default(), read, now)
}

/// One seed: a history, how it is delivered, and what comes of it.
fn play(seed: u64) -> (Told, Told) {
    let mut dice = Dice(seed);
    let history = history(&mut dice);
    let want = sorted(&history);
    let spread = [0, 1_000, 30_000, 300_000, 3_600_000][dice.roll(5) as usize];
    let mut order: Vec<(Timestamp, usize)> = Vec::new();
    for (index, given) in history.iter().enumerate() {
        let late = if spread > 0 && !dice.one_in(3) { dice.roll(spread) } else { 0 };
        order.push((given.arrival + SignedDuration::from_millis(late as i64), index));
        if dice.one_in(8) {
            order.push((
                given.arrival + SignedDuration::from_millis((late + dice.roll(90_000)) as i64),
                index,
            ));
        }
    }
    order.sort();
    let mut live = Live::new(Arc::clone(&SET), Settings::default());
    let mut now = start() - SignedDuration::from_hours(3);
    let mut checkpoint: (usize, Vec<String>) = (0, Vec::new());
    let mut next = 0;
    let mut crashes = 0;
    while let Some(&(at, index)) = order.get(next) {
        now = now.max(at);
        next += 1;
        live.push(history[index].clone(), now);
        match dice.roll(60) {
            0..20 => {
                live.evaluate(now);
            }
            20..23 => {
                live.changes();
            }
            23 => live = restart(&mut live, now),
            24 => {
                checkpoint =
                    (next, live.retained().map(|kept| serde_json::to_string(&kept).unwrap()).collect());
            }
            25 if crashes < 4 => {
                crashes += 1;
                live = restored(&checkpoint.1, now);
                next = checkpoint.0.saturating_sub(dice.roll(3) as usize);
            }
            _ => {}
        }
    }
    for _ in 0..14 {
        now += SignedDuration::from_mins(60);
        for _ in 0..3 {
            now += SignedDuration::from_secs(2);
            live.evaluate(now);
        }
    }
    live.changes();
    (of_live(&live), want)
}

#[test]
fn every_delivery_gives_what_the_sorted_history_gives() {
    let seeds = std::env::var("COFFERDAM_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(150_u64);
    let (mut alerts, mut incidents) = (0, 0);
    for seed in 0..seeds {
        let (got, want) = play(seed);
        if got != want {
            let missing: Vec<_> = want.difference(&got).collect();
            let more: Vec<_> = got.difference(&want).collect();
            panic!("seed {seed}:\nmissing {missing:#?}\nmore {more:#?}");
        }
        alerts += want.iter().map(BTreeSet::len).sum::<usize>();
        incidents += want.iter().filter(|incident| incident.len() > 1).count();
    }
    println!("{seeds} seeds, {alerts} alerts, {incidents} incidents of several alerts");
    assert!(incidents > 0);
}

#[test]
fn mistakes_are_noticed() {
    for fault in [Fault::WrongMark, Fault::HastyClock, Fault::Forgetful] {
        FAULT.set(Some(fault));
        let noticed = (0..60).position(|seed| {
            let (got, want) = play(seed);
            got != want
        });
        FAULT.set(None);
        assert!(noticed.is_some(), "{fault:?} goes unnoticed");
    }
}

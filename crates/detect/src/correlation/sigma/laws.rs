//! What holds for every history.

use super::tests::{moment, rules};
use super::{Correlator, Limits, Outcome, Seen};
use crate::rule::RuleSet;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static SLIDING: LazyLock<RuleSet> = LazyLock::new(|| {
    rules(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 100s, condition: {gte: 4}}}",
    )
});
static ALL: LazyLock<RuleSet> = LazyLock::new(|| {
    rules("
    {title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 100s, condition: {gte: 4}}, cofferdam: {unless: S}}
    {title: S, correlation: {type: event_count, rules: [a, b], group-by: [ip], window: session, gap: 20s, timespan: 300s, condition: {gte: 4}}}
    {title: V, correlation: {type: value_count, rules: [a, c], timespan: 100s, condition: {field: ip, gte: 4}}}
    {title: E, correlation: {type: event_count, rules: [b], group-by: [ip], timespan: 60s, condition: {eq: 2}}}
    {title: T, correlation: {type: temporal, rules: [a, E, c], group-by: [ip], window: tumbling, timespan: 300s}}
    {title: O, correlation: {type: temporal_ordered, rules: [C, b, c], group-by: [ip], timespan: 300s}}
    {title: W, correlation: {type: temporal_ordered, rules: [a, b, c], group-by: [ip], timespan: 60s, condition: (a or b) and not c}}
    {title: Sum, correlation: {type: value_sum, rules: [a, b], timespan: 60s, condition: {field: ip, gte: 9}}}
    {title: Avg, correlation: {type: value_avg, rules: [a, b], window: session, gap: 20s, timespan: 60s, condition: {field: ip, gte: 2.5}}}
    {title: P, correlation: {type: value_percentile, rules: [a, Sum], timespan: 60s, condition: {field: ip, percentile: 75, gt: 2, lte: 4}}}
    {title: Min, correlation: {type: value_min, rules: [c, E], timespan: 60s, condition: {field: ip, lt: 2}}}")
});
/// Windows that do not depend on what comes, in every kind.
static TUMBLING: LazyLock<RuleSet> = LazyLock::new(|| {
    rules("
    {title: C, correlation: {type: event_count, rules: [a], group-by: [ip], window: tumbling, timespan: 100s, condition: {gte: 3}}}
    {title: E, correlation: {type: event_count, rules: [a, b], group-by: [ip], window: tumbling, timespan: 100s, condition: {eq: 2}}}
    {title: V, correlation: {type: value_count, rules: [a, c], window: tumbling, timespan: 100s, condition: {field: ip, gte: 4}}}
    {title: S, correlation: {type: value_sum, rules: [b], window: tumbling, timespan: 100s, condition: {field: ip, gt: 9}}}
    {title: A, correlation: {type: value_avg, rules: [b, c], window: tumbling, timespan: 100s, condition: {field: ip, gte: 2.5}}}
    {title: L, correlation: {type: value_min, rules: [b], window: tumbling, timespan: 100s, condition: {field: ip, lte: 1}}}
    {title: H, correlation: {type: value_max, rules: [c], window: tumbling, timespan: 100s, condition: {field: ip, gte: 5}}}
    {title: P, correlation: {type: value_percentile, rules: [a, b, c], window: tumbling, timespan: 100s, condition: {field: ip, percentile: 40, gte: 2, lt: 4}}}
    {title: T, correlation: {type: temporal, rules: [a, b, c], group-by: [ip], window: tumbling, timespan: 100s}}
    {title: N, correlation: {type: temporal, rules: [a, b, c], group-by: [ip], window: tumbling, timespan: 100s, condition: a and not (b or c)}}
    {title: O, correlation: {type: temporal_ordered, rules: [a, b], group-by: [ip], window: tumbling, timespan: 100s}}
    {title: X, correlation: {type: event_count, rules: [C, T], window: tumbling, timespan: 500s, condition: {gte: 2}}}")
});

/// Rule, second, occurrences, group.
type Event = (u32, i64, u32, u8);

fn history() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..3_u32, 0..1500_i64, 1..3_u32, 0..6_u8), 0..160)
}

fn time(second: i64) -> Timestamp {
    moment("0s") + SignedDuration::from_secs(second)
}

/// The one door: pushes events, numbered from `start`.
fn push(correlator: &mut Correlator, events: &[Event], start: u64, out: &mut Vec<Outcome>) {
    for (handle, &(rule, second, count, ip)) in (start..).zip(events) {
        let ip = ip.to_string();
        let values = vec![Some(ip.as_str()); correlator.wanted(rule).len()];
        correlator.push(&Seen { rule, at: time(second), count, handle, values: &values }, out);
    }
}

fn fired(rules: &RuleSet, events: &[Event]) -> Vec<Outcome> {
    let mut correlator = Correlator::new(rules, Limits::default());
    let mut out = Vec::new();
    push(&mut correlator, events, 0, &mut out);
    correlator.finish(&mut out);
    assert_eq!(correlator.groups(), 0);
    out
}

/// Groups, and when they fire, by counting every window anew.
fn reference(events: &[Event]) -> BTreeSet<(String, Timestamp)> {
    let mut groups: BTreeMap<u8, Vec<(i64, u32)>> = BTreeMap::new();
    for &(rule, second, count, ip) in events {
        if rule == 0 {
            groups.entry(ip).or_default().push((second, count));
        }
    }
    let mut firings = BTreeSet::new();
    for (ip, events) in groups {
        let (mut last, mut since) = (None::<i64>, i64::MIN);
        for (index, &(at, _)) in events.iter().enumerate() {
            if last.is_some_and(|last| at < last + 100) {
                (last, since) = (Some(at), at);
                continue;
            }
            last = None;
            let window = events[..=index].iter().filter(|(other, _)| *other > at - 100 && *other > since);
            if window.map(|(_, count)| count).sum::<u32>() >= 4 {
                firings.insert((ip.to_string(), time(at)));
                last = Some(at);
            }
        }
    }
    firings
}

fn firings(outcomes: &[Outcome]) -> BTreeSet<(String, Timestamp)> {
    let fired = |outcome: &Outcome| match outcome {
        Outcome::Fired(firing) => Some((firing.group[0].1.clone(), firing.at)),
        Outcome::Extended { .. } => None,
    };
    outcomes.iter().filter_map(fired).collect()
}

/// Correlation, group and stretch.
type InStretch = (u32, Vec<(String, String)>, i64);

/// What fired in which stretch.
fn stretches(outcomes: &[Outcome]) -> Vec<InStretch> {
    let mut fired: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Fired(firing) => {
                let length = if firing.correlation == 11 { 500 } else { 100 };
                Some((firing.correlation, firing.group.clone(), firing.at.as_second().div_euclid(length)))
            }
            Outcome::Extended { .. } => None,
        })
        .collect();
    fired.sort_unstable();
    fired
}

proptest! {
    #[test]
    fn a_sorted_history_fires_as_the_reference(mut events in history()) {
        events.sort_by_key(|event| event.1);
        prop_assert_eq!(firings(&fired(&SLIDING, &events)), reference(&events));
    }

    #[test]
    fn groups_fire_whatever_the_order_within_the_lateness(mut events in history(), jitter in prop::collection::vec(0..300_i64, 160)) {
        events.sort_by_key(|event| event.1);
        let sorted = events.clone();
        let mut jittered: Vec<_> = events.into_iter().zip(jitter).collect();
        jittered.sort_by_key(|(event, jitter)| event.1 + jitter);
        let late: Vec<_> = jittered.into_iter().map(|(event, _)| event).collect();
        let groups = |firings: BTreeSet<(String, Timestamp)>| firings.into_iter().map(|(group, _)| group).collect::<BTreeSet<_>>();
        prop_assert_eq!(groups(firings(&fired(&SLIDING, &late))), groups(reference(&sorted)));
    }

    #[test]
    fn late_events_change_no_firing_of_fixed_windows(mut events in history(), jitter in prop::collection::vec(0..300_i64, 160)) {
        events.sort_by_key(|event| event.1);
        let mut jittered: Vec<_> = events.iter().zip(jitter).collect();
        jittered.sort_by_key(|(event, jitter)| event.1 + jitter);
        let late: Vec<_> = jittered.into_iter().map(|(event, _)| *event).collect();
        prop_assert_eq!(stretches(&fired(&TUMBLING, &late)), stretches(&fired(&TUMBLING, &events)));
    }

    #[test]
    fn a_prefix_then_the_rest_equals_the_whole(events in history(), cut in 0..160_usize) {
        let whole = fired(&ALL, &events);
        let (prefix, rest) = events.split_at(cut.min(events.len()));
        let mut correlator = Correlator::new(&ALL, Limits::default());
        let (mut first, mut second) = (Vec::new(), Vec::new());
        push(&mut correlator, prefix, 0, &mut first);
        push(&mut correlator, rest, prefix.len() as u64, &mut second);
        correlator.finish(&mut second);
        first.extend(second);
        prop_assert_eq!(first, whole);
    }

    #[test]
    fn tight_limits_cost_memory_only(events in history(), groups in 0..4_usize) {
        let limits = Limits { groups, events_per_group: 0, lateness: SignedDuration::ZERO };
        let mut correlator = Correlator::new(&ALL, limits);
        let mut out = Vec::new();
        for event in &events {
            push(&mut correlator, &[*event], 0, &mut out);
            prop_assert!(correlator.groups() <= groups.max(1));
        }
        correlator.finish(&mut out);
        prop_assert_eq!(correlator.groups(), 0);
    }

    #[test]
    fn no_time_is_too_strange(seconds in prop::collection::vec(Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(), 0..60)) {
        let mut correlator = Correlator::new(&ALL, Limits::default());
        let mut out = Vec::new();
        for (handle, &second) in (0..).zip(&seconds) {
            let seen = Seen { rule: handle % 3, at: Timestamp::from_second(second).unwrap(), count: u32::MAX, handle: 0, values: &[Some("1")] };
            correlator.push(&seen, &mut out);
        }
        correlator.finish(&mut out);
    }
}

/// Nothing of a flood of strangers stays, and one who returns is still counted. `COFFERDAM_KEYS` says
/// how many strangers, as 10000000 in a release build.
#[test]
fn distinct_groups_keep_memory_bounded() {
    let keys = std::env::var("COFFERDAM_KEYS").ok().and_then(|keys| keys.parse().ok()).unwrap_or(200_000_u64);
    let set = rules(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 24h, condition: {gte: 5}}}",
    );
    let limits = Limits { groups: 20_000.max(keys as usize / 50), ..Limits::default() };
    let mut correlator = Correlator::new(&set, limits);
    let mut out = Vec::new();
    let mut name = String::new();
    let started = std::time::Instant::now();
    for key in 0..keys {
        use std::fmt::Write;
        name.clear();
        // Every hundredth event is of one who returns.
        let who = if key % 100 == 0 { key % 1000 } else { key };
        write!(name, "2001:db8::{:x}:{:x}", who >> 16, who & 0xffff).unwrap();
        let at = time((key / 1000) as i64);
        correlator.push(&Seen { rule: 0, at, count: 1, handle: key, values: &[Some(&name)] }, &mut out);
        assert!(correlator.groups() <= limits.groups);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{keys} keys in {seconds:.1} s, {:.0} a second, dropped {}",
        keys as f64 / seconds,
        correlator.dropped()
    );
    assert_eq!(firings(&out).len(), 10);
    assert!(correlator.dropped() > 0);
}

/// However many different numbers come to however many groups, what is kept of them is bounded, and
/// what is joined for lack of room still adds up.
#[test]
fn numbers_keep_memory_bounded() {
    let set = rules(
        "
        {title: S, correlation: {type: value_sum, rules: [a], timespan: 24h, condition: {field: ip, gte: 1249975000}}}
        {title: P, correlation: {type: value_percentile, rules: [a], timespan: 24h, condition: {field: ip, percentile: 90, gt: 44998.5, lt: 44999.5}}}
        {title: M, correlation: {type: value_min, rules: [a], group-by: [ip], timespan: 24h, condition: {field: ip, lt: 0}}}
        {title: N, correlation: {type: temporal, rules: [a, b], group-by: [ip], timespan: 24h, condition: a and not b}}",
    );
    let limits = Limits { groups: 1_000, events_per_group: 500, ..Limits::default() };
    let mut correlator = Correlator::new(&set, limits);
    let mut out = Vec::new();
    for number in 0..50_000_u64 {
        let text = number.to_string();
        let seen = Seen {
            rule: 0,
            at: time((number / 10) as i64),
            count: 1,
            handle: number,
            values: &[Some(&text)],
        };
        correlator.push(&seen, &mut out);
        assert!(correlator.groups() <= 1_000 && correlator.entries() <= 1_000 + 2 * 501);
    }
    correlator.finish(&mut out);
    let fired = |correlation| {
        let fired = |outcome: &&Outcome| matches!(outcome, Outcome::Fired(firing) if firing.correlation == correlation);
        out.iter().filter(fired).count()
    };
    // The sum of all numbers below 50,000 is reached by the last of them, and nine tenths are at most 44,999.
    assert_eq!((fired(0), fired(1), fired(2)), (1, 1, 0));
}

/// A flood on one group costs the same for each event, before and after it fires.
#[test]
fn a_flood_on_one_group_is_followed() {
    let set = rules(
        "
        {title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 24h, condition: {gte: 5}}}
        {title: M, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 1h, condition: {gte: 1000000}}}
        {title: V, correlation: {type: value_count, rules: [a], timespan: 1h, condition: {field: ip, gte: 2}}}
        {title: S, correlation: {type: value_sum, rules: [a], timespan: 1h, condition: {field: ip, gte: 2000000}}}
        {title: P, correlation: {type: value_percentile, rules: [a], timespan: 1h, condition: {field: ip, percentile: 99, gte: 2}}}",
    );
    let mut correlator = Correlator::new(&set, Limits::default());
    let mut out = Vec::new();
    for handle in 0..300_000 {
        let at = time((handle / 1000) as i64);
        let count = if handle == 299_999 { 700_001 } else { 1 };
        correlator.push(&Seen { rule: 0, at, count, handle, values: &[Some("1")] }, &mut out);
    }
    let fired: Vec<_> = out.iter().filter(|outcome| matches!(outcome, Outcome::Fired(_))).collect();
    assert_eq!(fired.len(), 2);
    assert!(matches!(fired[1], Outcome::Fired(firing) if firing.events == 1_000_000));
}

#[test]
fn groups_are_forgotten_as_time_goes_by() {
    let mut correlator = Correlator::new(&SLIDING, Limits::default());
    let mut out = Vec::new();
    for second in 0..5000 {
        let ip = second.to_string();
        let seen = Seen { rule: 0, at: time(second), count: 1, handle: 0, values: &[Some(&ip)] };
        correlator.push(&seen, &mut out);
        // The timespan, the lateness, and how far the clock is behind.
        assert!(correlator.groups() <= 100 + 300 + 16);
    }
    assert_eq!(correlator.dropped(), 0);
}

//! What correlations make of short histories.
//!
//! Events are written `rule@time`, then `*3` for three occurrences and `/ip/user` for values other than
//! `1` and `u`; `-` is no value; `now@time` is the caller's clock. The answer is written
//! `Title[group]@time=occurrences{handles}` for a firing and `+handle>firing` for an event that extends
//! one; events are numbered from 1, firings from 0. What comes when nothing else comes stands after `|`.

use super::{Correlator, Limits, Outcome, Seen};
use crate::rule::{RuleSet, read_file};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;

const RULES: &str = "
{title: a, logsource: {product: linux}, detection: {s: {f: a}, condition: s}}
---
{title: b, logsource: {product: linux}, detection: {s: {f: b}, condition: s}}
---
{title: c, logsource: {product: linux}, detection: {s: {f: c}, condition: s}}
";

/// A set of the rules `a`, `b`, `c` and the correlations, one a line.
pub(super) fn rules(correlations: &str) -> RuleSet {
    let correlations = correlations.trim().lines().map(|line| format!("---\n{}\n", line.trim()));
    let text = format!("{RULES}{}", correlations.collect::<String>());
    let set = RuleSet::assemble(vec![read_file("test.yml", &text)]);
    assert_eq!(set.problems, []);
    set
}

pub(super) fn moment(time: &str) -> Timestamp {
    let start: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    start + time.parse::<SignedDuration>().unwrap_or_else(|_| panic!("{time} is no time"))
}

fn told(at: Timestamp) -> String {
    format!("{:#}", at.duration_since(moment("0s"))).replace(' ', "").replace('µ', "u")
}

/// Plays events and writes down what came of them.
fn play(correlator: &mut Correlator, set: &RuleSet, events: &str) -> String {
    let mut out = Vec::new();
    for (handle, event) in (1..).zip(events.split_whitespace()) {
        let (rule, rest) = event.split_once('@').unwrap();
        let mut values = rest.split('/');
        let (time, count) = values.next().map(|time| time.split_once('*').unwrap_or((time, "1"))).unwrap();
        if rule == "now" {
            correlator.advance(moment(time), &mut out);
            continue;
        }
        let ip = values.next().unwrap_or("1");
        let user = values.next().unwrap_or("u");
        let rule = set.rules.iter().position(|known| *known.meta.title == *rule).unwrap() as u32;
        let value = |field: &std::sync::Arc<str>| match &**field {
            "ip" | "src" => Some(ip).filter(|ip| *ip != "-"),
            "user" => Some(user).filter(|user| *user != "-"),
            _ => None,
        };
        let values: Vec<_> = correlator.wanted(rule).iter().map(value).collect();
        let seen = Seen { rule, at: moment(time), count: count.parse().unwrap(), handle, values: &values };
        correlator.push(&seen, &mut out);
    }
    let pushed = out.len();
    correlator.finish(&mut out);
    let mut text = String::new();
    for (index, outcome) in out.iter().enumerate() {
        text += if index == pushed { " | " } else { " " };
        match outcome {
            Outcome::Fired(firing) => {
                let title = &set.correlations[firing.correlation as usize].meta.title;
                let group: Vec<_> = firing.group.iter().map(|(_, value)| value.as_str()).collect();
                let members: Vec<_> = firing.members.iter().map(u64::to_string).collect();
                let (group, members) = (group.join(","), members.join(","));
                write!(text, "{title}[{group}]@{}={}{{{members}}}", told(firing.at), firing.events).unwrap();
            }
            Outcome::Extended { firing, handle, .. } => write!(text, "+{handle}>{}", firing.0).unwrap(),
        }
    }
    text.trim().to_owned()
}

/// The one door: correlations, events, and what must come of them.
#[track_caller]
fn check(correlations: &str, cases: &[(&str, &str)]) {
    let set = rules(correlations);
    for (events, want) in cases {
        let mut correlator = Correlator::new(&set, Limits::default());
        assert_eq!(correlator.problems(), []);
        let got = play(&mut correlator, &set, events);
        assert_eq!(got, *want, "for {events}");
        assert_eq!(correlator.groups(), 0, "nothing is left of {events}");
    }
}

#[test]
fn a_sliding_window_ends_just_before_its_first_event() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gte: 3}}}",
        &[
            ("a@0s a@1m a@2m", "C[1]@2m=3{1,2,3}"),
            ("a@0s a@1m a@9m59s", "C[1]@9m59s=3{1,2,3}"),
            ("a@1us a@1m a@10m", "C[1]@10m=3{1,2,3}"),
            ("a@0s a@1m a@10m", ""),
            ("a@0s a@1m a@10m a@10m1us", "C[1]@10m1us=3{2,3,4}"),
            ("a@0s a@0s a@0s", "C[1]@0s=3{1,2,3}"),
            ("a@0s a@1m a@2m/2 a@3m/2 a@4m/2", "C[2]@4m=3{3,4,5}"),
            ("b@0s b@0s b@0s", ""),
        ],
    );
}

#[test]
fn an_event_counts_as_often_as_it_occurred() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gt: 3}}}",
        &[
            ("a@0s*4", "C[1]@0s=4{1}"),
            ("a@0s*3", ""),
            ("a@0s*3 a@10m*3 a@11m", "C[1]@11m=4{2,3}"),
            ("a@0s*3 a@1m*0", "C[1]@1m=4{1,2}"),
            ("a@0s*9 a@1m*5", "C[1]@0s=9{1} +2>0"),
        ],
    );
}

#[test]
fn a_match_without_a_group_is_not_counted() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a, b], group-by: [ip, user], timespan: 10m, condition: {gte: 2}}}",
        &[
            ("a@0s/- a@1s/-", ""),
            ("a@0s/1/- a@1s/1/-", ""),
            ("a@0s/1/x b@1s/1/x", "C[1,x]@1s=2{1,2}"),
            ("a@0s/1x/y b@1s/1/xy", ""),
            ("a@0s//x b@1s//x", "C[,x]@1s=2{1,2}"),
        ],
    );
    check(
        "{title: C, correlation: {type: event_count, rules: [a, b], timespan: 10m, condition: {gte: 2}}}",
        &[("a@0s/- b@1s/2", "C[]@1s=2{1,2}")],
    );
}

#[test]
fn a_firing_is_extended_until_the_window_is_empty() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gte: 2}}}",
        &[
            ("a@0s a@1m a@10m59s a@20m", "C[1]@1m=2{1,2} +3>0 +4>0"),
            ("a@0s a@1m a@11m", "C[1]@1m=2{1,2}"),
            ("a@0s a@1m a@11m a@12m a@13m", "C[1]@1m=2{1,2} C[1]@12m=2{3,4} +5>1"),
        ],
    );
}

#[test]
fn late_events_take_their_place() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gte: 3}}}",
        &[
            // Completed by the last in time, not by the last to come.
            ("a@5m a@6m a@2m", "C[1]@6m=3{3,1,2}"),
            ("a@6m a@12m a@8m a@11m", "C[1]@12m=3{1,3,2} +4>0"),
            ("a@0s a@12m a@9m59s a@8m", "C[1]@9m59s=3{1,4,3} +2>0"),
            ("a@0s a@13m a@9m a@8m a@30m", "C[1]@9m=3{1,4,3} +2>0"),
            ("a@0s a@20m a@10m a@11m", ""),
            ("a@0s a@20m a@10m1us a@11m", "C[1]@20m=3{3,4,2}"),
            // Much too late: a window of its own, and the newer one goes on.
            ("a@100m a@0s a@1m a@101m a@2m a@102m", "C[1]@2m=3{2,3,5} C[1]@1h42m=3{1,4,6}"),
            // The bridge between a firing and what seemed to be a new window.
            ("a@0s a@1m a@2m a@13m a@9m a@14m", "C[1]@2m=3{1,2,3} +5>0 +4>0 +6>0"),
        ],
    );
}

#[test]
fn a_clock_that_runs_ahead_stops_nobody() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gte: 3}}}",
        &[("a@0s a@90000h a@1m a@2m a@90000h/2 a@3m/3 a@4m/3 a@5m/3", "C[1]@2m=3{1,3,4} C[3]@5m=3{6,7,8}")],
    );
}

#[test]
fn a_tumbling_window_is_aligned() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], window: tumbling, timespan: 10m, condition: {gte: 2}}}",
        &[
            ("a@9m a@10m", ""),
            ("a@10m a@19m59s a@20m", "C[1]@19m59s=2{1,2}"),
            ("a@0s a@9m59s a@5m a@10m a@11m", "C[1]@9m59s=2{1,2} +3>0 C[1]@11m=2{4,5}"),
            ("a@9m a@11m a@8m", "C[1]@9m=2{3,1}"),
        ],
    );
}

#[test]
fn a_session_lasts_until_its_gap_or_the_timespan() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], window: session, gap: 30m, timespan: 1h, condition: {gte: 3}}}",
        &[
            ("a@0s a@30m a@1h", "C[1]@1h=3{1,2,3}"),
            ("a@0s a@30m1us a@1h", ""),
            ("a@0s a@30m a@1h1us", ""),
            ("a@0s a@1m a@2m a@20m a@50m a@1h a@61m", "C[1]@2m=3{1,2,3} +4>0 +5>0 +6>0"),
            ("a@0s a@1m a@2m a@33m a@34m a@35m", "C[1]@2m=3{1,2,3} C[1]@35m=3{4,5,6}"),
            // A late event joins two sessions, counting or fired.
            ("a@0s a@32m a@28m", "C[1]@32m=3{1,3,2}"),
            ("a@0s a@1m a@2m a@34m a@30m", "C[1]@2m=3{1,2,3} +5>0 +4>0"),
        ],
    );
}

#[test]
fn values_are_counted_once_each() {
    check(
        "{title: C, correlation: {type: value_count, rules: [a], group-by: [ip], timespan: 10m, condition: {field: user, gte: 3}}}",
        &[
            ("a@0s/1/x a@1m/1/y a@2m/1/x a@3m/1/z", "C[1]@3m=4{1,2,3,4}"),
            ("a@0s/1/x a@1m/1/y a@2m/1/x a@10m/1/z", "C[1]@10m=3{2,3,4}"),
            ("a@0s/1/x a@1m/1/y a@10m/1/z", ""),
            ("a@0s/1/x*9 a@1m/1/y*9", ""),
            ("a@0s/1/x a@1m/1/y a@2m/1/-", ""),
            ("a@0s/1/x a@9m/1/z a@5m/1/y", "C[1]@9m=3{1,3,2}"),
        ],
    );
    check(
        "{title: C, correlation: {type: value_count, rules: [a], timespan: 10m, condition: {field: [ip, user], gte: 3}}}",
        &[("a@0s/1/x a@1m/1/y a@1m/1/y a@2m/2/x", "C[]@2m=4{1,2,3,4}"), ("a@0s/1/x a@0s/2/x a@0s/2/-", "")],
    );
}

#[test]
fn temporal_awaits_every_rule_in_any_order() {
    check(
        "{title: C, correlation: {type: temporal, rules: [a, b, c], group-by: [ip], timespan: 10m}}",
        &[
            ("a@0s b@1m c@2m", "C[1]@2m=3{1,2,3}"),
            ("c@0s a@1m a@2m b@3m", "C[1]@3m=4{1,2,3,4}"),
            ("a@0s a@1m a@2m c@3m", ""),
            ("a@0s b@1m c@10m", ""),
            ("a@0s b@1m c@10m a@10m59s", "C[1]@10m59s=3{2,3,4}"),
            ("a@0s b@1m/2 c@2m", ""),
            ("a@0s b@5m c@3m a@6m", "C[1]@5m=3{1,3,2} +4>0"),
        ],
    );
}

#[test]
fn temporal_ordered_awaits_them_in_turn() {
    check(
        "{title: C, correlation: {type: temporal_ordered, rules: [a, b, c], group-by: [ip], timespan: 10m}}",
        &[
            ("a@0s b@1m c@2m", "C[1]@2m=3{1,2,3}"),
            ("b@0s a@1m c@2m", ""),
            ("b@0s a@1m c@2m b@3m c@4m", "C[1]@4m=4{2,3,4,5}"),
            ("a@0s b@1m c@10m", ""),
            ("a@0s b@1m a@2m b@3m c@11m", "C[1]@11m=3{3,4,5}"),
            ("a@0s c@0s b@0s", "C[1]@0s=3{1,3,2}"),
            ("b@1m c@2m a@0s", "C[1]@2m=3{3,1,2}"),
        ],
    );
    check(
        "{title: C, correlation: {type: temporal_ordered, rules: [a, b], group-by: [ip], window: tumbling, timespan: 10m}}",
        &[("a@9m b@10m", ""), ("b@10m a@11m b@19m", "C[1]@19m=2{2,3}")],
    );
}

#[test]
fn aliases_name_the_fields_of_each_rule() {
    check(
        "{title: C, correlation: {type: temporal, rules: [a, b], group-by: [who], timespan: 10m, aliases: {who: {a: ip, b: user}}}}",
        &[("a@0s/x/y b@1m/z/x", "C[x]@1m=2{1,2}"), ("a@0s/x/y b@1m/x/y", "")],
    );
}

#[test]
fn bounds_from_above_are_judged_at_the_end() {
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {lt: 3}}}",
        &[
            ("a@0s a@1m", "| C[1]@1m=2{1,2}"),
            ("a@0s a@1m a@2m a@3m", ""),
            ("a@0s a@1m now@14m59s", "| C[1]@1m=2{1,2}"),
            ("a@0s a@1m now@16m", "C[1]@1m=2{1,2}"),
            ("a@0s a@10m a@11m a@12m now@40m", "C[1]@0s=1{1}"),
            // In time, though late.
            ("a@0s a@1m now@14m a@9m59s now@1h", ""),
        ],
    );
    check(
        "{title: C, correlation: {type: event_count, rules: [a], group-by: [ip], window: tumbling, timespan: 10m, condition: {gte: 2, lte: 3}}}",
        &[("a@0s a@1m a@2m a@10m a@20m*4", "| C[1]@2m=3{1,2,3}")],
    );
    check(
        "{title: C, correlation: {type: value_count, rules: [a], group-by: [ip], timespan: 10m, condition: {field: user, eq: 2}}}",
        &[("a@0s/1/x a@1m/1/y a@2m/1/y", "| C[1]@2m=3{1,2,3}"), ("a@0s/1/x a@1m/1/y a@2m/1/z", "")],
    );
}

#[test]
fn a_firing_is_a_match_of_the_outer_rule() {
    let chain = "
        {title: O, correlation: {type: temporal_ordered, rules: [I, b], group-by: [ip], timespan: 1h}}
        {title: I, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {gte: 2}}}
        {title: T, correlation: {type: event_count, rules: [O], timespan: 1d, condition: {gte: 2}}}";
    check(
        chain,
        &[
            ("a@0s a@1m a@2m b@3m", "I[1]@1m=2{1,2} +3>0 O[1]@3m=2{2,4}"),
            ("b@0s a@1m a@2m", "I[1]@2m=2{2,3}"),
            ("a@0s a@1m b@2m/2", "I[1]@1m=2{1,2}"),
            (
                "a@0s*2 b@1m a@2m*2/2 b@3m/2",
                "I[1]@0s=2{1} O[1]@1m=2{1,2} I[2]@2m=2{3} O[2]@3m=2{3,4} T[]@3m=2{2,4}",
            ),
        ],
    );
    // What is held back until a window ends still finds what came meanwhile.
    check(
        "
        {title: O, correlation: {type: temporal_ordered, rules: [I, b], group-by: [who], timespan: 10m, aliases: {who: {I: ip, b: user}}}}
        {title: I, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10m, condition: {eq: 2}}}",
        &[("a@0s/x a@1m/x b@10m/1/x b@11m/2/x now@16m", "I[x]@1m=2{1,2} O[x]@10m=2{2,3} +4>1")],
    );
}

#[test]
fn unless_holds_a_firing_back() {
    check(
        "
        {title: Slow, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 24h, condition: {gte: 3}}, cofferdam: {unless: Burst}}
        {title: Burst, correlation: {type: event_count, rules: [a], group-by: [ip], window: session, gap: 30m, timespan: 24h, condition: {gte: 3}}}",
        &[
            ("a@0h a@2h a@4h", "| Slow[1]@4h=3{1,2,3}"),
            ("a@0h a@2h a@4h a@6h now@28h", "| Slow[1]@4h=4{1,2,3,4}"),
            ("a@0h a@2h a@4h a@6h now@29h a@29h", "Slow[1]@4h=4{1,2,3,4} +6>0"),
            // The burst comes at once, before, or while it is held back.
            ("a@0h a@1m a@2m", "Burst[1]@2m=3{1,2,3}"),
            ("a@0h a@1m a@2m a@5h a@7h", "Burst[1]@2m=3{1,2,3}"),
            ("a@0h a@2h a@4h a@10h a@601m a@602m", "Burst[1]@10h2m=3{4,5,6}"),
            // Somebody else's burst.
            ("a@0h a@2h a@4h a@10h/2 a@601m/2 a@602m/2", "Burst[2]@10h2m=3{4,5,6} | Slow[1]@4h=3{1,2,3}"),
            // Long after the burst.
            ("a@0h a@1m a@2m a@50h a@52h a@54h", "Burst[1]@2m=3{1,2,3} | Slow[1]@54h=3{4,5,6}"),
            // Long before it.
            ("a@0h a@2h a@4h now@29h a@40h a@2401m a@2402m", "Slow[1]@4h=3{1,2,3} Burst[1]@40h2m=3{5,6,7}"),
        ],
    );
}

#[test]
fn what_was_held_back_is_still_followed_by_what_came_meanwhile() {
    check(
        "
        {title: Slow, correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 24h, condition: {gte: 3}}, cofferdam: {unless: Burst}}
        {title: Burst, correlation: {type: event_count, rules: [a], group-by: [ip], window: session, gap: 30m, timespan: 24h, condition: {gte: 3}}}
        {title: In, correlation: {type: temporal_ordered, rules: [Slow, b], group-by: [ip], timespan: 24h}}",
        &[
            ("a@0h a@2h a@4h b@5h", "| Slow[1]@4h=3{1,2,3} In[1]@5h=2{3,4}"),
            ("a@0h a@2h a@4h b@5h now@29h", "Slow[1]@4h=3{1,2,3} In[1]@5h=2{3,4}"),
            ("a@0h a@2h a@4h b@5h a@6h a@20h now@29h a@30h", "Slow[1]@4h=5{1,2,3,5,6} In[1]@5h=2{3,4} +8>0"),
            ("a@0h a@2h b@3h a@4h", "| Slow[1]@4h=3{1,2,4}"),
        ],
    );
}

#[test]
fn what_cannot_work_is_reported_and_left_out() {
    let set = rules(
        "
        {title: X, correlation: {type: temporal, rules: [a, Y], timespan: 1h}}
        {title: Y, correlation: {type: temporal, rules: [b, X], timespan: 1h}}
        {title: Z, correlation: {type: event_count, rules: [Y], timespan: 1h, condition: {gte: 1}}}
        {title: S, correlation: {type: event_count, rules: [S, a], timespan: 1h, condition: {gte: 1}}}
        {title: U, correlation: {type: event_count, rules: [c], timespan: 1h, condition: {gte: 1}}, cofferdam: {unless: V}}
        {title: V, correlation: {type: event_count, rules: [c], group-by: [ip], timespan: 1h, condition: {gte: 9}}}
        {title: W, correlation: {type: event_count, rules: [V], group-by: [user], timespan: 1h, condition: {gte: 1}}}",
    );
    let mut correlator = Correlator::new(&set, Limits::default());
    let mut problems: Vec<_> = correlator
        .problems()
        .iter()
        .map(|problem| format!("{} {}", problem.code, problem.rule.as_deref().unwrap_or_default()))
        .collect();
    problems.sort_unstable();
    let want = [
        "detect::correlation-cycle S",
        "detect::correlation-cycle X",
        "detect::correlation-cycle Y",
        "detect::correlation-cycle Z",
        "detect::correlation-field W",
        "detect::correlation-unless U",
    ];
    assert_eq!(problems, want);
    assert_eq!(play(&mut correlator, &set, "a@0s b@0s c@0s"), "U[]@0s=1{3}");
    assert!(!correlator.takes(0) && correlator.takes(2) && !correlator.takes(99));
}

#[test]
fn members_are_the_first_and_the_latest() {
    let set = rules(
        "{title: C, correlation: {type: event_count, rules: [a], timespan: 1h, condition: {gte: 200}}}",
    );
    let mut correlator = Correlator::new(&set, Limits::default());
    let events = (0..200).map(|second| format!("a@{second}s ")).collect::<String>();
    let got = play(&mut correlator, &set, &events);
    assert!(got.starts_with("C[]@3m19s=200{1,152,153,") && got.ends_with(",200}"), "{got}");
}

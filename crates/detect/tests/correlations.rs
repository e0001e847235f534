//! What correlations make of short histories, as data: `data/correlation/*.yml` holds rules, events
//! and what must fire.
//!
//! A line of `events` is a time since midnight, a rule (`a`, `b`, `c`, or `clock` for the caller's
//! clock), and then `x3` for three occurrences, or `field=value`. Lines come in the order of arrival.

mod common;

use cofferdam_detect::correlation::sigma::{Correlator, Firing, Limits, Outcome, Seen};
use cofferdam_detect::rule::{RuleSet, read_file};
use common::files;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

const RULES: &str = "
{title: a, logsource: {product: linux}, detection: {s: {f: a}, condition: s}}
---
{title: b, logsource: {product: linux}, detection: {s: {f: b}, condition: s}}
---
{title: c, logsource: {product: linux}, detection: {s: {f: c}, condition: s}}
---
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    rules: String,
    events: String,
    /// In the order in which they come out.
    fires: Vec<String>,
    /// How many events extend a firing.
    #[serde(default)]
    followed: usize,
    /// Titles of all rules that are told, where that matters.
    reported: Option<BTreeSet<String>>,
}

/// What came of a vector.
#[derive(Debug, PartialEq)]
struct Came {
    fires: Vec<String>,
    followed: usize,
    /// Groups that are left when everything has ended.
    left: usize,
    problems: Vec<String>,
    reported: BTreeSet<String>,
}

fn midnight() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

/// The one door: plays a vector.
fn play(vector: &Vector) -> Came {
    let set = RuleSet::assemble([read_file("vector.yml", &format!("{RULES}{}", vector.rules))]);
    let mut correlator = Correlator::new(&set, Limits::default());
    let mut out = Vec::new();
    for (handle, line) in (1..).zip(vector.events.lines()) {
        event(&mut correlator, &set, line, handle, &mut out);
    }
    correlator.finish(&mut out);
    let fires = out.iter().filter_map(|outcome| match outcome {
        Outcome::Fired(firing) => Some(tell(&set, firing)),
        Outcome::Extended { .. } => None,
    });
    let fires: Vec<String> = fires.collect();
    let problems = set.problems.iter().chain(correlator.problems());
    let detections = set.rules.iter().filter(|rule| rule.reported).map(|rule| rule.meta.title.to_string());
    let correlations = set.correlations.iter().filter(|one| one.reported);
    Came {
        followed: out.len() - fires.len(),
        fires,
        left: correlator.groups(),
        problems: problems.map(|problem| format!("{}: {}", problem.code, problem.message)).collect(),
        reported: detections.chain(correlations.map(|one| one.meta.title.to_string())).collect(),
    }
}

fn event(correlator: &mut Correlator, set: &RuleSet, line: &str, handle: u64, out: &mut Vec<Outcome>) {
    let mut words = line.split_whitespace();
    let after: SignedDuration = words.next().unwrap().parse().unwrap_or_else(|e| panic!("{line}: {e}"));
    let (at, rule) = (midnight() + after, words.next().unwrap());
    if rule == "clock" {
        correlator.advance(at, out);
        return;
    }
    let rule = set.rules.iter().position(|known| *known.meta.title == *rule).unwrap() as u32;
    let (mut count, mut fields) = (1, Vec::new());
    for word in words {
        match (word.split_once('='), word.strip_prefix('x')) {
            (Some(field), _) => fields.push(field),
            (None, Some(times)) => count = times.parse().unwrap(),
            (None, None) => panic!("{line}: {word}"),
        }
    }
    let value = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
    let values: Vec<Option<&str>> = correlator.wanted(rule).iter().map(|name| value(name)).collect();
    correlator.push(&Seen { rule, at, count, handle, values: &values }, out);
}

fn tell(set: &RuleSet, firing: &Firing) -> String {
    let after = |at: Timestamp| format!("{:#}", at.duration_since(midnight())).replace(' ', "");
    let title = &set.correlations[firing.correlation as usize].meta.title;
    let group: Vec<String> = firing.group.iter().map(|(field, value)| format!("{field}={value}")).collect();
    let group = if group.is_empty() { String::new() } else { format!(", {}", group.join(" ")) };
    let (at, first) = (after(firing.at), after(firing.first));
    format!("{title} at {at}, {} events since {first}{group}", firing.events)
}

#[test]
fn every_vector_fires_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/correlation");
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for path in files(&folder, ".yml") {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let vectors: Vec<Vector> = yaml_serde::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{file}: {e}"));
        for vector in vectors {
            let came = play(&vector);
            let want = Came {
                fires: vector.fires.clone(),
                followed: vector.followed,
                left: 0,
                problems: Vec::new(),
                reported: vector.reported.clone().unwrap_or_else(|| came.reported.clone()),
            };
            if came != want {
                wrong.push(format!("{file}: {}\n  came {came:#?}\n  want {want:#?}", vector.name));
            }
            assert!(names.insert(vector.name.clone()), "{file}: two vectors are called `{}`", vector.name);
        }
    }
    println!("{} vectors of correlations", names.len());
    assert!(wrong.is_empty(), "{} vectors are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(names.len() >= 60, "{} vectors", names.len());
}

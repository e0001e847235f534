//! Every event three times: by the matcher, by the oracle, by the yardstick.

use crate::Report;
use crate::corpus::{self, Place};
use crate::differences::{self, Found, Side};
use crate::recall::Recall;
use crate::rulebook::Rulebook;
use crate::yardstick;
use cofferdam_detect::event::Event;
use cofferdam_detect::rule::Worker;
use std::path::Path;
use std::time::{Duration, Instant};

const RECORDINGS: [&str; 4] =
    ["otrf-security-datasets", "evtx-attack-samples", "evtx-more", "sigmahq-regression"];
/// Disagreements with the oracle of which the place is told.
const TOLD: usize = 20;

/// One thread's part.
struct Comparison<'r> {
    rules: &'r Rulebook,
    every: u64,
    worker: Worker<'r>,
    oracle: Recall<'r>,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    events: u64,
    with_rules: u64,
    matches: u64,
    judged: u64,
    oracle_asked: u64,
    yardstick_asked: u64,
    wrong: u64,
    wrong_places: Vec<String>,
    differences: Found,
    matcher: Duration,
    oracle: Duration,
    yardstick: Duration,
}

/// Compares over all recordings.
pub fn check(data: &Path, every: u64, rules: &Rulebook, report: &mut Report) {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut parts: Vec<Comparison<'_>> = (0..threads).map(|_| Comparison::new(rules, every)).collect();
    let paths = RECORDINGS.map(|name| data.join(name));
    let begun = Instant::now();
    corpus::read(&paths, &mut parts, |part, event, place| {
        // Even strides over batches take part of every file, whichever thread it falls to.
        if (place.batch * 7 + place.in_batch).is_multiple_of(part.every) {
            part.compare(event, place);
        }
    });
    let mut tally = Tally::default();
    for part in parts {
        tally.oracle_asked += part.oracle.asked;
        tally.add(part.tally);
    }

    let took = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    println!(
        "     {} events in {}, {} of a class that has rules; of {threads} threads the matcher took {}, the oracle {}, the yardstick {}",
        tally.events,
        took(begun.elapsed()),
        tally.with_rules,
        took(tally.matcher),
        took(tally.oracle),
        took(tally.yardstick),
    );
    let mut findings = tally.wrong_places;
    if tally.wrong as usize > findings.len() {
        findings.push(format!("{} in all", tally.wrong));
    }
    if tally.events == 0 {
        findings.push("there was no event".to_owned());
    }
    let summary = format!(
        "{} differences over {} matches; {} times a rule applied to an event, {} of them with values that it had not read before",
        tally.wrong, tally.matches, tally.judged, tally.oracle_asked
    );
    report.check("oracle", &summary, &findings);
    let counts: u64 = tally.differences.values().map(|difference| difference.count).sum();
    let summary = format!(
        "{counts} differences of {} rules over {} evaluations of one event",
        tally.differences.len(),
        tally.yardstick_asked
    );
    let findings = differences::judge(&tally.differences, every == 1, &rules.matcher.rules().rules);
    report.check("differences", &summary, &findings);
}

impl<'r> Comparison<'r> {
    fn new(rules: &'r Rulebook, every: u64) -> Comparison<'r> {
        Comparison {
            rules,
            every,
            worker: rules.matcher.worker(),
            oracle: Recall::new(rules),
            tally: Tally::default(),
        }
    }

    fn compare(&mut self, event: &Event<'_>, place: &Place) {
        let rules = &self.rules.matcher.rules().rules;
        let begun = Instant::now();
        let mut ours = Vec::new();
        self.worker.matches(event, &mut ours);
        let matched = Instant::now();
        let (applicable, right) = self.oracle.judge(event);
        let judged = Instant::now();
        let mut theirs = Vec::new();
        if !applicable.is_empty() {
            self.tally.with_rules += 1;
            self.tally.yardstick_asked += yardstick::evaluate(&self.rules.yardstick, event, |id| {
                theirs.extend(
                    self.rules.numbers.get(id).filter(|number| applicable.binary_search(number).is_ok()),
                );
            });
            theirs.sort_unstable();
            theirs.dedup();
        }
        self.tally.events += 1;
        self.tally.matches += ours.len() as u64;
        self.tally.judged += applicable.len() as u64;
        self.tally.matcher += matched - begun;
        self.tally.oracle += judged - matched;
        self.tally.yardstick += judged.elapsed();
        for (side, number) in only_one(&ours, &right) {
            self.tally.wrong += 1;
            if self.tally.wrong_places.len() < TOLD {
                let who = if side == Side::Ours { "matcher" } else { "oracle" };
                let id = &rules[number as usize].meta.id;
                self.tally
                    .wrong_places
                    .push(format!("{id} fires only by the {who}: {} {}", place.path, place.record));
            }
        }
        for (side, number) in only_one(&right, &theirs) {
            self.tally.differences.entry((side, number)).or_default().see(place);
        }
    }
}

/// What stands in only one of two sorted lists.
fn only_one(ours: &[u32], theirs: &[u32]) -> Vec<(Side, u32)> {
    let missing = |in_list: &[u32], number: &u32| in_list.binary_search(number).is_err();
    let only_ours = ours.iter().filter(|number| missing(theirs, number)).map(|number| (Side::Ours, *number));
    let only_theirs =
        theirs.iter().filter(|number| missing(ours, number)).map(|number| (Side::Theirs, *number));
    only_ours.chain(only_theirs).collect()
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.events += other.events;
        self.with_rules += other.with_rules;
        self.matches += other.matches;
        self.judged += other.judged;
        self.yardstick_asked += other.yardstick_asked;
        self.wrong += other.wrong;
        self.wrong_places.extend(other.wrong_places);
        self.matcher += other.matcher;
        self.oracle += other.oracle;
        self.yardstick += other.yardstick;
        for (key, difference) in other.differences {
            self.differences.entry(key).or_default().add(difference);
        }
    }
}

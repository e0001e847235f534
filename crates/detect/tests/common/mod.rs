//! The one door from these tests to the code: lines go through the parsers, the matcher and the
//! correlations as the command line sends them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use cofferdam_detect::correlation::sigma::{Correlator, Limits, Outcome, Seen};
use cofferdam_detect::intake::{Intake, Match, Processed, Span, Wanted};
use cofferdam_detect::parser::Heading;
use cofferdam_detect::parser::auditd::{self, Joined, Joiner};
use cofferdam_detect::rule::{Matcher, RuleSet, read_file};
use cofferdam_detect::time::TimeRules;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The repository's folder `content`.
pub fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")
}

/// Every file below a folder, sorted, whose name ends so.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The rules of some files, which must load without a problem.
pub fn load<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> RuleSet {
    let set = RuleSet::assemble(files.into_iter().map(|(path, text)| read_file(path, text)));
    assert!(set.problems.is_empty(), "rules with problems: {:#?}", set.problems);
    set
}

/// Files without a year were last written then, so that nothing depends on today.
pub fn time_rules() -> TimeRules {
    TimeRules::utc("2026-11-22T12:00:00Z".parse().unwrap())
}

/// Rules made ready.
pub struct Bench {
    matcher: Matcher,
    shown: Wanted,
    wanted: Wanted,
}

/// How often a document fired, by its place.
#[derive(Debug, Default)]
pub struct Fired {
    /// Matches of detections, by place in [`RuleSet::rules`].
    pub detections: BTreeMap<usize, usize>,
    /// Firings of correlations, by place in [`RuleSet::correlations`].
    pub correlations: BTreeMap<usize, usize>,
}

impl Bench {
    /// All of whose correlations must work.
    pub fn new(set: RuleSet) -> Bench {
        let correlator = Correlator::new(&set, Limits::default());
        assert!(correlator.problems().is_empty(), "{:#?}", correlator.problems());
        Bench::of(set)
    }

    /// As it comes.
    pub fn of(set: RuleSet) -> Bench {
        let set = Arc::new(set);
        let correlator = Correlator::new(&set, Limits::default());
        let numbers = 0..u32::try_from(set.rules.len()).unwrap();
        let wanted = numbers.map(|rule| correlator.wanted(rule).into()).collect();
        let shown = set.rules.iter().map(|rule| rule.fields().into_boxed_slice()).collect();
        Bench { matcher: Matcher::new(set), shown, wanted }
    }

    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    pub fn intake(&self) -> Intake<'_> {
        Intake::new(&self.matcher, &self.shown, &self.wanted, Span::default())
    }

    pub fn correlator(&self) -> Correlator {
        Correlator::new(self.rules(), Limits::default())
    }

    /// Runs one log over the rules.
    pub fn run(&self, log: &[u8]) -> Fired {
        let mut matches: Vec<Match> =
            process(&mut self.intake(), log).into_iter().flat_map(|batch| batch.matches).collect();
        // As `investigate` has it: in the order of time, then of the log.
        matches.sort_by_key(|found| (found.event.time.map(|time| time.at), found.record, found.rule));
        let mut fired = Fired::default();
        let mut outcomes = Vec::new();
        let mut correlator = self.correlator();
        for (handle, found) in (0..).zip(&matches) {
            *fired.detections.entry(found.rule as usize).or_default() += 1;
            push(&mut correlator, found, handle, &mut outcomes);
        }
        correlator.finish(&mut outcomes);
        for outcome in outcomes {
            if let Outcome::Fired(firing) = outcome {
                *fired.correlations.entry(firing.correlation as usize).or_default() += 1;
            }
        }
        fired
    }
}

/// Counts one match for the correlations.
pub fn push(correlator: &mut Correlator, found: &Match, handle: u64, outcomes: &mut Vec<Outcome>) {
    if let Some(time) = found.event.time {
        let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
        let seen =
            Seen { rule: found.rule, at: time.at, count: found.event.repeated, handle, values: &values };
        correlator.push(&seen, outcomes);
    }
}

/// Reads one log as the pipeline does: a log that begins with an audit record is an audit log.
pub fn process(intake: &mut Intake<'_>, log: &[u8]) -> Vec<Processed> {
    let rules = time_rules();
    let first = log.split(|byte| *byte == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace));
    let first = first.map(String::from_utf8_lossy);
    if !first.is_some_and(|line| auditd::is_audit(line.trim())) {
        return vec![intake.lines(log, 1, &rules, &Heading::default())];
    }
    let (joined, strangers) = join(log);
    let mut processed = vec![intake.audit(&joined, &rules)];
    processed.extend(
        strangers.into_iter().map(|(record, line)| intake.lines(line, record, &rules, &Heading::default())),
    );
    processed
}

/// The events of an audit log, and its lines that are no audit records.
pub fn join(log: &[u8]) -> (Vec<Joined>, Vec<(u64, &[u8])>) {
    let (mut joiner, mut joined, mut strangers) = (Joiner::default(), Vec::new(), Vec::new());
    for (record, line) in (1..).zip(log.split(|byte| *byte == b'\n')) {
        let text = String::from_utf8_lossy(line);
        match text.trim() {
            "" => {}
            text if auditd::is_audit(text) => joiner.push(text, record, &mut joined),
            _ => strangers.push((record, line)),
        }
    }
    joiner.finish(&mut joined);
    (joined, strangers)
}

/// An example log of a rule file.
#[derive(Debug)]
pub struct Example {
    pub name: String,
    /// Id or title of the document that is to fire; `None` for the last one of the file.
    pub rule: Option<String>,
    pub count: Option<usize>,
    pub lines: String,
}

/// One rule file as text, and what its examples say.
pub struct RuleFile {
    pub path: String,
    pub text: String,
    /// The documents as YAML, in the order of the file.
    pub documents: Vec<yaml_serde::Value>,
    pub fire: Vec<Example>,
    pub quiet: Vec<Example>,
}

/// Every rule file that ships.
pub fn rule_files() -> Vec<RuleFile> {
    let root = content().join("rules");
    files(&root, ".yml").iter().map(|path| rule_file(&root, path)).collect()
}

fn rule_file(root: &Path, path: &Path) -> RuleFile {
    let text = std::fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(root).unwrap().display().to_string();
    let documents: Vec<yaml_serde::Value> = yaml_serde::Deserializer::from_str(&text)
        .map(|document| serde::Deserialize::deserialize(document).unwrap_or_else(|e| panic!("{path}: {e}")))
        .collect();
    let mut fire = Vec::new();
    let mut quiet = Vec::new();
    for document in &documents {
        let of = |kind: &str| {
            let listed = document.get("examples").and_then(|examples| examples.get(kind));
            listed
                .and_then(|listed| listed.as_sequence())
                .into_iter()
                .flatten()
                .map(|entry| example(&path, entry))
        };
        fire.extend(of("fire"));
        quiet.extend(of("quiet"));
    }
    RuleFile { path, text, documents, fire, quiet }
}

fn example(path: &str, entry: &yaml_serde::Value) -> Example {
    let text = |key: &str| entry.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let known = ["name", "rule", "count", "lines"];
    let strange = entry.as_mapping().into_iter().flat_map(|entry| entry.keys());
    let strange: Vec<_> =
        strange.filter(|key| !key.as_str().is_some_and(|key| known.contains(&key))).collect();
    assert!(strange.is_empty(), "{path}: an example has unknown keys {strange:?}");
    let count = entry.get("count").map(|count| count.as_u64().unwrap_or_else(|| panic!("{path}: count")));
    Example {
        name: text("name").unwrap_or_else(|| panic!("{path}: an example without a name")),
        rule: text("rule"),
        count: count.map(|count| usize::try_from(count).unwrap()),
        lines: text("lines").unwrap_or_else(|| panic!("{path}: an example without lines")),
    }
}

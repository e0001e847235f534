//! No bytes, however broken, make the parsers, the matcher, the correlations or the reading of rules
//! panic, and every line that goes in is counted once.
//!
//! The lines are those of our fixtures, recordings and rules' examples, and where `COFFERDAM_TEST_DATA`
//! names them, of third-party logs. `COFFERDAM_MUTATIONS` says how many (5,000), `COFFERDAM_SEED` which.

mod common;

use cofferdam_detect::correlation::sigma::{Correlator, Outcome};
use cofferdam_detect::correlation::{AlertBook, Found, incidents, join, sightings};
use cofferdam_detect::event::EventClass;
use cofferdam_detect::examples::{Bench, process, push, written as time_rules};
use cofferdam_detect::intake::{Match, Processed};
use cofferdam_detect::parser::{self, Context, Heading};
use cofferdam_detect::rule::{RuleSet, read_file};
use common::{content, files, rule_files};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rules that fire on everything that some parser understands, so that everything is described and joined.
fn everything() -> String {
    let source = |class: &EventClass| match class.product {
        "" => match (class.services.first(), class.categories.first()) {
            (Some(service), _) => Some(format!("service: {service}")),
            (None, Some(category)) => Some(format!("category: {category}")),
            (None, None) => None,
        },
        product => Some(format!("product: {product}")),
    };
    let sources: BTreeSet<String> = parser::classes().iter().filter_map(source).collect();
    let rule = |source: &String| {
        format!(
            "title: Everything of {}\nlogsource: {{{source}}}\nlevel: high\n\
             detection: {{never: {{no.such.field: x}}, condition: not never}}\n",
            source.replace(':', "")
        )
    };
    sources.iter().map(rule).collect::<Vec<_>>().join("---\n")
}

/// What breaks parsers: ends of strings, nesting, escapes, other encodings, numbers out of range.
const TROUBLE: [&[u8]; 40] = [
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"<",
    b">",
    b":",
    b",",
    b"=",
    b"%",
    b"\0",
    b"\r",
    b"\n",
    b"\t",
    b"\x1b[31m",
    b"\x1d",
    b"\\u0000",
    b"\\uD800",
    b"\\uDFFF\\uD83D",
    b"\\x",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xf0\x9f",
    "\u{FEFF}".as_bytes(),
    "İß\u{301}日本".as_bytes(),
    b"18446744073709551616",
    b"-9223372036854775809",
    b"1e999",
    b"9999-12-31T23:59:60Z",
    b"1601-01-01T00:00:00Z",
    b"Feb 29 24:00:61 ",
    b"msg=audit(99999999999.999:18446744073709551615):",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
];

/// `SplitMix64`: the same numbers for the same seed on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `bound`; 0 when that is 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound.max(1) as u64).unwrap()
    }

    fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        // Short pieces more often than long ones.
        let most = if self.below(4) == 0 { len - start } else { (len - start).min(24) };
        start..start + self.below(most + 1)
    }

    /// Changes `bytes` in one way; `other` is where pieces come from.
    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        match self.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.roll().to_le_bytes()[0],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(self.range(bytes.len()))),
            4 => {
                let piece = bytes[self.range(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let piece = other[self.range(other.len())].to_vec();
                let replaced = self.range(bytes.len());
                bytes.splice(replaced, piece);
            }
            6 => {
                let (trouble, times) = (*self.pick(&TROUBLE), [1, 1, 1, 2, 40][self.below(5)]);
                bytes.splice(at..at, trouble.repeat(times));
            }
            7 => {
                let trouble = *self.pick(&TROUBLE);
                let replaced = self.range(bytes.len());
                bytes.splice(replaced, trouble.iter().copied());
            }
            _ => {
                // Two ends change places.
                let tail = bytes.split_off(at);
                bytes.splice(0..0, tail);
            }
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name}")))
}

/// Logs to take lines from: ours, and third-party ones where they are.
fn logs() -> Vec<Vec<u8>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut paths = files(&own, "in.log");
    paths.extend(files(&content().join("recordings"), ".log"));
    let mut logs: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    for file in rule_files() {
        logs.extend(file.fire.iter().chain(&file.quiet).map(|example| example.lines.clone().into_bytes()));
    }
    if let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from) {
        let mut theirs = files(&data.join("loghub"), ".log");
        theirs.extend(files(&data.join("sigmahq-regression"), ".json"));
        logs.extend(theirs.iter().map(|path| read_start(path)));
    }
    logs.retain(|log| !log.is_empty());
    logs
}

/// The first half megabyte; a JSON document is put on one line.
fn read_start(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "json") {
        bytes.retain(|byte| !matches!(byte, b'\n' | b'\r'));
    }
    bytes.truncate(512 << 10);
    bytes
}

/// A few neighbouring lines of a log.
fn some_lines(dice: &mut Dice, log: &[u8]) -> Vec<u8> {
    let start = dice.below(log.len());
    let start = log[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let wanted = 1 + dice.below(4);
    let ends = log[start..].iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let end = ends.take(wanted).last().unwrap_or(log.len() - start);
    log[start..start + end].to_vec()
}

struct Subject<'b> {
    bench: &'b Bench,
    intake: cofferdam_detect::intake::Intake<'b>,
    correlator: Correlator,
    handle: u64,
    matches: Vec<Match>,
}

impl<'b> Subject<'b> {
    fn new(bench: &'b Bench) -> Subject<'b> {
        let (intake, correlator) = (bench.intake(), bench.correlator());
        Subject { bench, intake, correlator, handle: 0, matches: Vec::new() }
    }

    /// One input through every door; returns how many matches came of it.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let filled = |line: &&[u8]| !line.iter().all(u8::is_ascii_whitespace);
        let lines = bytes.split(|byte| *byte == b'\n').filter(filled).count() as u64;
        let as_lines = self.intake.lines(bytes, 1, &time_rules(), &Heading::default());
        assert_eq!(as_lines.read, lines, "records of the lines");
        let mut as_json = Processed::default();
        self.intake.json(bytes, 1, &time_rules(), &mut as_json);
        assert_eq!(as_json.read, 1, "one record");
        let mut all = process(&mut self.intake, bytes);
        all.extend([as_lines, as_json]);
        for one in &all {
            assert_eq!(one.read, one.parsed + one.rejected, "read = parsed + rejected");
            assert!(one.as_text <= one.parsed && one.outside == 0);
        }
        let mut context = Context::default();
        let text = String::from_utf8_lossy(bytes);
        for line in text.lines() {
            let room = parser::Room::default();
            if let Ok(Some(event)) = parser::parse_line(line, &time_rules(), &mut context, &room) {
                sightings(&event);
            }
        }
        let found: Vec<Match> = all.into_iter().flat_map(|one| one.matches).collect();
        let count = found.len();
        let mut outcomes = Vec::new();
        for found in &found {
            assert!(found.event.what.chars().count() <= 304, "{} is long", found.event.what);
            assert!(!found.event.what.chars().any(char::is_control), "{:?} steers", found.event.what);
            self.handle += 1;
            push(&mut self.correlator, found, self.handle, &mut outcomes);
        }
        self.matches.extend(found);
        if self.matches.len() > 2_000 {
            self.tell(outcomes);
        }
        count
    }

    /// Makes alerts and incidents of what has come so far.
    fn tell(&mut self, mut outcomes: Vec<Outcome>) {
        let rules = self.bench.rules();
        let mut book = AlertBook::default();
        let file = Arc::from("mutated.log");
        self.matches.sort_by_key(|found| (found.event.time.map(|time| time.at), found.record, found.rule()));
        for found in &self.matches {
            let place = Found {
                file: &file,
                record: found.record,
                event: &found.event,
                fields: &found.fields,
                host: None,
            };
            let at = found.event.time.map(|time| time.at);
            book.add(&rules.rules[found.rule().unwrap() as usize].meta, &place, at);
        }
        self.correlator.finish(&mut outcomes);
        for outcome in outcomes {
            if let Outcome::Fired(firing) = outcome {
                let meta = &rules.correlations[firing.correlation as usize].meta;
                book.add_firing(meta, &firing.group, firing.at, firing.events, false);
            }
        }
        let (mut alerts, _) = book.finish(1);
        let counted: u64 = alerts.iter().map(|alert| alert.count).sum();
        assert!(counted >= self.matches.len() as u64, "every match is in an alert");
        let joined = join(&alerts);
        incidents(&mut alerts, &joined, &BTreeMap::new());
        self.matches.clear();
        self.correlator = self.bench.correlator();
    }
}

#[test]
fn no_line_however_broken_stops_the_parsers_or_the_matcher() {
    let (seed, mutations) = (setting("COFFERDAM_SEED", 2026), setting("COFFERDAM_MUTATIONS", 5_000));
    let logs = logs();
    let shipped = rule_files();
    let texts = shipped.iter().map(|file| (file.path.as_str(), file.text.as_str()));
    let everything = everything();
    let bench = common::bench(common::load(texts.chain([("everything.yml", everything.as_str())])));
    let mut subject = Subject::new(&bench);
    let mut matches = 0;
    for number in 0..mutations {
        let mut dice = Dice(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95));
        let mut bytes = some_lines(&mut dice, &logs[number as usize % logs.len()]);
        let other = some_lines(&mut dice, dice_log(&logs, number));
        for _ in 0..1 + dice.below(4) {
            dice.mutate(&mut bytes, &other);
        }
        match catch_unwind(AssertUnwindSafe(|| subject.take(&bytes))) {
            Ok(count) => matches += count,
            Err(_) => panic!("COFFERDAM_SEED={seed}, mutation {number}: b\"{}\"", bytes.escape_ascii()),
        }
    }
    subject.tell(Vec::new());
    println!("{mutations} mutations of lines of {} logs, {matches} matches", logs.len());
}

/// Another log for each number, in an order that has nothing to do with the first one's.
fn dice_log(logs: &[Vec<u8>], number: u64) -> &[u8] {
    &logs[Dice(number).below(logs.len())]
}

#[test]
fn no_rule_file_however_broken_stops_the_loading() {
    // A rule file is a thousand times a line's work.
    let (seed, mutations) = (setting("COFFERDAM_SEED", 2026), setting("COFFERDAM_MUTATIONS", 5_000) / 10);
    let texts: Vec<Vec<u8>> = rule_files().into_iter().map(|file| without_examples(&file.text)).collect();
    let (mut loaded, mut refused) = (0, 0);
    for number in 0..mutations {
        let mut dice = Dice(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95));
        let mut bytes = texts[number as usize % texts.len()].clone();
        let other = texts[Dice(number).below(texts.len())].clone();
        for _ in 0..1 + dice.below(3) {
            dice.mutate(&mut bytes, &other);
        }
        let text = String::from_utf8_lossy(&bytes);
        let load = || {
            let set = RuleSet::assemble([read_file("mutated.yml", &text)]);
            let counts = (set.rules.len() + set.correlations.len(), set.problems.len());
            Bench::new(set);
            counts
        };
        match catch_unwind(AssertUnwindSafe(load)) {
            Ok((good, bad)) => {
                loaded += good;
                refused += bad;
            }
            Err(_) => panic!("COFFERDAM_SEED={seed}, mutation {number}:\n{text}"),
        }
    }
    println!(
        "{mutations} mutations of {} rule files: {loaded} documents loaded, {refused} problems",
        texts.len()
    );
}

/// Examples are most of a file and nothing of the rule.
fn without_examples(text: &str) -> Vec<u8> {
    text.split("\nexamples:").next().unwrap_or(text).as_bytes().to_vec()
}

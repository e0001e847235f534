//! What a million indicators cost: matching with them beside matching without, as the median of the ratios
//! of rounds in which both take turns; and what they take to load.
//!
//! Usage: `indicators CORPORA RULES [RUNS]`, as for the bench `matching`; `indicators load` only loads, in
//! a process in which nothing else has taken memory.

use cofferdam_detect::indicator::{IndicatorSet, Indicators, Report, read};
use cofferdam_detect::intake::{Intake, Span, Wanted};
use cofferdam_detect::parser::Heading;
use cofferdam_detect::rule::{Matcher, RuleSet, read_file};
use cofferdam_detect::time::TimeRules;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of a million values, each kind that there is.
const VALUES: u64 = 1_000_000;
/// Bytes of a batch, as the pipeline hands them on.
const BATCH: usize = 256 * 1024;
/// Bytes that are matched without indicators before they are matched with them, or the other way round.
const PIECE: usize = 16 * BATCH;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    if args.peek().is_some_and(|arg| arg == "load") {
        return tell_of_loading();
    }
    let (Some(corpora), Some(rules)) = (args.next(), args.next()) else {
        eprintln!("usage: indicators CORPORA RULES [RUNS]");
        return;
    };
    let runs = args.next().and_then(|text| text.parse().ok()).unwrap_or(9_usize).max(1);
    let matcher = Matcher::new(Arc::new(rule_set(Path::new(&rules))));
    let program = std::env::current_exe().expect("this program");
    // What is given back is given back at once, and not counted.
    let loading = Command::new(program).arg("load").env("MIMALLOC_PURGE_DELAY", "0").status();
    let loading = loading.expect("this program again");
    assert!(loading.success(), "loading ended with {loading}");
    let (set, _) = loaded(&list());
    let indicators = Indicators { set, ..Indicators::default() };
    for corpus in ["win", "pc"] {
        let bytes = std::fs::read(format!("{corpora}/{corpus}.ndjson")).expect("corpus");
        // The first round compiles rules.
        compare(&matcher, &indicators, &bytes, 0);
        let mut rounds: Vec<Round> =
            (0..runs).map(|round| compare(&matcher, &indicators, &bytes, round)).collect();
        rounds.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
        let ratio = |of_hundred: usize| rounds[(rounds.len() - 1) * of_hundred / 100].ratio();
        let speed = |which: usize| bytes.len() as f64 / median(&rounds, |round| round.seconds[which]) / 1e6;
        let [without, with] = rounds[0].matches;
        println!(
            "{corpus:<9} without {:.0} MB/s ({without} matches), with {VALUES} indicators {:.0} MB/s ({with} \
             matches): {:.3}, of {runs} rounds half within {:.3} to {:.3}, all within {:.3} to {:.3}",
            speed(0),
            speed(1),
            ratio(50),
            ratio(25),
            ratio(75),
            ratio(0),
            ratio(100),
        );
    }
}

/// A corpus matched twice, without indicators and with them.
struct Round {
    seconds: [f64; 2],
    matches: [usize; 2],
}

impl Round {
    fn ratio(&self) -> f64 {
        self.seconds[0] / self.seconds[1]
    }
}

fn rule_set(folder: &Path) -> RuleSet {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::from(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("rules").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                files.push((path.display().to_string(), std::fs::read_to_string(&path).expect("rule")));
            }
        }
    }
    files.sort();
    RuleSet::assemble(files.iter().map(|(path, text)| read_file(path, text)))
}

fn loaded(list: &str) -> (IndicatorSet, Report) {
    let mut set = IndicatorSet::default();
    let mut report = read(list.as_bytes(), "generated", false, &mut set);
    report.found_duplicates(set.seal().iter().sum());
    (set, report)
}

fn tell_of_loading() {
    let list = list();
    let before = resident_mib();
    let begun = Instant::now();
    let (set, report) = loaded(&list);
    println!(
        "list      {:.0} MB, {} of {} values taken in {:.2} s, one thread; memory {:.0} MiB",
        list.len() as f64 / 1e6,
        set.len(),
        report.read,
        begun.elapsed().as_secs_f64(),
        resident_mib() - before,
    );
}

/// Values as feeds have them: a third addresses and networks, a third names, a fifth hashes.
fn list() -> String {
    const ENDS: [&str; 12] =
        ["com", "net", "org", "info", "ru", "cn", "top", "xyz", "local", "io", "co.uk", "example"];
    // What growing would give back is taken again by what is measured.
    let mut list = String::with_capacity(VALUES as usize * 40);
    for number in 0..VALUES {
        let dice = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let [a, b, c, d, ..] = dice.to_be_bytes();
        let name = format!("{:x}-{number}.{}", dice >> 44, ENDS[(dice % 12) as usize]);
        let line = match number % 20 {
            0..=4 => format!("{}.{b}.{c}.{d}", a % 100 + 100),
            5 => format!("{}.{b}.{c}.0/24", a % 100 + 100),
            6 => format!("2001:db8:{:x}:{:x}::{:x}", dice >> 48, dice >> 16 & 0xffff, number & 0xffff),
            7..=12 => name,
            13 => format!("https://{name}/{number}.php"),
            14 => format!("office@{name}"),
            15 => format!("{dice:016x}{:016x}", dice.rotate_left(17)),
            16 => format!("{dice:016x}{:016x}{:08x}", dice.rotate_left(17), dice >> 32),
            _ => format!("{dice:016x}{0:016x}{dice:016x}{0:016x}", dice.rotate_left(17)),
        };
        writeln!(list, "{line}").expect("a string takes everything");
    }
    list
}

/// Matches a corpus piece by piece, each without indicators and with them, in turns: what else the machine
/// does then slows both. Who begins changes from piece to piece.
fn compare(matcher: &Matcher, indicators: &Indicators, corpus: &[u8], round: usize) -> Round {
    let none: Wanted = Arc::from([]);
    let intake = || Intake::new(matcher, &none, &none, Span::default());
    let mut intakes = [intake(), intake().looking_for(indicators)];
    let mut out = Round { seconds: [0.0; 2], matches: [0; 2] };
    let (mut rest, mut turn) = (corpus, round);
    while !rest.is_empty() {
        let (piece, after) = cut(rest, PIECE);
        for which in [turn % 2, (turn + 1) % 2] {
            let begun = cpu_s();
            out.matches[which] += matches(&mut intakes[which], piece);
            out.seconds[which] += cpu_s() - begun;
        }
        (rest, turn) = (after, turn + 1);
    }
    out
}

fn matches(intake: &mut Intake<'_>, corpus: &[u8]) -> usize {
    let reference = "2026-03-02T09:00:00Z".parse().expect("a time");
    let rules = TimeRules::utc(reference);
    let (mut rest, mut first, mut count) = (corpus, 1, 0);
    while !rest.is_empty() {
        let (batch, after) = cut(rest, BATCH);
        let processed = intake.lines(batch, first, &rules, &Heading::default());
        (first, count, rest) = (first + processed.read, count + processed.matches.len(), after);
    }
    count
}

/// Cuts behind the first line that ends after so many bytes.
fn cut(bytes: &[u8], len: usize) -> (&[u8], &[u8]) {
    let end = bytes.get(len..).and_then(memchr).map_or(bytes.len(), |at| len + at + 1);
    bytes.split_at(end)
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

/// Seconds that this thread has worked: other programs take turns with it.
fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Memory that the process holds, on Linux.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut all: Vec<f64> = rounds.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

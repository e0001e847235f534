//! What a million indicators cost: matching with them beside matching without, as ratios of medians of
//! interleaved runs; and what they take to load.
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

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    if args.peek().is_some_and(|arg| arg == "load") {
        return tell_of_loading();
    }
    let (Some(corpora), Some(rules)) = (args.next(), args.next()) else {
        eprintln!("usage: indicators CORPORA RULES [RUNS]");
        return;
    };
    let runs = args.next().and_then(|text| text.parse().ok()).unwrap_or(5);
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
        let mut times: [Vec<f64>; 2] = Default::default();
        let mut counts = [0; 2];
        for _ in 0..=runs {
            for (at, looked_for) in [None, Some(&indicators)].into_iter().enumerate() {
                let begun = cpu_s();
                counts[at] = matches(&matcher, looked_for, &bytes);
                times[at].push(cpu_s() - begun);
            }
        }
        // The first run of each compiles rules and fills caches.
        let [without, with] = times.map(|times| median(times[1..].to_vec()));
        println!(
            "{corpus:<9} without {:.0} MB/s ({} matches), with {VALUES} indicators {:.0} MB/s ({} matches): {:.3}",
            bytes.len() as f64 / without / 1e6,
            counts[0],
            bytes.len() as f64 / with / 1e6,
            counts[1],
            without / with,
        );
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

fn matches(matcher: &Matcher, indicators: Option<&Indicators>, corpus: &[u8]) -> usize {
    let none: Wanted = Arc::from([]);
    let intake = Intake::new(matcher, &none, &none, Span::default());
    let mut intake = match indicators {
        Some(indicators) => intake.looking_for(indicators),
        None => intake,
    };
    let reference = "2026-03-02T09:00:00Z".parse().expect("a time");
    let rules = TimeRules::utc(reference);
    let (mut rest, mut first, mut count) = (corpus, 1, 0);
    while !rest.is_empty() {
        let end = rest.get(BATCH..).and_then(memchr).map_or(rest.len(), |at| BATCH + at + 1);
        let (batch, after) = rest.split_at(end);
        let processed = intake.lines(batch, first, &rules, &Heading::default());
        (first, count, rest) = (first + processed.read, count + processed.matches.len(), after);
    }
    count
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

/// Seconds that this thread has worked, on Linux: other programs take turns with it.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

/// Memory that the process holds, on Linux.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

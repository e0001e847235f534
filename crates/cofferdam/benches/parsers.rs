//! Speed of each parser on one core, beside the floor of its kind: for JSON the bare reader, for text
//! cutting lines and checking UTF-8. Medians of runs that take turns.
//!
//! Usage: `parsers [RUNS] [FORMAT]`. Formats are the folders of `crates/detect/data`, of which every parser
//! has one by a test. Ends with 1 when a format misses the bar, or when none was measured.

use cofferdam_detect::parser::{Context, Memory, Room, is_plain_text, parse_line};
use cofferdam_detect::time::TimeRules;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much of each format is read.
const CORPUS_BYTES: usize = 64 << 20;
/// A parser must read so many megabytes a second …
const ENOUGH_MB_PER_S: f64 = 200.0;
/// … or be so near to its floor.
const ENOUGH_OF_FLOOR: f64 = 0.6;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let runs = args.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let only = args.next();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../detect/data");
    let (mut measured, mut missed) = (0, 0);
    println!("{:<20} {:>9} {:>9} {:>7}  verdict", "format", "MB/s", "floor", "share");
    for (name, logs) in formats(&data) {
        // Plain text is what no parser claims.
        if name == "text" || only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let Some(sample) = sample(&logs) else { continue };
        let corpus = corpus(&sample);
        let (ours, floor) = measure(&corpus, runs);
        let is_met = ours >= ENOUGH_MB_PER_S || ours >= ENOUGH_OF_FLOOR * floor;
        measured += 1;
        missed += usize::from(!is_met);
        let verdict = if is_met { "met" } else { "MISSED" };
        println!("{name:<20} {ours:>9.0} {floor:>9.0} {:>7.2}  {verdict}", ours / floor);
    }
    println!("bar: {ENOUGH_MB_PER_S:.0} MB/s or {:.0} % of the floor", ENOUGH_OF_FLOOR * 100.0);
    println!("{measured} formats, {missed} missed");
    if missed > 0 || measured == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Every format's logs, in the order of names.
fn formats(data: &Path) -> BTreeMap<String, Vec<String>> {
    let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path());
    let mut formats = BTreeMap::new();
    for folder in entries(data) {
        let mut cases: Vec<_> = entries(&folder).collect();
        cases.sort();
        let logs = cases.iter().filter_map(|case| std::fs::read_to_string(case.join("in.log")).ok());
        let logs: Vec<String> = logs.collect();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !logs.is_empty() {
            formats.insert(name, logs);
        }
    }
    formats
}

fn rules() -> TimeRules {
    TimeRules::utc("2026-11-22T03:00:00Z".parse().expect("a time"))
}

/// The lines that the format's parser understands, with those that say how to read them. `None` for plain
/// text, which nobody parses.
fn sample(logs: &[String]) -> Option<String> {
    let rules = rules();
    let mut sample = String::new();
    let mut understood = 0;
    for log in logs {
        let mut context = Context::default();
        for line in log.lines() {
            let room = Room::default();
            let is_kept = match parse_line(line, &rules, &mut context, &room) {
                Ok(Some(event)) => {
                    let is_known = !is_plain_text(&event) && !event.origin.name.is_empty()
                        || !event.class.services.is_empty()
                        || !event.class.product.is_empty();
                    understood += usize::from(is_known);
                    is_known
                }
                Ok(None) => true,
                Err(_) => false,
            };
            if is_kept {
                sample.push_str(line);
                sample.push('\n');
            }
        }
    }
    (understood > 0).then_some(sample)
}

/// The sample again and again, each time with other numbers, addresses and names.
fn corpus(sample: &str) -> String {
    let mut corpus = String::with_capacity(CORPUS_BYTES + sample.len() * 2);
    let mut times = 0;
    while corpus.len() < CORPUS_BYTES {
        varied(sample, times, &mut corpus);
        times += 1;
    }
    corpus
}

/// One repetition: the last two digits of longer numbers, the last part of IPv4 addresses, and the names of
/// accounts and hosts change; times and numbers that mean something else stay.
fn varied(sample: &str, times: usize, out: &mut String) {
    let mut sample = sample.to_owned();
    for (name, other) in [("deploy", "depl"), ("ops1", "ops"), ("example.org", "example.org.n")] {
        sample = sample.replace(name, &format!("{other}{}", times % 1000));
    }
    let bytes = sample.as_bytes();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let before = start.checked_sub(1).map_or(b' ', |before| bytes[before]);
        let is_number = at - start >= 5 && !before.is_ascii_alphanumeric() && before != b'.';
        if is_number && !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            out.push_str(&sample[copied..at - 2]);
            let _ = write!(out, "{:02}", times % 100);
            copied = at;
        } else if is_last_of_address(&sample[..start]) && at - start <= 3 {
            out.push_str(&sample[copied..start]);
            let _ = write!(out, "{}", 1 + times % 250);
            copied = at;
        }
    }
    out.push_str(&sample[copied..]);
}

/// Whether what stands before a number is `203.0.113.`: one of the networks for documentation.
fn is_last_of_address(before: &str) -> bool {
    ["203.0.113.", "198.51.100.", "192.0.2."].iter().any(|network| before.ends_with(network))
}

/// Megabytes a second: the parser, and its floor.
fn measure(corpus: &str, runs: usize) -> (f64, f64) {
    let is_json = corpus.starts_with('{');
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(seconds(|| parse(corpus)));
        floor.push(seconds(|| if is_json { bare_json(corpus) } else { bare_lines(corpus) }));
    }
    let rate = |times: Vec<f64>| corpus.len() as f64 / median(times) / 1e6;
    (rate(ours), rate(floor))
}

/// What the work took of this thread's time on a core; other programs of the machine do not count then.
fn seconds(work: impl FnOnce() -> usize) -> f64 {
    let (wall, begun) = (Instant::now(), on_core());
    assert!(work() > 0, "nothing was read");
    match (begun, on_core()) {
        (Some(begun), Some(ended)) => ended - begun,
        _ => wall.elapsed().as_secs_f64(),
    }
}

/// Seconds that this thread has run, as Linux counts them; elsewhere unknown.
fn on_core() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos as f64 / 1e9)
}

fn parse(corpus: &str) -> usize {
    let (rules, mut context) = (rules(), Context::default());
    let (mut start, mut fields) = (0, 0);
    let mut room = Room::default();
    // Lines are cut, and memory is handed on, as the product does it.
    for end in memchr::memchr_iter(b'\n', corpus.as_bytes()) {
        room.clear();
        if let Ok(Some(event)) = parse_line(&corpus[start..end], &rules, &mut context, &room) {
            fields += event.fields.len();
            room.reuse(Memory::of(event));
        }
        start = end + 1;
    }
    fields
}

fn bare_json(corpus: &str) -> usize {
    let lines = corpus.split_terminator('\n');
    lines.filter(|line| sonic_rs::from_str::<sonic_rs::Value>(line).is_ok()).count()
}

fn bare_lines(corpus: &str) -> usize {
    let bytes = corpus.as_bytes();
    let (mut start, mut count) = (0, 0);
    for end in memchr::memchr_iter(b'\n', bytes) {
        count += usize::from(std::str::from_utf8(&bytes[start..end]).is_ok());
        start = end + 1;
    }
    count
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

//! Events a second through spool, parsers and matcher, beside parsers and matcher alone with as many threads: with all
//! cores, for which the bar is, and with a core to spare for all else. Senders go as fast as detection keeps up with
//! them: what is sustained is what can go on for ever.

use super::rules::Folder;
use super::site::Site;
use cofferdam_detect::kit::Kit;
use cofferdam_detect::parser::json;
use cofferdam_serve::live::RuleSource;
use cofferdam_serve::live::hands::{Hands, Reading, parts};
use cofferdam_serve::live::streams::Logs;
use cofferdam_spool::{Batch, Read, Record, Seq};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What of the matcher's own rate is left when events come through the spool.
const BAR: f64 = 0.8;
/// Bytes that the pipeline takes at once.
const PORTION: usize = 1 << 20;
/// Lines that a sender hands over at once.
const BATCH: usize = 1000;
/// How often the corpus is played in a round.
const TIMES: usize = 4;
/// Senders at a time.
const SENDERS: usize = 4;
/// Events that detection may be behind before senders wait for it.
const BEHIND: u64 = 2000;

/// Measures `runs` rounds that take turns; whether the bar is met.
pub fn run(corpus: &Path, rules: &Folder, runs: usize) -> bool {
    let text = std::fs::read(corpus).expect("the corpus");
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let lines: Vec<&[u8]> = lines.iter().copied().cycle().take(lines.len() * TIMES).collect();
    let kit = Kit::new(rules.load().expect("rules"));
    Kit::classes().iter().for_each(|class| kit.matcher.prepare(class));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let own = matcher(&lines, &kit);
    println!("sustained matcher alone, one thread, events parsed before: {own:.0} events/s");
    let all = with(&lines, &kit, rules, runs, cores);
    println!("sustained median {all:.3} with all {cores} cores (bar {BAR}), {} events", lines.len());
    if cores > 1 {
        let spare = with(&lines, &kit, rules, runs, cores - 1);
        println!("sustained median {spare:.3} with a core to spare, {} events", lines.len());
    }
    all >= BAR
}

/// The median of the ratios with so many threads.
fn with(lines: &[&[u8]], kit: &Kit, rules: &Folder, runs: usize, threads: usize) -> f64 {
    let mut ratios = Vec::new();
    for run in 0..runs {
        let alone = alone(lines, kit, threads);
        let (through, alerts) = through(lines, rules, threads, run);
        ratios.push(through / alone);
        println!(
            "sustained {threads} threads: alone {alone:>9.0} events/s, through the spool {through:>9.0} events/s, {:.3}; \
             {alerts} alerts",
            through / alone
        );
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Events a second that the matcher takes when they were parsed before.
fn matcher(lines: &[&[u8]], kit: &Kit) -> f64 {
    let (mut worker, mut hits, mut spent) = (kit.matcher.worker(), Vec::new(), Duration::ZERO);
    for lines in lines.chunks(BATCH) {
        let texts: Vec<&str> = lines.iter().filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let events: Vec<_> = texts.iter().filter_map(|text| json::parse(text).ok()).collect();
        assert_eq!(events.len(), lines.len(), "the corpus is JSON");
        let began = Instant::now();
        for event in &events {
            worker.matches(event, &mut hits);
            std::hint::black_box(&hits);
        }
        spent += began.elapsed();
    }
    lines.len() as f64 / spent.as_secs_f64()
}

fn alone(lines: &[&[u8]], kit: &Kit, threads: usize) -> f64 {
    let mut hands = Hands::new(kit, threads);
    let (mut logs, source, arrival) = (Logs::default(), Arc::from("bench"), Timestamp::now());
    let read = |(at, line): (usize, &&[u8])| Read {
        seq: Seq(at as u64),
        source: Arc::clone(&source),
        arrival,
        place: None,
        identity: None,
        bytes: bytes::Bytes::copy_from_slice(line),
    };
    let reads: Vec<Read> = lines.iter().enumerate().map(read).collect();
    let began = Instant::now();
    let (mut start, mut bytes) = (0, 0);
    for at in 0..reads.len() {
        bytes += reads[at].bytes.len();
        if bytes >= PORTION || at + 1 == reads.len() {
            let portion = &reads[start..=at];
            let done = hands.portion(
                parts(portion, &mut logs, &|_| Reading { zone: TimeZone::UTC, only: None }, arrival),
                portion,
                || (),
            );
            std::hint::black_box(done);
            (start, bytes) = (at + 1, 0);
        }
    }
    lines.len() as f64 / began.elapsed().as_secs_f64()
}

fn through(lines: &[&[u8]], rules: &Folder, threads: usize, run: usize) -> (f64, u64) {
    let site = Site::new(&format!("sustained-{threads}-{run}"), rules, threads, |_| {});
    let spool = Arc::clone(&site.running.server().intake.spool);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (spool, site) = (&spool, &site);
            scope.spawn(move || {
                for batch in lines.chunks(BATCH).skip(sender).step_by(SENDERS) {
                    site.until_behind(BEHIND);
                    spool.append(request(batch)).expect("there is room");
                }
            });
        }
    });
    site.until_read();
    let rate = lines.len() as f64 / began.elapsed().as_secs_f64();
    let alerts = site.running.server().lists.last_alert().map_or(0, |last| last.0);
    site.end();
    (rate, alerts)
}

/// Lines as a request brings them: one body, of which each is a part.
fn request(lines: &[&[u8]]) -> Batch {
    let mut rest = bytes::Bytes::from(lines.concat());
    let record = |line: &&[u8]| Record { bytes: rest.split_to(line.len()), place: None, identity: None };
    let records = lines.iter().map(record).collect();
    Batch { source: Arc::from("bench"), arrival: Timestamp::now(), records }
}

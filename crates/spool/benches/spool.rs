//! What the spool costs: a lone append beside a bare `fdatasync` of as many bytes, which take turns; records per second
//! in batches of 1, 100 and 1,000; reading; the opening of a large spool.
//!
//! Usage: `spool [alone | many | read | open] [MIB]`; ends with 1 when a bar is missed. The files are made in
//! `COFFERDAM_BENCH_DIR`, or beside what cargo builds: on a disk, since a file system in memory syncs nothing.

use cofferdam_spool::{Batch, Options, Record, Seq, Spool};
use jiff::Timestamp;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Appends of each kind that take turns.
const APPENDS: usize = 3000;
/// A lone append may take so many times what a bare sync takes, in the middle.
const RATIO: f64 = 1.5;
/// How long each kind of batch is measured.
const ROUND: Duration = Duration::from_secs(2);
/// Records per second in batches of 100.
const RECORDS_S: f64 = 100_000.0;
/// Mebibytes of the large spool, and seconds in which it is open.
const MIB: u64 = 1024;
const OPEN_S: f64 = 2.0;
/// Bytes of a line.
const LINE: usize = 200;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let which = args.next();
    let mib = args.next().and_then(|text| text.parse().ok()).unwrap_or(MIB);
    let folder = Folder::new();
    let benches: [(&str, &dyn Fn() -> bool); 4] = [
        ("alone", &|| alone(&folder.0)),
        ("many", &|| many(&folder.0)),
        ("read", &|| read(&folder.0)),
        ("open", &|| open(&folder.0, mib)),
    ];
    let chosen = benches.iter().filter(|(name, _)| which.as_deref().is_none_or(|which| which == *name));
    let missed = chosen.filter(|(_, bench)| !bench()).count();
    std::process::ExitCode::from(u8::from(missed > 0))
}

/// One line after the other, beside a file to which the same is appended.
fn alone(folder: &Path) -> bool {
    let spool = fresh(&folder.join("alone"));
    let bare = File::create(folder.join("bare")).expect("a file");
    let (mut ours, mut theirs, mut offset) = (Vec::new(), Vec::new(), 0);
    for number in 0..APPENDS {
        let batch = batch(1, number);
        ours.push(timed(|| {
            spool.append(batch).expect("appended");
        }));
        let bytes = [b'x'; LINE + 120];
        theirs.push(timed(|| {
            bare.write_all_at(&bytes, offset).and_then(|()| bare.sync_data()).expect("synced");
        }));
        offset += bytes.len() as u64;
    }
    let (ours, theirs) = (Times::of(ours), Times::of(theirs));
    let ratio = ours.p50 / theirs.p50;
    println!(
        "alone     p50 {:.0} µs, p99 {:.0} µs; bare fdatasync p50 {:.0} µs, p99 {:.0} µs: {ratio:.2} × (bar {RATIO} ×){}",
        ours.p50,
        ours.p99,
        theirs.p50,
        theirs.p99,
        verdict(ratio <= RATIO)
    );
    ratio <= RATIO
}

/// Eight that append and wait, in batches of some size; and one that does not wait.
fn many(folder: &Path) -> bool {
    let mut all_met = true;
    for size in [1, 100, 1000] {
        let spool = fresh(&folder.join(format!("many-{size}")));
        let (records, seconds) = waiting(&spool, size);
        let rate = records as f64 / seconds;
        let is_met = size != 100 || rate >= RECORDS_S;
        println!(
            "many      8 writers, batches of {size}: {rate:.0} records/s, {:.0} MB/s{}",
            rate * LINE as f64 / 1e6,
            verdict(is_met)
        );
        all_met &= is_met;
        let spool = fresh(&folder.join(format!("submit-{size}")));
        let (records, seconds) = submitting(&spool, size);
        let rate = records as f64 / seconds;
        println!(
            "many      submitted by one, batches of {size}: {rate:.0} records/s, {:.0} MB/s",
            rate * LINE as f64 / 1e6
        );
    }
    all_met
}

fn waiting(spool: &Spool, size: usize) -> (u64, f64) {
    let begun = Instant::now();
    let records = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (spool, records) = (&spool, &records);
            scope.spawn(move || {
                while begun.elapsed() < ROUND {
                    spool.append(batch(size, writer)).expect("appended");
                    records.fetch_add(size as u64, Ordering::Relaxed);
                }
            });
        }
    });
    (records.into_inner(), begun.elapsed().as_secs_f64())
}

fn submitting(spool: &Spool, size: usize) -> (u64, f64) {
    let begun = Instant::now();
    let records = Arc::new(AtomicU64::new(0));
    while begun.elapsed() < ROUND {
        let counted = records.clone();
        let done = move |answer: Result<cofferdam_spool::Receipt, _>| {
            let taken = answer.map_or(0, |receipt| receipt.taken);
            counted.fetch_add(u64::from(taken), Ordering::Relaxed);
        };
        if spool.submit(batch(size, 0), done).is_err() {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    (records.load(Ordering::Relaxed), begun.elapsed().as_secs_f64())
}

/// What was just written, from memory, and what was written before, from files.
fn read(folder: &Path) -> bool {
    for (name, tail_bytes) in [("files", 0), ("memory", 256 << 20)] {
        let path = folder.join(format!("read-{name}"));
        let bounds = Options { tail_bytes, ..Options::default() };
        let (spool, _) = Spool::open(&path, bounds).expect("a spool");
        let lines = 400_000;
        for number in 0..lines / 100 {
            spool.append(batch(100, number)).expect("appended");
        }
        let mut reader = spool.reader(Seq(0));
        let mut records = 0;
        let seconds = timed(|| {
            loop {
                let portion = reader.next(1 << 20).expect("read");
                if portion.records.is_empty() {
                    break;
                }
                records += portion.records.len();
            }
        }) / 1e6;
        assert_eq!(records, lines);
        println!("read      from {name}: {:.0} records/s", records as f64 / seconds);
    }
    true
}

/// A large spool with identities, from the folder to the first append.
fn open(folder: &Path, mib: u64) -> bool {
    let path = folder.join("open");
    let spool = fresh(&path);
    let mut number = 0_u64;
    while spool.status().bytes < mib << 20 {
        let mut identified = |mut batch: Batch| {
            for record in &mut batch.records {
                number += 1;
                record.identity = Some(u128::from(number).to_le_bytes());
            }
            batch
        };
        spool.append(identified(batch(5000, 0))).expect("appended");
    }
    let before = spool.status();
    drop(spool);
    let mut times = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        let (spool, opened) = Spool::open(&path, Options::default()).expect("a spool");
        times.push(begun.elapsed().as_secs_f64());
        assert_eq!(opened.end, before.end);
        assert_eq!(spool.status().identities, before.identities);
    }
    times.sort_by(f64::total_cmp);
    let is_met = times[1] <= OPEN_S;
    println!(
        "open      {} MiB, {} segments, {} records, {} identities: {:.3} s (bar {OPEN_S} s){}",
        before.bytes >> 20,
        before.segments,
        before.end,
        before.identities,
        times[1],
        verdict(is_met)
    );
    is_met
}

fn fresh(path: &Path) -> Spool {
    Spool::open(path, Options::default()).expect("a spool").0
}

/// Lines such as sshd writes.
fn batch(size: usize, number: usize) -> Batch {
    let line = |at: usize| {
        let mut line = format!(
            "Nov 22 15:04:05 web-01 sshd[{}]: Failed password for invalid user admin from 192.0.2.{} port {at} ssh2 ",
            number + at,
            at % 256
        );
        line.extend(std::iter::repeat_n('x', LINE - line.len().min(LINE)));
        Record { bytes: line.into(), ..Record::default() }
    };
    Batch { source: "bench".into(), arrival: Timestamp::now(), records: (0..size).map(line).collect() }
}

/// Microseconds.
fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6
}

struct Times {
    p50: f64,
    p99: f64,
}

impl Times {
    fn of(mut times: Vec<f64>) -> Times {
        times.sort_by(f64::total_cmp);
        Times { p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
    }
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "" } else { " MISSED" }
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let beside = || std::env::current_exe().ok()?.parent().map(Path::to_owned);
        let parent = std::env::var_os("COFFERDAM_BENCH_DIR").map(PathBuf::from).or_else(beside);
        let parent = parent.expect("a folder; COFFERDAM_BENCH_DIR may name one");
        let folder = parent.join(format!("spool-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a new folder");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

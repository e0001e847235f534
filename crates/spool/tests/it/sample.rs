//! Small spools and what is put into them.

use cofferdam_spool::{Batch, Options, Place, Portion, Reader, Record, Seq, Spool};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Small segments; nothing goes by age and nothing is refused.
pub fn options() -> Options {
    Options {
        segment_bytes: 3000,
        segment_age: Duration::from_secs(1 << 30),
        keep_bytes: 1 << 40,
        keep_age: Duration::from_secs(1 << 30),
        floor_bytes: 0,
        now: Arc::new(|| time(0)),
        ..Options::default()
    }
}

/// A moment, in seconds.
pub fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// Opens a spool in which nothing was wrong.
pub fn open(folder: &Path, options: Options) -> Spool {
    let (spool, opened) = Spool::open(folder, options).unwrap();
    assert_eq!((opened.torn, opened.damaged), (vec![], vec![]));
    spool
}

/// Lines of a source.
pub fn batch(source: &str, lines: &[&str]) -> Batch {
    let records = lines.iter().map(|line| record(line)).collect();
    Batch { source: source.into(), arrival: time(0), records }
}

/// A line.
pub fn record(line: &str) -> Record {
    Record { bytes: line.to_owned().into(), ..Record::default() }
}

/// A line of a followed file.
pub fn placed(line: &str, file: u8, next: u64) -> Record {
    Record { place: Some(Place { file: [file; 16], next }), ..record(line) }
}

/// A line that is known again.
pub fn identified(line: &str, identity: u8) -> Record {
    Record { identity: Some([identity; 16]), ..record(line) }
}

/// All that is there from a record on.
pub fn all(spool: &Spool, from: u64) -> Portion {
    rest(&mut spool.reader(Seq(from)))
}

/// All that a reader has not seen.
pub fn rest(reader: &mut Reader) -> Portion {
    let mut all = Portion::default();
    loop {
        let portion = reader.next(700).unwrap();
        if portion.records.is_empty() && portion.missing.is_empty() {
            return all;
        }
        all.records.extend(portion.records);
        all.missing.extend(portion.missing);
    }
}

/// Lines as text, with their numbers.
pub fn lines(portion: &Portion) -> Vec<String> {
    let line = |read: &cofferdam_spool::Read| {
        format!("{} {} {}", read.seq, read.source, String::from_utf8_lossy(&read.bytes))
    };
    portion.records.iter().map(line).collect()
}

/// A folder in memory, where there is such a file system: what is written so often need not outlive the test.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// All segment files of a folder, oldest first.
pub fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut segments: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|it| it == "seg")).collect();
    segments.sort();
    segments
}

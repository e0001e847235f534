//! Keeps the index of who uses what on the disk: written every minute, a part at a time, so that nobody waits for it. After a
//! crash, what was not written is read from the spool again.

use super::hands::{Hands, Reading, parts};
use super::streams::Logs;
use super::uses::Uses;
use crate::server::Server;
use cofferdam_detect::activity::{Activity, Bounds, Head, Row};
use cofferdam_detect::kit::Kit;
use cofferdam_detect::rule::RuleSet;
use cofferdam_spool::Seq;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often it is written.
const EVERY: Duration = Duration::from_secs(60);
/// Writing may take a thirtieth of the time.
const SHARE: u32 = 30;
/// Rows that are written at once.
const ROWS: usize = 256;
/// What is taken from the spool at once.
const PORTION: usize = 1 << 20;
/// The file's form.
const FORMAT: u32 = 1;

/// A line of the file: a head, rows, and the head as it was at the end.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Begin { format: u32, head: Head },
    Row(Row),
    End(Head),
}

/// The thread that keeps it.
pub struct Keeper {
    ends: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Reads the index, and begins to keep it. Records before `upto` are not going to be read by the pipeline: those
    /// that the file does not know are read here.
    ///
    /// # Errors
    ///
    /// What the system says when there can be no thread.
    pub fn begin(server: &Arc<Server>, folder: &Path, upto: u64) -> io::Result<Keeper> {
        let path = folder.join("activity.ndjson");
        let end = server.intake.spool.end().0;
        // Numbers of another spool would say that what is new was noted already.
        let (head, rows) = match read(&path).filter(|(head, _)| head.next() <= end) {
            Some(known) => known,
            None => (fresh()?, Vec::new()),
        };
        let from = head.next();
        server.live.uses.begin(Activity::load(head, rows, Bounds::default()));
        let (ends, told) = channel();
        let server = Arc::clone(server);
        let keep = move || {
            if catch_up(&server, from, upto, &told) {
                keep(&server.live.uses, &path, &told, &|| (server.clock)());
            }
        };
        let thread = std::thread::Builder::new().name("activity".to_owned()).spawn(keep)?;
        Ok(Keeper { ends: Some(ends), thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.ends.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("who uses what is not written");
        }
    }
}

/// Nothing was seen yet; what is counted by is a secret, so that nobody can choose what is counted.
fn fresh() -> io::Result<Head> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Activity::new(Bounds::default(), u64::from_le_bytes(seed)).head())
}

/// Notes records that the file does not know and the pipeline is not going to read. Whether it came to the end.
fn catch_up(server: &Server, from: u64, upto: u64, told: &Receiver<()>) -> bool {
    let uses = &server.live.uses;
    let sources = &server.intake.sources;
    let reading = |source: &str| Reading::of(sources, source);
    // It is for whom the records name that they are read: no rule is matched.
    let kit = Kit::new(RuleSet::assemble(Vec::new()));
    let (mut hands, mut logs) = (Hands::new(&kit, 1), Logs::default());
    let mut reader = server.intake.spool.reader(Seq(from));
    while reader.seq().0 < upto {
        if matches!(told.try_recv(), Err(TryRecvError::Disconnected)) {
            return false;
        }
        let records = match reader.next(PORTION) {
            Ok(portion) => portion.records,
            Err(error) => {
                tracing::error!(failure = %error, "the spool cannot be read; who uses what lacks a part");
                break;
            }
        };
        let now = (server.clock)();
        let count = records.partition_point(|read| read.seq.0 < upto);
        let records = &records[..count];
        if records.is_empty() {
            break;
        }
        let mut done = hands.portion(parts(records, &mut logs, &reading, now), records, || ());
        let later = now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(now);
        if reader.seq().0 >= upto {
            done.extend(
                logs.overdue(later).into_iter().map(|(name, joined)| hands.overdue(&name, joined, now)),
            );
        }
        done.iter_mut().for_each(|done| uses.note(done, records, sources, now));
    }
    uses.with(|activity| activity.reached(upto));
    true
}

fn keep(uses: &Uses, path: &Path, told: &Receiver<()>, now: &dyn Fn() -> jiff::Timestamp) {
    let mut pause = EVERY;
    loop {
        let is_over = !matches!(told.recv_timeout(pause), Err(RecvTimeoutError::Timeout));
        let began = Instant::now();
        uses.with(|activity| activity.expire(now()));
        if let Err(error) = write(uses, path) {
            tracing::error!(failure = %error, "who uses what cannot be written");
        }
        if is_over {
            return;
        }
        pause = EVERY.max(began.elapsed() * SHARE);
    }
}

/// Writes the index anew. Whatever is noted meanwhile is in the file or is noted again from it.
fn write(uses: &Uses, path: &Path) -> io::Result<()> {
    let Some(head) = uses.with(Activity::head) else { return Ok(()) };
    let aside: PathBuf = path.with_extension("new");
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
    let mut file = BufWriter::new(file);
    put(&mut file, &Line::Begin { format: FORMAT, head })?;
    let mut before = usize::MAX;
    while let Some((rows, start)) = uses.with(|activity| activity.rows(before, ROWS)).flatten() {
        for row in rows {
            put(&mut file, &Line::Row(row))?;
        }
        before = start;
    }
    if let Some(head) = uses.with(Activity::head) {
        put(&mut file, &Line::End(head))?;
    }
    file.flush()?;
    file.get_ref().sync_data()?;
    fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn put(file: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

/// What was written; none if there is nothing, or it is damaged or of another version.
fn read(path: &Path) -> Option<(Head, Vec<Row>)> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(failure = %error, "who uses what cannot be read; it begins anew");
            return None;
        }
    };
    let mut lines = BufReader::new(file).lines();
    let mut line = || -> Option<Line> { serde_json::from_str(&lines.next()?.ok()?).ok() };
    let known = (|| {
        let Some(Line::Begin { format: FORMAT, head }) = line() else { return None };
        let mut rows = Vec::new();
        loop {
            match line()? {
                Line::Row(row) => rows.push(row),
                Line::End(end) => return Some((head.forgetting(&end), rows)),
                Line::Begin { .. } => return None,
            }
        }
    })();
    if known.is_none() {
        tracing::warn!("who uses what was written by another version, or is damaged; it begins anew");
    }
    known
}

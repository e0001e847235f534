//! The pipeline's thread: reads the spool in its order, has it parsed and matched, and records what comes of it.
//!
//! What was read counts as read only when all that came of it is recorded and the matches are on disk: after a crash it
//! is read again, and what is recorded already is not recorded twice.

use super::checkpoint::{Begun, Checkpoints};
use super::hands::{Done, Hands, Reading, parts};
use super::keeper::Keeper;
use super::letters::{Letter, Letters, text};
use super::product::Products;
use super::recorder::Recorder;
use super::rules::{self, Ready};
use super::status::Status;
use super::streams::Logs;
use crate::intake::{Kind, Source};
use crate::server::Server;
use cofferdam_detect::intake::Unread;
use cofferdam_detect::live::{Delivered, Live, Retained, Settings};
use cofferdam_spool::{Read, Reader, Seq};
use jiff::Timestamp;
use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// What is taken from the spool at once.
const PORTION: usize = 1 << 20;
/// How long the thread sleeps when nothing comes.
const IDLE: Duration = Duration::from_millis(200);
/// How long it sleeps at the least.
const LEAST: Duration = Duration::from_millis(5);
/// How often a checkpoint is made while something comes.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// How often it is looked whether rules changed.
const RULES: Duration = Duration::from_secs(5);
/// How long it waits when something cannot be written.
const AGAIN: Duration = Duration::from_secs(1);

/// Threads that parse and match, of at most so many.
fn threads(most: usize) -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(most).max(1)
}

/// What the thread works with.
struct Pipeline {
    server: Arc<Server>,
    live: Live,
    recorder: Recorder,
    reader: Reader,
    logs: Logs,
    letters: Letters,
    products: Products,
    checkpoints: Checkpoints,
    /// Writes down who uses what, as long as it is there.
    _keeper: Keeper,
    /// What was parsed and matched, and not taken in yet.
    ready: Option<Portion>,
    /// What stands before the first was taken in, and what stands before the second need not be read again.
    taken: (u64, u64),
    /// When the last checkpoint was made, and whether anything came since.
    marked: Instant,
    fresh: bool,
}

/// Places of what sources of alerts sent, with these.
type FromProducts = Vec<(usize, Arc<Source>)>;

/// Records that were read together, and what became of them.
struct Portion {
    records: Vec<Read>,
    /// Among the records.
    alerts: FromProducts,
    done: Vec<Done>,
    /// The record behind them, and the first one that has to be read again after a crash.
    upto: (u64, u64),
}

/// Why a set of rules is no longer worked with.
enum Over {
    Ended,
    Rules(Box<Ready>),
}

/// Runs until the server ends. What cannot be done is tried again.
pub fn run(server: &Arc<Server>, folder: &Path, ends: &AtomicBool) {
    let has_ended = || ends.load(std::sync::atomic::Ordering::Relaxed);
    let Some(mut ready) = until_done(&has_ended, || server.settings.rules.ready().map_err(io::Error::other))
    else {
        return;
    };
    told(&server.live, &ready);
    let Some(mut pipeline) = until_done(&has_ended, || Pipeline::open(server, folder, &ready)) else {
        return;
    };
    loop {
        match pipeline.with(&ready, &has_ended) {
            Over::Ended => break,
            Over::Rules(new) => {
                ready = *new;
                told(&server.live, &ready);
                let now = (server.clock)();
                pipeline.live.with_rules(ready.kit.shared_rules(), now);
            }
        }
    }
    if let Err(what) = pipeline.recorder.record_all(&mut pipeline.live) {
        tracing::error!(failure = %what, "the last counts are not recorded; they are counted again at the next start");
    }
    pipeline.checkpoint();
}

/// Tries until it is done or the server ends.
fn until_done<T>(has_ended: &impl Fn() -> bool, mut work: impl FnMut() -> io::Result<T>) -> Option<T> {
    let mut was_told = false;
    while !has_ended() {
        match work() {
            Ok(done) => return Some(done),
            Err(error) => {
                if !std::mem::replace(&mut was_told, true) {
                    tracing::error!(failure = %error, "live detection cannot begin; it is tried again");
                }
                std::thread::sleep(AGAIN);
            }
        }
    }
    None
}

fn told(status: &Status, ready: &Ready) {
    let set = ready.kit.rules();
    rules::tell(&set.problems);
    Status::set(&status.rules, (set.rules.len() + set.correlations.len()) as u64);
    Status::set(&status.rule_problems, set.problems.len() as u64);
    tracing::info!(rules = set.rules.len(), correlations = set.correlations.len(), "rules are read");
}

impl Pipeline {
    fn open(server: &Arc<Server>, folder: &Path, ready: &Ready) -> io::Result<Pipeline> {
        std::fs::create_dir_all(folder)?;
        let (checkpoints, begun) = Checkpoints::open::<Retained>(folder)?;
        let Begun { next, letters, matches, strange } = begun;
        if strange > 0 {
            tracing::warn!(strange, "matches that were kept cannot be understood any more");
        }
        let end = server.intake.spool.end().0;
        if next > end {
            tracing::error!(
                next,
                end,
                "the spool ends before what was read of it: it is another one, or damaged"
            );
        }
        let now = (server.clock)();
        let live = Live::restore(ready.kit.shared_rules(), Settings::default(), matches, now);
        let recorder = Recorder::open(server, folder)?;
        server.live.counted(live.counts());
        Status::set(&server.live.next, next);
        let keeper = Keeper::begin(server, folder, next)?;
        Ok(Pipeline {
            server: Arc::clone(server),
            live,
            recorder,
            reader: server.intake.spool.reader(Seq(next)),
            logs: Logs::default(),
            letters: Letters::open(folder, letters)?,
            products: Products::default(),
            checkpoints,
            ready: None,
            taken: (next, next),
            _keeper: keeper,
            marked: Instant::now(),
            fresh: false,
        })
    }

    /// Works with one set of rules.
    fn with(&mut self, ready: &Ready, has_ended: &impl Fn() -> bool) -> Over {
        let mut hands = Hands::new(&ready.kit, threads(self.server.settings.limits.threads));
        let mut looked = Instant::now();
        let mut coming: Option<Receiver<Result<Ready, String>>> = None;
        loop {
            if has_ended() {
                self.settle(has_ended);
                return Over::Ended;
            }
            if looked.elapsed() > RULES && coming.is_none() {
                looked = Instant::now();
                coming = self.changed(ready.mark);
            }
            match coming.as_ref().map(Receiver::try_recv) {
                Some(Ok(Ok(new))) => {
                    // What matched is told by the rules before.
                    self.settle(has_ended);
                    return Over::Rules(Box::new(new));
                }
                Some(Ok(Err(what))) => {
                    tracing::error!(failure = %what, "the rules changed and cannot be read; those before count on");
                    coming = None;
                }
                Some(Err(TryRecvError::Disconnected)) => coming = None,
                Some(Err(TryRecvError::Empty)) | None => {}
            }
            self.round(&mut hands, has_ended);
        }
    }

    /// Reads rules that changed, on a thread of its own: events do not wait for it.
    fn changed(&self, mark: u64) -> Option<Receiver<Result<Ready, String>>> {
        let rules = self.server.settings.rules.clone();
        if rules.0.mark() == mark {
            return None;
        }
        let (tell, told) = channel();
        let read = move || {
            let _ = tell.send(rules.ready());
        };
        std::thread::Builder::new().name("rules".to_owned()).spawn(read).ok().map(|_| told)
    }

    /// Reads a portion and has it parsed and matched, while what became of the one before is taken in.
    fn round(&mut self, hands: &mut Hands<'_>, has_ended: &impl Fn() -> bool) {
        let Some(records) = self.read() else { return };
        let now = (self.server.clock)();
        if records.is_empty() && self.ready.is_none() {
            let overdue = self.logs.overdue(now);
            if overdue.is_empty() {
                self.idle(now, has_ended);
                return;
            }
            let done = overdue.into_iter().map(|(name, joined)| hands.overdue(&name, joined, now)).collect();
            let upto = (self.reader.seq().0, self.safe());
            self.ready = Some(Portion { records: Vec::new(), alerts: Vec::new(), done, upto });
        }
        if records.is_empty() {
            self.settle(has_ended);
            return;
        }
        let server = Arc::clone(&self.server);
        let sources = &server.intake.sources;
        let reading = |source: &str| Reading::of(sources, source);
        let (alerts, events) = self.sorted(&records);
        let parts = parts(&events, &mut self.logs, &reading, now);
        let overdue = self.logs.overdue(now);
        let upto = (self.reader.seq().0, self.safe());
        let mut done = hands.portion(parts, &events, || self.settle(has_ended));
        done.extend(overdue.into_iter().map(|(name, joined)| hands.overdue(&name, joined, now)));
        drop(events);
        self.ready = Some(Portion { records, alerts, done, upto });
    }

    /// What the spool has next; none when it cannot be read.
    fn read(&mut self) -> Option<Vec<Read>> {
        match self.reader.next(PORTION) {
            Ok(portion) => {
                let missing: u64 = portion.missing.iter().map(|gap| gap.seqs.end - gap.seqs.start).sum();
                if missing > 0 {
                    Status::add(&self.server.live.missing, missing);
                    tracing::error!(
                        missing,
                        "events cannot be read from the spool any more: {:?}",
                        portion.missing
                    );
                }
                Some(portion.records)
            }
            Err(error) => {
                tracing::error!(failure = %error, "the spool cannot be read");
                std::thread::sleep(AGAIN);
                None
            }
        }
    }

    /// Nothing came: what is due by time is done, and it waits.
    fn idle(&mut self, now: Timestamp, has_ended: &impl Fn() -> bool) {
        let again = self.follow(now, has_ended);
        let wanted = again.duration_since(now).try_into().unwrap_or(Duration::ZERO);
        self.reader.wait(IDLE.min(wanted).max(LEAST));
    }

    /// Takes in what was parsed and matched.
    fn settle(&mut self, has_ended: &impl Fn() -> bool) {
        let Some(portion) = self.ready.take() else { return };
        let Portion { records, alerts, done, upto } = portion;
        let now = (self.server.clock)();
        for (at, source) in alerts {
            self.product(&records[at], &source);
        }
        for mut done in done {
            self.server.live.uses.note(&mut done, &records, &self.server.intake.sources, now);
            self.take(done, &records, now);
        }
        self.server.live.uses.with(|activity| activity.reached(upto.1));
        self.fresh |= !records.is_empty();
        self.taken = upto;
        self.follow(now, has_ended);
        Status::set(&self.server.live.next, upto.0);
        Status::add(&self.server.live.read, records.len() as u64);
    }

    /// Judges and records what is new; when something is due again.
    fn follow(&mut self, now: Timestamp, has_ended: &impl Fn() -> bool) -> Timestamp {
        self.recorder.listen(&mut self.live);
        let again = self.live.evaluate(now);
        self.record(has_ended);
        self.server.live.counted(self.live.counts());
        if self.fresh && self.marked.elapsed() > CHECKPOINT {
            self.checkpoint();
        }
        again
    }

    /// Places of alerts of other products with their sources, and events.
    fn sorted<'r>(&self, records: &'r [Read]) -> (FromProducts, Cow<'r, [Read]>) {
        let sources = &self.server.intake.sources;
        if !sources.all().iter().any(|source| source.kind == Kind::Alerts) {
            return (Vec::new(), Cow::Borrowed(records));
        }
        let (mut alerts, mut events) = (Vec::new(), Vec::new());
        for (at, read) in records.iter().enumerate() {
            let source = sources.named(&read.source).filter(|source| source.kind == Kind::Alerts);
            match source {
                Some(source) => alerts.push((at, source)),
                None => events.push(read.clone()),
            }
        }
        (alerts, Cow::Owned(events))
    }

    fn product(&mut self, read: &Read, source: &Source) {
        let told = self.products.take(read, source);
        for problem in told.problems {
            self.letter(read, source.name.as_str(), &Unread::Broken(problem));
        }
        for alert in told.alerts {
            if let Err(error) = self.checkpoints.add(&Retained::Foreign(Box::new(alert.clone()))) {
                tracing::error!(failure = %error, "alerts cannot be kept");
            }
            self.live.put(alert);
        }
    }

    /// Takes in what became of records.
    fn take(&mut self, done: Done, records: &[Read], now: Timestamp) {
        let Done { origin, processed, .. } = done;
        let record = |seq: u64| {
            records.binary_search_by_key(&seq, |read| read.seq.0).ok().and_then(|at| records.get(at))
        };
        for (seq, why) in processed.unread {
            if let Some(read) = record(seq) {
                self.letter(read, &origin.source, &why);
            }
        }
        Status::add(&self.server.live.matches, processed.matches.len() as u64);
        let shown: Arc<str> = origin.shown().into();
        let host: Option<Arc<str>> = self.host(&origin).map(Into::into);
        self.live.note_addresses(processed.addresses);
        for found in processed.matches {
            let seq = found.record;
            let arrival = record(seq).map_or(now, |read| read.arrival);
            let delivered = Delivered { seq, source: Arc::clone(&shown), arrival, host: host.clone(), found };
            let retained = self.live.retain(delivered.clone());
            if self.live.push(delivered, now)
                && let Err(error) = self.checkpoints.add(&retained)
            {
                tracing::error!(failure = %error, "matches cannot be kept");
            }
        }
    }

    fn host(&self, origin: &crate::intake::Origin) -> Option<String> {
        let of_source = || self.server.intake.sources.named(&origin.source)?.terms.host.clone();
        origin.host.clone().or_else(of_source)
    }

    fn letter(&mut self, read: &Read, source: &str, why: &Unread) {
        let reason = match why {
            Unread::AsText => "no parser knows this format; it was matched as text",
            Unread::Broken(what) => what,
        };
        let letter =
            Letter { seq: read.seq.0, arrival: read.arrival, source, reason, text: text(&read.bytes) };
        if let Err(error) = self.letters.add(&letter) {
            tracing::error!(failure = %error, "a dead letter cannot be written");
        }
        self.server.live.letter(source);
        if let Some(source) = self.server.intake.sources.named(source) {
            source.counters.dead_letters(1);
        }
    }

    /// Records what is new. While that cannot be, nothing else is read, and senders are told to wait when the spool is
    /// full.
    fn record(&mut self, has_ended: &impl Fn() -> bool) {
        let mut was_told = false;
        while let Err(what) = self.recorder.record(&mut self.live) {
            if !std::mem::replace(&mut was_told, true) {
                tracing::error!(failure = %what, "what was detected cannot be recorded; it is tried again");
            }
            if has_ended() {
                return;
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// What stands before this need not be read again.
    fn safe(&self) -> u64 {
        let next = self.reader.seq().0;
        self.logs.open_from().map_or(next, |open| open.min(next))
    }

    fn checkpoint(&mut self) {
        if self.recorder.has_pending() {
            return;
        }
        let (next, safe) = self.taken;
        let written =
            if self.checkpoints.is_long() { self.checkpoints.anew(self.live.retained()) } else { Ok(()) };
        match written.and_then(|()| self.checkpoints.set(safe, next)) {
            Ok(()) => self.server.intake.spool.processed(Seq(safe)),
            Err(error) => tracing::error!(failure = %error, "how far the spool was read cannot be written"),
        }
        (self.marked, self.fresh) = (Instant::now(), false);
    }
}

//! Reads the whole log again and says what does not fit.

mod ahead;

use crate::journal::NO_CHECKPOINT;
use crate::storage::{Last, Reader, StorageError, Stored};
use ahead::{Ahead, Apart};
use cofferdam_journal::merkle::{Hash, Tile, WIDTH};
use cofferdam_journal::note::{Checkpoint, Verifier};
use cofferdam_journal::{Commitment, Entry, EntryError, Fact, Head, StreamId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;

/// Things that do not fit; more are only counted.
const TOLD: usize = 20;

/// What a whole log was found to be.
#[derive(Debug, Default)]
pub struct Verification {
    /// Entries.
    pub entries: u64,
    /// Streams that they are in.
    pub streams: usize,
    /// Personal values that are known.
    pub values: u64,
    /// Personal values that were erased.
    pub erased: u64,
    /// The last checkpoint, if there is one that is believed.
    pub checkpoint: Option<Checkpoint>,
    /// The root over all entries; none of an empty log.
    pub root: Option<Hash>,
    /// What does not fit, the first of it.
    pub problems: Vec<Misfit>,
    /// How much does not fit.
    pub misfits: u64,
}

/// Something does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// At which entry; none when it concerns the log.
    pub position: Option<u64>,
    /// What it is.
    pub what: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "entry {position}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Verifies a whole log: entries, their order, their streams, tree, tiles, personal values, checkpoint.
///
/// # Errors
///
/// [`StorageError`] when it cannot be read to its end.
pub fn verify(reader: &dyn Reader, verifier: &Verifier) -> Result<Verification, StorageError> {
    let mut log = Whole::new(reader, verifier);
    log.read_checkpoint()?;
    std::thread::scope(|scope| {
        let mut ahead = Ahead::begin(scope);
        let mut failed = Ok(());
        reader.entries(0..u64::MAX, &mut |stored| {
            failed = log.take_all(ahead.put(stored));
            if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        failed?;
        while let Some(rest) = ahead.rest() {
            log.take_all(rest)?;
        }
        Ok::<_, StorageError>(())
    })?;
    log.end()
}

fn ending(last: Option<Last>) -> String {
    last.map_or_else(
        || "no entry".to_owned(),
        |Last { version, position }| format!("entry {position} as its number {version}"),
    )
}

struct Whole<'r> {
    reader: &'r dyn Reader,
    verifier: &'r Verifier,
    result: Verification,
    /// Of each stream, the last entry that was read.
    lasts: HashMap<StreamId, Last>,
    frontier: cofferdam_journal::merkle::Frontier,
    tiles: BTreeMap<u8, Tile>,
    /// Values that are not there, and where.
    missing: HashMap<Commitment, u64>,
    erased: HashSet<Commitment>,
    /// Where the next entry should be.
    next: u64,
}

impl<'r> Whole<'r> {
    fn new(reader: &'r dyn Reader, verifier: &'r Verifier) -> Whole<'r> {
        Whole {
            reader,
            verifier,
            result: Verification::default(),
            lasts: HashMap::new(),
            frontier: Default::default(),
            tiles: BTreeMap::new(),
            missing: HashMap::new(),
            erased: HashSet::new(),
            next: 0,
        }
    }

    fn misfit(&mut self, position: Option<u64>, what: String) {
        self.result.misfits += 1;
        if self.result.problems.len() < TOLD {
            self.result.problems.push(Misfit { position, what });
        }
    }

    fn read_checkpoint(&mut self) -> Result<(), StorageError> {
        let Some(note) = self.reader.checkpoint()? else { return Ok(()) };
        match Checkpoint::verified(&note, self.verifier) {
            Ok(checkpoint) => {
                if checkpoint.size == 0 {
                    self.check_root(checkpoint.root);
                }
                self.result.checkpoint = Some(checkpoint);
            }
            Err(error) => self.misfit(None, format!("the last checkpoint is not believed: {error}")),
        }
        Ok(())
    }

    fn take_all(&mut self, some: Vec<Apart>) -> Result<(), StorageError> {
        some.into_iter().try_for_each(|apart| self.take(apart))
    }

    fn take(&mut self, apart: Apart) -> Result<(), StorageError> {
        let Apart { stored, head, stand, hash } = apart;
        let position = stored.position;
        if position != self.next {
            self.misfit(Some(position), format!("it follows entry {}", self.next.wrapping_sub(1)));
        }
        self.next = position + 1;
        self.result.entries += 1;
        self.check_head(&stored, head);
        self.check_values(&stored, stand);
        self.grow(hash)?;
        let signed = self.result.checkpoint.as_ref().filter(|signed| signed.size == self.frontier.size());
        if let Some(want) = signed.map(|signed| signed.root) {
            self.check_root(want);
        }
        Ok(())
    }

    fn check_root(&mut self, want: Hash) {
        let got = self.frontier.root();
        if got != want {
            let size = self.frontier.size();
            self.misfit(None, format!("the first {size} entries have the root {got}, and {want} was signed"));
        }
    }

    fn check_head(&mut self, stored: &Stored, head: Result<Head, EntryError>) {
        let position = Some(stored.position);
        let head = match head {
            Ok(head) => head,
            Err(error) => return self.misfit(position, error.to_string()),
        };
        if head.log != *self.verifier.name() {
            let own = self.verifier.name().clone();
            self.misfit(position, format!("it belongs to the log `{}`, not to `{own}`", head.log));
        }
        if (head.position, head.stream, head.version) != (stored.position, stored.stream, stored.version) {
            let says = format!("{} {} {}", head.position, head.stream, head.version);
            let (place, stream, version) = (stored.position, stored.stream, stored.version);
            self.misfit(
                position,
                format!("it says that it is {says}, and is kept as {place} {stream} {version}"),
            );
        }
        let last = Last { version: stored.version, position: stored.position };
        let before = self.lasts.insert(stored.stream, last);
        let (want, got) = (Last::count(before) + 1, stored.version);
        if got != want {
            self.misfit(position, format!("`{}` has {got} here and should have {want}", stored.stream));
        }
        if stored.previous != before.map(|before| before.position) {
            let stream = stored.stream;
            self.misfit(position, format!("another entry is kept as the one before it in `{stream}`"));
        }
    }

    /// Compares the end of each stream with what is kept as its end.
    fn check_lasts(&mut self) -> Result<(), StorageError> {
        let (reader, read) = (self.reader, self.next);
        let (mut lasts, mut odd) = (std::mem::take(&mut self.lasts), Vec::new());
        let mut later = None;
        reader.lasts(&mut |stream, kept| {
            let there = lasts.remove(&stream);
            // Whoever writes meanwhile may have gone on with the stream.
            if kept.position >= read {
                later = later.max(Some(kept.position));
            } else if there != Some(kept) {
                odd.push((stream, there, Some(kept)));
            }
        })?;
        odd.extend(lasts.into_iter().map(|(stream, there)| (stream, Some(there), None)));
        odd.sort_unstable_by_key(|(stream, ..)| *stream);
        for (stream, there, kept) in odd {
            let (there, kept) = (ending(there), ending(kept));
            self.misfit(None, format!("`{stream}` ends with {there}, and is kept as ending with {kept}"));
        }
        match later {
            Some(position) if position >= reader.size()? => {
                self.misfit(
                    None,
                    format!("a stream is kept as ending with entry {position}, which is missing"),
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn check_values(&mut self, stored: &Stored, stand: Result<Vec<Commitment>, EntryError>) {
        let position = Some(stored.position);
        let stand = match stand {
            Ok(stand) => stand,
            Err(error) => return self.misfit(position, error.to_string()),
        };
        self.result.values += stored.secrets.len() as u64;
        for secret in &stored.secrets {
            if !stand.contains(&secret.commitment) {
                self.misfit(
                    position,
                    "a personal value beside it is not what it was committed to".to_owned(),
                );
            }
        }
        let known =
            |commitment: &Commitment| stored.secrets.iter().any(|secret| secret.commitment == *commitment);
        if stand.len() > stored.secrets.len() {
            self.missing
                .extend(stand.into_iter().filter(|one| !known(one)).map(|one| (one, stored.position)));
        }
        // Erasures are entries of the log itself; few, so that reading them whole costs nothing.
        if stored.stream == StreamId::Log
            && let Ok(Entry { fact: Fact::ValuesErased { values, .. }, .. }) =
                Entry::read(&stored.leaf, &|_| None)
        {
            self.erased.extend(values.iter().filter_map(|value| Commitment::parse(value)));
        }
    }

    /// Adds the hash to the tree, and compares each tile that becomes full with the one that is kept.
    fn grow(&mut self, hash: Hash) -> Result<(), StorageError> {
        let (tiles, mut full) = (&mut self.tiles, Vec::new());
        self.frontier.push(hash, &mut |level, index, hash| {
            if level % 8 != 0 {
                return;
            }
            let (level, number) = (level / 8, index / WIDTH as u64);
            let tile = tiles.entry(level).or_insert_with(|| Tile::empty(level, number));
            tile.push(hash);
            if tile.hashes().len() == WIDTH {
                full.extend(tiles.remove(&level));
            }
        });
        full.iter().try_for_each(|tile| self.compare(tile))
    }

    fn compare(&mut self, tile: &Tile) -> Result<(), StorageError> {
        if self.reader.tile(tile.id.level, tile.id.index)? != Some(tile.bytes()) {
            self.misfit(None, format!("{} is not made of these entries", tile.id));
        }
        Ok(())
    }

    fn end(mut self) -> Result<Verification, StorageError> {
        let partial: Vec<Tile> =
            std::mem::take(&mut self.tiles).into_values().filter(|tile| tile.id.level > 0).collect();
        partial.iter().try_for_each(|tile| self.compare(tile))?;
        let signed = self.result.checkpoint.as_ref().map(|signed| signed.size);
        if signed.is_none() && self.result.entries > 0 && self.result.misfits == 0 {
            self.misfit(None, NO_CHECKPOINT.to_owned());
        }
        if let Some(signed) = signed.filter(|signed| *signed > self.frontier.size()) {
            let there = self.frontier.size();
            self.misfit(None, format!("{signed} entries were signed, and {there} are there"));
        }
        let missing: Vec<(Commitment, u64)> = std::mem::take(&mut self.missing).into_iter().collect();
        for (commitment, position) in missing {
            if self.erased.contains(&commitment) {
                self.result.erased += 1;
            } else {
                let what = "a personal value is missing, and no order to erase it was recorded".to_owned();
                self.misfit(Some(position), what);
            }
        }
        self.result.streams = self.lasts.len();
        self.check_lasts()?;
        self.result.root = (self.result.entries > 0).then(|| self.frontier.root());
        Ok(self.result)
    }
}

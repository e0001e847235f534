//! A disk on which only what was synced is sure to be there after a power cut.
//!
//! Of what was not synced, each 512-byte sector may have any of the states that it went through, the size
//! any that the file had, and a name may stand for any file that it stood for. As SQLite does, it believes
//! that a write which is torn spares the bytes beside it, and that a sync of the folder syncs its names.

use crate::random::Random;
use crate::trace::{FileId, Op};
use std::collections::BTreeMap;
use std::path::Path;

/// What a disk writes in one piece.
const SECTOR: usize = 512;

/// How the disk keeps what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// What was synced is there.
    Kept,
    /// A sync does nothing.
    Broken,
    /// A sync of the folder does nothing.
    BrokenForFolders,
    /// A sync of the first file does nothing.
    BrokenForFirst,
}

/// What is on it, and what may be.
pub struct Disk {
    promise: Promise,
    files: BTreeMap<FileId, File>,
    names: BTreeMap<String, FileId>,
    /// Names that came to stand for another file, or for none, since the last sync of the folder; those of one change
    /// together.
    unsynced: Vec<Vec<(String, Option<FileId>)>>,
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { size: usize },
}

impl Disk {
    /// A disk on which nothing is.
    pub fn new(promise: Promise) -> Disk {
        Disk { promise, files: BTreeMap::new(), names: BTreeMap::new(), unsynced: Vec::new() }
    }

    /// Something was done, to its end.
    pub fn done(&mut self, op: &Op) {
        match op {
            Op::Sync { file } => match self.promise {
                Promise::Broken => {}
                Promise::BrokenForFirst if *file == 0 => {}
                _ => self.file(*file).sync(),
            },
            Op::SyncFolder if matches!(self.promise, Promise::Kept | Promise::BrokenForFirst) => {
                let unsynced = std::mem::take(&mut self.unsynced);
                unsynced.into_iter().for_each(|change| put(&mut self.names, change));
            }
            other => self.begun(other),
        }
    }

    /// Something was begun: it may have had its effect, or a part of it. A sync has none before its end.
    pub fn begun(&mut self, op: &Op) {
        match op {
            Op::Create { name, file } => self.unsynced.push(vec![(name.clone(), Some(*file))]),
            Op::Unlink { name } => self.unsynced.push(vec![(name.clone(), None)]),
            Op::Rename { from, to, file } => {
                self.unsynced.push(vec![(from.clone(), None), (to.clone(), Some(*file))]);
            }
            Op::Write { file, offset, bytes } => {
                let change = Change::Write { offset: *offset, bytes: bytes.clone() };
                self.file(*file).unsynced.push(change);
            }
            Op::Truncate { file, size } => self.file(*file).unsynced.push(Change::Truncate { size: *size }),
            Op::Sync { .. } | Op::SyncFolder | Op::Mark(_) => {}
        }
    }

    /// Takes back what [`Disk::begun`] added.
    pub fn not_begun(&mut self, op: &Op) {
        match op {
            Op::Create { .. } | Op::Unlink { .. } | Op::Rename { .. } => {
                self.unsynced.pop();
            }
            Op::Write { file, .. } | Op::Truncate { file, .. } => {
                self.file(*file).unsynced.pop();
            }
            Op::Sync { .. } | Op::SyncFolder | Op::Mark(_) => {}
        }
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.entry(file).or_default()
    }

    /// Writes to `folder` what the power cut has left.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written.
    pub fn cut(&self, folder: &Path, random: &mut Random) {
        let mut names = self.names.clone();
        let upto = [0, self.unsynced.len(), random.below(self.unsynced.len() + 1)][random.below(3)];
        for change in self.unsynced.iter().take(upto) {
            put(&mut names, change.clone());
        }
        if random.once_in(3) {
            // Names need not become durable in the order in which they were changed.
            for change in &self.unsynced {
                if random.once_in(2) {
                    put(&mut names, change.clone());
                }
            }
        }
        for (name, file) in names {
            let left = self.files.get(&file).map_or_else(Vec::new, |file| file.left(random));
            std::fs::write(folder.join(name), left).expect("what is left is written");
        }
    }
}

fn put(names: &mut BTreeMap<String, FileId>, change: Vec<(String, Option<FileId>)>) {
    for (name, file) in change {
        match file {
            Some(file) => names.insert(name, file),
            None => names.remove(&name),
        };
    }
}

impl File {
    fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            change.to(&mut self.synced);
        }
    }

    /// One of the things that the file may be after a power cut.
    fn left(&self, random: &mut Random) -> Vec<u8> {
        let changes = self.unsynced.len();
        let mut content = self.synced.clone();
        match random.below(5) {
            0 => {}
            1 => self.unsynced.iter().for_each(|change| change.to(&mut content)),
            2 => {
                let survive = random.below(changes + 1);
                self.unsynced.iter().take(survive).for_each(|change| change.to(&mut content));
            }
            3 => {
                for change in &self.unsynced {
                    if !random.once_in(3) {
                        change.to(&mut content);
                    }
                }
            }
            _ => return self.torn(random),
        }
        content
    }

    /// Each sector as it was at some moment, and a size that the file had at some moment.
    fn torn(&self, random: &mut Random) -> Vec<u8> {
        let mut sizes = vec![self.synced.len()];
        for change in &self.unsynced {
            let size = sizes.last().copied().unwrap_or(0);
            sizes.push(match change {
                Change::Write { offset, bytes } => size.max(offset + bytes.len()),
                Change::Truncate { size } => *size,
            });
        }
        let size = sizes[random.below(sizes.len())];
        // What lies where nothing was written is zeros, or what some other file had there.
        let is_foul = random.once_in(4);
        let mut content = Vec::with_capacity(size);
        for start in (0..size).step_by(SECTOR) {
            let (mut sector, was_written) = self.sector(start, random);
            if !was_written && is_foul {
                sector.iter_mut().for_each(|byte| *byte = random.next().to_le_bytes()[0]);
            }
            content.extend_from_slice(&sector[..SECTOR.min(size - start)]);
        }
        content
    }

    /// The sector after some of the changes to it, and whether anything was ever written there.
    fn sector(&self, start: usize, random: &mut Random) -> ([u8; SECTOR], bool) {
        let mut sector = [0; SECTOR];
        let synced = self.synced.get(start..).unwrap_or_default();
        let there = synced.len().min(SECTOR);
        sector[..there].copy_from_slice(&synced[..there]);
        let mut was_written = there > 0;
        let touching: Vec<&Change> = self.unsynced.iter().filter(|change| change.touches(start)).collect();
        let survive = random.below(touching.len() + 1);
        for change in touching.into_iter().take(survive) {
            match change {
                Change::Write { offset, bytes } => {
                    let (from, to) = ((*offset).max(start), (offset + bytes.len()).min(start + SECTOR));
                    sector[from - start..to - start].copy_from_slice(&bytes[from - offset..to - offset]);
                }
                Change::Truncate { size } => sector[size.saturating_sub(start).min(SECTOR)..].fill(0),
            }
            was_written = true;
        }
        (sector, was_written)
    }
}

impl Change {
    fn to(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write { offset, bytes } => {
                let end = offset + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*offset..end].copy_from_slice(bytes);
            }
            Change::Truncate { size } => content.resize(*size, 0),
        }
    }

    fn touches(&self, start: usize) -> bool {
        match self {
            Change::Write { offset, bytes } => *offset < start + SECTOR && offset + bytes.len() > start,
            Change::Truncate { size } => *size < start + SECTOR,
        }
    }
}

//! Records that were synced together.

use super::frame::{self, FrameHead, Kind};
use super::wire::{Take, put_count, put_name, put_time};
use jiff::Timestamp;
use std::sync::Arc;

const HAS_PLACE: u8 = 1;
const HAS_IDENTITY: u8 = 2;
/// Bytes of a part and of an entry without what they may have, for [`Take::count`].
const PART: usize = 28;
const ENTRY: usize = 9;

/// Records that were synced together, without their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Names of sources.
    pub sources: Vec<Arc<str>>,
    /// Fingerprints of followed files.
    pub files: Vec<[u8; 16]>,
    /// One for each batch.
    pub parts: Vec<Part>,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Index of its source.
    pub source: u32,
    pub arrival: Timestamp,
    /// Records that were there already.
    pub doubled: u32,
    /// Records that were taken.
    pub entries: Vec<Entry>,
    /// Places of records that were there already: index of the file, offset.
    pub moved: Vec<(u32, u64)>,
}

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub length: u32,
    /// CRC-32 of its bytes.
    pub sum: u32,
    /// Index of the file, offset after the record.
    pub place: Option<(u32, u64)>,
    pub identity: Option<[u8; 16]>,
}

impl Group {
    /// How many records.
    pub fn records(&self) -> u32 {
        let records: usize = self.parts.iter().map(|part| part.entries.len()).sum();
        u32::try_from(records).unwrap_or(u32::MAX)
    }

    /// Whether there is nothing in it that must be on disk.
    pub fn is_idle(&self) -> bool {
        self.parts.iter().all(|part| part.entries.is_empty() && part.moved.is_empty())
    }

    /// A frame without its place, in this empty buffer; `bytes` are those of all records.
    pub fn frame(&self, buffer: Vec<u8>, first: u64, bytes: &[&[u8]]) -> Vec<u8> {
        let data: usize = bytes.iter().map(|bytes| bytes.len()).sum();
        let room = data + bytes.len() * (ENTRY + 28) + self.parts.len() * (PART + 4) + 256;
        let mut frame = frame::begin_in(buffer, room);
        self.table(&mut frame);
        let table_end = frame.len();
        bytes.iter().for_each(|bytes| frame.extend_from_slice(bytes));
        frame::finish(&mut frame, Kind::Records, first, self.records(), table_end);
        frame
    }

    fn table(&self, out: &mut Vec<u8>) {
        put_count(out, self.sources.len());
        self.sources.iter().for_each(|name| put_name(out, name));
        put_count(out, self.files.len());
        self.files.iter().for_each(|file| out.extend_from_slice(file));
        put_count(out, self.parts.len());
        self.parts.iter().for_each(|part| part.put(out));
    }

    /// Reads a table; none when it is not one of so many records and bytes.
    pub fn parse(table: &[u8], head: &FrameHead) -> Option<Group> {
        let mut take = Take(table);
        let mut group = Group::default();
        for _ in 0..take.count(2)? {
            group.sources.push(Arc::from(take.name()?));
        }
        for _ in 0..take.count(16)? {
            group.files.push(take.array()?);
        }
        let (sources, files) = (group.sources.len(), group.files.len());
        for _ in 0..take.count(PART)? {
            let part = Part::take(&mut take, files)?;
            usize::try_from(part.source).ok().filter(|source| *source < sources)?;
            group.parts.push(part);
        }
        let bytes: u64 = group.parts.iter().map(Part::bytes).sum();
        let is_whole = take.0.is_empty() && group.records() == head.records && bytes == u64::from(head.data);
        is_whole.then_some(group)
    }
}

impl Part {
    /// Bytes of the records that were taken.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.length)).sum()
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.source.to_le_bytes());
        put_time(out, self.arrival);
        out.extend_from_slice(&self.doubled.to_le_bytes());
        put_count(out, self.entries.len());
        for Entry { length, sum, place, identity } in &self.entries {
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&sum.to_le_bytes());
            let flags = [(place.is_some(), HAS_PLACE), (identity.is_some(), HAS_IDENTITY)];
            out.push(flags.into_iter().filter(|(has, _)| *has).map(|(_, flag)| flag).sum());
            if let Some((file, next)) = place {
                put_place(out, *file, *next);
            }
            if let Some(identity) = identity {
                out.extend_from_slice(identity);
            }
        }
        put_count(out, self.moved.len());
        self.moved.iter().for_each(|(file, next)| put_place(out, *file, *next));
    }

    fn take(take: &mut Take<'_>, files: usize) -> Option<Part> {
        let (source, arrival, doubled) = (take.u32()?, take.time()?, take.u32()?);
        let count = take.count(ENTRY)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let (length, sum, flags) = (take.u32()?, take.u32()?, take.u8()?);
            let place = if flags & HAS_PLACE > 0 { Some(take_place(take, files)?) } else { None };
            let identity = if flags & HAS_IDENTITY > 0 { Some(take.array()?) } else { None };
            entries.push(Entry { length, sum, place, identity });
        }
        let mut moved = Vec::new();
        for _ in 0..take.count(12)? {
            moved.push(take_place(take, files)?);
        }
        Some(Part { source, arrival, doubled, entries, moved })
    }
}

fn put_place(out: &mut Vec<u8>, file: u32, next: u64) {
    out.extend_from_slice(&file.to_le_bytes());
    out.extend_from_slice(&next.to_le_bytes());
}

fn take_place(take: &mut Take<'_>, files: usize) -> Option<(u32, u64)> {
    let (file, next) = (take.u32()?, take.u64()?);
    usize::try_from(file).is_ok_and(|file| file < files).then_some((file, next))
}

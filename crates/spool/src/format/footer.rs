//! The end of a sealed segment: what is in it and where, and a hash of all of it.

use super::frame::{self, FrameHead, Kind};
use super::group::Group;
use super::wire::{Take, put_count, put_name, put_time};
use crate::window::Known;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes at the very end of a sealed segment, which say where the footer begins.
pub const TRAILER: usize = 16;
const TRAILER_MAGIC: [u8; 8] = *b"CFDSEAL\n";

/// What is in a sealed segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footer {
    /// Number of the record after the last.
    pub end: u64,
    /// Of the first and of the last batch.
    pub arrivals: Option<(Timestamp, Timestamp)>,
    /// Where the identities begin, and how many there are.
    pub identities: (u64, u32),
    /// The hash of all before the footer, of the kind that the header says.
    pub hash: [u8; 32],
    /// What each source brought.
    pub sources: Counts,
    /// Numbers of records, and where in the file the frames begin that hold them: some of all, in order.
    pub index: Vec<(u64, u64)>,
}

/// What sources brought to a segment. Those beyond the first 4,096 are counted together, under an empty name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<Arc<str>, Count>);

/// What a source brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
}

const COUNTED: usize = 4096;

impl Counts {
    /// Counts what was synced.
    pub fn follow(&mut self, group: &Group) {
        for part in group.parts.iter().filter(|part| !part.entries.is_empty()) {
            let name = usize::try_from(part.source).ok().and_then(|number| group.sources.get(number));
            let is_counted = |name: &&Arc<str>| self.0.len() < COUNTED || self.0.contains_key(*name);
            let count = self.0.entry(name.filter(is_counted).cloned().unwrap_or_default()).or_default();
            count.records += part.entries.len() as u64;
            count.bytes += part.bytes();
        }
    }
}

impl Footer {
    /// A frame without its place, with the trailer; it begins at `offset`.
    pub fn frame(&self, offset: u64) -> Vec<u8> {
        let mut frame = frame::begin(256 + self.index.len() * 16);
        self.table(&mut frame);
        let table_end = frame.len();
        frame.extend_from_slice(&offset.to_le_bytes());
        frame.extend_from_slice(&TRAILER_MAGIC);
        frame::finish(&mut frame, Kind::Footer, self.end, 0, table_end);
        frame
    }

    fn table(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.arrivals.is_some()));
        let (first, last) = self.arrivals.unwrap_or_default();
        put_time(out, first);
        put_time(out, last);
        out.extend_from_slice(&self.identities.0.to_le_bytes());
        out.extend_from_slice(&self.identities.1.to_le_bytes());
        out.extend_from_slice(&self.hash);
        put_count(out, self.sources.0.len());
        for (source, Count { records, bytes }) in &self.sources.0 {
            put_name(out, source);
            out.extend_from_slice(&records.to_le_bytes());
            out.extend_from_slice(&bytes.to_le_bytes());
        }
        put_count(out, self.index.len());
        for (seq, offset) in &self.index {
            out.extend_from_slice(&seq.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
        }
    }

    /// Reads a table; none when it is not one.
    pub fn parse(table: &[u8], head: &FrameHead) -> Option<Footer> {
        let mut take = Take(table);
        let has_arrivals = take.u8()? == 1;
        let arrivals = Some((take.time()?, take.time()?)).filter(|_| has_arrivals);
        let (identities, hash) = ((take.u64()?, take.u32()?), take.array()?);
        let mut footer = Footer { end: head.first, arrivals, identities, hash, ..Footer::default() };
        for _ in 0..take.count(17)? {
            let (source, records, bytes) = (take.text()?, take.u64()?, take.u64()?);
            footer.sources.0.insert(source.into(), Count { records, bytes });
        }
        for _ in 0..take.count(16)? {
            footer.index.push((take.u64()?, take.u64()?));
        }
        take.0.is_empty().then_some(footer)
    }
}

/// Where the footer begins, by the last bytes of a file.
pub fn trailer_offset(bytes: &[u8; TRAILER]) -> Option<u64> {
    let mut take = Take(bytes);
    let offset = take.u64()?;
    (take.array()? == TRAILER_MAGIC).then_some(offset)
}

/// A frame of identities without its place.
pub fn identities<'k>(end: u64, known: impl Iterator<Item = &'k Known>) -> (Vec<u8>, u32) {
    let mut frame = frame::begin(1 << 16);
    let mut count = 0;
    for Known { identity, source, arrival } in known {
        frame.extend_from_slice(identity);
        frame.extend_from_slice(&source.to_le_bytes());
        frame.extend_from_slice(&arrival.to_le_bytes());
        count += 1;
    }
    let table_end = frame.len();
    frame::finish(&mut frame, Kind::Identities, end, 0, table_end);
    (frame, count)
}

/// Reads the table of a frame of identities.
pub fn known(table: &[u8]) -> impl Iterator<Item = Known> {
    table.chunks_exact(24).map_while(|bytes| {
        let mut take = Take(bytes);
        Some(Known { identity: take.array()?, source: take.u32()?, arrival: take.u32()? })
    })
}

//! What of the batches that wait is new.

use crate::format::{Entry, Group, Part};
use crate::record::{Batch, Receipt, Record, Seq};
use crate::window::{Known, Window, second, tag};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What is to be written, and what is to be said when it was.
pub struct Sifted<'b> {
    pub group: Group,
    /// Bytes of the records that are new.
    pub bytes: Vec<&'b [u8]>,
    /// One for each batch.
    pub receipts: Vec<Receipt>,
    /// Identities of the records that are new.
    pub known: Vec<Known>,
}

/// Sorts out what is there already; the first record that is new has this number.
pub fn sift<'b>(
    batches: impl Iterator<Item = &'b Batch>,
    id: &[u8; 16],
    window: &Window,
    first: u64,
) -> Sifted<'b> {
    let sifted =
        Sifted { group: Group::default(), bytes: Vec::new(), receipts: Vec::new(), known: Vec::new() };
    let (fresh, files, sources) = (HashSet::new(), HashMap::new(), HashMap::new());
    let mut sieve = Sieve { sifted, id, window, fresh, files, sources, next: first };
    batches.for_each(|batch| sieve.batch(batch));
    sieve.sifted
}

struct Sieve<'w, 'b> {
    sifted: Sifted<'b>,
    id: &'w [u8; 16],
    window: &'w Window,
    /// Identities that are new in this group.
    fresh: HashSet<(u32, [u8; 16])>,
    files: HashMap<[u8; 16], u32>,
    /// Index and tag by name.
    sources: HashMap<&'b str, (u32, u32)>,
    next: u64,
}

impl<'b> Sieve<'_, 'b> {
    fn batch(&mut self, batch: &'b Batch) {
        let (source, tag) = self.source(&batch.source);
        let arrival = batch.arrival;
        let mut part = Part { source, arrival, doubled: 0, entries: Vec::new(), moved: Vec::new() };
        let first = self.next;
        for record in &batch.records {
            let place = record.place.map(|place| (self.file(place.file), place.next));
            if let Some((file, _)) = place {
                // The place of the last record counts, whether it is stored or not.
                part.moved.retain(|(moved, _)| *moved != file);
            }
            if let Some(identity) = record.identity {
                if !self.is_new(tag, &identity) {
                    part.doubled += 1;
                    part.moved.extend(place);
                    continue;
                }
                self.sifted.known.push(Known { identity, source: tag, arrival: second(arrival) });
            }
            part.entries.push(entry(record, place));
            self.sifted.bytes.push(&record.bytes);
            self.next += 1;
        }
        let taken = u32::try_from(part.entries.len()).unwrap_or(u32::MAX);
        let receipt = Receipt { first: (taken > 0).then_some(Seq(first)), taken, doubled: part.doubled };
        self.sifted.receipts.push(receipt);
        self.sifted.group.parts.push(part);
    }

    fn source(&mut self, name: &'b Arc<str>) -> (u32, u32) {
        let names = &mut self.sifted.group.sources;
        *self.sources.entry(name).or_insert_with(|| {
            names.push(name.clone());
            (u32::try_from(names.len() - 1).unwrap_or(u32::MAX), tag(self.id, name))
        })
    }

    fn is_new(&mut self, source: u32, identity: &[u8; 16]) -> bool {
        !self.window.contains(source, identity) && self.fresh.insert((source, *identity))
    }

    fn file(&mut self, file: [u8; 16]) -> u32 {
        let files = &mut self.sifted.group.files;
        *self.files.entry(file).or_insert_with(|| {
            files.push(file);
            u32::try_from(files.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

fn entry(record: &Record, place: Option<(u32, u64)>) -> Entry {
    let length = u32::try_from(record.bytes.len()).unwrap_or(u32::MAX);
    Entry { length, sum: crc32fast::hash(&record.bytes), place, identity: record.identity }
}

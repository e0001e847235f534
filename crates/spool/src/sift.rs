//! What of the batches that wait is new.

use crate::book::Book;
use crate::format::{Entry, Group, Part};
use crate::record::{Batch, Receipt, Record, Seq};
use crate::window::{Known, Window};
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

/// Numbers of the sources of batches, and those of them that are new.
pub struct Numbers {
    of_batches: Vec<u32>,
    new: Vec<(u32, Arc<str>)>,
}

impl Numbers {
    /// Looks sources up.
    pub fn of<'b>(batches: impl Iterator<Item = &'b Batch>, book: &Book) -> Numbers {
        let mut numbers = Numbers { of_batches: Vec::new(), new: Vec::new() };
        for batch in batches {
            let new =
                || numbers.new.iter().find(|(_, name)| *name == batch.source).map(|(number, _)| *number);
            let number = book.number(&batch.source).or_else(new).unwrap_or_else(|| {
                let number = book.next() + u32::try_from(numbers.new.len()).unwrap_or(u32::MAX);
                numbers.new.push((number, batch.source.clone()));
                number
            });
            numbers.of_batches.push(number);
        }
        numbers
    }
}

/// Sorts out what is there already; the first record that is new has this number.
pub fn sift<'b>(
    batches: impl Iterator<Item = &'b Batch>,
    numbers: Numbers,
    window: &Window,
    first: u64,
) -> Sifted<'b> {
    let group = Group { new_sources: numbers.new, ..Group::default() };
    let sifted = Sifted { group, bytes: Vec::new(), receipts: Vec::new(), known: Vec::new() };
    let mut sieve = Sieve { sifted, window, fresh: HashSet::new(), files: HashMap::new(), next: first };
    for (batch, source) in batches.zip(numbers.of_batches) {
        sieve.batch(batch, source);
    }
    sieve.sifted
}

struct Sieve<'w, 'b> {
    sifted: Sifted<'b>,
    window: &'w Window,
    /// Identities that are new in this group.
    fresh: HashSet<(u32, [u8; 16])>,
    files: HashMap<[u8; 16], u32>,
    next: u64,
}

impl<'b> Sieve<'_, 'b> {
    fn batch(&mut self, batch: &'b Batch, source: u32) {
        let arrival = batch.arrival;
        let arrival_s = u32::try_from(arrival.as_second()).unwrap_or(0);
        let mut part = Part { source, arrival, doubled: 0, entries: Vec::new(), moved: Vec::new() };
        let first = self.next;
        for record in &batch.records {
            let place = record.place.map(|place| (self.file(place.file), place.next));
            if let Some((file, _)) = place {
                // The place of the last record counts, whether it is stored or not.
                part.moved.retain(|(moved, _)| *moved != file);
            }
            if let Some(identity) = record.identity {
                if !self.is_new(source, &identity) {
                    part.doubled += 1;
                    part.moved.extend(place);
                    continue;
                }
                self.sifted.known.push(Known { identity, source, arrival: arrival_s });
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

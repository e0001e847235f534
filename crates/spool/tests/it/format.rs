//! Segments read by `docs/spool.md` alone: nothing here knows the code that wrote them.

use crate::sample::{all, batch, identified, lines, open, options, placed, scratch, segments};
use cofferdam_spool::Batch;
use sha2::{Digest, Sha256};
use std::fs;

/// Bytes, read from the front.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken.to_vec()
    }

    fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn time(&mut self) -> (u64, u32) {
        (self.u64(), self.u32())
    }

    fn name(&mut self) -> String {
        let length = usize::from(self.u8());
        String::from_utf8(self.take(length)).unwrap()
    }
}

/// A frame: kind, number of the first record, offset, table, data.
type Frame = (u32, u64, usize, Vec<u8>, Vec<u8>);

fn frames(segment: &[u8]) -> Vec<Frame> {
    let mut header = Bytes(segment);
    assert_eq!(header.take(8), b"CFDSPOOL");
    assert_eq!((header.u32(), header.u32()), (2, 0));
    let (id, first, sum) = (header.take(16), header.u64(), header.u32());
    assert_eq!(sum, crc32fast::hash(&segment[..40]));
    let (mut frames, mut offset) = (Vec::new(), 44);
    while offset < segment.len() {
        let mut head = Bytes(&segment[offset..]);
        assert_eq!(head.take(4), b"CFDf");
        let (kind, table, data, seq) = (head.u32(), head.u32(), head.u32(), head.u64());
        let (_records, table_sum, zero, sum) = (head.u32(), head.u32(), head.u32(), head.u32());
        let place = [&id[..], &first.to_le_bytes(), &(offset as u64).to_le_bytes()].concat();
        assert_eq!(sum, crc32fast::hash(&[&place, &segment[offset..offset + 36]].concat()));
        let (table, data) = (head.take(table as usize), head.take(data as usize));
        assert_eq!((zero, table_sum), (0, crc32fast::hash(&table)));
        let length = 40 + table.len() + data.len();
        frames.push((kind, seq, offset, table, data));
        offset += length;
    }
    frames
}

/// Records as lines of text.
fn records((_, seq, _, table, data): &Frame) -> Vec<String> {
    let (mut table, mut data, mut lines) = (Bytes(table), Bytes(data), Vec::new());
    let sources: Vec<String> = (0..table.u32()).map(|_| table.name()).collect();
    let files: Vec<Vec<u8>> = (0..table.u32()).map(|_| table.take(16)).collect();
    for _ in 0..table.u32() {
        let (source, time, doubled) = (table.u32(), table.time(), table.u32());
        let source = &sources[source as usize];
        for _ in 0..table.u32() {
            let (length, sum, flags) = (table.u32(), table.u32(), table.u8());
            let place = (flags & 1 > 0).then(|| (files[table.u32() as usize][0], table.u64()));
            let identity = (flags & 2 > 0).then(|| table.take(16)[0]);
            let bytes = data.take(length as usize);
            assert_eq!(sum, crc32fast::hash(&bytes));
            let text = String::from_utf8(bytes).unwrap();
            let number = seq + lines.len() as u64;
            lines.push(format!("{number} {source} {} {place:?} {identity:?} {text}", time.0));
        }
        let moved: Vec<(u8, u64)> =
            (0..table.u32()).map(|_| (files[table.u32() as usize][0], table.u64())).collect();
        if doubled > 0 {
            lines.push(format!("{source} {doubled} doubled {moved:?}"));
        }
    }
    assert!(table.0.is_empty() && data.0.is_empty());
    lines
}

#[test]
fn a_sealed_segment_reads_by_its_description() {
    let folder = scratch();
    let spool = open(folder.path(), options());
    spool
        .append(Batch { records: vec![placed("one", 1, 4), identified("two", 2)], ..batch("auth", &[]) })
        .unwrap();
    let mut again = identified("two", 2);
    again.place = placed("", 3, 9).place;
    spool.append(Batch { records: vec![again, placed("three", 1, 8)], ..batch("auth", &[]) }).unwrap();
    spool.append(batch("audit", &["y".repeat(3000).as_str()])).unwrap();
    spool.append(batch("audit", &["next"])).unwrap();
    drop(spool);
    let paths = segments(folder.path());
    let sealed = fs::read(&paths[0]).unwrap();
    let all = frames(&sealed);
    assert_eq!(all.iter().map(|frame| frame.0).collect::<Vec<_>>(), [1, 2, 2, 2, 3, 4]);
    assert_eq!(
        records(&all[1]),
        [
            "0 auth 1800000000 Some((1, 4)) None one".to_owned(),
            "1 auth 1800000000 None Some(2) two".to_owned()
        ]
    );
    assert_eq!(
        records(&all[2]),
        ["2 auth 1800000000 Some((1, 8)) None three".to_owned(), "auth 1 doubled [(3, 9)]".to_owned()]
    );
    check_end(&sealed, &all);
    check_carried(&frames(&fs::read(&paths[1]).unwrap())[0]);
}

/// Identities and footer.
fn check_end(sealed: &[u8], all: &[Frame]) {
    let (.., identities_at, identities, _) = &all[4];
    let tag = Sha256::new_with_prefix(&sealed[16..32]).chain_update("auth").finalize();
    assert_eq!(identities, &[&[2; 16], &tag[..4], &1_800_000_000_u32.to_le_bytes()[..]].concat());
    let (_, end, footer_at, footer, trailer) = &all[5];
    assert_eq!(trailer, &[&(*footer_at as u64).to_le_bytes()[..], b"CFDSEAL\n"].concat());
    let mut footer = Bytes(footer);
    assert_eq!((footer.u8(), footer.time(), footer.time()), (1, (1_800_000_000, 0), (1_800_000_000, 0)));
    assert_eq!((footer.u64(), footer.u32()), (*identities_at as u64, 1));
    assert_eq!(footer.take(32), blake3::hash(&sealed[..*footer_at]).as_bytes());
    let counts: Vec<(String, u64, u64)> =
        (0..footer.u32()).map(|_| (footer.name(), footer.u64(), footer.u64())).collect();
    assert_eq!(counts, [("audit".to_owned(), 1, 3000), ("auth".to_owned(), 3, 11)]);
    assert_eq!((footer.u32(), footer.0.len()), (0, 0), "it is too small for an index");
    assert_eq!(*end, 4);
}

/// What the next segment begins with.
fn check_carried((kind, first, offset, table, data): &Frame) {
    assert_eq!((*kind, *first, *offset, data.len()), (1, 4, 44, 0));
    let mut table = Bytes(table);
    let mut sources = Vec::new();
    for _ in 0..table.u32() {
        let (name, taken, doubled, bytes) = (table.name(), table.u64(), table.u64(), table.u64());
        assert_eq!((table.u8(), table.time()), (1, (1_800_000_000, 0)));
        let places: Vec<(u8, u64)> = (0..table.u32()).map(|_| (table.take(16)[0], table.u64())).collect();
        sources.push(format!("{name} {taken} {doubled} {bytes} {places:?}"));
    }
    assert_eq!(sources, ["auth 3 1 11 [(1, 8), (3, 9)]", "audit 1 0 3000 []"]);
    assert!(table.0.is_empty());
}

/// A segment of version 1 is written on as one of version 1.
#[test]
fn a_segment_of_the_version_before_is_written_on_and_sealed_as_such() {
    let folder = scratch();
    let spool = open(folder.path(), options());
    spool.append(batch("auth", &["one"])).unwrap();
    drop(spool);
    let path = segments(folder.path())[0].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[8..12].copy_from_slice(&1_u32.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..40]);
    bytes[40..44].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let spool = open(folder.path(), options());
    spool.append(batch("auth", &["y".repeat(3000).as_str()])).unwrap();
    spool.append(batch("auth", &["next"])).unwrap();
    let long = format!("1 auth {}", "y".repeat(3000));
    assert_eq!(lines(&all(&spool, 0)), ["0 auth one", &long, "2 auth next"]);
    drop(spool);
    let sealed = fs::read(&path).unwrap();
    assert_eq!(sealed[8..12], 1_u32.to_le_bytes());
    let footer_at = u64::from_le_bytes(sealed[sealed.len() - 16..sealed.len() - 8].try_into().unwrap());
    let footer_at = usize::try_from(footer_at).unwrap();
    // Head, arrivals and identities come before it.
    let hash = &sealed[footer_at + 40 + 25 + 12..][..32];
    assert_eq!(hash, Sha256::digest(&sealed[..footer_at]).as_slice());
}

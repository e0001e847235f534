//! Whatever is appended, read, reopened and retired: it is as a list in memory would have it.

use crate::sample::{options, rest, time};
use cofferdam_spool::{Batch, Cause, Options, Place, Read, Reader, Receipt, Record, Seq, Spool};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// Identities that are remembered, and for how many seconds.
const IDENTITIES: usize = 12;
const IDENTITY_AGE_S: i64 = 40;
/// Bytes after which what was processed goes.
const KEEP_BYTES: u64 = 6000;

#[derive(Clone, Debug)]
enum Step {
    Append { source: u8, later_s: i64, records: Vec<Record> },
    Reopen,
    Read { reader: usize },
    Processed { back: u64 },
}

/// A list in memory.
#[derive(Default)]
struct Model {
    records: Vec<Read>,
    known: Vec<(String, [u8; 16], i64, u64)>,
    places: BTreeMap<(String, [u8; 16]), u64>,
    counts: BTreeMap<String, (u64, u64, u64)>,
    now_s: i64,
}

impl Model {
    fn append(&mut self, batch: &Batch) -> Receipt {
        let (mut taken, mut doubled) = (0, 0);
        let source = batch.source.to_string();
        let first = self.records.len() as u64;
        for record in &batch.records {
            if let Some(place) = record.place {
                self.places.insert((source.clone(), place.file), place.next);
            }
            if let Some(identity) = record.identity {
                if self.known.iter().any(|known| known.0 == source && known.1 == identity) {
                    doubled += 1;
                    continue;
                }
                self.known.push((source.clone(), identity, self.now_s, self.records.len() as u64));
            }
            taken += 1;
            self.records.push(Read {
                seq: Seq(self.records.len() as u64),
                source: batch.source.clone(),
                arrival: batch.arrival,
                place: record.place,
                identity: record.identity,
                bytes: record.bytes.clone(),
            });
        }
        let bytes: usize =
            self.records[usize::try_from(first).unwrap()..].iter().map(|it| it.bytes.len()).sum();
        let count = self.counts.entry(source).or_default();
        *count = (count.0 + u64::from(taken), count.1 + u64::from(doubled), count.2 + bytes as u64);
        Receipt { first: (taken > 0).then_some(Seq(first)), taken, doubled }
    }

    /// Within a batch nothing is forgotten.
    fn forget(&mut self) {
        let newest = self.known.iter().map(|known| known.2).max().unwrap_or(0);
        self.known.retain(|known| newest - known.2 <= IDENTITY_AGE_S);
        let over = self.known.len().saturating_sub(IDENTITIES);
        self.known.drain(..over);
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let bytes = prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => proptest::collection::vec(any::<u8>(), 500..1500),
        1 => Just(b"CFDfCFDf".to_vec()),
    ];
    let place = proptest::option::of(
        (0..3_u8, 0..1000_u64).prop_map(|(file, next)| Place { file: [file; 16], next }),
    );
    let identity = proptest::option::of((0..30_u8).prop_map(|identity| [identity; 16]));
    let record = (bytes, place, identity).prop_map(|(bytes, place, identity)| Record {
        bytes: bytes.into(),
        place,
        identity,
    });
    proptest::collection::vec(record, 0..6)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..3_u8, 0..10_i64, records())
            .prop_map(|(source, later_s, records)| Step::Append { source, later_s, records }),
        1 => Just(Step::Reopen),
        4 => (0..3_usize).prop_map(|reader| Step::Read { reader }),
        2 => (0..20_u64).prop_map(|back| Step::Processed { back }),
    ];
    proptest::collection::vec(step, 1..60)
}

fn bounds(tail_bytes: usize) -> Options {
    Options {
        keep_bytes: 1 << 40,
        tail_bytes,
        identities: IDENTITIES,
        identity_age: Duration::from_secs(IDENTITY_AGE_S.unsigned_abs()),
        ..options()
    }
}

/// What a reader sees next is what the list has there, or was retired.
fn check_reader(reader: &mut Reader, model: &Model) -> Result<(), TestCaseError> {
    let mut next = reader.seq().0;
    let portion = rest(reader);
    let mut missing = portion.missing.iter().peekable();
    for read in portion.records {
        if let Some(gap) = missing.next_if(|gap| gap.seqs.start == next) {
            prop_assert_eq!(&gap.cause, &Cause::Retired);
            next = gap.seqs.end;
        }
        prop_assert_eq!(read.seq, Seq(next));
        prop_assert_eq!(&read, &model.records[usize::try_from(next).unwrap()]);
        next += 1;
    }
    if let Some(gap) = missing.next() {
        next = gap.seqs.end;
    }
    prop_assert_eq!(missing.next(), None);
    prop_assert_eq!(next, model.records.len() as u64);
    Ok(())
}

fn check_state(spool: &Spool, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(spool.end(), Seq(model.records.len() as u64));
    for ((source, file), next) in &model.places {
        prop_assert_eq!(spool.place(source, file), Some(*next));
    }
    let places: usize = (0..3).map(|source| spool.places(&name(source)).len()).sum();
    prop_assert_eq!(places, model.places.len());
    Ok(())
}

fn name(source: u8) -> String {
    format!("source-{source}")
}

fn run(steps: Vec<Step>, tail_bytes: usize, retires: bool) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let bounds = || Options { keep_bytes: if retires { KEEP_BYTES } else { 1 << 40 }, ..bounds(tail_bytes) };
    let mut spool = crate::sample::open(folder.path(), bounds());
    let mut model = Model::default();
    let mut readers: Vec<Reader> = (0..3).map(|_| spool.reader(Seq(0))).collect();
    for step in steps {
        match step {
            Step::Append { source, later_s, records } => {
                model.now_s += later_s;
                let batch = Batch { source: name(source).into(), arrival: time(model.now_s), records };
                match spool.append(batch.clone()) {
                    Ok(receipt) => {
                        prop_assert_eq!(receipt, model.append(&batch));
                        model.forget();
                    }
                    Err(error) => {
                        prop_assert!(retires, "{error}");
                        prop_assert!(matches!(error, cofferdam_spool::AppendError::Full(_)), "{error}");
                    }
                }
            }
            Step::Reopen => {
                let at: Vec<Seq> = readers.iter().map(Reader::seq).collect();
                readers.clear();
                let before = spool.status().oldest;
                drop(spool);
                let opened;
                (spool, opened) = Spool::open(folder.path(), bounds()).unwrap();
                prop_assert_eq!((opened.torn, opened.damaged), (vec![], vec![]));
                prop_assert!(before <= opened.oldest);
                // What is known of records that went is known until the end of the process.
                model.known.retain(|known| known.3 >= opened.oldest.0);
                readers = at.into_iter().map(|seq| spool.reader(seq)).collect();
            }
            Step::Read { reader } => check_reader(&mut readers[reader], &model)?,
            Step::Processed { back } => {
                spool.processed(Seq((model.records.len() as u64).saturating_sub(back)));
            }
        }
        check_state(&spool, &model)?;
    }
    if !retires {
        let counts: BTreeMap<String, (u64, u64)> = spool
            .status()
            .sources
            .into_iter()
            .filter(|it| it.taken > 0)
            .map(|it| (it.source.to_string(), (it.taken, it.bytes)))
            .collect();
        // One that brought nothing is nowhere written down.
        let brought = model.counts.into_iter().filter(|(_, (taken, ..))| *taken > 0);
        let want = brought.map(|(name, (taken, _, bytes))| (name, (taken, bytes))).collect();
        prop_assert_eq!(counts, want);
        let all = crate::sample::all(&spool, 0);
        prop_assert_eq!(all.records, model.records);
        prop_assert_eq!(all.missing, vec![]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_spool_is_a_list(steps in steps(), tail_bytes in prop_oneof![Just(0_usize), Just(2000), Just(1 << 20)]) {
        run(steps, tail_bytes, false)?;
    }

    #[test]
    fn a_spool_is_the_end_of_a_list(steps in steps(), tail_bytes in prop_oneof![Just(0_usize), Just(2000)]) {
        run(steps, tail_bytes, true)?;
    }
}

//! What holds for every bundle that is made.

use super::super::{Blob, BundleError, ExportError, Source, Verified, verify, verify_with};
use super::log::{ABOUT, Log, signer};
use super::mutation::World;
use crate::entry::{Entry, Sealed, commitments};
use crate::evidence::Acquired;
use crate::fact::Fact;
use crate::incident::{Severity, Span};
use crate::personal::{Commitment, Personal};
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, ContentHash, Level};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

fn log(seed: u64) -> Log {
    Log::generated(signer("log.example.org/1", 7), seed)
}

/// What [`Log::bundle`] took up, read back.
fn read_back(log: &mut Log) -> (Verified, Vec<Entry>) {
    let mut entries = Vec::new();
    let bundle = log.bundle();
    let verified = verify_with(bundle.as_slice(), None, &mut |entry| entries.push(entry)).unwrap();
    (verified, entries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_bundle_tells_what_the_log_holds(seed in any::<u64>()) {
        let mut log = log(seed);
        let (verified, entries) = read_back(&mut log);
        let positions = log.positions();
        let sealed: Vec<_> = positions.iter().map(|at| &log.entries[*at as usize]).collect();
        let want: Vec<Entry> = sealed
            .iter()
            .map(|sealed| {
                let known = |key: &Commitment| sealed.secrets.iter().find(|one| one.commitment == *key).map(|one| one.value.clone());
                Entry::read(&sealed.leaf, &known).unwrap()
            })
            .collect();
        prop_assert_eq!(&entries, &want);
        let known: usize = sealed.iter().map(|sealed| sealed.secrets.len()).sum();
        let all: usize = sealed.iter().map(|sealed| commitments(&sealed.leaf).unwrap().len()).sum();
        prop_assert_eq!((verified.values_known, verified.values_erased), (known as u64, (all - known) as u64));
        prop_assert_eq!(verified.positions, (positions[0], *positions.last().unwrap()));
        prop_assert_eq!(verified.times, (want[0].head.time, want.last().unwrap().head.time));
        prop_assert_eq!((verified.entries, verified.unread), (want.len() as u64, 0));
        prop_assert_eq!((verified.about, verified.checkpoint.size), (ABOUT, log.size()));
        prop_assert_eq!(&verified.key, log.signer.verifier());
        prop_assert!(verified.absent.is_empty());
        let told = |stream: &StreamId| matches!(stream, StreamId::Evidence(_));
        let told = log.streams().iter().filter(|stream| told(stream)).count();
        prop_assert_eq!(verified.evidence.len() + verified.evidence_named.len(), told);
        for blob in &verified.evidence {
            prop_assert_eq!(log.blobs[&blob.hash].len() as u64, blob.bytes);
        }
    }

    #[test]
    fn any_file_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..3000), at in any::<prop::sample::Index>()) {
        prop_assert!(verify(bytes.as_slice(), None).is_err());
        let mut bundle = log(3).bundle();
        let at = at.index(bundle.len());
        bundle.truncate(at);
        bundle.extend(bytes);
        prop_assert!(verify(bundle.as_slice(), None).is_err());
    }
}

#[test]
fn every_shorter_file_is_refused() {
    let bundle = log(4).bundle();
    // Where within a page or a script it ends makes no difference.
    for end in (0..bundle.len()).filter(|end| end % 512 < 3 || end % 37 == 0) {
        assert!(verify(&bundle[..end], None).is_err(), "{end}");
    }
}

#[test]
fn the_same_is_written_the_same_however_it_is_asked_for() {
    let mut log = log(6);
    let mut positions = log.positions();
    let mut evidence: Vec<_> = log.blobs.iter().map(|(hash, bytes)| (*hash, bytes.len() as u64)).collect();
    evidence.retain(|(hash, _)| log.streams().contains(&StreamId::Evidence(*hash)));
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let written = log.export(&positions, &evidence, &mut one).unwrap();
    assert_eq!((written.bytes, written.entries), (one.len() as u64, positions.len() as u64));
    positions.reverse();
    positions.push(positions[0]);
    evidence.reverse();
    log.entries.iter_mut().for_each(|sealed| sealed.secrets.reverse());
    log.export(&positions, &evidence, &mut other).unwrap();
    assert_eq!(one, other);
}

#[test]
fn what_nobody_would_believe_is_not_made() {
    let mut log = log(6);
    let positions = log.positions();
    let refused = |log: &Log, positions: &[u64], evidence: &[(ContentHash, u64)]| {
        log.export(positions, evidence, &mut Vec::new()).unwrap_err().to_string()
    };
    let cases = [
        (&positions[1..], "such a bundle would not be believed: line 1 of `entries.ndjson` has entry 2"),
        (
            &[],
            "such a bundle would not be believed: the bundle is about `incident/INC-0001` and has no entry",
        ),
        (&[1_000_000], "the entry 1000000 cannot be read"),
    ];
    for (positions, want) in cases {
        let told = refused(&log, positions, &[]);
        assert!(told.starts_with(want), "{told}");
    }
    let hash = *log.blobs.keys().find(|hash| log.streams().contains(&StreamId::Evidence(**hash))).unwrap();
    let size = log.blobs[&hash].len() as u64;
    for wrong in [size + 1, size.wrapping_sub(1), u64::MAX] {
        let told = refused(&log, &positions, &[(hash, wrong)]);
        assert!(told.starts_with(&format!("the evidence {hash} has ")), "{told}");
    }
    let told = refused(&log, &positions, &[(ContentHash([0; 32]), 0)]);
    assert!(told.contains("no entry tells where it comes from"), "{told}");
    log.blobs.insert(hash, vec![7; size as usize + 1]);
    let told = refused(&log, &positions, &[(hash, size + 1)]);
    assert!(told.contains("it was changed"), "{told}");
    log.blobs.remove(&hash);
    let told = refused(&log, &positions, &[(hash, size)]);
    assert_eq!(told, format!("the evidence {hash} cannot be read: it is not kept"));
    let at = positions.iter().find(|at| !log.entries[**at as usize].secrets.is_empty()).unwrap();
    log.entries[*at as usize].secrets[0].value.push('x');
    let told = refused(&log, &positions, &[]);
    assert!(told.contains("a value does not open its commitment"), "{told}");
}

#[test]
fn what_is_spoken_of_and_left_out_is_told() {
    let mut log = log(6);
    let alert = StreamId::Alert(AlertId(1));
    let positions: Vec<u64> =
        log.positions().into_iter().filter(|at| log.heads[*at as usize].stream != alert).collect();
    let mut out = Vec::new();
    log.entries.iter_mut().for_each(|sealed| sealed.secrets.clear());
    log.export(&positions, &[], &mut out).unwrap();
    let verified = verify(out.as_slice(), None).unwrap();
    assert!(verified.absent.contains(&alert), "{:?}", verified.absent);
    assert_eq!(verified.values_known, 0);
    assert!(!verified.evidence_named.is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_not_a_short_one() {
    struct Broken(World, usize);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1 >= 3000 {
                return Err(io::Error::other("bad sector"));
            }
            let got = buffer.len().min(7);
            buffer[..got].copy_from_slice(&self.0.bundle[self.1..self.1 + got]);
            self.1 += got;
            Ok(got)
        }
    }
    let error = verify(Broken(World::of(1), 0), None).unwrap_err();
    assert!(matches!(&error, BundleError::Read { cause } if cause.to_string() == "bad sector"), "{error}");
}

#[test]
fn a_full_disk_is_told() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::other("no space"))?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let log = log(6);
    for room in [0, 511, 600, 20_000] {
        let error = log.export(&log.positions(), &[], &mut Full(room)).unwrap_err();
        assert!(matches!(error, ExportError::Write { .. }), "{error}");
    }
}

/// Zeros, more than eleven octal digits can count and than memory should hold.
struct Huge<'l>(&'l Log, u64);

impl Source for Huge<'_> {
    fn entry(&mut self, position: u64) -> io::Result<Sealed> {
        { self.0 }.entry(position)
    }

    fn evidence(&mut self, _: ContentHash) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(io::repeat(0).take(self.1)))
    }
}

#[test]
#[ignore = "hashes 9 GiB three times; for a run by hand"]
fn evidence_beyond_eight_gibibytes_goes_through() {
    let bytes = 9 << 30;
    let mut hash = Sha256::new();
    io::copy(&mut io::repeat(0).take(bytes), &mut hash).unwrap();
    let hash = ContentHash(hash.finalize().into());
    let mut log = Log::empty(signer("log.example.org/1", 7), 1);
    let span = Span { first_seen: None, last_seen: None };
    let severity = Severity { level: Level::Low, reasons: vec![] };
    log.add(ABOUT, Fact::IncidentOpened { title: Personal::of("Break-in"), severity, span });
    let acquired = Acquired { source: Personal::of("disk.img"), bytes };
    log.add(StreamId::Evidence(hash), Fact::EvidenceAcquired(acquired));
    let (reader, mut writer) = io::pipe().unwrap();
    let verified = std::thread::scope(|scope| {
        let log = &log;
        scope.spawn(move || {
            log.export_from(&mut Huge(log, bytes), &[0, 1], &[(hash, bytes)], &mut writer).unwrap();
        });
        verify(reader, None).unwrap()
    });
    assert_eq!(verified.evidence, [Blob { hash, bytes }]);
}

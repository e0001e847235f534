//! What is checked of each entry, alike when a bundle is made and when it is read.

use super::error::BundleError;
use super::form::{About, Listed, Placed};
use super::named::named;
use crate::entry::{Entry, EntryError, Head, commitments};
use crate::merkle::{leaf, verify_inclusion};
use crate::note::Checkpoint;
use crate::personal::{Commitment, Secret};
use crate::stream::StreamId;
use cofferdam_vocabulary::ContentHash;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the entries so far add up to.
pub(super) struct Ledger {
    checkpoint: Checkpoint,
    /// Entries of each stream.
    streams: BTreeMap<StreamId, u64>,
    /// Streams that facts name, whether they are here or not.
    named: BTreeSet<StreamId>,
    /// Where the first entry and the last one stand in the log.
    pub(super) positions: Option<(u64, u64)>,
    /// When the earliest and the latest entry were recorded.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    pub(super) entries: u64,
    pub(super) unread: u64,
    pub(super) values_known: u64,
    pub(super) values_erased: u64,
}

impl Ledger {
    pub(super) fn new(checkpoint: Checkpoint) -> Ledger {
        Ledger {
            checkpoint,
            streams: BTreeMap::new(),
            named: BTreeSet::new(),
            positions: None,
            times: None,
            entries: 0,
            unread: 0,
            values_known: 0,
            values_erased: 0,
        }
    }

    /// Takes the next entry in, once all about it holds. Returns where it stands, and the entry unless a
    /// later version recorded it.
    pub(super) fn take(&mut self, placed: &Placed) -> Result<(Head, Option<Entry>), BundleError> {
        let line = self.entries + 1;
        let broken = |cause| BundleError::Entry { line, cause };
        let head = Head::read(&placed.leaf).map_err(broken)?;
        self.check_place(line, placed, &head)?;
        self.check_version(line, &head)?;
        let committed = commitments(&placed.leaf).map_err(broken)?;
        check_values(line, &placed.secrets, &committed)?;
        let values: HashMap<Commitment, &str> =
            placed.secrets.iter().map(|secret| (secret.commitment, secret.value.as_str())).collect();
        let entry = match Entry::read(&placed.leaf, &|key| values.get(key).map(|value| (*value).to_owned())) {
            Ok(entry) => Some(entry),
            Err(EntryError::UnknownFact { .. }) => None,
            Err(cause) => return Err(broken(cause)),
        };
        self.count(&head, entry.as_ref());
        self.values_known += placed.secrets.len() as u64;
        self.values_erased += (committed.len() - placed.secrets.len()) as u64;
        Ok((head, entry))
    }

    /// Entry, line, checkpoint and proof agree on where the entry stands.
    fn check_place(&self, line: u64, placed: &Placed, head: &Head) -> Result<(), BundleError> {
        let Checkpoint { origin, size, root } = &self.checkpoint;
        if head.log != *origin {
            return Err(BundleError::OtherLog { line, got: head.log.clone(), want: origin.clone() });
        }
        let position = placed.position;
        if head.position != position {
            return Err(BundleError::Position { line, got: position, want: head.position });
        }
        if let Some((_, before)) = self.positions
            && before >= position
        {
            return Err(BundleError::Order { line, got: position, before });
        }
        verify_inclusion(leaf(&placed.leaf), position, *size, &placed.proof, *root)
            .map_err(|cause| BundleError::Proof { line, position, cause })
    }

    fn check_version(&self, line: u64, head: &Head) -> Result<(), BundleError> {
        let (stream, got) = (head.stream, head.version);
        let want = self.streams.get(&stream).copied().unwrap_or(0) + 1;
        if got == want { Ok(()) } else { Err(BundleError::Version { line, stream, got, want }) }
    }

    fn count(&mut self, head: &Head, entry: Option<&Entry>) {
        let (at, time) = (head.position, head.time);
        *self.streams.entry(head.stream).or_default() += 1;
        self.positions = Some(self.positions.map_or((at, at), |(first, _)| (first, at)));
        self.times = Some(self.times.map_or((time, time), |(from, to)| (from.min(time), to.max(time))));
        self.entries += 1;
        match entry {
            Some(entry) => self.named.extend(named(&entry.fact)),
            None => self.unread += 1,
        }
    }

    /// The streams and how many entries each has.
    pub(super) fn listed(&self) -> Vec<Listed> {
        self.streams.iter().map(|(stream, entries)| Listed { stream: *stream, entries: *entries }).collect()
    }

    /// Whether the streams that were listed are here, each with as many entries.
    pub(super) fn check_streams(&self, about: &About) -> Result<(), BundleError> {
        for Listed { stream, entries: want } in &about.streams {
            let got = self.streams.get(stream).copied().unwrap_or(0);
            if got != *want {
                return Err(BundleError::Count { stream: *stream, got, want: *want });
            }
        }
        if self.streams.contains_key(&about.about) {
            Ok(())
        } else {
            Err(BundleError::Aboutless { about: about.about })
        }
    }

    /// Whether some entry tells of this evidence.
    pub(super) fn check_evidence(&self, hash: ContentHash) -> Result<(), BundleError> {
        let is_told = self.streams.contains_key(&StreamId::Evidence(hash));
        if is_told { Ok(()) } else { Err(BundleError::Unacquired { hash }) }
    }

    /// All evidence that entries tell of.
    pub(super) fn evidence(&self) -> BTreeSet<ContentHash> {
        let hash = |stream: &StreamId| match stream {
            StreamId::Evidence(hash) => Some(*hash),
            _ => None,
        };
        self.streams.keys().chain(&self.named).filter_map(hash).collect()
    }

    /// Streams that facts name and that are not here.
    pub(super) fn absent(&self) -> BTreeSet<StreamId> {
        self.named.iter().filter(|stream| !self.streams.contains_key(stream)).copied().collect()
    }
}

/// Each value opens a commitment of the entry, in the order in which these stand there.
fn check_values(line: u64, secrets: &[Secret], committed: &[Commitment]) -> Result<(), BundleError> {
    let mut rest = committed.iter();
    let mut seen = BTreeSet::new();
    for secret in secrets {
        let commitment = secret.commitment;
        if !rest.any(|stands| *stands == commitment) {
            let error = if seen.contains(&commitment) {
                BundleError::DoubleValue { line, commitment }
            } else {
                BundleError::ForeignValue { line, commitment }
            };
            return Err(error);
        }
        if !secret.is_true() {
            return Err(BundleError::Value { line, commitment });
        }
        seen.insert(commitment);
    }
    Ok(())
}

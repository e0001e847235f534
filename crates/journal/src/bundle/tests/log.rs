//! A log in memory, with an incident in it, that bundles are made of.

use super::super::{Export, ExportError, Source, Written, named, write};
use super::dice::Dice;
use crate::actor::Actor;
use crate::alert::{Record, tests::report as alert_report};
use crate::entry::{Entry, Head, Sealed};
use crate::evidence::{Acquired, Transfer};
use crate::fact::Fact;
use crate::incident::{Join, Joined, Severity, Span};
use crate::merkle::{Frontier, Hash, Nodes, root};
use crate::note::{Checkpoint, Name, SignedNote, Signer};
use crate::personal::Personal;
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read, Write};

pub(super) const ABOUT: StreamId = StreamId::Incident(IncidentId(1));

#[derive(Default)]
pub(super) struct Kept(pub HashMap<(u8, u64), Hash>);

impl Nodes for Kept {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.0.get(&(level, index)).copied()
    }
}

/// A log in memory.
pub(super) struct Log {
    pub signer: Signer,
    pub entries: Vec<Sealed>,
    pub heads: Vec<Head>,
    pub tree: Kept,
    pub blobs: BTreeMap<ContentHash, Vec<u8>>,
    frontier: Frontier,
    dice: Dice,
}

pub(super) fn signer(name: &str, secret: u8) -> Signer {
    Signer::new(Name::parse(name).unwrap(), &[secret; 32])
}

impl Log {
    pub(super) fn empty(signer: Signer, seed: u64) -> Log {
        Log {
            signer,
            entries: Vec::new(),
            heads: Vec::new(),
            tree: Kept::default(),
            blobs: BTreeMap::new(),
            frontier: Frontier::default(),
            dice: Dice(seed),
        }
    }

    /// A log of two incidents whose entries stand between each other's.
    pub(super) fn generated(signer: Signer, seed: u64) -> Log {
        let mut log = Log::empty(signer, seed);
        log.add(StreamId::Log, Fact::LogOpened {});
        let blobs: Vec<ContentHash> = (0..1 + log.dice.below(3)).map(|_| log.acquire()).collect();
        let incidents = [ABOUT, StreamId::Incident(IncidentId(2))];
        for (number, incident) in incidents.into_iter().enumerate() {
            let title = Personal::of(&format!("Break-in {number} at web-01\u{2028}\u{1}"));
            let severity = Severity { level: Level::High, reasons: vec![Personal::of("it succeeded")] };
            let span = Span { first_seen: None, last_seen: None };
            log.add(incident, Fact::IncidentOpened { title, severity, span });
        }
        for alert in 1..3 + log.dice.below(6) as u64 {
            let incident = incidents[log.dice.below(2) & usize::from(alert > 1)];
            let evidence = blobs[log.dice.below(blobs.len())];
            log.alert(alert, incident, evidence);
        }
        log.add(ABOUT, Fact::IncidentRenamed { title: Personal::of("Break-in, known in full") });
        for _ in 0..log.dice.below(4) {
            log.add(StreamId::Log, Fact::LogRestored { size: 1 });
        }
        log
    }

    fn acquire(&mut self) -> ContentHash {
        let count = [0, 1, 511, 512, 513, 1500][self.dice.below(6)];
        let bytes = self.dice.bytes(count);
        let hash = ContentHash(Sha256::digest(&bytes).into());
        if self.blobs.insert(hash, bytes).is_none() {
            let stream = StreamId::Evidence(hash);
            let acquired = Acquired { source: Personal::of("/var/log/auth.log"), bytes: count as u64 };
            self.add(stream, Fact::EvidenceAcquired(acquired));
            self.add(stream, Fact::EvidenceKept);
        }
        hash
    }

    fn alert(&mut self, number: u64, incident: StreamId, evidence: ContentHash) {
        let (id, stream) = (AlertId(number), StreamId::Alert(AlertId(number)));
        let mut report = alert_report(&format!("svc-{number}"), 3);
        report.records.push(Record {
            file: Personal::of("auth.log"),
            evidence: Some(evidence),
            record: number,
            time: None,
            what: Personal::of("Failed password for \"deploy\""),
        });
        let mut count = report.count;
        self.add(stream, Fact::AlertRaised(Box::new(report)));
        let with = AlertId(1);
        let join = (number > 1).then(|| Join { with, because: Personal::of("the same host") });
        self.add(incident, Fact::AlertsJoined { alerts: vec![Joined { alert: id, join }] });
        for _ in 0..self.dice.below(3) {
            count.matches += 1;
            self.add(stream, Fact::AlertCounted(count));
        }
        if self.dice.one_in(3) {
            let (to, purpose) = (Personal::of("forensics"), Personal::of("analysis"));
            self.add(StreamId::Evidence(evidence), Fact::EvidenceHandedOver(Transfer { to, purpose }));
        }
    }

    /// Records a fact.
    pub(super) fn add(&mut self, stream: StreamId, fact: Fact) {
        let version = 1 + self.heads.iter().filter(|head| head.stream == stream).count() as u64;
        let position = self.entries.len() as u64;
        let log = self.signer.verifier().name().clone();
        let time = Timestamp::from_second(1_700_000_000 + position as i64).unwrap();
        let head = Head { log, position, time, stream, version };
        let actor = Actor::Person(Personal::of("analyst-7"));
        let entry = Entry { head: head.clone(), actor, fact };
        let sealed = entry.seal(&mut |bytes| self.dice.fill(bytes)).unwrap();
        self.add_sealed(head, sealed);
    }

    pub(super) fn add_sealed(&mut self, head: Head, sealed: Sealed) {
        self.frontier.push(sealed.hash(), &mut |level, index, hash| {
            self.tree.0.insert((level, index), hash);
        });
        self.heads.push(head);
        self.entries.push(sealed);
    }

    pub(super) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(super) fn checkpoint(&self, size: u64) -> SignedNote {
        let origin = self.signer.verifier().name().clone();
        Checkpoint { origin, size, root: root(&self.tree, size).unwrap() }.sign(&self.signer).unwrap()
    }

    /// The incident, its alerts, and the evidence behind these.
    pub(super) fn streams(&self) -> BTreeSet<StreamId> {
        let mut streams = BTreeSet::from([ABOUT]);
        loop {
            let within =
                self.entries.iter().zip(&self.heads).filter(|(_, head)| streams.contains(&head.stream));
            let named: Vec<StreamId> = within
                .flat_map(|(sealed, _)| named(&Entry::read(&sealed.leaf, &|_| None).unwrap().fact))
                .collect();
            let before = streams.len();
            streams.extend(named);
            if streams.len() == before {
                return streams;
            }
        }
    }

    pub(super) fn positions(&self) -> Vec<u64> {
        let streams = self.streams();
        let within = self.heads.iter().filter(|head| streams.contains(&head.stream));
        within.map(|head| head.position).collect()
    }

    /// The bundle of the incident with all its evidence but the first piece.
    pub(super) fn bundle(&mut self) -> Vec<u8> {
        let streams = self.streams();
        let evidence: Vec<_> = self.blobs.iter().map(|(hash, bytes)| (*hash, bytes.len() as u64)).collect();
        let told = |hash: ContentHash| streams.contains(&StreamId::Evidence(hash));
        let evidence: Vec<_> = evidence.into_iter().filter(|(hash, _)| told(*hash)).collect();
        let keep = evidence.len().min(2);
        self.forget();
        let mut out = Vec::new();
        self.export(&self.positions(), &evidence[evidence.len() - keep..], &mut out).unwrap();
        out
    }

    /// Erases some values.
    fn forget(&mut self) {
        for sealed in &mut self.entries {
            sealed.secrets.retain(|_| !self.dice.one_in(4));
        }
    }

    pub(super) fn export(
        &self,
        positions: &[u64],
        evidence: &[(ContentHash, u64)],
        out: &mut dyn Write,
    ) -> Result<Written, ExportError> {
        self.export_from(&mut &*self, positions, evidence, out)
    }

    pub(super) fn export_from(
        &self,
        source: &mut dyn Source,
        positions: &[u64],
        evidence: &[(ContentHash, u64)],
        out: &mut dyn Write,
    ) -> Result<Written, ExportError> {
        let export = Export {
            about: ABOUT,
            checkpoint: &self.checkpoint(self.size()),
            tree: &self.tree,
            signer: &self.signer,
            made: Timestamp::from_second(1_800_000_000).unwrap(),
            program: "cofferdam 0.1.0",
            positions,
            evidence,
        };
        write(&export, source, out)
    }
}

impl Source for &Log {
    fn entry(&mut self, position: u64) -> io::Result<Sealed> {
        let entry = usize::try_from(position).ok().and_then(|at| self.entries.get(at));
        entry.cloned().ok_or_else(|| io::Error::other("there is no such entry"))
    }

    fn evidence(&mut self, hash: ContentHash) -> io::Result<Box<dyn Read + '_>> {
        let bytes = self.blobs.get(&hash).ok_or_else(|| io::Error::other("it is not kept"))?;
        Ok(Box::new(bytes.as_slice()))
    }
}

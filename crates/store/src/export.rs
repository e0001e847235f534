//! Hands an incident out: everything recorded of it, with proofs, in one file.

use crate::append::AppendError;
use crate::blob::{BlobError, Blobs, nameless};
use crate::data_dir::{OpenError, ReadOnly, Store, signer};
use crate::journal::{AskError, entries};
use crate::storage::{Reader, StorageError};
use crate::tree::Tree;
use cofferdam_journal::bundle::{self, ExportError, Source, Written};
use cofferdam_journal::evidence::{Evidence, EvidenceIntent, EvidenceRefusal, Transfer};
use cofferdam_journal::incident::{Incident, IncidentIntent, IncidentRefusal};
use cofferdam_journal::note::{Checkpoint, CheckpointError, NoteError, SignedNote};
use cofferdam_journal::view::EvidenceRow;
use cofferdam_journal::{Actor, Personal, Sealed, StreamId};
use cofferdam_vocabulary::ContentHash;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

/// What goes out, and to whom.
#[derive(Clone, Copy, Debug)]
pub struct Going<'a> {
    /// What it is about.
    pub about: StreamId,
    /// To whom, for custody.
    pub to: &'a str,
    /// With personal values.
    pub values: bool,
    /// With the bytes of evidence that is kept.
    pub evidence: bool,
    /// Who does it.
    pub actor: &'a Actor,
    /// This program and its version.
    pub program: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOut {
    /// What is in the bundle.
    pub written: Written,
    /// Evidence that is damaged or missing here, and is not in it.
    pub left_out: Vec<ContentHash>,
}

/// Why nothing went out.
#[derive(Debug, thiserror::Error)]
pub enum HandOutError {
    /// Nothing of it was recorded.
    #[error("`{about}` was never recorded")]
    Unknown {
        /// What was asked for.
        about: StreamId,
    },
    /// Part of it is not for whoever asks.
    #[error("part of it is restricted to others")]
    Hidden,
    /// The journal cannot be read.
    #[error("the journal cannot be read: {0}")]
    Storage(#[from] StorageError),
    /// It cannot be recorded that evidence goes out.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Evidence refuses to go out.
    #[error("evidence cannot go out: {0}")]
    Refused(#[from] EvidenceRefusal),
    /// The incident refuses to go out.
    #[error("it cannot go out: {0}")]
    Incident(#[from] IncidentRefusal),
    /// Evidence is missing or damaged.
    #[error(transparent)]
    Evidence(#[from] BlobError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log's own checkpoint is not one.
    #[error("the last checkpoint is not believed: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log's own checkpoint is no note.
    #[error("the last checkpoint is not believed: {0}")]
    Note(#[from] NoteError),
    /// The file cannot be made.
    #[error(transparent)]
    Bundle(#[from] ExportError),
}

impl Store {
    /// Writes a bundle of everything recorded of a stream and of what it speaks of. That evidence goes out is
    /// recorded before it does.
    ///
    /// # Errors
    ///
    /// [`HandOutError`]; what was written to `out` is no bundle then.
    pub fn hand_out(&self, going: &Going<'_>, out: &mut dyn Write) -> Result<HandedOut, HandOutError> {
        self.hand_out_to(going, &|_| true, out)
    }

    /// As [`Store::hand_out`], for somebody who may not see everything: what they get is signed whole, so all of it
    /// must be theirs to see.
    ///
    /// # Errors
    ///
    /// [`HandOutError::Hidden`] when `may` says no to any part, before anything is recorded or written.
    pub fn hand_out_to(
        &self,
        going: &Going<'_>,
        may: &dyn Fn(StreamId) -> bool,
        out: &mut dyn Write,
    ) -> Result<HandedOut, HandOutError> {
        let data = ReadOnly::open(self.path())?;
        let reader = data.reader.as_ref();
        let streams = closure(reader, going.about)?;
        if !streams.iter().all(|stream| may(*stream)) {
            return Err(HandOutError::Hidden);
        }
        let (evidence, left_out) =
            if going.evidence { kept(reader, &self.blobs, &streams)? } else { Default::default() };
        if let StreamId::Incident(_) = going.about {
            let intent = IncidentIntent::HandOut { to: Personal::of(going.to), with_values: going.values };
            match self.journal.ask::<Incident>(going.about, going.actor, intent) {
                Ok(_) => {}
                Err(AskError::Append(error)) => return Err(error.into()),
                Err(AskError::Refused(refusal)) => return Err(refusal.into()),
            }
        }
        for (hash, _) in &evidence {
            let intent = EvidenceIntent::Export(Transfer::export(going.to, going.about));
            match self.journal.ask::<Evidence>(StreamId::Evidence(*hash), going.actor, intent) {
                Ok(_) => {}
                Err(AskError::Append(error)) => return Err(error.into()),
                Err(AskError::Refused(refusal)) => return Err(refusal.into()),
            }
        }
        let note = self.journal.checkpoint()?.ok_or(HandOutError::Unknown { about: going.about })?;
        let signed = Checkpoint::verified(&note, self.journal.verifier())?.size;
        let positions = positions(reader, &streams, signed)?;
        let tree = Tree::open(reader)?;
        let export = bundle::Export {
            about: going.about,
            checkpoint: &SignedNote::parse(&note)?,
            tree: &tree.nodes(reader),
            signer: &signer(self.path())?,
            made: going.now,
            program: going.program,
            positions: &positions,
            evidence: &evidence,
        };
        let mut source = FromStore { reader, store: self, values: going.values };
        Ok(HandedOut { written: bundle::write(&export, &mut source, out)?, left_out })
    }
}

impl Store {
    /// A file without a name in the data directory, for a bundle on its way out: it is gone when it is closed.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn outgoing(&self) -> io::Result<File> {
        nameless(self.path())
    }
}

/// What a bundle about a stream consists of: the stream, those that its facts name, those that theirs name, and the
/// log's own.
///
/// # Errors
///
/// [`HandOutError::Unknown`] when nothing of it was recorded, [`HandOutError::Storage`] when it cannot be read.
pub fn closure(reader: &dyn Reader, about: StreamId) -> Result<BTreeSet<StreamId>, HandOutError> {
    let mut streams = BTreeSet::from([StreamId::Log]);
    let mut waiting = vec![about];
    while let Some(stream) = waiting.pop() {
        let facts = entries(reader, stream)?;
        if facts.is_empty() {
            if stream == about {
                return Err(HandOutError::Unknown { about });
            }
            continue;
        }
        if streams.insert(stream) {
            waiting.extend(facts.iter().flat_map(|entry| bundle::named(&entry.fact)));
        }
    }
    Ok(streams)
}

/// Evidence that goes out, and evidence that cannot, since its bytes are damaged or missing.
type Parted = (Vec<(ContentHash, u64)>, Vec<ContentHash>);

/// Evidence among these streams whose bytes are kept, each read once to see that it is whole.
fn kept(reader: &dyn Reader, blobs: &Blobs, streams: &BTreeSet<StreamId>) -> Result<Parted, HandOutError> {
    let rows: Vec<EvidenceRow> = reader.evidence(None, usize::MAX >> 1)?;
    let (mut whole, mut left_out) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row.kept && streams.contains(&StreamId::Evidence(row.id))) {
        match blobs.copy(row.id, &mut io::sink()) {
            Ok(bytes) => whole.push((row.id, bytes)),
            Err(BlobError::Missing { .. } | BlobError::Damaged { .. }) => left_out.push(row.id),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((whole, left_out))
}

fn positions(
    reader: &dyn Reader,
    streams: &BTreeSet<StreamId>,
    signed: u64,
) -> Result<Vec<u64>, StorageError> {
    let mut positions = Vec::new();
    for stream in streams {
        positions.extend(reader.stream(*stream)?.iter().map(|stored| stored.position));
    }
    positions.retain(|position| *position < signed);
    positions.sort_unstable();
    Ok(positions)
}

struct FromStore<'s> {
    reader: &'s dyn Reader,
    store: &'s Store,
    values: bool,
}

impl Source for FromStore<'_> {
    fn entry(&mut self, position: u64) -> io::Result<Sealed> {
        let mut found = None;
        let read = self.reader.entries(position..position + 1, &mut |stored| {
            let secrets = if self.values { stored.secrets } else { Vec::new() };
            found = Some(Sealed { leaf: stored.leaf, secrets });
            ControlFlow::Break(())
        });
        read.map_err(io::Error::other)?;
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the entry is missing"))
    }

    fn evidence(&mut self, hash: ContentHash) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(self.store.blobs.path(hash))?))
    }
}

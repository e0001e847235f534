//! Whether a bundle holds, and what a reader wants to know of one that does.

use super::archive::Member;
use super::error::{BundleError, Place, shown};
use super::form::{About, Placed};
use super::ledger::Ledger;
use super::reader::{Reader, named};
use super::{ABOUT, CHECKPOINT, EVIDENCE, KEY, MANIFEST, README, SCRIPT, SIGNATURE};
use crate::entry::Entry;
use crate::note::{Checkpoint, Name, SignedNote, Verifier};
use crate::stream::StreamId;
use cofferdam_vocabulary::ContentHash;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io::Read;

/// A bundle that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The log.
    pub log: Name,
    /// The key that signed checkpoint and bundle. That it is the log's is for the reader to know.
    pub key: Verifier,
    /// How large the log was at the checkpoint, and its root then.
    pub checkpoint: Checkpoint,
    /// What the bundle is about.
    pub about: StreamId,
    /// The streams in it, each with its entries from the first on.
    pub streams: Vec<(StreamId, u64)>,
    /// When it was made, as whoever made it says.
    pub made: Timestamp,
    /// The program that made it.
    pub by: String,
    /// Entries in it.
    pub entries: u64,
    /// Those among them whose facts a later version recorded: they hold, and this version cannot read them.
    pub unread: u64,
    /// Where its first entry and its last one stand in the log.
    pub positions: (u64, u64),
    /// When its earliest and its latest entry were recorded.
    pub times: (Timestamp, Timestamp),
    /// Personal values that are in it.
    pub values_known: u64,
    /// Personal values that were erased, or not handed over.
    pub values_erased: u64,
    /// Evidence whose bytes are in it.
    pub evidence: Vec<Blob>,
    /// Evidence of which its entries tell only the hash.
    pub evidence_named: BTreeSet<ContentHash>,
    /// Streams of which its entries speak and that are not in it.
    pub absent: BTreeSet<StreamId>,
}

/// Evidence in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// How many bytes.
    pub bytes: u64,
}

/// Verifies a bundle. With `expected`, the bundle must be signed by that key; without, whose key it is
/// remains to be found out.
///
/// Memory is bounded by the longest line, and by the number of streams and of blobs.
///
/// # Errors
///
/// [`BundleError`] says what does not fit, and where.
pub fn verify(from: impl Read, expected: Option<&Verifier>) -> Result<Verified, BundleError> {
    verify_with(from, expected, &mut |_| {})
}

/// Verifies a bundle and hands on each entry, in the order of the log, with the values that are in the
/// bundle. None of them is to be believed before all is verified.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_with(
    from: impl Read,
    expected: Option<&Verifier>,
    take: &mut dyn FnMut(Entry),
) -> Result<Verified, BundleError> {
    let mut reader = Reader::new(from);
    reader.text(README)?;
    reader.text(SCRIPT)?;
    let about = About::parse(&reader.text(ABOUT)?)?;
    let note = reader.text(CHECKPOINT)?;
    let key = key(&reader.text(KEY)?, expected)?;
    let checkpoint = checkpoint(&note, &key, &about)?;
    let mut ledger = Ledger::new(checkpoint.clone());
    reader.lines(&mut |line, number| {
        let (head, entry) = ledger.take(&Placed::parse(line, number)?)?;
        if about.listed(head.stream).is_none() {
            return Err(BundleError::Unlisted { line: number, stream: head.stream });
        }
        entry.into_iter().for_each(&mut *take);
        Ok(())
    })?;
    ledger.check_streams(&about)?;
    let evidence = evidence(&mut reader, &ledger, &key)?;
    verified(key, checkpoint, about, &ledger, evidence)
}

fn key(text: &str, expected: Option<&Verifier>) -> Result<Verifier, BundleError> {
    let line = text.strip_suffix('\n').filter(|line| !line.contains(char::is_control));
    let line = line.ok_or(BundleError::Canonical { place: Place::of(KEY) })?;
    let key = Verifier::parse(line).map_err(|cause| BundleError::Key { cause })?;
    if key.to_string() != line {
        return Err(BundleError::Canonical { place: Place::of(KEY) });
    }
    match expected {
        Some(want) if *want != key => {
            Err(BundleError::OtherKey { got: Box::new(key), want: Box::new(want.clone()) })
        }
        _ => Ok(key),
    }
}

/// The checkpoint that the key signed, of the log and the size that the bundle tells.
fn checkpoint(note: &str, key: &Verifier, about: &About) -> Result<Checkpoint, BundleError> {
    let checkpoint = Checkpoint::verified(note, key).map_err(|cause| BundleError::Checkpoint { cause })?;
    let told = |log: &str, size: u64| format!("{size} entries of the log `{}`", shown(log));
    let got = told(&about.log, about.checkpoint_size);
    let want = told(checkpoint.origin.as_str(), checkpoint.size);
    if got != want {
        return Err(BundleError::Disagrees { got, want });
    }
    let is_canonical = SignedNote::parse(note).is_ok_and(|parsed| parsed.to_string() == note);
    if is_canonical { Ok(checkpoint) } else { Err(BundleError::Canonical { place: Place::of(CHECKPOINT) }) }
}

/// Reads on to the end: evidence, manifest, signature.
fn evidence<R: Read>(
    reader: &mut Reader<R>,
    ledger: &Ledger,
    key: &Verifier,
) -> Result<Vec<Blob>, BundleError> {
    let mut blobs: Vec<Blob> = Vec::new();
    loop {
        let member = reader.next()?;
        let blob = member.as_ref().and_then(|member| Some((member, blob(member)?)));
        let Some((member, blob)) = blob.filter(|(_, blob)| follows(&blobs, blob)) else {
            finish(reader, member, key)?;
            return Ok(blobs);
        };
        ledger.check_evidence(blob.hash)?;
        let got = reader.body(member, &mut |_| Ok(()))?;
        if got != blob.hash {
            return Err(BundleError::Blob { got, want: blob.hash });
        }
        blobs.push(blob);
    }
}

/// The member as evidence, if it is named so.
fn blob(member: &Member) -> Option<Blob> {
    let hash = ContentHash::parse(member.name.strip_prefix(EVIDENCE)?).ok()?;
    (member.name == format!("{EVIDENCE}{hash}")).then_some(Blob { hash, bytes: member.size })
}

fn follows(blobs: &[Blob], blob: &Blob) -> bool {
    blobs.last().is_none_or(|last| last.hash < blob.hash)
}

fn finish<R: Read>(
    reader: &mut Reader<R>,
    manifest: Option<Member>,
    key: &Verifier,
) -> Result<(), BundleError> {
    let member = named(manifest, MANIFEST)?;
    let whole = std::mem::take(&mut reader.manifest);
    whole.check(&reader.text_of(&member, MANIFEST)?)?;
    whole.check_signature(&reader.text(SIGNATURE)?, key)?;
    match reader.next()? {
        None => Ok(()),
        Some(member) => Err(BundleError::Extra { member: shown(&member.name) }),
    }
}

fn verified(
    key: Verifier,
    checkpoint: Checkpoint,
    about: About,
    ledger: &Ledger,
    evidence: Vec<Blob>,
) -> Result<Verified, BundleError> {
    let (Some(positions), Some(times)) = (ledger.positions, ledger.times) else {
        return Err(BundleError::Aboutless { about: about.about });
    };
    let mut evidence_named = ledger.evidence();
    evidence_named.retain(|hash| evidence.binary_search_by_key(hash, |blob| blob.hash).is_err());
    Ok(Verified {
        log: checkpoint.origin.clone(),
        key,
        checkpoint,
        about: about.about,
        streams: about.streams.iter().map(|listed| (listed.stream, listed.entries)).collect(),
        made: about.made,
        by: about.by,
        entries: ledger.entries,
        unread: ledger.unread,
        positions,
        times,
        values_known: ledger.values_known,
        values_erased: ledger.values_erased,
        evidence,
        evidence_named,
        absent: ledger.absent(),
    })
}

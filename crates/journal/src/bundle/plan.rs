//! Everything is read once before anything is written: to know sizes, and whether the bundle will hold.

use super::error::BundleError;
use super::export::{Export, ExportError, Source};
use super::form::{About, Placed};
use super::ledger::Ledger;
use super::{ENTRIES, ENTRIES_BYTES, FORMAT, LINE_BYTES};
use crate::entry::{Sealed, commitments};
use crate::merkle::{Nodes, inclusion};
use crate::note::Checkpoint;
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};

/// What is known once everything was read for the first time.
pub(super) struct Plan {
    pub(super) checkpoint: Checkpoint,
    pub(super) positions: Vec<u64>,
    pub(super) evidence: Vec<(ContentHash, u64)>,
    pub(super) ledger: Ledger,
    /// Bytes of all lines, and their hash.
    pub(super) size: u64,
    pub(super) hash: ContentHash,
}

impl Plan {
    pub(super) fn make(export: &Export<'_>, source: &mut dyn Source) -> Result<Plan, ExportError> {
        let checkpoint = Checkpoint::verified(&export.checkpoint.to_string(), export.signer.verifier())
            .map_err(|cause| BundleError::Checkpoint { cause })?;
        let mut positions = export.positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        let mut evidence = export.evidence.to_vec();
        evidence.sort_unstable();
        evidence.dedup_by_key(|(hash, _)| *hash);
        let mut ledger = Ledger::new(checkpoint.clone());
        let (mut size, mut hash) = (0, Sha256::new());
        for position in &positions {
            let placed = placed(*position, checkpoint.size, export.tree, source)?;
            ledger.take(&placed)?;
            let line = placed.line();
            if line.len() > LINE_BYTES {
                return Err(BundleError::LongLine { line: ledger.entries }.into());
            }
            size += line.len() as u64;
            hash.update(line);
        }
        bound(ENTRIES, size, ENTRIES_BYTES)?;
        let hash = ContentHash(hash.finalize().into());
        Ok(Plan { checkpoint, positions, evidence, ledger, size, hash })
    }

    pub(super) fn about(&self, export: &Export<'_>) -> About {
        About {
            format: FORMAT,
            log: self.checkpoint.origin.to_string(),
            checkpoint_size: self.checkpoint.size,
            about: export.about,
            streams: self.ledger.listed(),
            made: export.made,
            by: export.program.to_owned(),
        }
    }
}

/// Reads an entry, makes its proof, and puts its values in the order in which they stand in it.
pub(super) fn placed(
    position: u64,
    size: u64,
    tree: &dyn Nodes,
    source: &mut dyn Source,
) -> Result<Placed, ExportError> {
    let read = |cause| ExportError::Read { what: format!("the entry {position}"), cause };
    let Sealed { leaf, mut secrets } = source.entry(position).map_err(read)?;
    let proof = inclusion(tree, position, size).map_err(|cause| ExportError::Proof { position, cause })?;
    // Bytes that are no entry are refused with all else that is checked of one.
    let order = commitments(&leaf).unwrap_or_default();
    secrets.sort_by_cached_key(|secret| order.iter().position(|stands| *stands == secret.commitment));
    Ok(Placed { position, leaf, proof, secrets })
}

/// Nothing is written that is too large to be read.
pub(super) fn bound(member: &str, size: u64, limit: u64) -> Result<(), ExportError> {
    if size <= limit {
        return Ok(());
    }
    Err(BundleError::TooLarge { member: member.to_owned(), size, limit }.into())
}

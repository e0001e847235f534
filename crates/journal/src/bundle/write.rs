//! A bundle is written.

use super::archive::Packer;
use super::error::BundleError;
use super::export::{Export, ExportError, Source, Written};
use super::manifest::Manifest;
use super::page::{Cover, VERIFY, page};
use super::plan::{Plan, bound, placed};
use super::{ABOUT, CHECKPOINT, ENTRIES, EVIDENCE, KEY, MANIFEST, MEMBER_BYTES, README, SCRIPT, SIGNATURE};
use crate::note::SignedNote;
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Bytes of a blob that are copied at once.
const CHUNK: usize = 64 << 10;

/// Writes a bundle, after the same checks as [`verify`](super::verify) makes. What was written when an error
/// comes back is no bundle and should be deleted.
///
/// # Errors
///
/// [`ExportError`] says what does not fit.
pub fn write(
    export: &Export<'_>,
    source: &mut dyn Source,
    out: &mut dyn Write,
) -> Result<Written, ExportError> {
    let plan = Plan::make(export, source)?;
    let about = plan.about(export);
    plan.ledger.check_streams(&about)?;
    for (hash, _) in &plan.evidence {
        plan.ledger.check_evidence(*hash)?;
    }
    let mut writing = Writing { packer: Packer::new(out), manifest: Manifest::default() };
    let key = export.signer.verifier();
    let checkpoint = export.checkpoint.to_string();
    let cover = Cover { about: &about, key, entries: plan.ledger.entries, evidence: &plan.evidence };
    writing.text(README, &page(&cover))?;
    writing.text(SCRIPT, VERIFY)?;
    writing.text(ABOUT, &about.text())?;
    writing.text(CHECKPOINT, &checkpoint)?;
    writing.text(KEY, &format!("{key}\n"))?;
    writing.entries(&plan, export, source)?;
    for (hash, size) in &plan.evidence {
        writing.evidence(*hash, *size, source)?;
    }
    let statement = writing.manifest.statement(key.name());
    let signature =
        SignedNote::sign(statement, export.signer).map_err(|cause| ExportError::Sign { cause })?;
    let manifest = std::mem::take(&mut writing.manifest).text;
    writing.text(MANIFEST, &manifest)?;
    writing.text(SIGNATURE, &signature.to_string())?;
    let ledger = &plan.ledger;
    Ok(Written {
        entries: ledger.entries,
        values: ledger.values_known,
        evidence: plan.evidence.len() as u64,
        bytes: writing.packer.finish().map_err(unwritten)?,
    })
}

struct Writing<'w> {
    packer: Packer<'w>,
    manifest: Manifest,
}

impl Writing<'_> {
    fn text(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        let size = text.len() as u64;
        bound(name, size, MEMBER_BYTES)?;
        self.packer.begin(name, size).map_err(unwritten)?;
        self.packer.put(text.as_bytes()).map_err(unwritten)?;
        self.packer.end(size).map_err(unwritten)?;
        self.manifest.add(name, size, ContentHash(Sha256::digest(text).into()));
        Ok(())
    }

    fn entries(
        &mut self,
        plan: &Plan,
        export: &Export<'_>,
        source: &mut dyn Source,
    ) -> Result<(), ExportError> {
        self.packer.begin(ENTRIES, plan.size).map_err(unwritten)?;
        let mut hash = Sha256::new();
        for position in &plan.positions {
            let line = placed(*position, plan.checkpoint.size, export.tree, source)?.line();
            hash.update(&line);
            self.packer.put(&line).map_err(unwritten)?;
        }
        if ContentHash(hash.finalize().into()) != plan.hash {
            return Err(ExportError::Changed);
        }
        self.packer.end(plan.size).map_err(unwritten)?;
        self.manifest.add(ENTRIES, plan.size, plan.hash);
        Ok(())
    }

    fn evidence(&mut self, hash: ContentHash, size: u64, source: &mut dyn Source) -> Result<(), ExportError> {
        let read = |cause| ExportError::Read { what: format!("the evidence {hash}"), cause };
        let mut blob = source.evidence(hash).map_err(read)?;
        let name = format!("{EVIDENCE}{hash}");
        self.packer.begin(&name, size).map_err(unwritten)?;
        let (mut found, mut got, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
        loop {
            let read = match blob.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other.map_err(read)?,
            };
            got += read as u64;
            if (read == 0 && got < size) || got > size {
                return Err(ExportError::Size { hash, got, want: size });
            }
            if read == 0 {
                break;
            }
            found.update(&chunk[..read]);
            self.packer.put(&chunk[..read]).map_err(unwritten)?;
        }
        let found = ContentHash(found.finalize().into());
        if found != hash {
            return Err(BundleError::Blob { got: found, want: hash }.into());
        }
        self.packer.end(size).map_err(unwritten)?;
        self.manifest.add(&name, size, hash);
        Ok(())
    }
}

fn unwritten(cause: io::Error) -> ExportError {
    ExportError::Write { cause }
}

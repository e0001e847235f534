//! The hashes of all members, and the note in which the log's key signs them.
//! Source: C2SP signed-note.

use super::error::{BundleError, Place, shown};
use super::{FORMAT, MANIFEST, SIGNATURE};
use crate::note::{Name, SignedNote, Verifier};
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};

/// Lines of a note with a text of three lines and one signature.
const NOTE_LINES: usize = 5;

/// Hash, size and name of each member, in order.
#[derive(Default)]
pub(super) struct Manifest {
    /// As it is written.
    pub(super) text: String,
}

impl Manifest {
    pub(super) fn add(&mut self, name: &str, size: u64, hash: ContentHash) {
        self.text.push_str(&format!("{hash} {size} {name}\n"));
    }

    /// The text that the log's key signs. Its second line keeps it apart from a checkpoint, which has a
    /// number there.
    pub(super) fn statement(&self, log: &Name) -> String {
        let hash = ContentHash(Sha256::digest(&self.text).into());
        format!("{log}\ncofferdam bundle {FORMAT}\n{hash}\n")
    }

    /// Whether the manifest that was read tells of the members that were read.
    pub(super) fn check(&self, got: &str) -> Result<(), BundleError> {
        if got == self.text {
            return Ok(());
        }
        let (mut gots, mut wants) = (got.split_inclusive('\n'), self.text.split_inclusive('\n'));
        for number in 1.. {
            match (gots.next(), wants.next()) {
                (None, None) => break,
                (got, want) if got == want => {}
                (got, want) => {
                    let cited = |line: Option<&str>| line.map(shown);
                    return Err(BundleError::Manifest { line: number, got: cited(got), want: cited(want) });
                }
            }
        }
        Err(BundleError::Canonical { place: Place::of(MANIFEST) })
    }

    /// Whether the note bears the key's signature of this manifest, and nothing else.
    pub(super) fn check_signature(&self, note: &str, key: &Verifier) -> Result<(), BundleError> {
        let signed = |cause| BundleError::Signature { cause };
        let parsed = SignedNote::parse(note).map_err(signed)?;
        let text = parsed.verified(key).map_err(signed)?;
        if text != self.statement(key.name()) {
            return Err(BundleError::Statement);
        }
        if parsed.to_string() != note || note.lines().count() != NOTE_LINES {
            return Err(BundleError::Canonical { place: Place::of(SIGNATURE) });
        }
        Ok(())
    }
}

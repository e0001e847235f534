//! A checkpoint: a log's name, its size and its root.

use super::key::{Name, Signer, Verifier};
use super::signed::{NoteError, SignedNote};
use crate::merkle::{Hash, HashError};

/// How large a log was, and its root then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: Name,
    /// Entries in it.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint is not understood or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a note, or not signed by whom it should be.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is not a checkpoint.
    #[error("not a checkpoint: {reason}")]
    Form {
        /// What is wrong.
        reason: &'static str,
    },
    /// The root is no hash.
    #[error(transparent)]
    Root(#[from] HashError),
    /// It is of another log.
    #[error("the checkpoint is of the log `{got}`, not of `{want}`")]
    Origin {
        /// The log it names.
        got: String,
        /// The log it should name.
        want: Name,
    },
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Signs it; the signer's name is the log's.
    ///
    /// # Errors
    ///
    /// [`NoteError`] never in practice: the text of a checkpoint is one that can be signed.
    pub fn sign(&self, signer: &Signer) -> Result<SignedNote, NoteError> {
        SignedNote::sign(self.text(), signer)
    }

    /// Reads a note that the log's own key must have signed.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] says what does not fit.
    pub fn verified(note: &str, verifier: &Verifier) -> Result<Checkpoint, CheckpointError> {
        let note = SignedNote::parse(note)?;
        let text = note.verified(verifier)?;
        let form = |reason| CheckpointError::Form { reason };
        let mut lines = text.lines();
        let origin = lines.next().unwrap_or_default();
        if origin != verifier.name().as_str() {
            let got = origin.chars().take(80).collect();
            return Err(CheckpointError::Origin { got, want: verifier.name().clone() });
        }
        let size = lines.next().ok_or_else(|| form("the size is missing"))?;
        let number: u64 = size.parse().map_err(|_| form("the size is no number"))?;
        if number.to_string() != size {
            return Err(form("the size is written with needless zeros or a sign"));
        }
        let root = Hash::parse(lines.next().ok_or_else(|| form("the root is missing"))?)?;
        if lines.any(str::is_empty) {
            return Err(form("a line is empty"));
        }
        Ok(Checkpoint { origin: verifier.name().clone(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::leaf;
    use proptest::prelude::*;

    fn signer(name: &str, secret: u8) -> Signer {
        Signer::new(Name::parse(name).unwrap(), &[secret; 32])
    }

    fn note() -> String {
        let signer = signer("log.example.org/1", 7);
        let origin = signer.verifier().name().clone();
        let mut note = Checkpoint { origin, size: 42, root: leaf(b"x") }.sign(&signer).unwrap();
        note.add(&self::signer("witness.example.org", 9));
        note.to_string()
    }

    #[test]
    fn a_checkpoint_is_read_by_whom_it_names_and_nobody_else() {
        let log = signer("log.example.org/1", 7);
        let read = Checkpoint::verified(&note(), log.verifier()).unwrap();
        assert_eq!((read.size, read.root), (42, leaf(b"x")));
        let cases = [
            (signer("log.example.org/1", 8), "the note bears no signature of `log.example.org/1`"),
            (signer("other.example.org", 7), "the note bears no signature of `other.example.org`"),
            (signer("witness.example.org", 9), "the checkpoint is of the log `log.example.org/1`, not of"),
        ];
        for (other, want) in cases {
            let error = Checkpoint::verified(&note(), other.verifier()).unwrap_err().to_string();
            assert!(error.starts_with(want), "{error}");
        }
    }

    /// Cloudflare's libraries read the same formats; nothing of ours is in them.
    #[test]
    fn others_accept_what_we_sign() {
        let log = signer("log.example.org/1", 7);
        let key = signed_note::StandardVerifier::new(&log.verifier().to_string()).unwrap();
        let note = signed_note::Note::from_bytes(note().as_bytes()).unwrap();
        let (signed, _) = note.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
        assert_eq!(signed.len(), 1);
        let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        assert_eq!((read.origin(), read.size()), ("log.example.org/1", 42));
        assert_eq!(read.hash().0, leaf(b"x").0);
    }

    proptest! {
        #[test]
        fn a_note_that_was_changed_is_not_believed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let log = signer("log.example.org/1", 7);
            let mut bytes = note().into_bytes();
            // What a witness adds is not the log's; everything before is.
            let end = bytes.len() - note().lines().last().unwrap().len() - 1;
            let at = at.index(end);
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert!(Checkpoint::verified(&changed, log.verifier()).is_err());
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}(\n\\PC{0,40}){0,5}\n\n(\u{2014} [a-z]{1,5} [A-Za-z0-9+/=]{0,99}\n){0,3}") {
            let _ = Checkpoint::verified(&text, signer("log.example.org/1", 7).verifier());
        }
    }
}

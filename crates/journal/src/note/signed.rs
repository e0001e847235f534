//! A text with signatures below it.

use super::key::{KeyId, Name, Signer, Verifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// What stands before a signature.
const MARK: &str = "\u{2014} ";
/// Longer notes are refused: a checkpoint has a few hundred bytes.
const BYTES: usize = 64 << 10;
/// More signatures than a log and its witnesses could want.
const SIGNATURES: usize = 100;

/// A text and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: Name,
    id: KeyId,
    signature: Vec<u8>,
}

/// Why a note is not understood or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not a note.
    #[error("not a signed note: {reason}")]
    Form {
        /// What is wrong.
        reason: &'static str,
    },
    /// Nobody whom the key belongs to signed it.
    #[error("the note bears no signature of `{name}` ({id})")]
    Unsigned {
        /// Whose signature is missing.
        name: Name,
        /// The key's id.
        id: KeyId,
    },
    /// The signature is not of this text.
    #[error("the signature of `{name}` is not of this text: text or signature was changed")]
    Forged {
        /// Whose signature it claims to be.
        name: Name,
    },
}

impl SignedNote {
    /// Signs a text, which must end with a line end and hold no other control characters.
    ///
    /// # Errors
    ///
    /// [`NoteError::Form`] for other texts.
    pub fn sign(text: String, signer: &Signer) -> Result<SignedNote, NoteError> {
        check_text(&text)?;
        let mut note = SignedNote { text, signatures: Vec::new() };
        note.add(signer);
        Ok(note)
    }

    /// Adds another signature, such as a witness's.
    pub fn add(&mut self, signer: &Signer) {
        let signature = signer.sign(self.text.as_bytes()).to_vec();
        let verifier = signer.verifier();
        self.signatures.push(Line { name: verifier.name().clone(), id: verifier.id(), signature });
    }

    /// Reads a note, believing nothing yet.
    ///
    /// # Errors
    ///
    /// [`NoteError::Form`] when it is not one.
    pub fn parse(note: &str) -> Result<SignedNote, NoteError> {
        let form = |reason| NoteError::Form { reason };
        if note.len() > BYTES {
            return Err(form("it is too long"));
        }
        let at = note.rfind("\n\n").ok_or_else(|| form("no blank line before the signatures"))?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| form("the last line has no end"))?;
        let signatures: Vec<Line> = lines
            .split('\n')
            .map(signature)
            .collect::<Option<_>>()
            .ok_or_else(|| form("a line below the text is no signature"))?;
        if signatures.len() > SIGNATURES {
            return Err(form("it has too many signatures"));
        }
        Ok(SignedNote { text: text.to_owned(), signatures })
    }

    /// The text, once `verifier` has signed it.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when it has not, or the text is not what was signed.
    pub fn verified(&self, verifier: &Verifier) -> Result<&str, NoteError> {
        let own = |line: &&Line| line.name == *verifier.name() && line.id == verifier.id();
        let line = self.signatures.iter().find(own);
        let line =
            line.ok_or_else(|| NoteError::Unsigned { name: verifier.name().clone(), id: verifier.id() })?;
        let signature = <[u8; 64]>::try_from(line.signature.as_slice()).ok();
        if signature.is_some_and(|signature| verifier.accepts(self.text.as_bytes(), &signature)) {
            Ok(&self.text)
        } else {
            Err(NoteError::Forged { name: verifier.name().clone() })
        }
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') || text.len() > BYTES {
        return Err(NoteError::Form { reason: "the text has no line end, or is too long" });
    }
    if text.chars().any(|ch| ch.is_control() && ch != '\n') {
        return Err(NoteError::Form { reason: "the text holds control characters" });
    }
    Ok(())
}

fn signature(line: &str) -> Option<Line> {
    let (name, code) = line.strip_prefix(MARK)?.split_once(' ')?;
    let bytes = STANDARD.decode(code).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    if signature.is_empty() {
        return None;
    }
    Some(Line { name: Name::parse(name).ok()?, id: KeyId(*id), signature: signature.to_vec() })
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            let mut bytes = line.id.0.to_vec();
            bytes.extend_from_slice(&line.signature);
            writeln!(f, "{MARK}{} {}", line.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

//! Keys that sign notes: a name, and Ed25519.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// The signature type of Ed25519 in a note's key.
const ED25519: u8 = 1;
/// What the text of a secret key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The name of a log or of a witness, such as `cofferdam.example.org/3f2a`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

/// The first four bytes of a hash over a key's name, type and public part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

/// Why a key or its name cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Names are part of lines: they hold no blanks, line ends or `+`.
    #[error("`{name}` cannot name a key: it is empty, too long, or holds blanks or `+`")]
    Name {
        /// What was given, cut.
        name: String,
    },
    /// The text is no verifier key.
    #[error("the verifier key is not of the form NAME+ID+KEY with an Ed25519 key")]
    Form,
    /// The text is no signer's key.
    #[error("the signing key is not of the form PRIVATE+KEY+NAME+ID+SECRET with an Ed25519 secret")]
    SecretForm,
    /// The id is not that of the key.
    #[error("the key's id is {got} and should be {want}")]
    Id {
        /// The id in the text.
        got: String,
        /// The id of name and key.
        want: KeyId,
    },
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`KeyError::Name`] when it is empty, longer than 200 bytes, or holds white space, control
    /// characters or `+`.
    pub fn parse(text: &str) -> Result<Name, KeyError> {
        let is_odd = |ch: char| ch.is_whitespace() || ch.is_control() || ch == '+';
        if text.is_empty() || text.len() > 200 || text.contains(is_odd) {
            return Err(KeyError::Name {
                name: text.chars().filter(|ch| !ch.is_control()).take(80).collect(),
            });
        }
        Ok(Name(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Eight hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Signs notes.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

/// Checks signatures of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: Name,
    id: KeyId,
    key: VerifyingKey,
}

impl Signer {
    /// A signer of that name from 32 secret random bytes.
    pub fn new(name: Name, secret: &[u8; 32]) -> Signer {
        let key = SigningKey::from_bytes(secret);
        let verifier = Verifier::new(name, key.verifying_key());
        Signer { key, verifier }
    }

    /// Reads `PRIVATE+KEY+NAME+ID+SECRET`, the form in which such keys are kept.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is not one, or its id is not that of its key. Neither shows the secret.
    pub fn parse(text: &str) -> Result<Signer, KeyError> {
        let rest = text.strip_prefix(PRIVATE).ok_or(KeyError::SecretForm)?;
        let (name, rest) = rest.split_once('+').ok_or(KeyError::SecretForm)?;
        let (id, secret) = rest.split_once('+').ok_or(KeyError::SecretForm)?;
        let bytes = STANDARD.decode(secret).map_err(|_| KeyError::SecretForm)?;
        let secret = match bytes.split_first() {
            Some((&ED25519, secret)) => <[u8; 32]>::try_from(secret).map_err(|_| KeyError::SecretForm)?,
            _ => return Err(KeyError::SecretForm),
        };
        let signer = Signer::new(Name::parse(name)?, &secret);
        let want = signer.verifier.id;
        if id == want.to_string() {
            Ok(signer)
        } else {
            Err(KeyError::Id { got: id.chars().take(16).collect(), want })
        }
    }

    /// The text that [`Signer::parse`] reads: a secret, for a file that only its owner can read.
    pub fn secret_text(&self) -> String {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        let Verifier { name, id, .. } = &self.verifier;
        format!("{PRIVATE}{name}+{id}+{}", STANDARD.encode(bytes))
    }

    /// Who can check what it signs.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs bytes.
    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// Shows whose it is, and nothing of the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("name", &self.verifier.name).finish_non_exhaustive()
    }
}

impl Verifier {
    fn new(name: Name, key: VerifyingKey) -> Verifier {
        let digest = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let id = KeyId([digest[0], digest[1], digest[2], digest[3]]);
        Verifier { name, id, key }
    }

    /// Reads `NAME+ID+KEY`, the form in which keys are handed on.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is not one, or its id is not that of its key.
    pub fn parse(text: &str) -> Result<Verifier, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        let bytes = STANDARD.decode(key).map_err(|_| KeyError::Form)?;
        let (ED25519, key) = bytes.split_first().map(|(kind, key)| (*kind, key)).ok_or(KeyError::Form)?
        else {
            return Err(KeyError::Form);
        };
        let key = <[u8; 32]>::try_from(key).map_err(|_| KeyError::Form)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Form)?;
        let verifier = Verifier::new(Name::parse(name)?, key);
        if id != verifier.id.to_string() {
            return Err(KeyError::Id { got: id.chars().take(16).collect(), want: verifier.id });
        }
        Ok(verifier)
    }

    /// The key's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the signature is this key's over these bytes; the strict check, so that a note has one
    /// signature by one key.
    pub(super) fn accepts(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok()
    }
}

/// `NAME+ID+KEY`.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_key_reads_back_and_a_changed_one_does_not() {
        let signer = Signer::new(Name::parse("log.example.org/1").unwrap(), &[7; 32]);
        let text = signer.verifier().to_string();
        assert_eq!(Verifier::parse(&text).as_ref(), Ok(signer.verifier()));
        for (at, old) in text.char_indices() {
            let new = if old == 'A' { 'B' } else { 'A' };
            let changed: String =
                text.char_indices().map(|(place, ch)| if place == at { new } else { ch }).collect();
            assert!(Verifier::parse(&changed).is_err(), "{changed}");
        }
        for bad in ["", "a+b", "a b+00000000+AQ==", "a+00000000+AQ=="] {
            assert!(Verifier::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_signing_key_reads_back_and_no_error_shows_it() {
        let signer = Signer::new(Name::parse("log.example.org/1").unwrap(), &[7; 32]);
        let text = signer.secret_text();
        assert_eq!(Signer::parse(&text).unwrap().verifier(), signer.verifier());
        let public = signer.verifier().to_string();
        for bad in [
            "",
            "PRIVATE+KEY+",
            &public,
            &text[..text.len() - 4],
            &text.replace("log.", "lag."),
            &text.replace('B', "C"),
        ] {
            let error = Signer::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("BwcHBw"), "{error}");
        }
    }

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        for bad in ["", "a b", "a+b", "a\nb", "a\u{2028}b", &"x".repeat(201)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}

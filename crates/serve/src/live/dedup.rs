//! What tells alerts apart, as the journal may hold it: a hash with a secret of this data directory, since the text
//! itself names accounts and addresses, and a plain hash of it could be guessed.

use cofferdam_vocabulary::DedupKey;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Makes keys.
pub struct Keys([u8; 32]);

impl Keys {
    /// Reads the secret in this folder, or makes one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Keys> {
        let path = folder.join("dedup-secret");
        match fs::read(&path) {
            Ok(bytes) => {
                let wrong = || io::Error::new(io::ErrorKind::InvalidData, "the secret has not 32 bytes");
                Ok(Keys(bytes.try_into().map_err(|_| wrong())?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
                let aside = folder.join("dedup-secret.new");
                let mut file =
                    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
                file.write_all(&secret)?;
                file.sync_data()?;
                fs::rename(&aside, &path)?;
                Ok(Keys(secret))
            }
            Err(error) => Err(error),
        }
    }

    /// The key of a text: SHA-256 of the secret and the text, cut to 16 bytes.
    pub fn of(&self, text: &str) -> DedupKey {
        let hash: [u8; 32] = Sha256::new().chain_update(self.0).chain_update(text).finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        DedupKey(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_in_one_folder_and_others_elsewhere() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = Keys::open(here.path()).unwrap().of("ssh\u{1f}kim");
        assert_eq!(Keys::open(here.path()).unwrap().of("ssh\u{1f}kim"), key);
        assert_ne!(Keys::open(here.path()).unwrap().of("ssh\u{1f}lee"), key);
        assert_ne!(Keys::open(there.path()).unwrap().of("ssh\u{1f}kim"), key);
        fs::write(here.path().join("dedup-secret"), "short").unwrap();
        assert!(Keys::open(here.path()).is_err());
    }
}

//! Evidence as files named by their SHA-256. Written once, hashed while read, never unpacked.

use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// The folder of evidence in a data directory.
#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
    next: AtomicU64,
}

/// Why evidence could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It was never kept, or is gone.
    #[error("the evidence {hash} is not in the data directory")]
    Missing {
        /// Which.
        hash: ContentHash,
    },
    /// The bytes are others than those that were acquired.
    #[error("the evidence {want} is damaged: its bytes hash to {got}")]
    Damaged {
        /// Which.
        want: ContentHash,
        /// What the bytes hash to.
        got: ContentHash,
    },
    /// The disk says no.
    #[error("failed to keep or read evidence at `{}`", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

impl Blobs {
    /// The evidence below this folder, which is made with the first piece.
    pub fn at(root: &Path) -> Blobs {
        Blobs { root: root.to_owned(), next: AtomicU64::new(0) }
    }

    /// Where a piece lies, or would.
    pub fn path(&self, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..2]).join(name)
    }

    /// Whether there is a file for it; whether it is whole only reading tells.
    pub fn has(&self, hash: ContentHash) -> bool {
        self.path(hash).is_file()
    }

    /// All pieces that there are files of.
    ///
    /// # Errors
    ///
    /// What the system says when a folder cannot be listed.
    pub fn all(&self) -> io::Result<Vec<ContentHash>> {
        let mut found = Vec::new();
        if !self.root.is_dir() {
            return Ok(found);
        }
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder)? {
                found.extend(file?.file_name().to_str().and_then(|name| ContentHash::parse(name).ok()));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Copies evidence, hashing what is copied. It lies in its place, synced, when this returns.
    ///
    /// # Errors
    ///
    /// [`BlobError::Damaged`] when it is not what was `expected`, [`BlobError::Io`] from source or disk; then
    /// nothing is kept.
    pub fn keep(
        &self,
        source: &mut dyn Read,
        expected: Option<ContentHash>,
    ) -> Result<(ContentHash, u64), BlobError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let aside = self.root.join(format!("incoming-{}-{number}", std::process::id()));
        let kept = self.keep_by(source, expected, &aside);
        if kept.is_err() {
            // What is left of it is of no use to anybody; that it was not kept is told.
            let _ = fs::remove_file(&aside);
        }
        kept
    }

    fn keep_by(
        &self,
        source: &mut dyn Read,
        expected: Option<ContentHash>,
        aside: &Path,
    ) -> Result<(ContentHash, u64), BlobError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |cause| BlobError::Io { path, cause }
        };
        fs::create_dir_all(&self.root).map_err(at(&self.root))?;
        let mut file = private(aside).map_err(at(aside))?;
        let (got, bytes) = copy(source, &mut file).map_err(at(aside))?;
        if let Some(want) = expected
            && want != got
        {
            return Err(BlobError::Damaged { want, got });
        }
        file.sync_all().map_err(at(aside))?;
        let path = self.path(got);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(at(folder))?;
        fs::rename(aside, &path).map_err(at(&path))?;
        for folder in [folder, &self.root] {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
        }
        Ok((got, bytes))
    }

    /// Copies evidence out. All of it is hashed; an error at the end says that what was copied is not what
    /// was acquired.
    ///
    /// # Errors
    ///
    /// [`BlobError`] when it is missing, damaged, or `out` takes no more.
    pub fn copy(&self, hash: ContentHash, out: &mut dyn Write) -> Result<u64, BlobError> {
        let path = self.path(hash);
        let mut file = File::open(&path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => BlobError::Missing { hash },
            _ => BlobError::Io { path: path.clone(), cause },
        })?;
        let (got, bytes) = copy(&mut file, out).map_err(|cause| BlobError::Io { path, cause })?;
        if got == hash { Ok(bytes) } else { Err(BlobError::Damaged { want: hash, got }) }
    }
}

/// A new file that only its owner can read.
pub(crate) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file without a name in this folder, to be written and read again: it is gone when it is closed, whatever
/// happens to the process.
pub(crate) fn nameless(folder: &Path) -> io::Result<File> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("outgoing-{}-{number}", std::process::id()));
    // One of a process that was killed between the next two steps, and had our number.
    let _ = fs::remove_file(&path);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn copy(source: &mut dyn Read, out: &mut dyn Write) -> io::Result<(ContentHash, u64)> {
    let (mut hasher, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let read = match source.read(&mut chunk) {
            Ok(0) => return Ok((ContentHash(hasher.finalize().into()), bytes)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&chunk[..read]);
        out.write_all(&chunk[..read])?;
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_kept_by_its_hash_and_checked_when_read() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::at(&folder.path().join("evidence"));
        let (hash, bytes) = blobs.keep(&mut &b"what the attacker left"[..], None).unwrap();
        assert_eq!((bytes, blobs.has(hash)), (22, true));
        assert_eq!(blobs.keep(&mut &b"what the attacker left"[..], Some(hash)).unwrap(), (hash, 22));
        let mut out = Vec::new();
        blobs.copy(hash, &mut out).unwrap();
        assert_eq!(out, b"what the attacker left");
        fs::write(blobs.path(hash), "something else").unwrap();
        assert!(
            matches!(blobs.copy(hash, &mut io::sink()), Err(BlobError::Damaged { want, .. }) if want == hash)
        );
        fs::remove_file(blobs.path(hash)).unwrap();
        assert!(matches!(blobs.copy(hash, &mut io::sink()), Err(BlobError::Missing { .. })));
    }

    #[test]
    fn what_is_not_what_was_read_before_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::at(folder.path());
        let other = ContentHash([0; 32]);
        let error = blobs.keep(&mut &b"changed since"[..], Some(other)).unwrap_err();
        assert!(matches!(error, BlobError::Damaged { want, .. } if want == other));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}

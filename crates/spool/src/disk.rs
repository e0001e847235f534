//! What is asked of the file system, so that tests can bring one that fails.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// A file system as the writer needs it.
pub trait Disk: Send + Sync {
    /// Writes all of it at this offset.
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Has what was written, and the size, on disk.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Cuts a file off.
    fn cut(&self, file: &File, length: u64) -> io::Result<()>;
    /// Gives a file another name, and takes it from whoever had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Has the names in a folder on disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Bytes that may still be written to the file system of this file.
    fn free(&self, file: &File) -> io::Result<u64>;
}

/// The one that is there.
pub struct Real;

impl Disk for Real {
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn cut(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn free(&self, file: &File) -> io::Result<u64> {
        let found = rustix::fs::fstatvfs(file)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }
}

/// A new file that only its owner reads, to be written and read; one that is there is emptied.
pub fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes a folder that only its owner enters, if it is not there.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether the disk says that it is full.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

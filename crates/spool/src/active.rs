//! The segment that is written.

use crate::book::Book;
use crate::catalogue::{Segment, name};
use crate::disk::{Disk, private};
use crate::format::{Counts, Footer, HEADER, Hashing, Header, Salt, Whole, identities, stamp};
use crate::window::Window;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// How files end that are being made; those that were left behind are of no use to anybody.
pub const MAKING: &str = "making";

/// The segment that is written.
pub struct Active {
    pub file: File,
    pub salt: Salt,
    /// Bytes that were synced.
    pub length: u64,
    /// Of these bytes.
    pub hash: Whole,
    /// What each source brought.
    pub counts: Counts,
    /// How many identities there had been when it was begun.
    pub known_before: u64,
}

/// Why something was not written.
#[derive(Debug)]
pub enum Failed {
    /// It was cut off again, and the segment is as it was.
    Cut(io::Error),
    /// Nobody knows what the file is now: nothing may be written to it any more.
    Broken(io::Error),
}

impl Active {
    /// Makes a segment. It has its name when it is whole.
    pub fn make(
        disk: &dyn Disk,
        folder: &Path,
        salt: Salt,
        book: &Book,
        known_before: u64,
    ) -> io::Result<(Active, Segment)> {
        let Salt { id, first } = salt;
        let mut bytes = Header { id, first, hashing: Hashing::Blake3 }.bytes().to_vec();
        let mut carried = book.frame(first);
        stamp(&mut carried, &salt, HEADER as u64);
        bytes.extend_from_slice(&carried);
        let path = folder.join(name(first));
        let aside = path.with_extension(MAKING);
        let made = Active::write_aside(disk, &aside, &bytes)
            .and_then(|file| disk.rename(&aside, &path).map(|()| file))
            .and_then(|file| disk.sync_folder(folder).map(|()| file));
        let file = made.inspect_err(|_| drop(fs::remove_file(&aside)))?;
        let length = bytes.len() as u64;
        let mut hash = Whole::new(Hashing::Blake3);
        hash.update(&bytes);
        let active = Active { file, salt, length, hash, counts: Counts::default(), known_before };
        Ok((active, Segment::new(first, length)))
    }

    fn write_aside(disk: &dyn Disk, aside: &Path, bytes: &[u8]) -> io::Result<File> {
        let file = private(aside)?;
        disk.write(&file, bytes, 0)?;
        disk.sync(&file)?;
        Ok(file)
    }

    /// Writes a frame and syncs it; where it begins.
    pub fn put(&mut self, disk: &dyn Disk, frame: &mut [u8]) -> Result<u64, Failed> {
        let offset = self.length;
        stamp(frame, &self.salt, offset);
        self.write(disk, frame)?;
        self.hash.update(frame);
        self.length += frame.len() as u64;
        Ok(offset)
    }

    fn write(&self, disk: &dyn Disk, bytes: &[u8]) -> Result<(), Failed> {
        if let Err(cause) = disk.write(&self.file, bytes, self.length) {
            return Err(match disk.cut(&self.file, self.length) {
                Ok(()) => Failed::Cut(cause),
                Err(_) => Failed::Broken(cause),
            });
        }
        disk.sync(&self.file).map_err(|cause| {
            // What a failed sync left in memory is no longer what will be on disk, and a second one may say that all
            // is well. What was to be synced has no place in this file any more.
            let _ = disk.cut(&self.file, self.length);
            Failed::Broken(cause)
        })
    }

    /// Writes the end of the segment and syncs it; bytes of the file.
    pub fn seal(&self, disk: &dyn Disk, segment: &Segment, window: &Window) -> Result<u64, Failed> {
        let (mut end, count) = identities(segment.end, window.since(self.known_before));
        stamp(&mut end, &self.salt, self.length);
        if count == 0 {
            end.clear();
        }
        let offset = self.length + end.len() as u64;
        let mut hash = self.hash.clone();
        hash.update(&end);
        let footer = Footer {
            end: segment.end,
            arrivals: segment.arrivals,
            identities: (self.length, count),
            hash: hash.finish(),
            sources: self.counts.clone(),
            index: segment.index.clone(),
        };
        let mut frame = footer.frame(offset);
        stamp(&mut frame, &self.salt, offset);
        end.extend_from_slice(&frame);
        self.write(disk, &end)?;
        Ok(self.length + end.len() as u64)
    }
}

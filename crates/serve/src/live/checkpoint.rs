//! How far the spool was read, and the matches that still count: what a start begins with instead of all that was
//! ever sent.
//!
//! Matches go to the end of a file; now and then it is written anew with those that still count. A checkpoint says how
//! long that file was when it was written, so that what came after is left out: it is read from the spool again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file of matches is written anew when more than this was added to what counted then.
const GROWTH: u64 = 64 << 20;

/// What is known of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The record of the spool that is read next.
    next: u64,
    /// Letters before this record were written.
    letters: u64,
    /// Which file of matches.
    file: u64,
    /// How much of it counts.
    bytes: u64,
}

/// Checkpoints in a folder.
pub struct Checkpoints {
    folder: PathBuf,
    mark: Mark,
    file: BufWriter<File>,
    bytes: u64,
    /// How long the file was when it was written anew.
    anew: u64,
}

/// What a start begins with.
pub struct Begun<M> {
    /// The record of the spool that is read next.
    pub next: u64,
    /// Letters before this record were written.
    pub letters: u64,
    /// Matches that still count.
    pub matches: Vec<M>,
    /// Lines of the file that were not understood: of another version, or damaged.
    pub strange: u64,
}

impl Checkpoints {
    /// Opens the folder.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open<M: DeserializeOwned>(folder: &Path) -> io::Result<(Checkpoints, Begun<M>)> {
        let mark: Mark = match fs::read(folder.join("checkpoint")) {
            // One of another version, or a damaged one, is as good as none: all that is kept is read again.
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Mark::default(),
            Err(error) => return Err(error),
        };
        let path = matches_file(folder, mark.file);
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&path)?;
        file.set_len(mark.bytes.min(file.metadata()?.len()))?;
        let (matches, strange) = read(&path)?;
        remove_others(folder, mark.file)?;
        let bytes = file.metadata()?.len();
        let begun = Begun { next: mark.next, letters: mark.letters, matches, strange };
        let file = BufWriter::new(file);
        Ok((Checkpoints { folder: folder.to_owned(), mark, file, bytes, anew: bytes }, begun))
    }

    /// Adds a match.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn add<M: Serialize>(&mut self, found: &M) -> io::Result<()> {
        self.bytes += put(&mut self.file, found)?;
        Ok(())
    }

    /// Whether so much was added that the file should be written anew.
    pub fn is_long(&self) -> bool {
        self.bytes > self.anew + GROWTH
    }

    /// Writes the file of matches anew, with these. It counts from the next checkpoint on.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn anew<M: Serialize>(&mut self, matches: impl Iterator<Item = M>) -> io::Result<()> {
        let number = self.mark.file + 1;
        let path = matches_file(&self.folder, number);
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        let (mut file, mut bytes) = (BufWriter::new(file), 0);
        for found in matches {
            bytes += put(&mut file, &found)?;
        }
        (self.file, self.bytes, self.anew) = (file, bytes, bytes);
        self.mark.file = number;
        Ok(())
    }

    /// A start begins here from now on.
    ///
    /// # Errors
    ///
    /// What the system says; the checkpoint before stays.
    pub fn set(&mut self, next: u64, letters: u64) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        self.mark = Mark { next, letters, bytes: self.bytes, ..self.mark.clone() };
        let aside = self.folder.join("checkpoint.new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
        file.write_all(&serde_json::to_vec(&self.mark)?)?;
        file.sync_data()?;
        fs::rename(&aside, self.folder.join("checkpoint"))?;
        File::open(&self.folder)?.sync_all()?;
        remove_others(&self.folder, self.mark.file)
    }
}

fn matches_file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("matches.{number}"))
}

fn put<M: Serialize>(file: &mut BufWriter<File>, found: &M) -> io::Result<u64> {
    let mut line = serde_json::to_vec(found)?;
    line.push(b'\n');
    file.write_all(&line)?;
    Ok(line.len() as u64)
}

fn read<M: DeserializeOwned>(path: &Path) -> io::Result<(Vec<M>, u64)> {
    let (mut matches, mut strange) = (Vec::new(), 0);
    let mut lines = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    while lines.by_ref().take(u64::MAX).read_until(b'\n', &mut line)? > 0 {
        match serde_json::from_slice(&line) {
            Ok(found) => matches.push(found),
            Err(_) => strange += 1,
        }
        line.clear();
    }
    Ok((matches, strange))
}

/// Files of matches that no checkpoint names any more.
fn remove_others(folder: &Path, number: u64) -> io::Result<()> {
    let own = matches_file(folder, number);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_one = path.file_stem().is_some_and(|stem| stem == "matches");
        if is_one && path != own {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> (Checkpoints, Begun<u32>) {
        Checkpoints::open(folder).unwrap()
    }

    #[test]
    fn what_came_after_the_last_checkpoint_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (mut checkpoints, begun) = open(folder.path());
        assert_eq!((begun.next, begun.matches.len()), (0, 0));
        (0..3_u32).for_each(|number| checkpoints.add(&number).unwrap());
        checkpoints.set(7, 5).unwrap();
        (3..5_u32).for_each(|number| checkpoints.add(&number).unwrap());
        drop(checkpoints);
        let (mut checkpoints, begun) = open(folder.path());
        assert_eq!((begun.next, begun.letters, begun.matches), (7, 5, vec![0, 1, 2]));
        checkpoints.add(&9_u32).unwrap();
        checkpoints.anew([2_u32, 9].into_iter()).unwrap();
        drop(checkpoints);
        assert_eq!(open(folder.path()).1.matches, [0, 1, 2], "the new file counts when a checkpoint says so");
        let (mut checkpoints, _) = open(folder.path());
        checkpoints.anew([2_u32, 9].into_iter()).unwrap();
        checkpoints.set(8, 8).unwrap();
        checkpoints.add(&10_u32).unwrap();
        drop(checkpoints);
        assert_eq!((open(folder.path()).1.next, open(folder.path()).1.matches), (8, vec![2, 9]));
    }

    #[test]
    fn a_damaged_one_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let (mut checkpoints, _) = open(folder.path());
        checkpoints.add(&1_u32).unwrap();
        checkpoints.set(7, 5).unwrap();
        fs::write(folder.path().join("checkpoint"), "{\"next\":").unwrap();
        let (_, begun) = open(folder.path());
        assert_eq!((begun.next, begun.matches.len()), (0, 0));
    }
}

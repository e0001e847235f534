//! A log as a folder of tiles, as others read it: checkpoint, hashes, entries.
//! Source: C2SP tlog-tiles.

use crate::storage::{Reader, StorageError};
use crate::tree::Tree;
use cofferdam_journal::merkle::{Tile, TileId, WIDTH};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The last checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// Why a folder of tiles could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TileDirError {
    /// The journal cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file is not what its name says.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk says no.
    #[error("failed to read or write `{}`", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

pub(crate) fn io_at(path: &Path) -> impl Fn(io::Error) -> TileDirError + '_ {
    move |cause| TileDirError::Io { path: path.to_owned(), cause }
}

/// Writes all tiles of the log's first `size` entries that are not in the folder yet. A full tile never
/// changes, so that each run writes only what is new. The checkpoint is the caller's to write, last.
///
/// # Errors
///
/// [`TileDirError`] when a tile cannot be read or written.
pub fn write(folder: &Path, reader: &dyn Reader, tree: &Tree, size: u64) -> Result<u64, TileDirError> {
    let mut written = entries(folder, reader, size)?;
    let (mut level, mut count) = (0_u8, size);
    while count > 0 {
        let full = count / WIDTH as u64;
        for index in 0..full {
            let id = TileId { level, index, width: 256 };
            written += put(folder, &id.to_string(), || hashes(reader, tree, id))?;
        }
        let rest = u16::try_from(count % WIDTH as u64).unwrap_or(0);
        if rest > 0 {
            let id = TileId { level, index: full, width: rest };
            written += put(folder, &id.to_string(), || hashes(reader, tree, id))?;
        }
        count = full;
        level += 1;
    }
    Ok(written)
}

fn hashes(reader: &dyn Reader, tree: &Tree, id: TileId) -> Result<Vec<u8>, TileDirError> {
    let tile =
        tree.tile(reader, id.level, id.index).filter(|tile| tile.hashes().len() >= usize::from(id.width));
    let tile = tile.ok_or_else(|| StorageError::Damaged { what: format!("{id} is missing") })?;
    Ok(tile.bytes()[..usize::from(id.width) * 32].to_vec())
}

/// Bundles of up to 256 entries, each with its length in two bytes before it.
fn entries(folder: &Path, reader: &dyn Reader, size: u64) -> Result<u64, TileDirError> {
    let mut written = 0;
    for index in 0..size.div_ceil(WIDTH as u64) {
        let start = index * WIDTH as u64;
        let end = size.min(start + WIDTH as u64);
        written += put(folder, &bundle(index, end - start), || {
            let mut bytes = Vec::new();
            reader.entries(start..end, &mut |stored| {
                // An entry has at most 32 KiB.
                bytes.extend(u16::try_from(stored.leaf.len()).unwrap_or(0).to_be_bytes());
                bytes.extend(stored.leaf);
                ControlFlow::Continue(())
            })?;
            Ok(bytes)
        })?;
    }
    Ok(written)
}

/// The path of a bundle of entries.
pub(crate) fn bundle(index: u64, width: u64) -> String {
    let id = TileId { level: 0, index, width: u16::try_from(width).unwrap_or(0) };
    id.to_string().replacen("tile/0/", "tile/entries/", 1)
}

/// The entries of a bundle.
///
/// # Errors
///
/// [`TileDirError::Damaged`] when lengths and bytes do not agree.
pub fn read_bundle(folder: &Path, index: u64, width: u64) -> Result<Vec<Vec<u8>>, TileDirError> {
    let path = folder.join(bundle(index, width));
    let bytes = fs::read(&path).map_err(io_at(&path))?;
    let damaged = |what: String| TileDirError::Damaged { path: path.clone(), what };
    let (mut rest, mut leaves) = (bytes.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((leaf, after)) = after.split_at_checked(length) else {
            return Err(damaged("its last entry is cut off".to_owned()));
        };
        leaves.push(leaf.to_vec());
        rest = after;
    }
    if !rest.is_empty() || leaves.len() as u64 != width {
        return Err(damaged(format!("it has {} entries and should have {width}", leaves.len())));
    }
    Ok(leaves)
}

/// Writes a file unless it is there; 1 when it did.
fn put(
    folder: &Path,
    name: &str,
    make: impl FnOnce() -> Result<Vec<u8>, TileDirError>,
) -> Result<u64, TileDirError> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(0);
    }
    replace(&path, &make()?)?;
    Ok(1)
}

/// Puts a file in its place whole and synced.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), TileDirError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(io_at(parent))?;
    crate::whole::replace(path, bytes).map_err(io_at(path))
}

/// Removes partial tiles that a larger log has outgrown. Whoever reads the older checkpoint may still want
/// them, so this comes after the new one is in its place.
///
/// # Errors
///
/// [`TileDirError::Io`] when a folder cannot be read.
pub fn prune(folder: &Path, size: u64) -> Result<(), TileDirError> {
    let mut wanted = Vec::new();
    let (mut level, mut count) = (0_u8, size);
    while count > 0 {
        let (index, rest) = (count / WIDTH as u64, u16::try_from(count % WIDTH as u64).unwrap_or(0));
        if rest > 0 {
            wanted.push(TileId { level, index, width: rest }.to_string());
        }
        count = index;
        level += 1;
    }
    if let rest @ 1.. = size % WIDTH as u64 {
        wanted.push(bundle(size / WIDTH as u64, rest));
    }
    let mut folders = vec![folder.join("tile")];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(&inside).map_err(io_at(&inside))?.flatten() {
            let path = entry.path();
            if !path.is_dir() {
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "p") {
                folders.push(path);
                continue;
            }
            for entry in fs::read_dir(&path).map_err(io_at(&path))?.flatten() {
                let file = entry.path();
                let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
                if !wanted.contains(&name) {
                    fs::remove_file(&file).map_err(io_at(&file))?;
                }
            }
            // Still full of what is wanted, most often.
            let _ = fs::remove_dir(&path);
        }
    }
    Ok(())
}

impl Tree {
    /// A tile, from the edge or from `reader`.
    pub(crate) fn tile(&self, reader: &dyn Reader, level: u8, index: u64) -> Option<Tile> {
        self.on_edge(level, index).or_else(|| {
            let hashes = reader.tile(level, index).ok()??;
            Tile::read(TileId { level, index, width: u16::try_from(hashes.len() / 32).ok()? }, &hashes).ok()
        })
    }
}

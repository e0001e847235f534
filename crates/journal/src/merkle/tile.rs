//! Hashes kept as tiles: 256 of one level side by side, named by where they lie in the tree.
//! Source: C2SP tlog-tiles.

use super::hash::{Hash, node};
use super::proof::Nodes;
use std::fmt;

/// Hashes of a full tile.
pub const WIDTH: usize = 256;
/// Levels of the tree that one level of tiles spans.
const HEIGHT: u8 = 8;

/// Which tile: `tile/0/x001/067`, `tile/1/000.p/12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 holds the entries' hashes, 1 the roots of 256 entries, 2 those of 65,536 …
    pub level: u8,
    /// The tile's number at its level, from 0.
    pub index: u64,
    /// Hashes in it, 1 to 256; less than 256 only in the last one of a level.
    pub width: u16,
}

/// A tile is not what its name says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The text is no tile's path.
    #[error("`{path}` is no path of a tile")]
    Path {
        /// What was given, cut.
        path: String,
    },
    /// There are more or fewer bytes than hashes need.
    #[error("{id} has {bytes} bytes and should have {want}")]
    Size {
        /// The tile.
        id: TileId,
        /// Bytes that there are.
        bytes: usize,
        /// Bytes that it should have.
        want: usize,
    },
}

impl TileId {
    /// Reads a path as [`Display`](fmt::Display) writes it.
    ///
    /// # Errors
    ///
    /// [`TileError::Path`] for anything else, such as a path with needless zeros.
    pub fn parse(path: &str) -> Result<TileId, TileError> {
        let error = || TileError::Path { path: path.chars().take(80).collect() };
        let rest = path.strip_prefix("tile/").ok_or_else(error)?;
        let (level, rest) = rest.split_once('/').ok_or_else(error)?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().map_err(|_| error())?),
            None => (rest, 256),
        };
        let mut index = 0_u64;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            let part: u64 = digits.parse().map_err(|_| error())?;
            index = index.checked_mul(1000).and_then(|index| index.checked_add(part)).ok_or_else(error)?;
        }
        let id = TileId { level: level.parse().map_err(|_| error())?, index, width };
        // Whatever else was lenient above: one tile has one name.
        if (1..=256).contains(&width) && id.level < 8 && id.to_string() == path {
            Ok(id)
        } else {
            Err(error())
        }
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, number(self.index))?;
        if usize::from(self.width) < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// A number in groups of three digits, all but the last marked: `x001/x234/067`.
pub(crate) fn number(index: u64) -> String {
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    groups.join("/")
}

/// The hashes of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Which one.
    pub id: TileId,
    hashes: Vec<Hash>,
}

impl Tile {
    /// A tile without hashes; its id has width 0 until the first.
    pub fn empty(level: u8, index: u64) -> Tile {
        Tile { id: TileId { level, index, width: 0 }, hashes: Vec::new() }
    }

    /// Reads the bytes of a tile.
    ///
    /// # Errors
    ///
    /// [`TileError::Size`] when they are not as many as the id says.
    pub fn read(id: TileId, bytes: &[u8]) -> Result<Tile, TileError> {
        let want = usize::from(id.width) * 32;
        if bytes.len() != want {
            return Err(TileError::Size { id, bytes: bytes.len(), want });
        }
        let hash = |chunk: &[u8]| <[u8; 32]>::try_from(chunk).ok().map(Hash);
        Ok(Tile { id, hashes: bytes.chunks_exact(32).filter_map(hash).collect() })
    }

    /// The bytes of the tile, 32 a hash.
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Adds a hash on the right; a full tile takes none and says so.
    pub fn push(&mut self, hash: Hash) -> bool {
        if self.hashes.len() >= WIDTH {
            return false;
        }
        self.hashes.push(hash);
        self.id.width += 1;
        true
    }

    /// The root of the `index`th subtree of 2^`height` of its hashes; `None` when not all are there.
    pub fn subtree(&self, height: u8, index: u64) -> Option<Hash> {
        let count = 1_usize.checked_shl(height.into()).filter(|count| *count <= WIDTH)?;
        let start = usize::try_from(index).ok()?.checked_mul(count)?;
        let mut hashes = self.hashes.get(start..start.checked_add(count)?)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| node(pair[0], pair[1])).collect();
        }
        hashes.first().copied()
    }

    /// Its hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}

/// Finds nodes in tiles that `tile` fetches by level and index, of whatever width they are.
pub struct Tiling<F>(
    /// Fetches a tile.
    pub F,
);

impl<F: Fn(u8, u64) -> Option<Tile>> Nodes for Tiling<F> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let (tile_level, height) = (level / HEIGHT, level % HEIGHT);
        let per_tile = u64::from(HEIGHT - height);
        let tile = (self.0)(tile_level, index >> per_tile)?;
        tile.subtree(height, index & ((1 << per_tile) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Frontier, consistency, inclusion, leaf, root, verify_inclusion};
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn one_tile_has_one_name() {
        let cases = [
            ("tile/0/000", 0, 0, 256),
            ("tile/0/x001/x234/067.p/1", 0, 1_234_067, 1),
            ("tile/3/999.p/255", 3, 999, 255),
            ("tile/1/x001/000", 1, 1000, 256),
        ];
        for (path, level, index, width) in cases {
            let id = TileId { level, index, width };
            assert_eq!((id.to_string().as_str(), TileId::parse(path)), (path, Ok(id)));
        }
        for bad in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/01",
            "tile/8/000",
            "tile/00/000",
            "tile/0/+01",
            "tile/0/x001/000/",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "../tile/0/000",
        ] {
            assert!(TileId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tiles_tell_every_node_that_proofs_need() {
        let (mut frontier, mut tiles) = (Frontier::default(), BTreeMap::<(u8, u64), Tile>::new());
        let size = 70_000_u64;
        let entry = |at: u64| leaf(&at.to_be_bytes());
        for at in 0..size {
            frontier.push(entry(at), &mut |level, index, hash| {
                if level % HEIGHT == 0 {
                    let key = (level / HEIGHT, index / WIDTH as u64);
                    assert!(tiles.entry(key).or_insert_with(|| Tile::empty(key.0, key.1)).push(hash));
                }
            });
        }
        for tile in tiles.values() {
            assert_eq!(Tile::read(tile.id, &tile.bytes()).as_ref(), Ok(tile));
        }
        let nodes = Tiling(|level, index| tiles.get(&(level, index)).cloned());
        assert_eq!(root(&nodes, size), Ok(frontier.root()));
        for at in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
            let path = inclusion(&nodes, at, size).unwrap();
            assert_eq!(verify_inclusion(entry(at), at, size, &path, frontier.root()), Ok(()));
            assert!(consistency(&nodes, at, size).is_ok());
        }
    }

    /// Cloudflare's library names the same tiles and accepts the same proofs; nothing of ours is in it.
    #[test]
    fn others_accept_our_tiles_and_proofs() {
        for (level, index, width) in [(0, 0, 256), (0, 1_234_067, 1), (3, 999, 255), (1, 1000, 256)] {
            let ours = TileId { level, index, width };
            // Theirs also has the height, which the standard fixes.
            let theirs = tlog_tiles::Tile::new(HEIGHT, level, index, width.into(), false).path();
            assert_eq!(ours.to_string(), theirs.replace("tile/8/", "tile/"));
        }
        let (mut frontier, mut tile) = (Frontier::default(), Tile::empty(0, 0));
        let entry = |at: u64| leaf(&at.to_be_bytes());
        for at in 0..200 {
            frontier.push(entry(at), &mut |level, _, hash| {
                if level == 0 {
                    tile.push(hash);
                }
            });
        }
        let foreign = |hash: Hash| tlog_tiles::Hash(hash.0);
        let nodes = Tiling(|level, index| ((level, index) == (0, 0)).then(|| tile.clone()));
        for size in [1_u64, 2, 127, 128, 200] {
            let whole = root(&nodes, size).unwrap();
            for at in [0, size / 2, size - 1] {
                let path = inclusion(&nodes, at, size).unwrap().into_iter().map(foreign).collect();
                let checked = tlog_tiles::check_record(&path, size, foreign(whole), at, foreign(entry(at)));
                assert!(checked.is_ok(), "entry {at} of {size}: {checked:?}");
            }
            for from in [1, size / 2, size].into_iter().filter(|from| *from > 0) {
                let path = consistency(&nodes, from, size).unwrap().into_iter().map(foreign).collect();
                let old = foreign(root(&nodes, from).unwrap());
                let checked = tlog_tiles::check_tree(&path, size, foreign(whole), from, old);
                assert!(checked.is_ok(), "{from} to {size}: {checked:?}");
            }
        }
    }

    #[test]
    fn bytes_that_are_too_few_or_too_many_are_refused() {
        let id = TileId { level: 0, index: 3, width: 2 };
        for bytes in [0, 31, 63, 65, 96] {
            let error = Tile::read(id, &vec![0; bytes]).unwrap_err();
            assert_eq!(error.to_string(), format!("tile/0/003.p/2 has {bytes} bytes and should have 64"));
        }
    }
}

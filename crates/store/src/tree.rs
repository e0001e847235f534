//! The tree's right edge, grown entry by entry: the tiles that are not full yet.

use crate::storage::{Reader, StorageError};
use cofferdam_journal::merkle::{Frontier, Hash, Nodes, Tile, TileId, Tiling, WIDTH, leaf};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A tree that grows.
#[derive(Clone, Default)]
pub struct Tree {
    frontier: Frontier,
    /// By level: the tile on the right, which is not full.
    edge: BTreeMap<u8, Tile>,
}

/// A tile to be written.
pub struct Changed {
    /// Which.
    pub id: TileId,
    /// All hashes in it.
    pub hashes: Vec<u8>,
}

impl Tree {
    /// The tree over all entries there are.
    ///
    /// # Errors
    ///
    /// [`StorageError::Damaged`] when a tile or an entry is missing.
    pub fn open(reader: &dyn Reader) -> Result<Tree, StorageError> {
        let size = reader.size()?;
        let mut edge = BTreeMap::new();
        let (mut level, mut count) = (0_u8, size);
        while count > 0 {
            let (index, width) = (count / WIDTH as u64, count % WIDTH as u64);
            if width > 0 {
                let tile = if level == 0 {
                    last_leaves(reader, size)?
                } else {
                    partial(reader, level, index, width)?
                };
                edge.insert(level, tile);
            }
            count = index;
            level += 1;
        }
        let tree = Tree { frontier: Frontier::default(), edge };
        let roots = roots(&tree.nodes(reader), size)?;
        let frontier = Frontier::of(size, roots).unwrap_or_default();
        Ok(Tree { frontier, edge: tree.edge })
    }

    /// How many entries.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over all of them.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Adds an entry's hash; `changed` gets the tiles that are to be written.
    pub fn push(&mut self, hash: Hash, changed: &mut dyn FnMut(Changed)) {
        let edge = &mut self.edge;
        self.frontier.push(hash, &mut |level, index, hash| {
            if level % 8 != 0 {
                return;
            }
            let (level, number) = (level / 8, index / WIDTH as u64);
            let tile = edge.entry(level).or_insert_with(|| Tile::empty(level, number));
            tile.push(hash);
            let is_full = tile.hashes().len() == WIDTH;
            // The last entries themselves tell the rest of level 0.
            if is_full || level > 0 {
                changed(Changed { id: tile.id, hashes: tile.bytes() });
            }
            if is_full {
                edge.remove(&level);
            }
        });
    }

    /// All nodes of the tree: the full tiles that `reader` has, and the edge.
    pub fn nodes<'t>(&'t self, reader: &'t dyn Reader) -> impl Nodes + 't {
        Tiling(move |level: u8, index: u64| self.tile(reader, level, index))
    }

    /// The tile on the right of a level, if it is this one.
    pub(crate) fn on_edge(&self, level: u8, index: u64) -> Option<Tile> {
        self.edge.get(&level).filter(|tile| tile.id.index == index).cloned()
    }
}

/// Roots of the complete subtrees that a tree of this size is made of.
fn roots(nodes: &dyn Nodes, size: u64) -> Result<Vec<Hash>, StorageError> {
    let missing = |level| StorageError::Damaged {
        what: format!("a tile that level {level} of the tree needs is missing"),
    };
    let bits = (0..64_u8).rev().filter(|bit| size >> bit & 1 == 1);
    bits.map(|bit| nodes.node(bit, (size >> bit) - 1).ok_or_else(|| missing(bit))).collect()
}

fn last_leaves(reader: &dyn Reader, size: u64) -> Result<Tile, StorageError> {
    let index = size / WIDTH as u64;
    let mut tile = Tile::empty(0, index);
    reader.entries(index * WIDTH as u64..size, &mut |entry| {
        tile.push(leaf(&entry.leaf));
        ControlFlow::Continue(())
    })?;
    if tile.hashes().len() as u64 == size % WIDTH as u64 {
        Ok(tile)
    } else {
        Err(StorageError::Damaged { what: "entries are missing at the end of the log".to_owned() })
    }
}

fn partial(reader: &dyn Reader, level: u8, index: u64, width: u64) -> Result<Tile, StorageError> {
    let hashes = reader.tile(level, index)?.unwrap_or_default();
    let id = TileId { level, index, width: u16::try_from(width).unwrap_or(0) };
    Tile::read(id, &hashes).map_err(|error| StorageError::Damaged { what: error.to_string() })
}

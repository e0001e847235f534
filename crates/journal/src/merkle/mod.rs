//! The Merkle tree over the log's entries.
//! Source: RFC 6962, section 2.1; C2SP tlog-tiles for how its hashes are kept.

mod frontier;
mod hash;
mod proof;
mod tile;

pub use frontier::Frontier;
pub use hash::{Hash, HashError, leaf, node};
pub use proof::{Nodes, ProofError, consistency, inclusion, root, verify_consistency, verify_inclusion};
pub use tile::{Tile, TileError, TileId, Tiling, WIDTH};

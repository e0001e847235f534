//! The right edge of a growing tree: enough to add entries and to tell the root.

use super::hash::{Hash, node};

/// Roots of the complete subtrees that a tree of some size is made of, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// A tree of `size` entries whose complete subtrees have these roots, the largest first; `None` when
    /// there are more or fewer than such a tree has.
    pub fn of(size: u64, roots: Vec<Hash>) -> Option<Frontier> {
        (roots.len() == size.count_ones() as usize).then_some(Frontier { size, roots })
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry's hash. Calls `made` with level and index of every subtree that it completes, the
    /// entry itself first as level 0.
    pub fn push(&mut self, leaf: Hash, made: &mut dyn FnMut(u8, u64, Hash)) {
        let (mut hash, mut level, mut index) = (leaf, 0_u8, self.size);
        made(level, index, hash);
        while index % 2 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = node(left, hash);
            level += 1;
            index /= 2;
            made(level, index, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The root over all entries.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev().copied();
        let Some(last) = roots.next() else { return Hash::of_nothing() };
        roots.fold(last, |right, left| node(left, right))
    }
}
